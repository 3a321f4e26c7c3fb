// SPDX-License-Identifier: Apache-2.0
// Authorization by what PCRs say (TPM2_PolicyPCR), of the SHA-256 bank.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "seal/tpm/session.hpp"

namespace tenzro::tee::tpm {

/// The policy that the PCRs' values of now fulfil. session: HMAC; what is read through it is authentic.
/// not_available: a PCR that is not there, that holds nothing (all bits set), or all of them never extended.
Result<ByteArray<32>> policy_of_now(const Tpm& tpm, const Handle& session, const std::vector<unsigned>& pcrs);

/// What one command under a policy needs.
struct PolicyUse {
  const Handle& session;  ///< of type policy
  const std::vector<unsigned>& pcrs;
  ByteArray<32> policy{};        ///< of the object that is used
  TPMA_SESSION attributes = 0;   ///< of the session, in the command
  std::string_view doing;        ///< "unsealing"
  std::string_view if_others{};  ///< the error's message where the PCRs fulfil another policy
};
/// Runs command, which uses the session, once the TPM has seen that the PCRs fulfil the policy; again, a few times,
/// where a PCR changed in between. authentication_failed: they fulfil another.
Result<void> under_policy(const Tpm& tpm, const PolicyUse& use, const device::Waiting& waiting,
                          const std::function<TSS2_RC()>& command);

}  // namespace tenzro::tee::tpm
