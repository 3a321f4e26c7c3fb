// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/nras_request.hpp"

#include <gtest/gtest.h>

#include "support/vectors.hpp"

namespace tenzro::tee::nvidia {
namespace {

constexpr ByteArray<32> kNonce = {0xab, 0xcd};

TEST(NrasRequest, HasTheDevicesOfOneArchitectureInTheirOrder) {
  const std::vector<DeviceEvidence> devices = {{Architecture::ls10, {}, {1}, {2}},
                                               {Architecture::hopper, {}, {3}, {4}},
                                               {Architecture::blackwell, {}, {5}, {6}},
                                               {Architecture::hopper, {}, {7}, {8}}};
  EXPECT_EQ(nras_request(Architecture::hopper, kNonce, devices),
            R"({"nonce":"abcd000000000000000000000000000000000000000000000000000000000000","arch":"HOPPER",)"
            R"("evidence_list":[{"evidence":"Aw==","certificate":"BA=="},{"evidence":"Bw==","certificate":"CA=="}],)"
            R"("claims_version":"3.0"})");
  EXPECT_NE(
      nras_request(Architecture::ls10, kNonce, devices).find(R"("arch":"LS10","evidence_list":[{"evidence":"AQ==")"),
      std::string::npos);
}

// What a genuine request carries, read and written again, is what it carried.
TEST(NrasRequest, CarriesGenuineEvidenceUnchanged) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const nlohmann::json genuine = test::read_vector_json("nvidia/nras/one-gpu-pass/request.json");
  nlohmann::json list = genuine["evidence_list"];
  list[0]["nonce"] = genuine["nonce"];
  const auto devices = parse_device_evidence(test::view(list.dump()));
  ASSERT_TRUE(devices) << devices.error().message();
  const auto ours = nlohmann::json::parse(nras_request(Architecture::hopper, devices->front().nonce, *devices));
  EXPECT_EQ(ours["nonce"], genuine["nonce"]);
  EXPECT_EQ(ours["arch"], genuine["arch"]);
  ASSERT_EQ(ours["evidence_list"].size(), 1U);
  EXPECT_EQ(ours["evidence_list"][0]["evidence"], genuine["evidence_list"][0]["evidence"]);
  EXPECT_EQ(ours["evidence_list"][0]["certificate"], genuine["evidence_list"][0]["certificate"]);
}

}  // namespace
}  // namespace tenzro::tee::nvidia
