// SPDX-License-Identifier: Apache-2.0
// Nitro documents: every view inside the input, every field within its limits, the tag without any other effect.
#include "evidence/nitro/claims.hpp"
#include "evidence/nitro/document.hpp"
#include "fuzz_target.hpp"
#include "tenzro/tee/inspect.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::fuzz {
namespace {

ByteView bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

void check_document(ByteView input, const nitro::Document& document) {
  const ByteView payload = document.envelope.payload;
  require(within(input, payload) && within(input, document.envelope.signature),
          "the envelope's parts lie in the input");
  require(document.envelope.signature.size() == cose::kEs384SignatureSize, "a signature has 96 bytes");
  require(within(payload, document.certificate) && within(payload, bytes_of(document.module_id)), "fields are signed");
  require(!document.certificate.empty() && document.certificate.size() <= nitro::kMaxCertificateSize,
          "a certificate has 1 to 1024 bytes");
  require(document.cabundle_size >= 1 && document.cabundle_size <= nitro::kMaxCertificates, "a bundle has 1 to 8");
  for (const ByteView certificate : document.cabundle()) {
    require(within(payload, certificate) && !certificate.empty(), "the bundle is signed");
  }
  std::size_t pcrs = 0;
  for (const auto& pcr : document.pcrs) {
    require(!pcr || within(payload, *pcr), "PCRs are signed");
    pcrs += pcr ? std::size_t{1} : std::size_t{0};
  }
  require(pcrs > 0, "there is at least one PCR");
  for (const auto& field : {document.public_key, document.user_data, document.nonce}) {
    require(!field || (within(payload, *field) && field->size() <= nitro::kMaxField), "a field has at most 1024 bytes");
  }
  require(document.digest == "SHA384" && document.timestamp_ms > 0, "digest and time are of the one kind");
}

void run(ByteView input) {
  const auto document = nitro::parse_document(input);
  if (!agree(document, nitro::parse_document(input))) {
    return;
  }
  require(nitro::looks_like_document(input), "what parses looks like a document");
  check_document(input, *document);
  if (document->envelope.tagged) {
    const auto bare = nitro::parse_document(input.subspan(1));
    require(bare.has_value() && same(bare->envelope.payload, document->envelope.payload), "the tag changes nothing");
  }
  for (const std::size_t size : {input.size() - 1, input.size() / 2}) {
    require(!nitro::parse_document(input.first(size)).has_value(), "no part of a document is one");
  }
  const cose::SigStructureHead head(document->envelope.payload.size());
  require(head.view().size() >= 19 && head.view().size() <= 27, "the Sig_structure begins with 19 to 27 bytes");
  if (document->kind == nitro::Kind::enclave) {
    static_cast<void>(nitro::nitro_claims(*document));
  } else {
    static_cast<void>(nitro::nitro_tpm_claims(*document));
  }
  require(parse_report(input).has_value() && inspect(input).has_value(), "what parses is a report and can be shown");
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
