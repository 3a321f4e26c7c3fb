// SPDX-License-Identifier: Apache-2.0
// Intel's TCB info documents.
#include <tuple>

#include "collateral/intel/tcb_info.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

auto key_of(const intel::TcbLevel& level) {
  return std::tie(level.sgx_components, level.pce_svn, level.tdx_components);
}

void run(ByteView input) {
  const auto info = intel::parse_tcb_info(input);
  if (!agree(info, intel::parse_tcb_info(input))) {
    return;
  }
  require(!info->signed_bytes.empty() && within(input, info->signed_bytes), "the signed bytes lie inside the document");
  require(info->signed_bytes.front() == '{' && info->signed_bytes.back() == '}', "what is signed is an object");
  require(!info->tdx || info->tdx_module.has_value(), "TDX has a module");
  for (std::size_t i = 1; i < info->levels.size(); ++i) {
    require(key_of(info->levels[i - 1]) > key_of(info->levels[i]), "levels descend, none twice");
  }
  for (const auto& identity : info->tdx_module_identities) {
    for (std::size_t i = 1; i < identity.levels.size(); ++i) {
      require(identity.levels[i - 1].isv_svn > identity.levels[i].isv_svn, "module levels descend, none twice");
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
