// SPDX-License-Identifier: Apache-2.0
// What inspect shows of SEV-SNP reports, extended ones, and Azure's blobs.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "crypto/digest.hpp"
#include "formats/pem.hpp"
#include "made/snp_platform.hpp"
#include "support/snp_vectors.hpp"
#include "tenzro/tee/inspect.hpp"
#include "x509/known_intermediates.hpp"

namespace tenzro::tee::test {
namespace {

using Json = nlohmann::ordered_json;
namespace guid = table_guid;
namespace at = snp_at;

Json shown(const Bytes& input) {
  const auto inspection = inspect(input);
  EXPECT_TRUE(inspection.has_value()) << (inspection ? "" : inspection.error().message());
  return inspection ? Json::parse(inspection->json) : Json();
}
Bytes extended(const MadeTable& table) {
  Bytes out = MadeSnpReport{}.bytes();
  const Bytes entries = table.bytes();
  out.insert(out.end(), entries.begin(), entries.end());
  return out;
}
Bytes text_bytes(std::string_view text) { return {text.begin(), text.end()}; }

// The guest's owner chooses both fields.
TEST(InspectSnp, IsNoEventLogWhateverItsNames) {
  Bytes report = MadeSnpReport{}.bytes();
  put_le_at(report, at::kGuestSvn, 3, 4);
  std::ranges::copy(std::string_view("Spec ID Event03\0", 16), report.begin() + at::kImageId);
  EXPECT_EQ(shown(report)["kind"], "snp_report");
}

TEST(InspectSnp, ShowsClaimsAsVerdictsDo) {
  const Json document = shown(MadeSnpReport{.version = 5}.bytes());
  EXPECT_EQ(document["kind"], "snp_report");
  EXPECT_EQ(document["verified"], false);
  const Json expected = {{"report_version", 5},
                         {"guest_svn", 7},
                         {"policy", "000000000003001f"},
                         {"family_id", to_hex(Bytes(16, 0x11))},
                         {"image_id", to_hex(Bytes(16, 0x22))},
                         {"vmpl", 0},
                         {"current_tcb", "0a00000000001b56"},
                         {"reported_tcb", "0a00000000001b56"},
                         {"committed_tcb", "0a00000000001b56"},
                         {"launch_tcb", "0a00000000001b56"},
                         {"platform_info", "0000000000000025"},
                         {"measurement", to_hex(Bytes(48, 0x44))},
                         {"host_data", to_hex(Bytes(32, 0x55))},
                         {"id_key_digest", to_hex(Bytes(48, 0x66))},
                         {"author_key_digest", to_hex(Bytes(48, 0x77))},
                         {"report_id", to_hex(Bytes(32, 0x88))},
                         {"report_id_ma", to_hex(Bytes(32, 0xff))},
                         {"chip_id", to_hex(Bytes(64, 0xc1))},
                         {"product", "Genoa"},
                         {"signing_key", "vcek"},
                         {"report_data", to_hex(Bytes(64, 0x33))},
                         {"launch_mit_vector", "000000000000003f"},
                         {"current_mit_vector", "000000000000007f"},
                         {"debug", false}};
  EXPECT_EQ(document["claims"], expected);
  EXPECT_FALSE(shown(MadeSnpReport{.version = 3}.bytes())["claims"].contains("launch_mit_vector"));
}

TEST(InspectSnp, ReadsEachTcbByComponentInTheLayoutOfItsProduct) {
  Bytes genoa = MadeSnpReport{}.bytes();
  genoa[at::kCurrentTcb + 7] = 0x57;
  genoa[at::kCommittedTcb] = 11;
  genoa[at::kLaunchTcb + 1] = 2;
  const Json tcb = shown(genoa)["tcb"];
  EXPECT_EQ(tcb["reported"],
            (Json{{"raw", "0a00000000001b56"}, {"bootloader", 10}, {"tee", 0}, {"snp", 0x1b}, {"microcode", 0x56}}));
  EXPECT_EQ(tcb["current"]["microcode"], 0x57);
  EXPECT_EQ(tcb["committed"]["bootloader"], 11);
  EXPECT_EQ(tcb["launch"]["tee"], 2);

  const Json turin = shown(MadeSnpReport{.cpu_id = {0x1a, 0x02, 0x01}, .tcb = {1, 3, 2, 5, 0, 0, 0, 0x61}}.bytes());
  EXPECT_EQ(
      turin["tcb"]["reported"],
      (Json{{"raw", "0103020500000061"}, {"fmc", 1}, {"bootloader", 3}, {"tee", 2}, {"snp", 5}, {"microcode", 0x61}}));
  EXPECT_EQ(turin["processor"], (Json{{"family", 0x1a}, {"model", 2}, {"stepping", 1}}));
  EXPECT_EQ(turin["silicon_line"], "Turin");
}

// Nothing is guessed: a layout that is not known is shown as it stands.
TEST(InspectSnp, NamesEveryBitOfThePolicy) {
  const Json all = shown(MadeSnpReport{.policy = 0x0000000003ff3a01}.bytes());
  EXPECT_EQ(all["policy_set"], (Json{"smt", "reserved_one", "migrate_ma", "debug", "single_socket", "cxl_allow",
                                     "mem_aes_256_xts", "rapl_dis", "ciphertext_hiding_dram", "page_swap_disable"}));
  EXPECT_EQ(all["policy_abi"], "58.1") << "major, minor";
  EXPECT_EQ(all["claims"]["debug"], true);
  EXPECT_EQ(shown(MadeSnpReport{.policy = 0x8000000004020000}.bytes())["policy_set"],
            (Json{"reserved_one", "bit_26", "bit_63"}));
}

TEST(InspectSnp, NamesEveryBitOfThePlatformInfo) {
  EXPECT_EQ(shown(MadeSnpReport{.platform_info = 0xff}.bytes())["platform_info_set"],
            (Json{"smt_en", "tsme_en", "ecc_en", "rapl_dis", "ciphertext_hiding_dram_en", "alias_check_complete",
                  "iommu_write_safe", "tio_en"}));
  EXPECT_EQ(shown(MadeSnpReport{.platform_info = 0}.bytes())["platform_info_set"], Json::array());
  EXPECT_EQ(shown(MadeSnpReport{.platform_info = 0x8000000000000100}.bytes())["platform_info_set"],
            (Json{"bit_8", "bit_63"}));
}

TEST(InspectSnp, ShowsWhichKeySigned) {
  struct Case {
    std::uint32_t key_info;
    unsigned key;
    bool author, masked;
    const char* name;
  };
  for (const Case& one : {Case{0x00, 0, false, false, "vcek"},
                          {0x04, 1, false, false, "vlek"},
                          {0x05, 1, true, false, "vlek"},
                          {0x02, 0, false, true, "vcek"},
                          {0x0c, 3, false, false, ""},
                          {0x1f, 7, true, true, ""}}) {
    const Json document = shown(MadeSnpReport{.key_info = one.key_info}.bytes());
    EXPECT_EQ(document["key_info"],
              (Json{{"signing_key", one.key}, {"author_key_enabled", one.author}, {"chip_key_masked", one.masked}}));
    EXPECT_EQ(document["claims"]["signing_key"], one.name);
  }
}

TEST(InspectSnp, ShowsVersionsSignatureAndWhatShouldBeZero) {
  Bytes bytes = MadeSnpReport{}.bytes();
  bytes[at::kCurrentVersion] = 41;
  Json document = shown(bytes);
  EXPECT_EQ(document["firmware_version"], (Json{{"current", "1.55.41"}, {"committed", "1.55.40"}}));
  EXPECT_EQ(document["signature_algorithm"], 1);
  EXPECT_EQ(document["signature"], to_hex(ByteView(bytes).subspan(at::kR, 144)));
  EXPECT_FALSE(document.contains("nonzero_reserved_byte"));
  bytes[0x3ff] = 1;
  EXPECT_EQ(shown(bytes)["nonzero_reserved_byte"], 0x3ff);
}

TEST(InspectSnp, ShowsTheChainOfTheTable) {
  const auto known = x509::known_intermediates();
  ASSERT_FALSE(known.empty());
  const ByteView der = known.front()->der();
  const Bytes certificate(der.begin(), der.end());
  const Json document = shown(extended({{{guid::kVcek, text_bytes("no certificate")},
                                         {guid::kAsk, certificate},
                                         {guid::kArk, text_bytes(pem::encode("CERTIFICATE", certificate))},
                                         {guid::kCrl, text_bytes("no list")},
                                         {guid::kPlatformInfo, Bytes(8, 1)},
                                         {"00112233445566778899aabbccddeeff", {1}}}}));
  const Json& table = document["certificate_table"];
  EXPECT_EQ(table["ask"]["sha256"], to_hex(crypto::sha256(certificate)));
  EXPECT_EQ(table["ark"], table["ask"]) << "DER and PEM are one";
  EXPECT_NE(table["ask"]["subject"].get<std::string>().find("CN=SEV-"), std::string::npos);
  EXPECT_EQ(table["ask"]["signature_algorithm"], "rsa-pss-sha384");
  EXPECT_TRUE(table["vcek"].contains("error") && table["crl"].contains("error"));
  EXPECT_FALSE(table.contains("vlek"));
  EXPECT_EQ(table["unknown_entries"], 1);
  // A table that cannot be read hides nothing of the report.
  Bytes broken = extended({{{guid::kVcek, Bytes(10, 1)}}});
  broken.pop_back();
  const Json rest = shown(broken);
  EXPECT_TRUE(rest["certificate_table"].contains("error"));
  EXPECT_EQ(rest["claims"]["product"], "Genoa");
}

TEST(InspectSnp, ShowsTheRuntimeDataOfAzure) {
  MadeHclReport blob;
  const Json snp = shown(blob.bytes());
  EXPECT_EQ(snp["kind"], "hcl_report");
  EXPECT_EQ(snp["claims"]["product"], "Genoa");
  EXPECT_EQ(snp["runtime_data"]["hcl_version"], 2);
  EXPECT_EQ(snp["runtime_data"]["sha256"], to_hex(crypto::sha256(text_bytes(blob.claims))));
  EXPECT_EQ(snp["runtime_data"]["claims"]["keys"][0]["kid"], "HCLAkPub");
  blob.kind = 4;
  blob.hardware_report.resize(1024);
  const Json td = shown(blob.bytes());
  EXPECT_EQ(td["hardware"], "intel-tdx");
  EXPECT_FALSE(td.contains("claims"));
  EXPECT_EQ(td["runtime_data"]["claims"], snp["runtime_data"]["claims"]);
}

TEST(InspectSnp, RefusesWhatIsMalformed) {
  const Bytes good = MadeSnpReport{}.bytes();
  for (const std::size_t size : {0x38U, 672U, 1183U}) {
    const auto inspection = inspect(ByteView(good).first(size));
    ASSERT_FALSE(inspection.has_value()) << size;
    EXPECT_EQ(inspection.error().code(), ErrorCode::malformed_input);
  }
  Bytes blob = MadeHclReport{}.bytes();
  blob.resize(1000);
  EXPECT_FALSE(inspect(blob).has_value());
}

Json inspected(ByteView input) {
  const auto result = inspect(input);
  EXPECT_TRUE(result) << result.error().message();
  return result ? Json::parse(result->json) : Json();
}

/// The extensions of an inspected certificate that have a value, by name.
Json amd_values(const Json& certificate) {
  Json out = Json::object();
  for (const auto& extension : certificate["extensions"]) {
    if (extension.contains("value")) {
      out[extension["name"].get<std::string>()] = extension["value"];
    }
  }
  return out;
}

Bytes with_table(Bytes report, const MadeTable& table) {
  const Bytes entries = table.bytes();
  report.insert(report.end(), entries.begin(), entries.end());
  return report;
}
Bytes pem_of(std::string_view label, ByteView der) {
  const std::string text = pem::encode(label, der);
  return {text.begin(), text.end()};
}

TEST(InspectSnp, ShowsEveryEntryOfTheTableAsDerAndPem) {
  MadeSnpPlatform platform;
  platform.make();
  const Bytes list = platform.list({{1, 0, 1}});
  Bytes both = pem_of("CERTIFICATE", platform.leaf.der);
  const Bytes ask = pem_of("CERTIFICATE", platform.ask.der);
  both.insert(both.end(), ask.begin(), ask.end());
  const Json der =
      inspected(with_table(platform.signed_report(),
                           {{{table_guid::kVcek, platform.leaf.der}, {table_guid::kCrl, list}}}))["certificate_table"];
  const Json pem = inspected(
      with_table(platform.signed_report(), {{{table_guid::kVcek, pem_of("CERTIFICATE", platform.leaf.der)},
                                             {table_guid::kCrl, pem_of("X509 CRL", list)}}}))["certificate_table"];
  EXPECT_EQ(der, pem);
  EXPECT_EQ(der["crl"]["revoked_serials"], Json({"010001"}));
  EXPECT_EQ(der.dump().find("error"), std::string::npos) << der.dump(1);
  const Json chain =
      inspected(with_table(platform.signed_report(), {{{table_guid::kVcek, both}}}))["certificate_table"]["vcek"];
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0], der["vcek"]);
}

TEST(InspectSnp, ShowsWhatAmdSaysInACertificate) {
  MadeSnpPlatform turin;
  turin.product = snp::Product::turin;
  turin.report.tcb = {1, 3, 2, 5, 0, 0, 0, 0x81};
  turin.make();
  const Bytes id(8, 0xc1);
  EXPECT_EQ(amd_values(inspected(turin.leaf.der)["certificates"][0]), (Json{{"amd_structure_version", 1},
                                                                            {"amd_product_name", "Turin"},
                                                                            {"amd_boot_loader_spl", 3},
                                                                            {"amd_tee_spl", 2},
                                                                            {"amd_snp_spl", 5},
                                                                            {"amd_microcode_spl", 0x81},
                                                                            {"amd_fmc_spl", 1},
                                                                            {"amd_hardware_id", to_hex(id)}}));
  turin.hwid = Bytes{4, 8};
  turin.hwid->insert(turin.hwid->end(), id.begin(), id.end());
  turin.make();
  EXPECT_EQ(amd_values(inspected(turin.leaf.der)["certificates"][0])["amd_hardware_id"], to_hex(id));
  MadeSnpPlatform vlek;
  vlek.vlek = true;
  vlek.make();
  const Json values = amd_values(inspected(vlek.leaf.der)["certificates"][0]);
  EXPECT_EQ(values["amd_csp_id"], "CN=cc-nowhere.example");
  EXPECT_FALSE(values.contains("amd_hardware_id"));
}

TEST(InspectSnp, ShowsTcbsByComponentAndSaysHowItReadThem) {
  MadeSnpReport report;
  const auto tcb = [&] { return inspected(report.bytes())["tcb"]; };
  EXPECT_EQ(tcb()["layout"], "family 19h");
  EXPECT_EQ(tcb()["reported"]["microcode"], 0x56);
  report.version = 2;
  EXPECT_EQ(tcb()["layout"], "assumed: family 19h, the report names no processor");
  EXPECT_EQ(tcb()["current"],
            (Json{{"raw", "0a00000000001b56"}, {"bootloader", 10}, {"tee", 0}, {"snp", 0x1b}, {"microcode", 0x56}}));
  report.chip_id = Bytes(64);
  EXPECT_EQ(tcb()["layout"], "assumed: family 19h, the report names no processor") << "masked";
  report.chip_id[0] = 1;
  EXPECT_EQ(tcb()["layout"], "assumed: family 1Ah, by the short chip id");
  EXPECT_EQ(tcb()["current"]["fmc"], 10);
  report.version = 5;
  report.cpu_id = {0x1a, 0x50, 0};  // Venice: no root of it is known, its layout is
  EXPECT_EQ(tcb()["layout"], "family 1Ah");
  report.cpu_id = {0x17, 1, 0};
  EXPECT_EQ(tcb()["layout"], "unknown, the processor is of no known family");
  EXPECT_EQ(tcb()["current"], (Json{{"raw", "0a00000000001b56"}}));
}

TEST(InspectSnp, ReadsEveryRealCertificate) {
  for (const nlohmann::json& one : snp_entries("certificate_cases")) {
    const Json certificate = inspected(read_vector("sev-snp/" + one["file"].get<std::string>()))["certificates"][0];
    const Json values = amd_values(certificate);
    const auto& raw = one["amd_extensions_raw_hex"];
    EXPECT_EQ(values.size(), raw.size()) << certificate.dump(1);
    for (const auto& [name, tail] : {std::pair{"amd_snp_spl", "0303"}, {"amd_fmc_spl", "0309"}}) {
      EXPECT_EQ(values.contains(name), raw.contains(tail));
      if (raw.contains(tail)) {
        EXPECT_EQ(values[name], from_hex(raw[tail].get<std::string>())->back());
      }
    }
    EXPECT_EQ(values.dump().find("error"), std::string::npos) << values.dump(1);
  }
}

}  // namespace
}  // namespace tenzro::tee::test
