// SPDX-License-Identifier: Apache-2.0
// NVIDIA's reference integrity manifests: signed XML (SWID tags in TCG's RIM information model) to structs. No
// judgement of the signer, no signature check.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::nvidia {

inline constexpr std::size_t kMaxRim = std::size_t{1} << 20;  ///< bytes of XML; genuine ones have some 20 KiB
inline constexpr std::size_t kGoldenIndices = 64;
inline constexpr std::size_t kGoldenSize = 48;         ///< bytes of one value: SHA-384
inline constexpr std::size_t kMaxRimCertificates = 8;  ///< genuine ones have four
inline constexpr std::size_t kRimSignatureSize = 96;   ///< r || s on P-384

/// A value that the device must report, or one of several.
struct GoldenMeasurement {
  std::uint8_t index = 0;                            ///< 0 to 63: that of the report's measurement block, less one
  std::vector<ByteArray<kGoldenSize>> alternatives;  ///< at least one; zero is a value like any other
};

/// A manifest that holds its own data. Nothing of it may be believed before its signature was verified
/// (verify/nvidia/rim_authenticity.hpp).
/// Threads: const members may be called from several threads at once.
struct Rim {
  std::string product;                    ///< the chip: "GH100", "GB100", "LS10"
  std::string edition;                    ///< "GPU" or "SWITCH"
  std::string version;                    ///< "550.90.07" of a driver, "96.00.9F.00.01" of a VBIOS
  std::vector<GoldenMeasurement> active;  ///< ascending by index, none twice, at least one
  std::vector<Bytes> certificates;        ///< 1 to 8, DER, leaf first: those of the signature's X509Data
  Bytes signed_info;                      ///< canonical: what the signature is over, ECDSA with SHA-384
  ByteArray<kRimSignatureSize> signature{};
  bool digest_matches = false;  ///< signed_info names the digest of the very content that all the above was read from
};

/// True for what can only be meant as a manifest: XML that names SoftwareIdentity near its beginning.
bool looks_like_rim(ByteView bytes) noexcept;

/// Exactly: a SoftwareIdentity with one Entity, one Meta, one Payload of Resource elements and one Signature, in any
/// order, and nothing in them that is not named here. The signature is enveloped, ECDSA-SHA384 over Canonical XML 1.1
/// with one reference to the whole document; its key is named by X509Data with certificates and by nothing else.
/// Product, edition and version are 1 to 64 of [A-Za-z0-9._-]; indices are 0 to 63, each at most once, active or not;
/// every value has 96 hex digits. All is read from the same tree whose canonical form was hashed. malformed_input and
/// unsupported (another algorithm, transform, manufacturer or way to name the key) name the rule.
Result<Rim> parse_rim(ByteView text);

}  // namespace tenzro::tee::nvidia
