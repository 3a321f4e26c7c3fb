// SPDX-License-Identifier: Apache-2.0
// OCSP responses.
#include "formats/der.hpp"
#include "fuzz_target.hpp"
#include "x509/ocsp.hpp"

namespace tenzro::tee::fuzz {
namespace {

void run(ByteView input) {
  const auto response = x509::OcspResponse::parse(input);
  if (!agree(response, x509::OcspResponse::parse(input))) {
    return;
  }
  const x509::OcspResponse& read = **response;
  require(same(read.der(), input), "a response keeps its bytes");
  require(der::single("ocsp", input).has_value() && ocsp::looks_like_response(input), "a response is one element");
  require((read.status() == ocsp::ResponseStatus::successful) == !read.answers().empty(),
          "a successful response, and no other, has answers");
  require(read.answers().size() <= ocsp::kMaxAnswers && read.certificates().size() <= ocsp::kMaxCertificates,
          "counts are bounded");
  for (const ocsp::SingleResponse& answer : read.answers()) {
    require(within(read.der(), answer.id.serial) && read.names_serial(answer.id.serial), "an answer names its serial");
    require((answer.status == ocsp::AnswerStatus::revoked) == answer.revoked_at.has_value(),
            "a revocation, and nothing else, has a time");
    require(!answer.reason || answer.revoked_at, "only a revocation has a reason");
  }
  for (const ByteView certificate : read.certificates()) {
    require(within(read.der(), certificate), "a certificate lies inside the response");
  }
  require(!read.nonce() || (within(read.der(), *read.nonce()) && !read.nonce()->empty()), "a nonce has bytes");
  static_cast<void>(read.responder());
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
