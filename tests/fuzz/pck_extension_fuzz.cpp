// SPDX-License-Identifier: Apache-2.0
// The SGX extension of PCK certificates, under either CA.
#include "evidence/tdx/pck_extension.hpp"
#include "formats/der.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void run(ByteView input) {
  const auto processor = tdx::parse_pck_extension(input, false);
  const auto platform = tdx::parse_pck_extension(input, true);
  const bool good_for_processor = agree(processor, tdx::parse_pck_extension(input, false));
  const bool good_for_platform = agree(platform, tdx::parse_pck_extension(input, true));
  if (!good_for_processor && !good_for_platform) {
    return;
  }
  require(der::single("extension", input).has_value(), "an extension is one DER element");
  require(!(good_for_processor && good_for_platform), "the CA decides which members there are");
  if (good_for_processor) {
    require(!processor->platform_instance_id, "the processor CA names no platform instance");
  }
  if (good_for_platform) {
    require(platform->platform_instance_id.has_value(), "the platform CA names the instance");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
