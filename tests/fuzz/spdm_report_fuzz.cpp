// SPDX-License-Identifier: Apache-2.0
// Measurement reports of GPUs and switches.
#include "evidence/nvidia/claims.hpp"
#include "fuzz_target.hpp"
#include "verify/nvidia/topology.hpp"

using namespace tenzro::tee;
using namespace tenzro::tee::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto parsed = nvidia::parse_report(input);
  if (!agree(parsed, nvidia::parse_report(input))) {
    return 0;
  }
  require(nvidia::looks_like_report(input), "what can be read is recognised");
  require(within(input, parsed->signed_bytes()) && parsed->signed_bytes().data() == data,
          "what is signed is the start");
  require(parsed->signed_bytes().size() + nvidia::kSignatureSize + parsed->trailing_zeros() == size,
          "every byte is signed, signature or a zero behind it");
  require(parsed->measurement_count() > 0 && parsed->measurement_count() <= nvidia::kMaxMeasurements,
          "there are 1 to 64 measurements");
  for (std::size_t i = 0; i < parsed->measurement_count(); ++i) {
    require(within(parsed->signed_bytes(), parsed->measurement(i)), "measurements are signed");
  }
  require(within(parsed->signed_bytes(), parsed->opaque().raw()), "opaque data are signed");
  const auto claims = nvidia::nvidia_claims(*parsed);
  if (agree(claims, nvidia::nvidia_claims(*parsed))) {
    require(same(claims->nonce.value, parsed->nonce()), "the nonce is the request's");
    require(!claims->vbios_version.empty(), "every device has a VBIOS version");
  }
  for (const nvidia::DeviceKind kind : {nvidia::DeviceKind::gpu, nvidia::DeviceKind::nvswitch}) {
    agree(nvidia::peers_of(*parsed, kind), nvidia::peers_of(*parsed, kind));
  }
  return 0;
}
