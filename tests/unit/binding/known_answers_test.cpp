// SPDX-License-Identifier: Apache-2.0
// Every formula against answers computed elsewhere: a few here, the whole file where it is present.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "binding/formulas.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/challenge.hpp"

namespace tenzro::tee::binding {
namespace {

using nlohmann::json;

Bytes hex(const json& object, const char* member) { return *from_hex(object.at(member).get<std::string>()); }

template <std::size_t N>
ByteArray<N> fixed(const json& object, const char* member) {
  const Bytes bytes = hex(object, member);
  EXPECT_EQ(bytes.size(), N) << member;
  ByteArray<N> out{};
  std::ranges::copy_n(bytes.begin(), static_cast<std::ptrdiff_t>(std::min(N, bytes.size())), out.begin());
  return out;
}

ByteArray<64> form_64(const json& object, const char* member) {
  const ReportData data = *ReportData::from_caller_data(hex(object, member));
  ByteArray<64> out{};
  std::ranges::copy(data.bytes(), out.begin());
  return out;
}

TEST(BindingKnownAnswers, HoldWithoutTheFile) {
  EXPECT_EQ(
      to_hex(*rpc_report_data(test::view("hello"))),
      "f226f198c83350c7afd5211ebff6faeedf67c08062a8c69b4b1c406e54443aec9b78cbb58ace534266649ad3c8fe865f792232253061"
      "a7affd03d354a089d3c4");
  EXPECT_EQ(to_hex(key_mode_slot(1790000000, 1790003600)),
            "89817d8112ba79f58eedf958a1ba7ce251d52735196095a076d5359d2e8a9011");
}

class DesignFile : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::have_vectors()) {
      GTEST_SKIP() << "no vectors here";
    }
    answers_ = test::read_vector_json("crypto/design-kat.json");
  }
  json answers_;
};

TEST_F(DesignFile, HasNoEntryThatTheseTestsDoNotKnow) {
  std::set<std::string> members;
  for (const auto& [name, value] : answers_.items()) {
    members.insert(name);
  }
  EXPECT_EQ(members, (std::set<std::string>{"title", "pad32", "user_data_64", "bind", "rpc", "key_mode_slot",
                                            "nvidia_user_data_nonce", "composite", "attested_tls_gpu_nonce"}));
}

TEST_F(DesignFile, AgreesOnUserData) {
  int accepted = 0;
  int refused = 0;
  for (const json& entry : answers_.at("user_data_64")) {
    const Bytes bytes = hex(entry, "data_hex");
    const auto data = ReportData::from_caller_data(bytes);
    if (entry.value("refused", false)) {
      ++refused;
      ASSERT_FALSE(data) << entry;
      EXPECT_EQ(data.error().code(), ErrorCode::invalid_argument);
      continue;
    }
    ++accepted;
    ASSERT_TRUE(data) << entry;
    EXPECT_EQ(to_hex(data->bytes()), entry.at("x64_hex").get<std::string>());
    EXPECT_EQ(to_hex(data->raw()), to_hex(bytes));
  }
  EXPECT_EQ(accepted, 2);
  EXPECT_EQ(refused, 3);
}

TEST_F(DesignFile, AgreesOnBind) {
  const json& entry = answers_.at("bind");
  const Challenge challenge = *Challenge::from_bytes(hex(entry, "challenge_hex"));
  EXPECT_EQ(to_hex(ReportData::bind(challenge, hex(entry, "context_hex")).bytes()),
            entry.at("report_data_hex").get<std::string>());
  EXPECT_EQ(to_hex(ReportData::bind(challenge, {}).bytes()),
            entry.at("empty_context_report_data_hex").get<std::string>());
}

TEST_F(DesignFile, AgreesOnRpcReportData) {
  const json& entry = answers_.at("rpc");
  EXPECT_EQ(to_hex(*rpc_report_data(hex(entry, "data_hex"))), entry.at("report_data_hex").get<std::string>());
}

TEST_F(DesignFile, AgreesOnTheKeyModeSlot) {
  const json& entry = answers_.at("key_mode_slot");
  EXPECT_EQ(to_hex(key_mode_slot(entry.at("issued").get<std::uint64_t>(), entry.at("not_after").get<std::uint64_t>())),
            entry.at("slot_hex").get<std::string>());
}

TEST_F(DesignFile, AgreesOnTheNonceOfAGpuAlone) {
  const json& entry = answers_.at("nvidia_user_data_nonce");
  EXPECT_EQ(to_hex(nvidia_nonce(form_64(entry, "data_hex"))), entry.at("spdm_nonce_hex").get<std::string>());
}

TEST_F(DesignFile, AgreesOnTheComposite) {
  const json& entry = answers_.at("composite");
  const ByteArray<64> user_data = form_64(entry, "user_data_hex");
  EXPECT_EQ(to_hex(composite_gpu_nonce(user_data, fixed<32>(entry, "seed_hex"))),
            entry.at("gpu_nonce_hex").get<std::string>());
  EXPECT_EQ(to_hex(composite_report_data(user_data, hex(entry, "device_section_hex"))),
            entry.at("cpu_report_data_hex").get<std::string>());
}

TEST_F(DesignFile, AgreesOnTheGpuNonceOfAttestedTls) {
  const json& entry = answers_.at("attested_tls_gpu_nonce");
  EXPECT_EQ(to_hex(session_gpu_nonce(fixed<32>(entry, "spki_hash_hex"), fixed<32>(entry, "sess_root_hex"),
                                     fixed<32>(entry, "seed_hex"))),
            entry.at("gpu_nonce_hex").get<std::string>());
}

}  // namespace
}  // namespace tenzro::tee::binding
