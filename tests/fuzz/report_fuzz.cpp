// SPDX-License-Identifier: Apache-2.0
// Evidence as it travels: envelopes, quotes, hex and base64.
#include "fuzz_target.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::fuzz {
namespace {

ByteView bytes_of(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

void run(ByteView input) {
  const auto report = parse_report(input);
  if (!agree(report, parse_report(input))) {
    return;
  }
  const std::string envelope = to_json(*report);
  const auto again = parse_report(bytes_of(envelope));
  require(again.has_value(), "an envelope that was written can be read");
  require(again->evidence == report->evidence, "an envelope keeps the evidence");
  require(again->certificate_chain == report->certificate_chain, "an envelope keeps the chain");
  require(again->collateral == report->collateral, "an envelope keeps the collateral");
  require(to_json(*again) == envelope, "an envelope has one form");
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
