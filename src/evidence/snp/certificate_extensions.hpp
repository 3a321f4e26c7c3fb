// SPDX-License-Identifier: Apache-2.0
// AMD's extensions of VCEK and VLEK certificates (OID 1.3.6.1.4.1.3704.1).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "evidence/snp/tcb.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::snp {

inline constexpr std::string_view kAmdExtensions = "1.3.6.1.4.1.3704.1";

/// One extension of a certificate: dotted OID, content of extnValue.
struct NamedExtension {
  std::string_view oid;
  ByteView value;
};

/// What a leaf says of its chip, product and TCB. Source: AMD publication 57230.
struct LeafExtensions {
  std::uint8_t struct_version = 0;
  std::string product_name;           ///< "Milan-B0", "Genoa", "Turin"; the stepping behind the dash means nothing
  std::optional<Product> product;     ///< what stands before the dash, where that is a known one
  Tcb tcb;                            ///< levels that are absent, and reserved, are zero
  std::optional<Bytes> hwid;          ///< VCEK: 64 bytes, Turin 8
  std::optional<std::string> csp_id;  ///< VLEK: "CN=cc-us-east-2.amazonaws.com"
};

/// Reads the members that a leaf of this kind must have, each once: for Milan and Genoa structVersion, productName,
/// blSPL, teeSPL, snpSPL, ucodeSPL; for Turin fmcSPL too; HWID in a VCEK, CSP_ID in a VLEK, and neither in the other.
/// product: of the chain that the leaf stands in, which says what levels there are. Numbers are minimal DER of 0 to
/// 255; the HWID is raw bytes or an OCTET STRING of them, told apart by length. A level that is not known is refused,
/// since nothing could compare it; other extensions are not looked at. malformed_input names the member.
Result<LeafExtensions> read_leaf_extensions(std::span<const NamedExtension> extensions, Product product, bool vlek);

}  // namespace tenzro::tee::snp
