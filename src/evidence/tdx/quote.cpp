// SPDX-License-Identifier: Apache-2.0
// Source: Intel TDX DCAP "Quote Generation Library and Quote Verification Library", appendix A (quote formats).
#include "evidence/tdx/quote.hpp"

#include "core/byte_reader.hpp"
#include "core/try.hpp"

namespace tenzro::tee::tdx {

namespace {

constexpr std::uint16_t kOldestVersion = 3;
constexpr std::uint16_t kNewestVersion = 5;
// Quote signature, attestation key, certification data type and size: what stands before the nested data of v4 and v5.
constexpr std::size_t kOuterSignatureSize = 64 + 64 + 2 + 4;
constexpr auto kQeReportCertification = static_cast<std::uint16_t>(CertificationType::qe_report);

Error malformed(std::string message) { return Error(ErrorCode::malformed_input, std::move(message)); }

Result<std::size_t> body_size(std::uint16_t type) {
  switch (static_cast<BodyType>(type)) {
    case BodyType::sgx_report:
      return kSgxReportSize;
    case BodyType::td_report_10:
      return kTdReport10Size;
    case BodyType::td_report_15:
      return kTdReport15Size;
    case BodyType::td_report_15_extended:
      return kTdReport15ExtendedSize;
  }
  return Error(ErrorCode::unsupported, concat("quote.body_type: ", type, " is unknown; 1 to 4 are known"));
}

Result<Header> read_header(ByteReader& in) {
  TENZRO_ASSIGN_OR_RETURN(const auto bytes, in.take<kHeaderSize>("header"));
  const FixedView<kHeaderSize> view(bytes);
  Header header;
  header.version = view.le<std::uint16_t, 0>();
  header.attestation_key_type = view.le<std::uint16_t, 2>();
  header.tee_type = view.le<std::uint32_t, 4>();
  header.qe_vendor_id = view.array<12, 16>();
  header.user_data = view.array<28, 20>();
  if (header.version < kOldestVersion || header.version > kNewestVersion) {
    return Error(ErrorCode::unsupported,
                 concat("quote.header.version: ", header.version, " is unknown; 3, 4 and 5 are known"));
  }
  if (header.tee_type != kTeeTypeSgx && header.tee_type != kTeeTypeTdx) {
    return Error(ErrorCode::unsupported,
                 concat("quote.header.tee_type: ", header.tee_type, " is unknown; 0 (SGX) and 129 (TDX) are known"));
  }
  if (header.version == 3 && header.tee_type != kTeeTypeSgx) {
    return malformed("quote.header.tee_type: must be 0 in version 3, which knows SGX only");
  }
  return header;
}

/// Body descriptor and body. v3 and v4 have no descriptor: the TEE type implies the body.
Result<void> read_body(ByteReader& in, Quote& quote) {
  const bool tdx = quote.header.tee_type == kTeeTypeTdx;
  quote.body_type = tdx ? BodyType::td_report_10 : BodyType::sgx_report;
  if (quote.header.version == 5) {
    TENZRO_ASSIGN_OR_RETURN(const auto type, in.le<std::uint16_t>("body_type"));
    TENZRO_ASSIGN_OR_RETURN(const auto stated, in.le<std::uint32_t>("body_size"));
    TENZRO_ASSIGN_OR_RETURN(const std::size_t expected, body_size(type));
    if (stated != expected) {
      return malformed(concat("quote.body_size: is ", stated, ", body type ", type, " has ", expected, " bytes"));
    }
    quote.body_type = static_cast<BodyType>(type);
    if (quote.is_tdx() != tdx) {
      return malformed(concat("quote.body_type: ", type, " does not belong to TEE type ", quote.header.tee_type));
    }
  }
  TENZRO_ASSIGN_OR_RETURN(const std::size_t size, body_size(static_cast<std::uint16_t>(quote.body_type)));
  TENZRO_ASSIGN_OR_RETURN(quote.body, in.take("body", size));
  return {};
}

/// From the QE report to the certification data, which must end where the reader ends. The same in all versions.
Result<void> read_qe_part(ByteReader& in, Quote& quote) {
  TENZRO_ASSIGN_OR_RETURN(quote.qe_report, in.take("qe_report", kSgxReportSize));
  TENZRO_ASSIGN_OR_RETURN(quote.qe_report_signature, in.take("qe_report_signature", 64));
  TENZRO_ASSIGN_OR_RETURN(const auto auth_size, in.le<std::uint16_t>("qe_auth_data_size"));
  TENZRO_ASSIGN_OR_RETURN(quote.qe_auth_data, in.take("qe_auth_data", auth_size));
  TENZRO_ASSIGN_OR_RETURN(quote.certification_type, in.le<std::uint16_t>("certification_data_type"));
  if (quote.certification_type == kQeReportCertification) {
    return malformed("quote.signature_data.certification_data_type: 6 (QE report) may not stand beside a QE report");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto size, in.le<std::uint32_t>("certification_data_size"));
  TENZRO_ASSIGN_OR_RETURN(quote.certification_data, in.take("certification_data", size));
  return in.expect_end();
}

Result<void> read_signature_data(ByteReader in, Quote& quote) {
  const std::size_t total = in.remaining();
  TENZRO_ASSIGN_OR_RETURN(quote.signature, in.take("quote_signature", 64));
  TENZRO_ASSIGN_OR_RETURN(quote.attestation_key, in.take("attestation_key", 64));
  if (quote.header.version == 3) {
    return read_qe_part(in, quote);
  }

  TENZRO_ASSIGN_OR_RETURN(const auto type, in.le<std::uint16_t>("certification_data_type"));
  if (type != kQeReportCertification) {
    return malformed(concat("quote.signature_data.certification_data_type: is ", type, ", version ",
                            quote.header.version, " demands 6 (QE report)"));
  }
  TENZRO_ASSIGN_OR_RETURN(const auto size, in.le<std::uint32_t>("certification_data_size"));
  if (size != total - kOuterSignatureSize) {
    return malformed(concat("quote.signature_data.certification_data_size: is ", size, ", ",
                            total - kOuterSignatureSize, " bytes are left in the signature data"));
  }
  ByteReader nested("quote.qe_report_certification_data", in.rest());
  return read_qe_part(nested, quote);
}

}  // namespace

bool looks_like_quote(ByteView bytes) noexcept {
  if (bytes.size() < 8) {
    return false;
  }
  const FixedView<8> view(bytes.first<8>());
  const auto version = view.le<std::uint16_t, 0>();
  const auto tee_type = view.le<std::uint32_t, 4>();
  return version >= kOldestVersion && version <= kNewestVersion && (tee_type == kTeeTypeSgx || tee_type == kTeeTypeTdx);
}

Result<Quote> parse_quote(ByteView bytes) {
  if (bytes.size() < kMinQuoteSize || bytes.size() > kMaxQuoteSize) {
    return malformed(
        concat("quote: has ", bytes.size(), " bytes; ", kMinQuoteSize, " to ", kMaxQuoteSize, " are possible"));
  }
  ByteReader in("quote", bytes);
  Quote quote;
  TENZRO_ASSIGN_OR_RETURN(quote.header, read_header(in));
  TENZRO_RETURN_IF_ERROR(read_body(in, quote));
  quote.signed_bytes = bytes.first(bytes.size() - in.remaining());
  TENZRO_ASSIGN_OR_RETURN(const auto signature_size, in.le<std::uint32_t>("signature_data_size"));
  TENZRO_ASSIGN_OR_RETURN(const ByteView signature_data, in.take("signature_data", signature_size));
  TENZRO_RETURN_IF_ERROR(read_signature_data(ByteReader("quote.signature_data", signature_data), quote));
  quote.trailing_bytes = in.remaining();
  return quote;
}

}  // namespace tenzro::tee::tdx
