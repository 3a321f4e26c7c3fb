// SPDX-License-Identifier: Apache-2.0
// `tenzro verify` on a made Nitro document, with and without AWS's revocation lists.
#include <gtest/gtest.h>

#include "cli/evidence.hpp"
#include "formats/pem.hpp"
#include "provider/simulated/nitro_evidence.hpp"

namespace tenzro::tee::test {
namespace {

class CliNitroRevocation : public testing::Test {
 protected:
  CliNitroRevocation() {
    simulated::NitroDocumentSpec spec;
    spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(*from_rfc3339(kJudgedAt));
    document = scratch.write("document.cose", maker.document(spec));
    root = scratch.write("root.der", maker.hierarchy().root().certificate);
  }
  Bytes list_of(const simulated::Identity& issuer, const std::vector<Bytes>& revoked = {}) const {
    return simulated::make_aws_crl(
        {.this_update = issued(), .next_update = issued() + std::chrono::days{7}, .revoked_serials = revoked}, issuer);
  }
  Outcome verify(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"verify", "--offline", "--json", "--at", kJudgedAt, "--trust-anchor", root};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(document);
    return run_tenzro(arguments);
  }

  simulated::NitroEvidenceMaker maker{"a hierarchy of the command's tests"};
  Scratch scratch;
  std::string document, root;
};

TEST_F(CliNitroRevocation, NoneIsNeededAndOneThatIsGivenCounts) {
  EXPECT_EQ(verify({}).exit_code, 0);
  const std::string good = scratch.write("list.crl", list_of(maker.hierarchy().root()));
  const Outcome with_list = verify({"--collateral", good});
  EXPECT_EQ(with_list.exit_code, 0) << with_list.out << with_list.err;
  EXPECT_EQ(with_list.json()["collateral"][0]["kind"], "nitro_crl");
  const Bytes revoking =
      list_of(maker.hierarchy().root(), {simulated::serial_of(maker.hierarchy().regional().certificate)});
  for (const std::string& file :
       {scratch.write("revoking.crl", revoking), scratch.write("revoking.pem", pem::encode("X509 CRL", revoking))}) {
    const Outcome revoked = verify({"--collateral", file});
    EXPECT_EQ(revoked.exit_code, 1) << revoked.out;
    EXPECT_EQ(revoked.json()["failures"][0]["check"], "revocation");
    EXPECT_EQ(revoked.json()["failures"][0]["code"], "certificate_revoked");
    EXPECT_EQ(verify({"--collateral", file, "--revocation", "off"}).exit_code, 0);
  }
}

TEST_F(CliNitroRevocation, RequireWantsBothLists) {
  const Outcome none = verify({"--revocation", "require"});
  EXPECT_EQ(none.exit_code, 4) << none.out;
  EXPECT_EQ(none.json()["failures"].size(), 2U);
  EXPECT_EQ(none.json()["failures"][0]["code"], "revocation_missing");
  std::filesystem::create_directory(scratch / "lists");
  const std::string folder = (scratch / "lists").string();
  scratch.write("lists/root.crl", list_of(maker.hierarchy().root()));
  EXPECT_EQ(verify({"--revocation", "require", "--collateral", folder}).exit_code, 4);
  scratch.write("lists/regional.crl", list_of(maker.hierarchy().regional()));
  const Outcome both = verify({"--revocation", "require", "--collateral", folder});
  EXPECT_EQ(both.exit_code, 0) << both.out << both.err;
  EXPECT_TRUE(both.json()["warnings"][0]["code"] == "replay_not_ruled_out");
}

TEST_F(CliNitroRevocation, ListsOfStrangersAreRefusedAsFiles) {
  simulated::Identity stranger;
  stranger.key = simulated::key_from_label("stranger");
  stranger.certificate = simulated::make_certificate(
      {.common_name = "nobody", .not_before = issued(), .not_after = issued() + std::chrono::days{30}, .is_ca = true},
      stranger.key.get(), nullptr);
  const std::string file = scratch.write(
      "strange.crl",
      simulated::make_crl({.this_update = issued(), .next_update = issued() + std::chrono::days{7}}, stranger));
  EXPECT_EQ(verify({"--collateral", file}).exit_code, 3);
}

}  // namespace
}  // namespace tenzro::tee::test
