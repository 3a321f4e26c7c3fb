// SPDX-License-Identifier: Apache-2.0
// Writes thousands of altered quotes and collateral, one JSON object a line, each with what this library says of it:
// real ones (with the vectors), and made ones, whose alterations are signed again, so that they get past the
// signatures.
//   write_mutants STRIDE [VECTORS]   every STRIDE-th of the alterations that chance makes, and of the made ones
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "collateral/bundle.hpp"
#include "collateral/contents_source.hpp"
#include "formats/json.hpp"
#include "formats/pem.hpp"
#include "peers/dcap_qvl/dcap_json.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "tenzro/tee/collateral.hpp"
#include "tenzro/tee/policy.hpp"
#include "tenzro/tee/report.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee {

namespace {
using simulated::CollateralSpec;
using simulated::QuoteSpec;
using test::dcap_json;
using test::Json;

const UtcTime kIssued{std::chrono::seconds{1'780'000'000}};
const UtcTime kAt = kIssued + std::chrono::hours{24};

/// Something to judge. root: empty for Intel's.
struct Question {
  std::string name;
  Bytes quote;
  Json collateral;
  UtcTime at = kAt;
  Bytes root;
  bool sgx = false;
};

/// Whatever may pass: the peer refuses for none of these reasons.
Policy tolerant() {
  const std::vector<TcbStatus> any = {TcbStatus::up_to_date,           TcbStatus::sw_hardening_needed,
                                      TcbStatus::configuration_needed, TcbStatus::configuration_and_sw_hardening_needed,
                                      TcbStatus::out_of_date,          TcbStatus::out_of_date_configuration_needed};
  TdxRules td;
  td.tcb_status = any;
  SgxRules enclave;
  enclave.tcb_status = any;
  PolicyRules rules;
  rules.any_of = {td, enclave};
  return Policy::from_rules(std::move(rules)).value();
}

Json judged(const Question& question) {
  Json out;
  const std::string text = question.collateral.dump();
  auto contents = collateral::read_contents({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, "dcap");
  if (!contents) {
    return {{"valid", false}, {"status", nullptr}, {"advisories", Json::array()}, {"codes", {"collateral_unreadable"}}};
  }
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.at(question.at).with_policy(tolerant());
  if (!question.root.empty()) {
    options.replace_trust_anchors({question.root});
  }
  if (question.sgx) {
    options.require_platform(Platform::intel_sgx);
  }
  AttestationReport report;
  report.evidence = question.quote;
  const AttestationVerifier verifier(std::make_shared<collateral::ContentsSource>(*std::move(contents)));
  const VerificationResult verdict = verifier.verify(report, options);
  out["valid"] = verdict.valid();
  out["status"] = verdict.tcb() ? Json(std::string(to_string(verdict.tcb()->status))) : Json(nullptr);
  out["advisories"] = verdict.tcb() ? Json(verdict.tcb()->advisory_ids) : Json::array();
  out["codes"] = Json::array();
  for (const Finding& failure : verdict.failures()) {
    out["codes"].push_back(failure.code);
  }
  return out;
}

void write(const Question& question) {
  Json out;
  out["name"] = question.name;
  out["at"] = question.at.time_since_epoch().count();
  out["root"] = question.root.empty() ? Json(nullptr) : Json(to_hex(question.root));
  out["quote"] = to_hex(question.quote);
  out["collateral"] = question.collateral;
  out["ours"] = judged(question);
  (void)std::puts(out.dump().c_str());
}

class Mutants {
 public:
  explicit Mutants(std::size_t stride) : stride_(stride) {}

  /// As it is, and altered in every way that needs no key.
  void of(const Question& base) {
    write(base);
    std::mt19937_64 random(std::hash<std::string>{}(base.name) % 1'000'003);
    const auto some = [&](std::size_t count, const char* what, const auto& alter) {
      for (std::size_t i = 0; i < count; ++i) {
        Question one = base;
        alter(one, i);
        one.name += std::string(", ") + what + " " + std::to_string(i);
        if (i % stride_ == 0) {
          write(one);
        }
      }
    };
    some(300, "flipped bit", [&](Question& one, std::size_t) {
      const std::size_t bit = random() % (one.quote.size() * 8);
      one.quote[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    });
    some(60, "byte of the header",
         [&](Question& one, std::size_t i) { one.quote[i % 48] = static_cast<std::uint8_t>(random()); });
    some(30, "shorter", [&](Question& one, std::size_t) { one.quote.resize(random() % one.quote.size()); });
    some(5, "longer", [&](Question& one, std::size_t i) { one.quote.resize(one.quote.size() + i * i + 1, 0x41); });
    for (const char* member : {"tcb_info", "tcb_info_signature", "qe_identity", "qe_identity_signature", "root_ca_crl",
                               "pck_crl", "tcb_info_issuer_chain", "qe_identity_issuer_chain"}) {
      some(12, member, [&](Question& one, std::size_t) {
        auto text = one.collateral[member].get<std::string>();
        char& at = text[random() % text.size()];
        at = at == '0' ? '1' : '0';
        one.collateral[member] = text;
      });
    }
    some(9, "another time", [&](Question& one, std::size_t i) {
      constexpr std::array<int, 9> kDays = {-4000, -400, -60, -2, 1, 28, 60, 400, 4000};
      one.at += std::chrono::days{kDays[i]};
    });
  }

  /// Made of altered specifications, and signed.
  void of(const simulated::TdxEvidenceMaker& maker, const std::string& name, const QuoteSpec& quote,
          const CollateralSpec& collateral, UtcTime at = kAt) {
    if (made_++ % stride_ == 0) {
      write({.name = name,
             .quote = maker.quote(quote),
             .collateral = dcap_json(maker.collateral(collateral_for_ ? *collateral_for_ : quote, collateral)),
             .at = at,
             .root = maker.hierarchy().root().certificate,
             .sgx = quote.body_type == tdx::BodyType::sgx_report});
    }
  }
  /// The collateral stays that of this quote, whatever the quote says.
  void set_collateral_for(const QuoteSpec& quote) { collateral_for_ = quote; }

 private:
  std::size_t stride_, made_ = 0;
  std::optional<QuoteSpec> collateral_for_;
};

// --- Made ones

using Maker = simulated::TdxEvidenceMaker;

template <class Bits>
void flip(Bits& bits, std::size_t bit) {
  bits[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
}

void signed_again(Mutants& to, const Maker& maker, const std::string& name, const QuoteSpec& good) {
  const CollateralSpec fresh{.issued = kIssued};
  to.set_collateral_for(good);
  const auto altered = [&](const std::string& what, const auto& alter) {
    QuoteSpec one = good;
    alter(one);
    to.of(maker, name + ", signed: " + what, one, fresh);
  };
  const bool sgx = good.body_type == tdx::BodyType::sgx_report;
  for (std::size_t bit = 0; bit < 64; ++bit) {
    const std::string at = " bit " + std::to_string(bit);
    if (!sgx) {
      altered("td_attributes" + at, [&](QuoteSpec& one) { flip(one.td.td_attributes, bit); });
      altered("xfam" + at, [&](QuoteSpec& one) { flip(one.td.xfam, bit); });
      altered("seam_attributes" + at, [&](QuoteSpec& one) { flip(one.td.seam_attributes, bit); });
    } else {
      altered("attributes" + at, [&](QuoteSpec& one) { flip(one.enclave.attributes, bit); });
    }
    altered("QE attributes" + at, [&](QuoteSpec& one) { flip(one.qe.attributes, bit); });
  }
  for (std::size_t bit = 0; bit < 32; ++bit) {
    altered("QE misc_select bit " + std::to_string(bit), [&](QuoteSpec& one) {
      one.qe.misc_select ^= std::uint32_t{1} << bit;
      flip(one.qe.misc_select_bytes, bit);
    });
  }
  for (std::size_t i = 0; i < 16; ++i) {
    for (const int by : {-1, 1, 100}) {
      const std::string at = "[" + std::to_string(i) + "] by " + std::to_string(by);
      const auto shift = [&](std::uint8_t& byte) { byte = static_cast<std::uint8_t>(byte + by); };
      if (!sgx) {
        altered("tee_tcb_svn" + at, [&](QuoteSpec& one) { shift(one.td.tee_tcb_svn[i]); });
        if (good.td.tee_tcb_svn2) {
          altered("tee_tcb_svn2" + at, [&](QuoteSpec& one) { shift((*one.td.tee_tcb_svn2)[i]); });
        }
      }
      altered("SGX component" + at, [&](QuoteSpec& one) {
        shift(one.pck.tcb_components[i]);
        shift(one.pck.cpu_svn[i]);
      });
      altered("SGX component but not CPUSVN" + at, [&](QuoteSpec& one) { shift(one.pck.tcb_components[i]); });
    }
  }
  for (const int by : {-1, 1, 50}) {
    const std::string at = " by " + std::to_string(by);
    altered("PCESVN" + at, [&](QuoteSpec& one) { one.pck.pce_svn = static_cast<std::uint16_t>(one.pck.pce_svn + by); });
    altered("QE ISVSVN" + at,
            [&](QuoteSpec& one) { one.qe.isv_svn = static_cast<std::uint16_t>(one.qe.isv_svn + by); });
    altered("QE ISVPRODID" + at,
            [&](QuoteSpec& one) { one.qe.isv_prod_id = static_cast<std::uint16_t>(one.qe.isv_prod_id + by); });
  }
  for (std::size_t i = 0; i < 6; ++i) {
    altered("FMSPC " + std::to_string(i), [&](QuoteSpec& one) { one.pck.fmspc[i] ^= 1; });
  }
  altered("PCE id", [](QuoteSpec& one) { one.pck.pce_id[0] ^= 1; });
  altered("QE MRSIGNER", [](QuoteSpec& one) { one.qe.mr_signer[0] ^= 1; });
  altered("QE report data", [](QuoteSpec& one) { one.qe_report_data = ByteArray<64>{1}; });
  altered("QE vendor", [](QuoteSpec& one) { one.qe_vendor_id[0] ^= 1; });
  altered("another PCK CA", [](QuoteSpec& one) { one.platform_ca = !one.platform_ca; });
  altered("expired PCK certificate", [](QuoteSpec& one) { one.pck_not_after = kAt - std::chrono::seconds{1}; });
  altered("PCK certificate that ends now", [](QuoteSpec& one) { one.pck_not_after = kAt; });
  altered("PCK certificate to come", [](QuoteSpec& one) { one.pck_not_before = kAt + std::chrono::seconds{1}; });
  altered("bytes behind it", [](QuoteSpec& one) { one.trailing = Bytes(100, 0x7e); });
  for (const std::uint16_t version : std::vector<std::uint16_t>{2, 3, 4, 5, 6}) {
    altered("version " + std::to_string(version), [&](QuoteSpec& one) { one.version = version; });
  }
  for (const std::uint16_t type : std::vector<std::uint16_t>{0, 1, 2, 3, 4, 6, 7}) {
    altered("certification type " + std::to_string(type), [&](QuoteSpec& one) { one.certification_type = type; });
    altered("key type " + std::to_string(type), [&](QuoteSpec& one) { one.attestation_key_type = type; });
    altered("outer certification type " + std::to_string(type),
            [&](QuoteSpec& one) { one.outer_certification_type = type; });
  }
  if (!sgx) {
    altered("MRSIGNERSEAM", [](QuoteSpec& one) { one.td.mr_signer_seam[0] ^= 1; });
    altered("MRSEAM", [](QuoteSpec& one) { one.td.mr_seam[0] ^= 1; });
    if (good.td.mr_service_td) {
      altered("MRSERVICETD", [](QuoteSpec& one) { (*one.td.mr_service_td)[5] = 1; });
    }
  }
  // Chains.
  const Bytes leaf = maker.pck_certificate(good);
  const Bytes ca = (good.platform_ca ? maker.hierarchy().platform_ca() : maker.hierarchy().processor_ca()).certificate;
  const Bytes root = maker.hierarchy().root().certificate;
  const Bytes tcb_signer = maker.hierarchy().tcb_signer().certificate;
  const Bytes strange = Maker("another hierarchy of the same names").hierarchy().root().certificate;
  int number = 0;
  for (const std::vector<Bytes>& chain : {std::vector<Bytes>{leaf, ca, root},
                                          {leaf, ca},
                                          {leaf, root, ca},
                                          {leaf},
                                          {leaf, ca, strange},
                                          {leaf, ca, root, root},
                                          {ca, leaf, root},
                                          {leaf, ca, tcb_signer, root},
                                          {tcb_signer, root},
                                          {ca, root}}) {
    altered("chain " + std::to_string(number++), [&](QuoteSpec& one) { one.pck_chain = chain; });
  }
}

void collateral_signed_again(Mutants& to, const Maker& maker, const std::string& name, const QuoteSpec& good) {
  to.set_collateral_for(good);
  const auto altered = [&](const std::string& what, const auto& alter) {
    CollateralSpec one{.issued = kIssued};
    alter(one);
    to.of(maker, name + ", collateral: " + what, good, one);
  };
  const std::vector<std::string> statuses = {"UpToDate",
                                             "SWHardeningNeeded",
                                             "ConfigurationNeeded",
                                             "ConfigurationAndSWHardeningNeeded",
                                             "OutOfDate",
                                             "OutOfDateConfigurationNeeded",
                                             "Revoked",
                                             "RelaunchAdvised",
                                             "Nonsense"};
  for (const std::string& platform : statuses) {
    for (const std::string& part : statuses) {
      altered(platform + ", QE " + part, [&](CollateralSpec& one) {
        one.tcb_status = platform;
        one.qe_status = part;
        one.advisory_ids = {"INTEL-SA-00002", "INTEL-SA-00001"};
      });
      altered(platform + ", module " + part, [&](CollateralSpec& one) {
        one.tcb_status = platform;
        one.module_status = part;
      });
    }
  }
  const auto& hierarchy = maker.hierarchy();
  const std::vector<std::pair<std::string, Bytes>> certificates = {
      {"PCK certificate", maker.pck_certificate(good)},
      {"PCK CA", (good.platform_ca ? hierarchy.platform_ca() : hierarchy.processor_ca()).certificate},
      {"TCB signer", hierarchy.tcb_signer().certificate},
      {"root", hierarchy.root().certificate}};
  for (const auto& [who, certificate] : certificates) {
    const Bytes serial = simulated::serial_of(certificate);
    altered("root's list names " + who, [&](CollateralSpec& one) { one.root_crl.revoked_serials = {serial}; });
    altered("PCK CA's list names " + who, [&](CollateralSpec& one) { one.pck_crl.revoked_serials = {serial}; });
  }
  for (const bool root : {false, true}) {
    const std::string which = root ? "root's list " : "PCK CA's list ";
    const auto list = [&](const std::string& what, const auto& alter) {
      altered(which + what, [&](CollateralSpec& one) { alter(root ? one.root_crl : one.pck_crl); });
    };
    list("expired", [](simulated::CrlSpec& one) {
      one.this_update = kIssued - std::chrono::days{9};
      one.next_update = kAt - std::chrono::seconds{1};
    });
    list("to come", [](simulated::CrlSpec& one) {
      one.this_update = kAt + std::chrono::hours{1};
      one.next_update = kAt + std::chrono::days{9};
    });
    list("without an end", [](simulated::CrlSpec& one) { one.this_update = kIssued; });
    list("delta", [](simulated::CrlSpec& one) { one.delta = true; });
    list("indirect", [](simulated::CrlSpec& one) { one.indirect = true; });
    list("with an unknown critical extension", [](simulated::CrlSpec& one) { one.unknown_critical_extension = true; });
    list("without a number", [](simulated::CrlSpec& one) { one.with_number = false; });
  }
  altered("expired", [](CollateralSpec& one) { one.next_update = kAt - std::chrono::seconds{1}; });
  altered("that ends now", [](CollateralSpec& one) { one.next_update = kAt; });
  altered("issued later", [](CollateralSpec& one) { one.issued = kAt + std::chrono::seconds{1}; });
  altered("signed by the PCK CA", [&](CollateralSpec& one) { one.tcb_signer = &hierarchy.platform_ca(); });
  // Texts that are signed as they stand.
  const auto text = [&](const std::string& what, bool tcb, const std::string& from, const std::string& into) {
    altered(what + ": " + from + " -> " + into, [&](CollateralSpec& one) {
      std::string document = tcb ? simulated::tcb_info_json(good, one) : simulated::qe_identity_json(good, one);
      if (const auto at = document.find(from); at != std::string::npos) {
        document.replace(at, from.size(), into);
      }
      (tcb ? one.tcb_info : one.qe_identity) = document;
    });
  };
  text("TCB info", true, "\"version\":3", "\"version\":2");
  text("TCB info", true, "\"version\":3", "\"version\":4");
  text("TCB info", true, "\"id\":\"TDX\"", "\"id\":\"SGX\"");
  text("TCB info", true, "\"id\":\"SGX\"", "\"id\":\"TDX\"");
  text("TCB info", true, "\"tcbType\":0", "\"tcbType\":1");
  text("TCB info", true, "\"pcesvn\":", "\"pcesvn\":6553");
  text("TCB info", true, "\"tcbLevels\":[", "\"tcbLevels\":[],\"other\":[");
  text("TCB info", true, "\"id\":", "\"id\":\"TDX\",\"id\":");
  text("TCB info", true, "{", "{ \n");
  text("QE identity", false, "\"version\":2", "\"version\":3");
  text("QE identity", false, "\"version\":2", "\"version\":1");
  text("QE identity", false, "\"id\":\"TD_QE\"", "\"id\":\"QE\"");
  text("QE identity", false, "\"id\":\"QE\"", "\"id\":\"TD_QE\"");
  text("QE identity", false, "\"isvsvn\":", "\"isvsvn\":6553");
  text("QE identity", false, "\"tcbLevels\":[", "\"tcbLevels\":[],\"other\":[");
}

void made(Mutants& to) {
  const Maker maker("a hierarchy for another judge");
  const QuoteSpec version_4 = simulated::tdx_quote_spec();
  QuoteSpec version_5 = version_4;
  version_5.version = 5;
  version_5.body_type = tdx::BodyType::td_report_15;
  version_5.td.tee_tcb_svn2 = version_5.td.tee_tcb_svn;
  version_5.td.mr_service_td = ByteArray<48>{};
  for (const auto& [name, spec] :
       {std::pair{std::string("TDX 4"), version_4}, {"TDX 5", version_5}, {"SGX 3", simulated::sgx_quote_spec()}}) {
    to.of({.name = name,
           .quote = maker.quote(spec),
           .collateral = dcap_json(maker.collateral(spec, {.issued = kIssued})),
           .root = maker.hierarchy().root().certificate,
           .sgx = spec.body_type == tdx::BodyType::sgx_report});
    signed_again(to, maker, name, spec);
    collateral_signed_again(to, maker, name, spec);
  }
}

// --- Real ones

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}
Json read_json(const std::filesystem::path& path) {
  const Bytes text = read_file(path);
  return Json::parse(text.begin(), text.end());
}

/// A signed document of Intel's service in the names of DCAP's JSON.
void replace_document(const Bytes& document, const std::string& member, const std::string& name, Json& out) {
  const auto members = json::raw_members(document).value();
  for (const auto& [key, value] : members) {
    const std::string text(value.begin(), value.end());
    if (key == member) {
      out[name] = text;
    } else if (key == "signature") {
      out[name + "_signature"] = nlohmann::json::parse(text).get<std::string>();
    }
  }
}

/// The documents that the manifest names for a case, in one.
Json real_collateral(const std::filesystem::path& folder, const Json& files, const std::string& root) {
  Json out = files.contains("bundle") ? read_json(folder / files["bundle"].get<std::string>()) : Json::object();
  if (files.contains("tcb_signing_certificate")) {
    const Bytes signer = read_file(folder / files["tcb_signing_certificate"].get<std::string>());
    out["tcb_info_issuer_chain"] = out["qe_identity_issuer_chain"] = pem::encode("CERTIFICATE", signer) + root;
    out["pck_crl_issuer_chain"] = root;
  }
  if (files.contains("tcb")) {
    replace_document(read_file(folder / files["tcb"].get<std::string>()), "tcbInfo", "tcb_info", out);
    replace_document(read_file(folder / files["qe"].get<std::string>()), "enclaveIdentity", "qe_identity", out);
  }
  for (const auto& [file, name] : {std::pair{"pck_crl", "pck_crl"}, {"root_crl", "root_ca_crl"}}) {
    if (files.contains(file)) {
      out[name] = to_hex(read_file(folder / files[file].get<std::string>()));
    }
  }
  return out;
}

void real(const std::filesystem::path& vectors, Mutants& to) {
  const std::filesystem::path folder = vectors / "tdx";
  const Bytes root = read_file(folder / "roots" / "intel_sgx_root_ca.der");
  const std::string root_pem = pem::encode("CERTIFICATE", root);
  const Json manifest = read_json(folder / "manifest.json");
  for (const Json& one : manifest["cases"]) {
    const Json files = one.value("collateral", Json::object());
    if (!one.contains("quote") || !(files.contains("bundle") || files.contains("tcb_signing_certificate"))) {
      continue;
    }
    Bytes input = read_file(folder / one["quote"].get<std::string>());
    if (one.contains("quote_json_field")) {
      const auto hex = nlohmann::json::parse(input.begin(), input.end())[one["quote_json_field"].get<std::string>()];
      const auto text = hex.get<std::string>();
      input.assign(text.begin(), text.end());
    }
    const std::string at = one.contains("verification_time") ? one["verification_time"].get<std::string>()
                                                             : one["expect"]["at"].get<std::string>();
    to.of({.name = one["id"],
           .quote = parse_report(input).value().evidence,
           .collateral = real_collateral(folder, files, root_pem),
           .at = from_rfc3339(at).value(),
           .root = {},
           .sgx = one["fields"]["tee_type"] == "0x0"});
  }
}

}  // namespace

}  // namespace tenzro::tee

int main(int argc, char** argv) {
  try {
    tenzro::tee::Mutants mutants(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1);
    tenzro::tee::made(mutants);
    if (argc > 2 && std::filesystem::exists(std::filesystem::path(argv[2]) / "tdx")) {
      tenzro::tee::real(argv[2], mutants);
    }
    return 0;
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "write_mutants: %s\n", error.what());
    return 1;
  }
}
