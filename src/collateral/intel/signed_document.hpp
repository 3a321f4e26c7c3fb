// SPDX-License-Identifier: Apache-2.0
// What Intel's signed JSON documents share: the signed slice, its dates, and levels by ISVSVN.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collateral/intel/tcb_info.hpp"
#include "core/try.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::intel {

inline constexpr std::size_t kMaxLevels = 512;      ///< of one list
inline constexpr std::size_t kMaxAdvisories = 256;  ///< of one level

/// The two members of a response, and the signed one parsed: from the very bytes that the signature covers.
struct SignedSlice {
  ByteView signed_bytes;
  ByteArray<64> signature{};
  json::Value value;
};
/// member: "tcbInfo" or "enclaveIdentity".
Result<SignedSlice> split_signed(ByteView document, std::string_view member);

/// issueDate, nextUpdate and tcbEvaluationDataNumber, beside the slice and the signature.
Result<void> read_common(const json::Node& root, const SignedSlice& slice, SignedDocument& out);

/// unsupported unless member "version" is this one.
Result<void> demand_version(const json::Node& root, std::uint64_t version);

Result<std::uint16_t> read_u16(const json::Node& object, std::string_view name);
Result<UtcTime> read_time(const json::Node& object, std::string_view name);
template <std::size_t N>
Result<ByteArray<N>> read_hex(const json::Node& object, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, object.member(name));
  return node.hex<N>();
}

/// tcbStatus: any word that fits a platform level, or only those that fit a module or an enclave.
enum class LevelKind : std::uint8_t { platform, isv_svn };
Result<TcbStatus> read_status(const json::Node& level, LevelKind kind);
/// advisoryIDs; empty when absent.
Result<std::vector<std::string>> read_advisories(const json::Node& level);

/// tcbLevels of a module or an enclave: at least one, none twice, returned descending.
Result<std::vector<IsvSvnLevel>> read_isv_svn_levels(const json::Node& object);

}  // namespace tenzro::tee::intel
