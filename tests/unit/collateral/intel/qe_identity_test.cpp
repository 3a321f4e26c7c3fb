// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "collateral/intel/tcb_info.hpp"
#include "unit/collateral/made_documents.hpp"

namespace tenzro::tee::intel {
namespace {

using test::Json;

void expect_refused(const std::function<void(Json&)>& change, std::string_view part,
                    ErrorCode code = ErrorCode::malformed_input) {
  Json made = test::qe_identity();
  change(made);
  const std::string text = test::response("enclaveIdentity", made);
  const auto identity = parse_qe_identity(test::view(text));
  ASSERT_FALSE(identity.has_value()) << part;
  EXPECT_EQ(identity.error().code(), code);
  EXPECT_NE(identity.error().message().find(part), std::string::npos) << identity.error().message();
}

// ATTACK(T3)
TEST(QeIdentity, RejectsOtherVersionsAndIds) {
  expect_refused([](Json& j) { j["version"] = 1; }, "enclaveIdentity.version: is 1, only 2 is known",
                 ErrorCode::unsupported);
  for (const char* id : {"", "qe", "TDQE", "TD_QE "}) {
    expect_refused([&](Json& j) { j["id"] = id; }, "enclaveIdentity.id: expected QE, TD_QE, QVE or QAE");
  }
}

TEST(QeIdentity, RejectsEveryMissingMember) {
  const Json honest = test::qe_identity();
  for (const auto& item : honest.items()) {
    expect_refused([&](Json& j) { j.erase(item.key()); }, item.key());
  }
}

TEST(QeIdentity, RejectsValuesThatAreNone) {
  for (const char* name : {"miscselect", "miscselectMask", "attributes", "attributesMask", "mrsigner"}) {
    expect_refused([&](Json& j) { j[name] = j[name].get<std::string>() + "00"; }, name);
    expect_refused([&](Json& j) { j[name] = j[name].get<std::string>().substr(2); }, name);
    expect_refused([&](Json& j) { j[name] = 0; }, name);
  }
  expect_refused([](Json& j) { j["isvprodid"] = 65536; }, "enclaveIdentity.isvprodid");
  expect_refused([](Json& j) { j["tcbLevels"][0]["tcb"]["isvsvn"] = 65536; },
                 "enclaveIdentity.tcbLevels[0].tcb.isvsvn");
}

TEST(QeIdentity, RejectsLevelsThatAreEmptyRepeatedOrOfUnknownStatus) {
  expect_refused([](Json& j) { j["tcbLevels"] = Json::array(); }, "expected at least one level");
  expect_refused([](Json& j) { j["tcbLevels"].push_back(test::isv_level(1, "UpToDate")); }, "two levels for isvsvn 1");
  for (const char* status : {"SWHardeningNeeded", "ConfigurationNeeded", "NotSupported", ""}) {
    expect_refused([&](Json& j) { j["tcbLevels"][0]["tcbStatus"] = status; },
                   "expected UpToDate, OutOfDate or Revoked");
  }
}

// ATTACK(T3)
TEST(QeIdentity, RejectsTcbInfoInItsPlace) {
  const std::string text = test::response("tcbInfo", test::tcb_info());
  EXPECT_FALSE(parse_qe_identity(test::view(text)).has_value());
  const std::string renamed = test::response("enclaveIdentity", test::tcb_info());
  EXPECT_FALSE(parse_qe_identity(test::view(renamed)).has_value());
}

TEST(QeIdentity, ReadsEveryMember) {
  Json made = test::qe_identity();
  made["tcbLevels"] = Json::array({test::isv_level(1, "Revoked"), test::isv_level(8, "UpToDate")});
  made["tcbLevels"][0]["advisoryIDs"] = {"INTEL-SA-00615"};
  const std::string text = test::response("enclaveIdentity", made);
  const auto identity = parse_qe_identity(test::view(text));
  ASSERT_TRUE(identity.has_value()) << identity.error().message();
  EXPECT_EQ(identity->id, "TD_QE");
  EXPECT_EQ(to_hex(identity->misc_select), "01020304");
  EXPECT_EQ(to_hex(identity->misc_select_mask), "ffffffff");
  EXPECT_EQ(to_hex(identity->attributes), "11000000000000000000000000000000");
  EXPECT_EQ(to_hex(identity->attributes_mask), "fbffffffffffffff0000000000000000");
  EXPECT_EQ(to_hex(identity->mr_signer), std::string(64, 'd'));
  EXPECT_EQ(identity->isv_prod_id, 2);
  EXPECT_EQ(identity->evaluation_data_number, 17U);
  ASSERT_EQ(identity->levels.size(), 2U);
  EXPECT_EQ(identity->levels[0].isv_svn, 8);
  EXPECT_EQ(identity->levels[1].status, TcbStatus::revoked);
  EXPECT_EQ(identity->levels[1].advisory_ids, std::vector<std::string>{"INTEL-SA-00615"});
  EXPECT_EQ(std::string(identity->signed_bytes.begin(), identity->signed_bytes.end()), made.dump());
}

}  // namespace
}  // namespace tenzro::tee::intel
