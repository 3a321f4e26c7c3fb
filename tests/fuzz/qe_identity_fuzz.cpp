// SPDX-License-Identifier: Apache-2.0
// Intel's enclave identity documents.
#include "collateral/intel/tcb_info.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void run(ByteView input) {
  const auto identity = intel::parse_qe_identity(input);
  if (!agree(identity, intel::parse_qe_identity(input))) {
    return;
  }
  require(!identity->signed_bytes.empty() && within(input, identity->signed_bytes),
          "the signed bytes lie inside the document");
  require(identity->signed_bytes.front() == '{' && identity->signed_bytes.back() == '}', "what is signed is an object");
  require(identity->id == "QE" || identity->id == "TD_QE" || identity->id == "QVE" || identity->id == "QAE",
          "the enclave is a known one");
  for (std::size_t i = 1; i < identity->levels.size(); ++i) {
    require(identity->levels[i - 1].isv_svn > identity->levels[i].isv_svn, "levels descend, none twice");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
