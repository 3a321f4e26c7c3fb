// SPDX-License-Identifier: Apache-2.0
// DCAP quotes: every view inside the input, every size as its body type says, the tail counted and otherwise ignored.
#include "evidence/tdx/quote.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

std::size_t body_size(tdx::BodyType type) {
  switch (type) {
    case tdx::BodyType::sgx_report:
      return tdx::kSgxReportSize;
    case tdx::BodyType::td_report_10:
      return tdx::kTdReport10Size;
    case tdx::BodyType::td_report_15:
      return tdx::kTdReport15Size;
    case tdx::BodyType::td_report_15_extended:
      return tdx::kTdReport15ExtendedSize;
  }
  return 0;
}

void check_views(ByteView input, const tdx::Quote& quote) {
  for (const ByteView part : {quote.body, quote.signed_bytes, quote.signature, quote.attestation_key, quote.qe_report,
                              quote.qe_report_signature, quote.qe_auth_data, quote.certification_data}) {
    require(within(input, part), "every part lies inside the quote");
  }
  require(quote.signed_bytes.data() == input.data(), "the signed bytes start with the header");
  require(within(quote.signed_bytes, quote.body), "the body is signed");
  require(quote.body.size() == body_size(quote.body_type), "the body is as long as its type says");
  require(quote.signature.size() == 64 && quote.attestation_key.size() == 64 && quote.qe_report_signature.size() == 64,
          "keys and signatures have 64 bytes");
  require(quote.qe_report.size() == tdx::kSgxReportSize, "the quoting enclave's report has 384 bytes");
  require(quote.trailing_bytes < input.size(), "a quote is more than its tail");
}

void run(ByteView input) {
  const bool claims_to_be_one = tdx::looks_like_quote(input);
  const auto quote = tdx::parse_quote(input);
  if (!agree(quote, tdx::parse_quote(input))) {
    return;
  }
  require(claims_to_be_one, "what parses looks like a quote");
  check_views(input, *quote);
  if (quote->trailing_bytes > 0) {
    const auto bare = tdx::parse_quote(input.first(input.size() - quote->trailing_bytes));
    require(bare.has_value() && bare->trailing_bytes == 0, "a quote parses without its tail");
    require(same(bare->certification_data, quote->certification_data), "the tail changes nothing");
  }
  if (quote->is_tdx()) {
    require(same(tdx::read_td_report(*quote).report_data, tdx::read_td_report(*quote).report_data), "reading is pure");
  } else {
    static_cast<void>(tdx::read_sgx_report(quote->body.first<tdx::kSgxReportSize>()));
  }
  static_cast<void>(tdx::read_sgx_report(quote->qe_report.first<tdx::kSgxReportSize>()));
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
