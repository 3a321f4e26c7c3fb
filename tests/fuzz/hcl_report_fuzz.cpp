// SPDX-License-Identifier: Apache-2.0
// Blobs of Azure's paravisor, and the runtime claims in them.
#include "evidence/hcl_report.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void run(ByteView input) {
  const auto report = azure::parse_hcl_report(input);
  if (!agree(report, azure::parse_hcl_report(input))) {
    return;
  }
  require(azure::looks_like_hcl_report(input), "what parses has the mark");
  require(azure::claimed_hcl_kind(input) == report->kind, "the kind is where it is looked for");
  require(within(input, report->hardware_report) && report->hardware_report.size() == 1184,
          "the hardware report lies inside the blob");
  require(within(input, report->runtime_claims) && !report->runtime_claims.empty(),
          "the runtime claims lie inside the blob");
  const auto claims = azure::parse_runtime_claims(report->runtime_claims);
  if (!claims) {
    require_decent(claims.error());
    return;
  }
  require(!claims->ak_modulus.empty() && !claims->ak_exponent.empty(), "there is a key");
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
