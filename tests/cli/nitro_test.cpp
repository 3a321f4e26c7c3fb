// SPDX-License-Identifier: Apache-2.0
// `tenzro verify` and `inspect` on real Nitro documents: raw, hex and base64, nonce and age.
#include <gtest/gtest.h>

#include "cli/process.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::test {
namespace {

class CliNitro : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
    document = read_vector("nitro/real/evervault-2022-10-13-pcr8.cose");
    path = scratch.write("document.cose", document);
  }
  Outcome verify(std::vector<std::string> more, const std::string& file) const {
    std::vector<std::string> arguments = {"verify", "--offline", "--json", "--at", "2022-10-13T08:58:02Z"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(file);
    return run_tenzro(arguments);
  }
  Outcome verify(std::vector<std::string> more = {}) const { return verify(std::move(more), path); }

  Scratch scratch;
  Bytes document;
  std::string path;
};

TEST_F(CliNitro, DocumentsAreTakenRawAndAsText) {
  const Outcome raw = verify();
  EXPECT_EQ(raw.exit_code, 0) << raw.out << raw.err;
  EXPECT_EQ(raw.json()["platform"], "aws-nitro");
  EXPECT_TRUE(raw.json()["tcb"].is_null());
  EXPECT_EQ(verify({}, scratch.write("hex", to_hex(document) + "\n")).out, raw.out);
  EXPECT_EQ(verify({}, scratch.write("base64", to_base64(document) + "\n")).out, raw.out);
  Bytes tagged = document;
  tagged.insert(tagged.begin(), 0xd2);
  EXPECT_EQ(verify({}, scratch.write("tagged.base64", to_base64(tagged))).out, raw.out);
}

// ATTACK(N9) ATTACK(N10)
TEST_F(CliNitro, NonceAndUserDataAreRolesOfTheirOwn) {
  const auto claims = verify().json()["claims"];
  const std::string nonce = claims["nonce"];
  ASSERT_EQ(nonce.size(), 512U);
  const Outcome good = verify({"--nonce-hex", nonce});
  EXPECT_EQ(good.exit_code, 0) << good.out;
  EXPECT_EQ(good.json()["nonce_verified"], true);
  EXPECT_TRUE(good.json()["user_data_verified"].is_null());
  EXPECT_TRUE(good.json()["warnings"].empty());
  const Outcome other = verify({"--nonce-hex", nonce.substr(2)});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_EQ(other.json()["failures"][0]["code"], "nonce_mismatch");
  const Outcome wrong_role = verify({"--user-data-hex", nonce});
  EXPECT_EQ(wrong_role.exit_code, 1);
  EXPECT_EQ(wrong_role.json()["failures"][0]["code"], "user_data_mismatch");
}

// ATTACK(N7)
TEST_F(CliNitro, AgeIsCountedFromTheSignedTime) {
  EXPECT_EQ(verify({"--max-age", "1"}).exit_code, 0);
  const std::vector<std::string> later = {"verify", "--offline", "--json", "--at", "2022-10-13T08:59:02Z", path};
  std::vector<std::string> strict = later;
  strict.insert(strict.end() - 1, {"--max-age", "59"});
  EXPECT_EQ(run_tenzro(later).exit_code, 0);
  const Outcome refused = run_tenzro(strict);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.json()["failures"][0]["code"], "evidence_too_old");
  // Now, years later, the leaf of three hours has ended.
  const Outcome now = run_tenzro({"verify", "--offline", "--json", path});
  EXPECT_EQ(now.exit_code, 1);
  EXPECT_EQ(now.json()["failures"][0]["code"], "certificate_expired");
}

// ATTACK(N11)
TEST_F(CliNitro, NitroTpmOnlyWhenAskedFor) {
  const std::string tpm = scratch.write("tpm.cose", read_vector("nitro/real/nitrotpm-2026-08-13.cose"));
  const std::vector<std::string> plain = {"verify", "--offline", "--json", "--at", "2026-08-13T17:36:48Z", tpm};
  const Outcome unasked = run_tenzro(plain);
  EXPECT_EQ(unasked.exit_code, 1);
  EXPECT_EQ(unasked.json()["failures"][0]["code"], "platform_not_accepted");
  std::vector<std::string> named = plain;
  named.insert(named.end() - 1, {"--platform", "aws-nitro-tpm"});
  const Outcome asked = run_tenzro(named);
  EXPECT_EQ(asked.exit_code, 0) << asked.out;
  EXPECT_EQ(asked.json()["claims"]["nitrotpm_pcrs"].size(), 24U);
}

TEST_F(CliNitro, MalformedDocumentsGetAVerdict) {
  Bytes broken = document;
  broken.resize(broken.size() - 1);
  const Outcome outcome = verify({}, scratch.write("broken", broken));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.json()["platform"], "aws-nitro");
  EXPECT_EQ(outcome.json()["failures"][0]["code"], "malformed_evidence");
}

TEST_F(CliNitro, TextLeavesOutWhatMeasuresNothing) {
  const Outcome text = run_tenzro({"verify", "--offline", "--at", "2022-10-13T08:58:02Z", path});
  EXPECT_TRUE(text.out.starts_with("PASSED  aws-nitro\n")) << text.out;
  for (const std::string_view line :
       {"  module_id: i-020b6af9246d90e92-enc0183d09086c24190\n", "  timestamp: 2022-10-13T08:58:02.136Z\n",
        "    8: ", "  Fresh report      yes\n"}) {
    EXPECT_NE(text.out.find(line), std::string::npos) << line << " is not in\n" << text.out;
  }
  EXPECT_EQ(text.out.find("    15: "), std::string::npos);
}

TEST_F(CliNitro, InspectShowsPcrsByNameAndTheChainLeafFirst) {
  const Outcome text = run_tenzro({"inspect", path});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(text.out.starts_with("nitro_document (decoded, not verified)\n")) << text.out;
  EXPECT_NE(text.out.find("PCR0 (image), PCR1 (kernel and boot ramdisk), PCR2 (application)"), std::string::npos);
  const auto document_json = run_tenzro({"inspect", path, "--json"}).json();
  EXPECT_EQ(document_json["claims"], verify().json()["claims"]) << "the same names and values as in verdicts";
  ASSERT_EQ(document_json["certificates"].size(), 5U);
  EXPECT_EQ(document_json["certificates"][4]["sha256"],
            "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b");
  const Outcome tpm = run_tenzro({"inspect", (vectors_dir() / "nitro/real/nitrotpm-2026-08-13.cose").string()});
  EXPECT_TRUE(tpm.out.starts_with("nitrotpm_document")) << tpm.out;
}

}  // namespace
}  // namespace tenzro::tee::test
