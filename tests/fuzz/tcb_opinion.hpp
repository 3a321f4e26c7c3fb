// SPDX-License-Identifier: Apache-2.0
// TCB info and enclave identity read a second time, by another JSON reader and the plain words of Intel's PCS API v4:
// what must be true of the documents behind a verdict that says UpToDate.
#pragma once
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fuzz_target.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::fuzz {

struct TcbOpinion {
  using Json = nlohmann::json;

  UtcTime now{};
  ByteArray<6> fmspc{};
  ByteArray<2> pce_id{};
  ByteArray<16> sgx_components{};
  std::uint16_t pce_svn = 0;
  ByteView qe_report{};               ///< 384 bytes
  std::optional<ByteView> td_body{};  ///< empty for enclaves

  void require_up_to_date(const std::string& tcb_info, const std::string& qe_identity) const {
    const Json info = Json::parse(tcb_info, nullptr, false);
    const Json identity = Json::parse(qe_identity, nullptr, false);
    require(info.is_object() && identity.is_object(), "both documents are JSON");
    require_current(info);
    require_current(identity);
    require(info["id"] == (td_body ? "TDX" : "SGX") && info["version"] == 3, "the TCB info is of this kind");
    require(identity["id"] == (td_body ? "TD_QE" : "QE") && identity["version"] == 2, "so is the identity");
    require(info["tcbType"] == 0, "of the one TCB type");
    require(says(info["fmspc"], fmspc) && says(info["pceId"], pce_id), "the TCB info is of this platform");
    if (td_body) {
      require_module(info, td_body->first(16));
      require_level(info, td_body->first(16));
      if (td_body->size() > 584) {
        require_level(info, td_body->subspan(584, 16));
      }
    } else {
      require_level(info, {});
    }
    require_quoting_enclave(identity);
  }

 private:
  static bool says(const Json& text, ByteView bytes) {
    const auto read = text.is_string() ? from_hex(text.get<std::string>()) : Result<Bytes>(Bytes{});
    return read.has_value() && same(*read, bytes);
  }
  static ByteView masked(Bytes& out, ByteView bytes, const Json& mask) {
    const Bytes bits = from_hex(mask.get<std::string>()).value();
    out.assign(bytes.begin(), bytes.end());
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(out[i] & bits.at(i));
    }
    return out;
  }

  void require_current(const Json& document) const {
    const auto issued = from_rfc3339(document["issueDate"].get<std::string>());
    const auto next = from_rfc3339(document["nextUpdate"].get<std::string>());
    require(issued && next && *issued <= now && now < *next, "the document is current");
  }

  /// The SVNs of one list, or those that make a platform reach everything.
  static std::vector<std::uint64_t> svns(const Json& list) {
    std::vector<std::uint64_t> out;
    for (const Json& one : list) {
      out.push_back(one["svn"].get<std::uint64_t>());
    }
    require(out.size() == 16, "there are 16 components");
    return out;
  }

  /// Of the levels that the platform reaches the highest says UpToDate. tee_tcb_svn: empty for enclaves.
  void require_level(const Json& info, ByteView tee_tcb_svn) const {
    using Key = std::array<std::vector<std::uint64_t>, 3>;
    std::optional<Key> best;
    std::string status;
    for (const Json& level : info["tcbLevels"]) {
      const Json& tcb = level["tcb"];
      Key key{svns(tcb["sgxtcbcomponents"]), {tcb["pcesvn"].get<std::uint64_t>()}, {}};
      bool reached = key[1][0] <= pce_svn;
      for (std::size_t i = 0; i < 16; ++i) {
        reached = reached && key[0][i] <= sgx_components.at(i);
      }
      if (!tee_tcb_svn.empty()) {
        key[2] = svns(tcb["tdxtcbcomponents"]);
        for (std::size_t i = tee_tcb_svn[1] > 0 ? 2 : 0; i < 16; ++i) {
          reached = reached && key[2][i] <= tee_tcb_svn[i];
        }
      }
      if (reached && (!best || key > *best)) {
        best = key;
        status = level["tcbStatus"].get<std::string>();
      }
    }
    require(best.has_value() && status == "UpToDate", "the platform's level is up to date");
    if (!tee_tcb_svn.empty() && tee_tcb_svn[1] > 0) {
      require_isv_svn(module_of(info, tee_tcb_svn[1])["tcbLevels"], tee_tcb_svn[0]);
    }
  }

  static void require_isv_svn(const Json& levels, std::uint64_t svn) {
    std::optional<std::uint64_t> best;
    std::string status;
    for (const Json& level : levels) {
      const auto needed = level["tcb"]["isvsvn"].get<std::uint64_t>();
      if (needed <= svn && (!best || needed > *best)) {
        best = needed;
        status = level["tcbStatus"].get<std::string>();
      }
    }
    require(best.has_value() && status == "UpToDate", "the enclave's or module's level is up to date");
  }

  static Json module_of(const Json& info, std::uint8_t version) {
    for (const Json& one : info["tdxModuleIdentities"]) {
      const auto id = one["id"].get<std::string>();
      if (id.size() == 6 && id.starts_with("TDX_") && says(Json(id.substr(4)), ByteArray<1>{version})) {
        return one;
      }
    }
    require(false, "the module's version has an identity");
    return {};
  }

  void require_module(const Json& info, ByteView tee_tcb_svn) const {
    const Json module = tee_tcb_svn[1] > 0 ? module_of(info, tee_tcb_svn[1]) : info["tdxModule"];
    require(says(module["mrsigner"], td_body->subspan(64, 48)), "the module's signer is the identity's");
    Bytes attributes;
    require(says(module["attributes"], masked(attributes, td_body->subspan(112, 8), module["attributesMask"])),
            "the module's attributes are");
    require(std::ranges::all_of(td_body->subspan(112, 8), [](std::uint8_t byte) { return byte == 0; }),
            "and there are none");
  }

  void require_quoting_enclave(const Json& identity) const {
    Bytes bits;
    require(says(identity["miscselect"], masked(bits, qe_report.subspan(16, 4), identity["miscselectMask"])),
            "MISCSELECT of the quoting enclave is its identity's");
    require(says(identity["attributes"], masked(bits, qe_report.subspan(48, 16), identity["attributesMask"])),
            "so are its attributes");
    require(says(identity["mrsigner"], qe_report.subspan(128, 32)), "and its signer");
    const auto word = [&](std::size_t at) {
      return std::uint64_t{qe_report[at]} | (std::uint64_t{qe_report[at + 1]} << 8U);
    };
    require(identity["isvprodid"] == word(256), "and its product");
    require_isv_svn(identity["tcbLevels"], word(258));
  }
};

}  // namespace tenzro::tee::fuzz
