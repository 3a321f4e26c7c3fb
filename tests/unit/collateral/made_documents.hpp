// SPDX-License-Identifier: Apache-2.0
// Collateral put together for tests: formally right, signed by nobody.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "made/der.hpp"
#include "made/joined.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

using Json = nlohmann::ordered_json;

inline const std::string kSignature(128, 'a');

inline Json components(std::uint8_t svn) {
  Json out = Json::array();
  for (int i = 0; i < 16; ++i) {
    out.push_back({{"svn", svn}});
  }
  return out;
}
inline Json isv_level(unsigned svn, std::string_view status) {
  return {{"tcb", {{"isvsvn", svn}}}, {"tcbDate", "2024-03-13T00:00:00Z"}, {"tcbStatus", status}};
}
inline Json level(std::uint8_t svn, std::string_view status, bool tdx = true) {
  Json out = {{"tcb", {{"sgxtcbcomponents", components(svn)}, {"pcesvn", 11}}},
              {"tcbDate", "2024-03-13T00:00:00Z"},
              {"tcbStatus", status}};
  if (tdx) {
    out["tcb"]["tdxtcbcomponents"] = components(svn);
  }
  return out;
}
/// The value of tcbInfo.
inline Json tcb_info(bool tdx = true) {
  Json out = {{"id", tdx ? "TDX" : "SGX"},
              {"version", 3},
              {"issueDate", "2026-11-01T00:00:00Z"},
              {"nextUpdate", "2026-12-01T00:00:00Z"},
              {"fmspc", "00906ED50000"},
              {"pceId", "0a0B"},
              {"tcbType", 0},
              {"tcbEvaluationDataNumber", 17}};
  if (tdx) {
    const Json module = {{"mrsigner", std::string(96, '0')},
                         {"attributes", std::string(16, '0')},
                         {"attributesMask", std::string(16, 'F')}};
    out["tdxModule"] = module;
    Json identity = {{"id", "TDX_01"}};
    identity.update(module);
    identity["tcbLevels"] = Json::array({isv_level(4, "UpToDate"), isv_level(2, "OutOfDate")});
    out["tdxModuleIdentities"] = Json::array({identity});
  }
  out["tcbLevels"] = Json::array({level(5, "UpToDate", tdx), level(3, "OutOfDate", tdx)});
  return out;
}
/// The value of enclaveIdentity.
inline Json qe_identity() {
  return {{"id", "TD_QE"},
          {"version", 2},
          {"issueDate", "2026-11-01T00:00:00Z"},
          {"nextUpdate", "2026-12-01T00:00:00Z"},
          {"tcbEvaluationDataNumber", 17},
          {"miscselect", "01020304"},
          {"miscselectMask", "FFFFFFFF"},
          {"attributes", "11000000000000000000000000000000"},
          {"attributesMask", "FBFFFFFFFFFFFFFF0000000000000000"},
          {"mrsigner", std::string(64, 'd')},
          {"isvprodid", 2},
          {"tcbLevels", Json::array({isv_level(4, "UpToDate"), isv_level(1, "OutOfDate")})}};
}
inline std::string response(std::string_view member, const Json& value) {
  return "{\"" + std::string(member) + "\":" + value.dump() + ",\"signature\":\"" + kSignature + "\"}";
}

inline Bytes der_name(std::string_view common_name) {
  const Bytes text(common_name.begin(), common_name.end());
  return tlv(0x30, tlv(0x31, tlv(0x30, joined({{0x06, 0x03, 0x55, 0x04, 0x03}, tlv(0x0c, text)}))));
}
inline Bytes signed_object(const Bytes& tbs) {
  return tlv(0x30, joined({tlv(0x30, tbs), tlv(0x30, {0x05, 0x00}), tlv(0x03, {0x00, 0x01})}));
}
inline Bytes crl_with_name(const Bytes& name) {
  const Bytes time = tlv(0x17, Bytes(13, '0'));
  return signed_object(joined({{0x02, 0x01, 0x01}, tlv(0x30, {0x05, 0x00}), name, time, time}));
}
inline Bytes crl(std::string_view issuer) { return crl_with_name(der_name(issuer)); }
inline Bytes certificate(std::uint8_t serial) {
  const Bytes name = der_name("x");
  return signed_object(joined(
      {tlv(0xa0, {0x02, 0x01, 0x02}), {0x02, 0x01, serial}, tlv(0x30, {0x05, 0x00}), name, tlv(0x30, {}), name}));
}
inline const Bytes kRootCrl = crl("Intel SGX Root CA");
inline const Bytes kPckCrl = crl("Intel SGX PCK Platform CA");

}  // namespace tenzro::tee::test
