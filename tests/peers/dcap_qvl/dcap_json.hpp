// SPDX-License-Identifier: Apache-2.0
// Collateral in the names of DCAP's JSON form, which the other judge takes.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "formats/pem.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::test {

using Json = nlohmann::ordered_json;

inline std::string pem_of(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) {
    out += pem::encode("CERTIFICATE", der);
  }
  return out;
}

/// A signed document in three members: the value, byte for byte, its signature, and the signer's chain.
inline void add_signed(const CollateralDocument& document, std::string_view member, const std::string& name,
                       Json& out) {
  const std::string text(document.body.begin(), document.body.end());
  const std::size_t begin = member.size() + 4;  // {"<member>":
  const std::size_t end = text.rfind(",\"signature\":\"");
  out[name] = text.substr(begin, end - begin);
  out[name + "_signature"] = nlohmann::json::parse(text).at("signature").get<std::string>();
  out[name + "_issuer_chain"] = pem_of(document.issuer_chain);
}

inline Json dcap_json(const std::vector<CollateralDocument>& documents) {
  Json out;
  for (const CollateralDocument& document : documents) {
    switch (document.kind) {
      case CollateralKind::tcb_info:
        add_signed(document, "tcbInfo", "tcb_info", out);
        break;
      case CollateralKind::qe_identity:
        add_signed(document, "enclaveIdentity", "qe_identity", out);
        break;
      case CollateralKind::root_crl:
        out["root_ca_crl"] = to_hex(document.body);
        break;
      default:
        out["pck_crl"] = to_hex(document.body);
        out["pck_crl_issuer_chain"] = pem_of(document.issuer_chain);
    }
  }
  return out;
}

}  // namespace tenzro::tee::test
