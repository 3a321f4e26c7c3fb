// SPDX-License-Identifier: Apache-2.0
// The JSON that NVIDIA's tools write, and what device certificates say.
#include "evidence/nvidia/device_certificates.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "fuzz_target.hpp"

using namespace tenzro::tee;
using namespace tenzro::tee::fuzz;

namespace {

void read_certificates(ByteView input) {
  for (const std::string_view oid : {nvidia::kCompositeDeviceId, nvidia::kDiceTcbInfo}) {
    const auto id = nvidia::read_firmware_id(oid, input);
    if (agree(id, nvidia::read_firmware_id(oid, input)) && id->made_by) {
      require(within(input, *id->made_by), "the key is a part of the extension");
    }
  }
  for (const nvidia::DeviceKind kind : {nvidia::DeviceKind::gpu, nvidia::DeviceKind::nvswitch}) {
    agree(nvidia::device_id(input, kind), nvidia::device_id(input, kind));
  }
  const auto name = nvidia::device_name(text_of(input), "GH100 A01 GSP BROM");
  require(!name || name->chip == "GH100", "both certificates name the chip");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  read_certificates(input);
  const auto devices = nvidia::parse_device_evidence(input);
  if (!agree(devices, nvidia::parse_device_evidence(input))) {
    return 0;
  }
  require(!devices->empty() && devices->size() <= nvidia::kMaxDevices, "there are 1 to 64 devices");
  for (const nvidia::DeviceEvidence& device : *devices) {
    require(device.report.size() <= nvidia::kMaxReportSize && device.certificate_chain.size() <= nvidia::kMaxChainText,
            "what is kept is bounded");
  }
  return 0;
}
