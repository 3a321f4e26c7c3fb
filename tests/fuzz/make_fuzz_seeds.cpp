// SPDX-License-Identifier: Apache-2.0
// Writes the seeds that are made with the simulated hierarchy: make_fuzz_seeds FOLDER (tests/fuzz/seeds).
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "collateral/bundle.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "formats/json.hpp"
#include "formats/pem.hpp"
#include "made/cms.hpp"
#include "made/document.hpp"
#include "made/event_log.hpp"
#include "made/nras_claims.hpp"
#include "made/ocsp_parts.hpp"
#include "made/rim.hpp"
#include "made/snp.hpp"
#include "made/spdm_report.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "tenzro/tee/report.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxSeed = std::size_t{10} << 10;
constexpr UtcTime kIssued = std::chrono::sys_days{2026y / 1 / 1};

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// Seeds are small: what is larger is left out, and said.
class SeedFolder {
 public:
  explicit SeedFolder(std::filesystem::path root) : root_(std::move(root)) {}

  void write(const std::string& name, const Bytes& seed) {
    std::printf("%-40s %zu%s\n", name.c_str(), seed.size(), seed.size() > kMaxSeed ? " (too large, left out)" : "");
    if (seed.size() > kMaxSeed) {
      return;
    }
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream out(root_ / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
    good_ = good_ && out.good();
  }
  void write(const std::string& name, std::string_view seed) { write(name, bytes_of(seed)); }
  bool good() const noexcept { return good_; }

 private:
  std::filesystem::path root_;
  bool good_ = true;
};

Bytes pck_extension_of(const Bytes& certificate) {
  const auto parsed = x509::Certificate::parse(certificate).value();
  const ByteView value = parsed->extension(tdx::kSgxExtensionOid)->value;
  return {value.begin(), value.end()};
}

void write_quotes(const simulated::TdxEvidenceMaker& maker, SeedFolder& out) {
  // The certificates are not read here: a short stand-in keeps these seeds small.
  simulated::QuoteSpec tdx = simulated::tdx_quote_spec();
  out.write("quote/tdx_v4_chain.bin", maker.quote(tdx));
  tdx.certification_data = bytes_of("certificates");
  out.write("quote/tdx_v4.bin", maker.quote(tdx));
  tdx.trailing = Bytes(16);
  out.write("quote/tdx_v4_tail.bin", maker.quote(tdx));
  tdx.trailing.clear();
  tdx.version = 5;
  out.write("quote/tdx_v5_report_10.bin", maker.quote(tdx));
  tdx.body_type = tdx::BodyType::td_report_15;
  out.write("quote/tdx_v5_report_15.bin", maker.quote(tdx));
  tdx.body_type = tdx::BodyType::td_report_15_extended;
  out.write("quote/tdx_v5_report_15_extended.bin", maker.quote(tdx));
  simulated::QuoteSpec sgx = simulated::sgx_quote_spec();
  sgx.certification_data = bytes_of("certificates");
  out.write("quote/sgx_v3.bin", maker.quote(sgx));
}

void write_certificates(const simulated::TdxEvidenceMaker& maker, SeedFolder& out) {
  const simulated::QuoteSpec platform = simulated::tdx_quote_spec();
  const simulated::QuoteSpec processor = simulated::sgx_quote_spec();
  const Bytes leaf = maker.pck_certificate(platform);
  out.write("pem_der/pck_leaf.der", leaf);
  out.write("pem_der/root.der", maker.hierarchy().root().certificate);
  out.write("pem_der/chain.pem", simulated::pem_chain({leaf, maker.hierarchy().platform_ca().certificate,
                                                       maker.hierarchy().root().certificate}));
  out.write("pck_extension/platform.der", pck_extension_of(leaf));
  out.write("pck_extension/processor.der", pck_extension_of(maker.pck_certificate(processor)));
}

/// The nine members that quote libraries call their collateral; each chain is its signer alone, which keeps the seed
/// small.
std::string dcap_json(const std::vector<CollateralDocument>& documents) {
  const auto text = [](ByteView bytes) { return std::string(bytes.begin(), bytes.end()); };
  const auto chain = [](const CollateralDocument& document) {
    return pem::encode("CERTIFICATE", document.issuer_chain[0]);
  };
  const auto tcb_info = json::raw_members(documents[0].body).value();
  const auto qe_identity = json::raw_members(documents[1].body).value();
  const auto unquoted = [&](ByteView quoted) { return text(quoted.subspan(1, quoted.size() - 2)); };
  const nlohmann::ordered_json out = {{"pck_crl_issuer_chain", chain(documents[3])},
                                      {"root_ca_crl", to_hex(documents[2].body)},
                                      {"pck_crl", to_hex(documents[3].body)},
                                      {"tcb_info_issuer_chain", chain(documents[0])},
                                      {"tcb_info", text(tcb_info[0].second)},
                                      {"tcb_info_signature", unquoted(tcb_info[1].second)},
                                      {"qe_identity_issuer_chain", chain(documents[1])},
                                      {"qe_identity", text(qe_identity[0].second)},
                                      {"qe_identity_signature", unquoted(qe_identity[1].second)}};
  return out.dump();
}

/// As a PCS header carries it.
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    if (plain) {
      out.push_back(c);
    } else {
      out += "%" + to_hex(std::array{static_cast<std::uint8_t>(c)});
    }
  }
  return out;
}

void write_collateral(const simulated::TdxEvidenceMaker& maker, SeedFolder& out) {
  simulated::CollateralSpec spec{.issued = kIssued};
  spec.pck_crl.revoked_serials = {{0x01}, {0x7f, 0xff}, Bytes(20, 0x11)};
  for (const auto& [flavour, quote] :
       {std::pair{"tdx", simulated::tdx_quote_spec()}, std::pair{"sgx", simulated::sgx_quote_spec()}}) {
    const auto documents = maker.collateral(quote, spec);
    const std::string name = flavour;
    out.write("tcb_info/" + name + ".json", documents[0].body);
    out.write("qe_identity/" + name + ".json", documents[1].body);
    out.write("collateral/qe_identity_" + name + ".json", documents[1].body);
  }
  const auto documents = maker.collateral(simulated::tdx_quote_spec(), spec);
  out.write("crl/root.der", documents[2].body);
  out.write("crl/pck.der", documents[3].body);
  out.write("collateral/tcb_info.json", documents[0].body);
  out.write("collateral/crl.der", documents[3].body);
  out.write("collateral/crl.hex", to_hex(documents[3].body));
  out.write("collateral/crl.base64", to_base64(documents[3].body));
  out.write("collateral/crl.pem", pem::encode("X509 CRL", documents[3].body));
  out.write("collateral/certificates.pem", pem::encode("CERTIFICATE", documents[2].issuer_chain[0]));
  out.write("collateral/certificate.der", documents[2].issuer_chain[0]);
  out.write("collateral/certificates.percent",
            percent_encoded(pem::encode("CERTIFICATE", documents[2].issuer_chain[0])));
  out.write("collateral/dcap.json", dcap_json(documents));
  out.write("collateral/bundle.json", collateral::bundle_to_json({documents[2], documents[3]}));
}

void write_reports(const simulated::TdxEvidenceMaker& maker, SeedFolder& out) {
  simulated::QuoteSpec spec = simulated::tdx_quote_spec();
  spec.certification_data = bytes_of("certificates");
  AttestationReport report = maker.report(spec, kIssued);
  report.collateral = bytes_of("{}");
  report.certificate_chain = {maker.hierarchy().root().certificate};
  out.write("report/envelope.json", to_json(report));
  out.write("report/quote.bin", report.evidence);
  out.write("report/quote.hex", "0x" + to_hex(report.evidence) + "\n");
  out.write("report/quote.base64", to_base64(report.evidence) + "\n");
  const simulated::QuoteSpec sgx = simulated::sgx_quote_spec();
  out.write("report/sgx_quote.hex", to_hex(maker.quote(sgx)));
}

void write_event_logs(SeedFolder& out) {
  test::MadeLog log = test::made_boot();
  out.write("event_log/ccel.bin", log.bytes());
  log.end = Bytes(64);
  log.algorithms = {{0x000b, 32}, {0x000c, 48}};
  out.write("event_log/ccel_zeros.bin", log.bytes());
  log.end.clear();
  out.write("event_log/ccel_unpadded.bin", log.bytes());
  const nlohmann::ordered_json list = test::made_application_log();
  const nlohmann::ordered_json quoted = list.dump();
  out.write("event_log/list.json", list.dump());
  out.write("event_log/list_in_string.json", quoted.dump());
  out.write("event_log/list_in_object.json", nlohmann::ordered_json{{"event_log", quoted}}.dump());
}

/// Lists of edits (edits.hpp): each kind of evidence as it is, and one edit of each part of it.
void write_edit_lists(SeedFolder& out) {
  struct Target {
    std::string name;
    std::uint8_t shapes, parts;
  };
  for (const Target& target : {Target{"tdx_resigned", 7, 12},
                               {"snp_resigned", 8, 7},
                               {"nitro_resigned", 2, 11},
                               {"chain_resigned", 5, 9},
                               {"device_resigned", 1, 15},
                               {"container_resealed", 4, 6}}) {
    for (std::uint8_t shape = 0; shape < target.shapes; ++shape) {
      out.write(target.name + "/shape_" + std::to_string(shape) + ".bin", Bytes{shape, 0});
    }
    for (std::uint8_t part = 0; part < target.parts; ++part) {
      Bytes list{0, 1};
      list.insert(list.end(), {part, 1, 9, 0, 1, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
      out.write(target.name + "/part_" + std::to_string(part) + ".bin", list);
    }
  }
}

void write_snp(SeedFolder& out) {
  for (std::uint32_t version = 2; version <= 5; ++version) {
    out.write("snp_report/v" + std::to_string(version) + ".bin", test::MadeSnpReport{.version = version}.bytes());
  }
  test::MadeSnpReport turin{.version = 5, .cpu_id = {0x1a, 0x02, 0x01}, .tcb = {1, 3, 2, 5, 0, 0, 0, 0x61}};
  turin.chip_id = Bytes(8, 0xc1);
  out.write("snp_report/turin_v5.bin", turin.bytes());
  namespace guid = test::table_guid;
  const test::MadeTable table{{{guid::kArk, bytes_of("ark")},
                               {guid::kAsk, bytes_of("ask")},
                               {guid::kVcek, bytes_of("vcek")},
                               {guid::kVlek, bytes_of("vlek")},
                               {guid::kCrl, bytes_of("crl")},
                               {guid::kPlatformInfo, Bytes(8, 1)},
                               {"00112233445566778899aabbccddeeff", bytes_of("unknown")}}};
  out.write("certificate_table/full.bin", table.bytes());
  out.write("certificate_table/empty.bin", test::MadeTable{}.bytes());
  Bytes extended = test::MadeSnpReport{}.bytes();
  const Bytes entries = table.bytes();
  extended.insert(extended.end(), entries.begin(), entries.end());
  out.write("snp_report/extended.bin", extended);
  test::MadeHclReport blob;
  out.write("hcl_report/snp.bin", blob.bytes());
  blob.claims = R"({"keys":[{"kid":"HCLEkPub"},{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"_-7d"}],"user-data":")" +
                std::string(128, 'a') + "\"}";
  blob.kind = 4;
  blob.hardware_report.resize(1024);
  out.write("hcl_report/tdx.bin", blob.bytes());
  const Bytes attest = test::MadeAttest{}.bytes();
  out.write("tpm_quote/attest.bin", attest);
  nlohmann::ordered_json quote = {{"message", to_hex(attest)},
                                  {"signature", to_hex(Bytes(16, 0x5a))},
                                  {"pcrs", std::vector<std::string>(24, to_hex(Bytes(32)))}};
  out.write("tpm_quote/hex.json", quote.dump());
  quote["message"] = attest;
  out.write("tpm_quote/numbers.json", quote.dump());
  quote["signature"] = Bytes(16, 0x5a);
  quote["pcrs"] = std::vector<Bytes>(24, Bytes(32));
  out.write("tpm_quote/all_numbers.json", quote.dump());
}

/// As leaf_extensions_fuzz.cpp reads them: a byte for the kind of leaf; each OID's place in its list, length, value.
void write_leaf_extensions(SeedFolder& out) {
  struct Leaf {
    const char* name;
    std::uint8_t kind;
    std::string_view product;
    std::size_t hwid;  ///< none for a VLEK
  };
  for (const Leaf& leaf : {Leaf{"milan_vcek", 0, "Milan-B0", 64},
                           {"genoa_vcek", 2, "Genoa", 64},
                           {"turin_vcek", 4, "Turin", 8},
                           {"milan_vlek", 1, "Milan", 0},
                           {"turin_vlek", 5, "Turin", 0}}) {
    Bytes seed = {leaf.kind};
    const auto add = [&seed](std::uint8_t place, const Bytes& value) {
      seed.push_back(place);
      seed.push_back(static_cast<std::uint8_t>(value.size()));
      seed.insert(seed.end(), value.begin(), value.end());
    };
    const auto text = [](std::string_view content) {
      Bytes value = {0x16, static_cast<std::uint8_t>(content.size())};
      value.insert(value.end(), content.begin(), content.end());
      return value;
    };
    const bool turin = leaf.product == "Turin";
    add(0, {2, 1, static_cast<std::uint8_t>(turin ? 1 : 0)});
    add(1, text(leaf.product));
    for (std::uint8_t place = 2; place < 5; ++place) {
      add(place, {2, 1, place});
    }
    for (std::uint8_t place = turin ? 6 : 5; place < 9; ++place) {
      add(place, {2, 1, 0});
    }
    add(9, {2, 2, 0, 0xdb});
    if (turin) {
      add(10, {2, 1, 1});
    }
    add(leaf.hwid != 0 ? 11 : 12, leaf.hwid != 0 ? Bytes(leaf.hwid, 0x04) : text("CN=cc-nowhere.example"));
    add(15, {0x30, 0});
    out.write(std::string("leaf_extensions/") + leaf.name + ".bin", seed);
  }
}

void write_cbor(SeedFolder& out) {
  for (const auto& [name, text] :
       {std::pair<std::string, std::string_view>{"integers", "8518181a000000011b00000000000000ff386358026162"},
        {"maps", "a3f6f5f5f44141626163"},
        {"indefinite", "9f0102a1617abf616100ff00ff"},
        {"deep", "818181818181818100"},
        {"chunked", "5f41004101ff"},
        {"twice", "bf01010102ff"},
        {"huge", "bbffffffffffffffff"},
        {"tagged", "d2845001"}}) {
    out.write("cbor/" + name + ".bin", from_hex(text).value());
  }
}

void write_documents(SeedFolder& out) {
  const simulated::NitroEvidenceMaker maker;
  simulated::NitroDocumentSpec spec;
  spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(kIssued);
  out.write("nitro_document/enclave.cose", maker.document(spec));
  out.write("report/nitro.base64", to_base64(maker.document(spec)) + "\n");
  spec.user_data = Bytes(64, 0x75);
  spec.nonce = Bytes();
  spec.indefinite = false;
  spec.tagged = true;
  out.write("nitro_document/definite_tagged.cose", maker.document(spec));
  spec.tpm = true;
  spec.more_fields = {{"later", bytes_of("unknown")}};
  out.write("nitro_document/tpm.cose", maker.document(spec));
  // Short stand-ins for the certificates, so that changes hit what is read here.
  test::MadeDocument made;
  out.write("nitro_document/small.cose", made.bytes());
  made.without("pcrs").set("nitrotpm_pcrs", test::cbor_map(test::MadeDocument::pcrs_of(24), true));
  made.set("later", test::cbor_map({{test::cbor_text("a"), test::cbor_array({test::cbor_null()}, true)}}));
  made.indefinite = false;
  out.write("nitro_document/small_tpm.cose", made.bytes());
}

void write_kms_answers(SeedFolder& out) {
  test::MadeCms made;
  out.write("kms_answer/indefinite.ber", made.bytes());
  const nlohmann::ordered_json answer = {{"CiphertextBlob", to_base64(Bytes(16, 0x01))},
                                         {"CiphertextForRecipient", to_base64(made.bytes())},
                                         {"KeyId", "arn:aws:kms:us-east-1:111122223333:key/simulated"},
                                         {"Plaintext", ""}};
  out.write("kms_answer/data_key.json", answer.dump());
  made.indefinite = false;
  out.write("kms_answer/pieces.der", made.bytes());
  made.in_pieces = false;
  made.encrypted_key.resize(32);
  out.write("kms_answer/small.der", made.bytes());
}

void write_ocsp_responses(SeedFolder& out) {
  using namespace test::ocsp_parts;
  out.write("ocsp/refusal.der", from_hex("30030a0106").value());
  Parts parts;
  out.write("ocsp/by_key.der", parts.der());
  parts.response_extensions = wrapped_extension(kNonceOid, octets(Bytes(32, 0x44)), true);
  parts.single_extensions = wrapped_extension(oid("2b0601050507300109"), {0x05, 0x00});
  parts.certificate_status = element(0xa1, {time("20251130000000Z"), element(0xa0, {{0x0a, 0x01, 0x06}})});
  parts.responder =
      element(0xa1, {element(0x30, {element(0x31, {element(0x30, {oid("550403"), {0x0c, 0x01, 'x'}})})})});
  parts.certificates = element(0xa0, {element(0x30, {element(0x30, {{0x05, 0x00}})})});
  out.write("ocsp/on_hold.der", parts.der());
  parts.algorithm = element(0x30, {oid("608648016503040202")});
  parts.name_hash = parts.key_hash = octets(Bytes(48, 0x55));
  parts.certificate_status = {0x82, 0x00};
  parts.next_update = {};
  out.write("ocsp/unknown_sha384.der", parts.der());
}

void write_rims(SeedFolder& out) {
  // Short stand-ins for the certificates, so that changes hit what is read here.
  test::MadeRim rim;
  rim.chain = {bytes_of("leaf"), bytes_of("root")};
  out.write("rim/driver.xml", rim.text());
  rim.golden = {{63, true, {Bytes(48, 0xff)}}, {0, true, {Bytes(48)}}, {7, false, {Bytes(48), Bytes(48, 1)}}};
  rim.product = "LS10";
  rim.edition = "SWITCH";
  rim.version = "96.10.55.00.01";
  out.write("rim/switch.xml", "<?xml version='1.0' encoding='UTF-8'?>\r\n" + rim.text() + "\n");
  out.write("rim/altered.xml", rim.text().replace(rim.text().find("ffff"), 4, "fffe"));
  out.write("rim/namespaces.xml",
            "<a:r xmlns:a='urn:a' xmlns='urn:d' b='1' a:b='2'> <x xmlns=''/>\n<y c=' z '>t\xc3\xa4</y></a:r>");
  const nlohmann::ordered_json answer = {{"id", "NV_GPU_DRIVER_GH100_550.90.07"},
                                         {"rim", to_base64(rim.bytes())},
                                         {"sha256", to_hex(crypto::sha256(rim.bytes()))},
                                         {"rim_format", "TCG"}};
  out.write("collateral/rim_answer.json", answer.dump());
  out.write("collateral/rim.xml", rim.text());
}

/// Signed by nobody: what is beyond the signature, the targets reach by themselves.
void write_nras(SeedFolder& out) {
  const test::NrasOrigin origin{.issued_at = kIssued};
  const auto token = [](const test::NrasJson& claims) {
    return test::compact_token(R"({"kid":"made-key-1","alg":"ES384"})", claims.dump(), Bytes(96, 0x5a));
  };
  test::NrasJson failed = origin.claims();
  failed.erase("eat_nonce");
  failed["x-nvidia-error-details"] = {{"code", 4010}, {"message", "NONCE_NOT_MATCHING"}};
  const std::vector<std::pair<std::string, test::NrasJson>> devices = {
      {"gpu_2", test::nras_gpu_claims(origin, "2.0")},
      {"gpu_3", test::nras_gpu_claims(origin, "3.0")},
      {"switch_2", test::nras_switch_claims(origin, "2.0")},
      {"switch_3", test::nras_switch_claims(origin, "3.0")},
      {"failed", failed}};
  for (const auto& [name, claims] : devices) {
    out.write("jwt/" + name + ".json", claims.dump());
    out.write("jwt/" + name + ".jwt", token(claims));
  }
  const std::vector<std::pair<std::string, std::string>> tokens = {{"GPU-0", token(devices[0].second)},
                                                                   {"SWITCH-1", token(devices[3].second)}};
  const test::NrasJson overall = test::nras_overall_claims(origin, tokens);
  out.write("jwt/overall.json", overall.dump());
  out.write("jwt/overall.jwt", token(overall));
  out.write("nras_answer/two.json", test::nras_bundle(token(overall), tokens));
  out.write("nras_answer/none.json", test::nras_bundle(token(overall), {}));
  out.write("nras_answer/alone.jwt", token(overall));
}

/// Signed by nobody, as above.
void write_devices(SeedFolder& out) {
  test::MadeSpdmReport gpu;
  gpu.opaque = {{3, bytes_of("550.90.07")},
                {6, {0x00, 0x9f, 0x00, 0x96, 0x01, 0, 0, 0}},
                {11, {0x55}},
                {17, bytes_of("1010")},
                {20, Bytes(48, 0xf1)},
                {21, {0xaa}},
                {22, Bytes(144, 0x22)},
                {34, {1, 0}},
                {36, {2, 0}}};
  test::MadeSpdmReport nvswitch;
  nvswitch.measurements = 31;
  nvswitch.opaque = {{6, bytes_of("96.10.55.00.01")}, {22, Bytes(8, 0x33)}, {25, {1, 0}}, {26, Bytes(128, 0x44)}};
  out.write("spdm_report/gpu.bin", gpu.bytes());
  out.write("spdm_report/switch.bin", nvswitch.bytes());
  Bytes longer = nvswitch.bytes();
  longer.resize(longer.size() + 15);
  out.write("spdm_report/trailing_zeros.bin", longer);
  gpu.measurements = 1;
  nvswitch.measurements = 1;
  const auto device = [](const char* arch, const std::string& report) {
    return test::NrasJson{{"arch", arch},
                          {"nonce", to_hex(Bytes(32, 0x11))},
                          {"evidence", report},
                          {"certificate", to_base64(bytes_of("-----BEGIN CERTIFICATE-----"))}};
  };
  const test::NrasJson devices =
      test::NrasJson::array({device("HOPPER", to_base64(gpu.bytes())), device("LS10", to_hex(nvswitch.bytes()))});
  out.write("device_evidence/two.json", devices.dump());
  out.write("device_evidence/wrapped.json", test::NrasJson{{"evidences", devices}, {"result_code", 0}}.dump());
  out.write("device_evidence/composite_id.der",
            from_hex("304602010130020500303d06096086480165030402020430" + to_hex(Bytes(48, 0x07))).value());
  out.write("device_evidence/subject.der",
            from_hex("301d311b301906035504051312" + to_hex(bytes_of("41431D480FE5E87274"))).value());
}

void write_key_sets(const simulated::TdxEvidenceMaker& maker, SeedFolder& out) {
  const std::string coordinate(64, 'A');
  test::NrasJson key = {{"kty", "EC"}, {"crv", "P-384"}, {"kid", "made-key-1"}, {"x", coordinate}, {"y", coordinate}};
  const test::NrasJson other = {{"kty", "oct"}, {"k", "AA"}};
  out.write("jwks/plain.json", test::NrasJson{{"keys", test::NrasJson::array({key, other})}}.dump());
  const std::string root = to_base64(maker.hierarchy().root().certificate);
  key.update({{"use", "sig"}, {"alg", "ES384"}, {"key_ops", {"verify"}}, {"x5c", {root, root}}});
  const std::string whole = test::NrasJson{{"keys", test::NrasJson::array({key})}}.dump();
  out.write("jwks/certificates.json", whole);
  out.write("collateral/jwks.json", whole);
}

}  // namespace
}  // namespace tenzro::tee

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_fuzz_seeds FOLDER\n", stderr);
    return 2;
  }
  tenzro::tee::SeedFolder out(argv[1]);
  const tenzro::tee::simulated::TdxEvidenceMaker maker;
  tenzro::tee::write_quotes(maker, out);
  tenzro::tee::write_certificates(maker, out);
  tenzro::tee::write_collateral(maker, out);
  tenzro::tee::write_reports(maker, out);
  tenzro::tee::write_event_logs(out);
  tenzro::tee::write_edit_lists(out);
  tenzro::tee::write_snp(out);
  tenzro::tee::write_leaf_extensions(out);
  tenzro::tee::write_cbor(out);
  tenzro::tee::write_documents(out);
  tenzro::tee::write_kms_answers(out);
  tenzro::tee::write_ocsp_responses(out);
  tenzro::tee::write_rims(out);
  tenzro::tee::write_devices(out);
  tenzro::tee::write_nras(out);
  tenzro::tee::write_key_sets(maker, out);
  return out.good() ? 0 : 1;
}
