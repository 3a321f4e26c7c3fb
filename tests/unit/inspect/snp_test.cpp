// SPDX-License-Identifier: Apache-2.0
// SEV-SNP reports and what comes with them, as people are shown them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "formats/pem.hpp"
#include "snp_vectors.hpp"
#include "tenzro/tee/inspect.hpp"
#include "unit/verify/made_snp_platform.hpp"

namespace tenzro::tee::test {
namespace {

using Json = nlohmann::ordered_json;

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
