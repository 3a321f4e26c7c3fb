// SPDX-License-Identifier: Apache-2.0
// Keys that the SEV-SNP firmware derives for this guest, by /dev/sev-guest: configfs-tsm has none.
#pragma once
#include <cstdint>

#include "provider/snp/guest_request.hpp"

namespace tenzro::tee::snp {

/// _IOWR('S', 1, 32 bytes). Source: Linux, include/uapi/linux/sev-guest.h.
inline constexpr unsigned long kGetDerivedKey = 0xc0205301;

/// Bits of GUEST_FIELD_SELECT: what of the guest is mixed into the key. The firmware mixes in, whatever they are: the
/// bits themselves, the VMPL, HOST_DATA, and the digest of the author's or the ID block's key.
namespace field_bit {
inline constexpr std::uint64_t kPolicy = 1U << 0U, kImageId = 1U << 1U, kFamilyId = 1U << 2U, kMeasurement = 1U << 3U,
                               kSvn = 1U << 4U, kTcb = 1U << 5U;
}  // namespace field_bit

struct DerivedKeyRequest {
  bool vlek = false;         ///< the loaded key in place of the chip's; one of them is always asked for by name
  std::uint64_t fields = 0;  ///< of field_bit
  std::uint32_t vmpl = 0;    ///< not below the guest's own
  std::uint32_t svn = 0;     ///< not above the guest's at launch
  ByteArray<8> tcb{};        ///< wire order; no component above COMMITTED_TCB
};

/// 32 bytes. One request, never repeated: a bad exchange can cost the guest its key to the firmware.
/// hardware_failure: the firmware, the host or the driver refused, or sent no key. timed_out, cancelled: not asked.
/// Source: AMD publication 56860, MSG_KEY_REQ.
Result<SecretBytes> fetch_derived_key(Guest& guest, const DerivedKeyRequest& request);

}  // namespace tenzro::tee::snp
