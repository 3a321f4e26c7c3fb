// SPDX-License-Identifier: Apache-2.0
// The machines on which the command is tried.
#pragma once
#include <memory>
#include <string_view>

#include "fakes/system.hpp"

namespace tenzro::tee::test {

/// "bare": a VM without any TEE or GPU. "tdx-h100": a TD with a confidential H100, the driver's library among them.
/// "tdx-ordinary-user": a TD whose interfaces belong to root. "h100-cc-off": a GPU that keeps no secrets. "snp-cpuid":
/// a SEV-SNP guest without drivers. "azure": a guest under the paravisor. "arm": an enclave's parent on Arm.
/// "broken-driver": a GPU whose driver never answers; with "-interrupted-twice", two signals come then. "tdx-hung": a
/// TD whose host never answers, and SIGTERM comes; "-at-terminal": SIGINT, "-up": SIGHUP; "tdx-hung-register": SIGINT
/// comes while a register is extended, which never ends. Null for any other name.
std::shared_ptr<FakeSystem> make_machine(std::string_view name);

}  // namespace tenzro::tee::test
