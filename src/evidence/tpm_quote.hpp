// SPDX-License-Identifier: Apache-2.0
// A vTPM's quote over its platform configuration registers.
#pragma once
#include <array>
#include <cstdint>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::azure {

inline constexpr std::size_t kPcrCount = 24;

/// A quote as Azure's tools write it down: what was signed, the signature, and the values it is about.
struct TpmQuote {
  Bytes message;                                ///< TPMS_ATTEST
  Bytes signature;                              ///< RSASSA PKCS#1 v1.5 over SHA-256(message)
  std::array<ByteArray<32>, kPcrCount> pcrs{};  ///< SHA-256 bank
};
/// JSON {"message","signature","pcrs"}, the bytes each as hex text or as an array of numbers; other members are
/// ignored. malformed_input names the member.
Result<TpmQuote> parse_tpm_quote(ByteView json);

/// What the vTPM signed. Views into the message.
struct TpmAttest {
  ByteView qualified_signer;
  ByteView extra_data;         ///< what the caller of TPM2_Quote gave
  std::uint32_t pcr_mask = 0;  ///< bit i: register i is among the selected ones
  ByteView pcr_digest;         ///< SHA-256 over the selected registers, one after another
};
inline constexpr std::uint32_t kAllPcrs = 0xffffff;
/// A TPMS_ATTEST that is a quote over registers of the SHA-256 bank, whole. Allocates nothing on success.
/// malformed_input names the field. Source: TCG TPM 2.0 Library, part 2, 10.12.
Result<TpmAttest> parse_tpm_attest(ByteView message);

}  // namespace tenzro::tee::azure
