// SPDX-License-Identifier: Apache-2.0
#include "collateral/intel/tcb_info.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "unit/collateral/made_documents.hpp"

namespace tenzro::tee::intel {
namespace {

using test::Json;

void expect_refused_text(const std::string& text, ErrorCode code, std::string_view part) {
  const auto info = parse_tcb_info(test::view(text));
  ASSERT_FALSE(info.has_value()) << part;
  EXPECT_EQ(info.error().code(), code);
  EXPECT_NE(info.error().message().find(part), std::string::npos) << info.error().message();
}
void expect_refused(const std::function<void(Json&)>& change, std::string_view part,
                    ErrorCode code = ErrorCode::malformed_input, bool tdx = true) {
  Json info = test::tcb_info(tdx);
  change(info);
  expect_refused_text(test::response("tcbInfo", info), code, part);
}

// ATTACK(T5)
TEST(TcbInfo, RejectsOtherVersionsTypesAndIds) {
  expect_refused([](Json& j) { j["version"] = 2; }, "tcbInfo.version: is 2, only 3 is known", ErrorCode::unsupported);
  expect_refused([](Json& j) { j["version"] = 4; }, "tcbInfo.version: is 4", ErrorCode::unsupported);
  expect_refused([](Json& j) { j["version"] = "3"; }, "tcbInfo.version");
  expect_refused([](Json& j) { j["tcbType"] = 1; }, "tcbInfo.tcbType: is 1, only 0 is known", ErrorCode::unsupported);
  for (const char* id : {"tdx", "TDX ", "QE", ""}) {
    expect_refused([&](Json& j) { j["id"] = id; }, "tcbInfo.id: expected TDX or SGX");
  }
}

// ATTACK(T7)
TEST(TcbInfo, RejectsEveryMissingMember) {
  const Json honest = test::tcb_info();
  for (const auto& item : honest.items()) {
    if (item.key() == "tdxModuleIdentities") {
      continue;
    }
    expect_refused([&](Json& j) { j.erase(item.key()); }, item.key());
  }
  for (const char* name : {"sgxtcbcomponents", "pcesvn", "tdxtcbcomponents"}) {
    expect_refused([&](Json& j) { j["tcbLevels"][1]["tcb"].erase(name); }, name);
  }
  for (const char* name : {"tcb", "tcbDate", "tcbStatus"}) {
    expect_refused([&](Json& j) { j["tcbLevels"][1].erase(name); }, name);
    expect_refused([&](Json& j) { j["tdxModuleIdentities"][0]["tcbLevels"][1].erase(name); }, name);
  }
  for (const char* name : {"mrsigner", "attributes", "attributesMask"}) {
    expect_refused([&](Json& j) { j["tdxModule"].erase(name); }, name);
    expect_refused([&](Json& j) { j["tdxModuleIdentities"][0].erase(name); }, name);
  }
  for (const char* name : {"id", "tcbLevels"}) {
    expect_refused([&](Json& j) { j["tdxModuleIdentities"][0].erase(name); }, name);
  }
  expect_refused([](Json& j) { j["tdxModuleIdentities"][0]["tcbLevels"][0]["tcb"].erase("isvsvn"); }, "isvsvn");
}

// ATTACK(T7)
TEST(TcbInfo, RejectsAnythingButSixteenComponents) {
  for (const char* name : {"sgxtcbcomponents", "tdxtcbcomponents"}) {
    for (const int count : {0, 1, 15, 17, 32}) {
      expect_refused(
          [&](Json& j) {
            Json list = Json::array();
            for (int i = 0; i < count; ++i) {
              list.push_back({{"svn", 0}});
            }
            j["tcbLevels"][0]["tcb"][name] = list;
          },
          std::string("tcbInfo.tcbLevels[0].tcb.") + name);
    }
    for (const Json& svn : {Json(256), Json(-1), Json("1"), Json(1.0), Json(nullptr), Json::object()}) {
      expect_refused([&](Json& j) { j["tcbLevels"][0]["tcb"][name][3]["svn"] = svn; }, "");
    }
    expect_refused([&](Json& j) { j["tcbLevels"][0]["tcb"][name][3].erase("svn"); },
                   std::string("tcbInfo.tcbLevels[0].tcb.") + name + "[3]");
  }
}

// ATTACK(T7)
TEST(TcbInfo, RejectsUnknownStatuses) {
  for (const char* status : {"", "uptodate", "UpToDate ", "Unknown", "NotSupported", "TDRelaunchAdvised",
                             "TDRelaunchAdvisedConfigurationNeeded", "HardeningNeeded"}) {
    expect_refused([&](Json& j) { j["tcbLevels"][1]["tcbStatus"] = status; },
                   "tcbInfo.tcbLevels[1].tcbStatus: expected a TCB status of a platform");
  }
  for (const char* status : {"SWHardeningNeeded", "ConfigurationNeeded", "OutOfDateConfigurationNeeded", "Good"}) {
    expect_refused([&](Json& j) { j["tdxModuleIdentities"][0]["tcbLevels"][0]["tcbStatus"] = status; },
                   "tcbInfo.tdxModuleIdentities[0].tcbLevels[0].tcbStatus: expected UpToDate, OutOfDate or Revoked");
  }
}

// ATTACK(T7)
TEST(TcbInfo, RejectsEmptyAndRepeatedLevels) {
  expect_refused([](Json& j) { j["tcbLevels"] = Json::array(); }, "tcbInfo.tcbLevels: expected at least one level");
  expect_refused([](Json& j) { j["tcbLevels"].push_back(test::level(5, "OutOfDate")); },
                 "tcbInfo.tcbLevels: two levels for components 0505");
  expect_refused([](Json& j) { j["tdxModuleIdentities"][0]["tcbLevels"] = Json::array(); },
                 "tcbInfo.tdxModuleIdentities[0].tcbLevels: expected at least one level");
  expect_refused([](Json& j) { j["tdxModuleIdentities"][0]["tcbLevels"].push_back(test::isv_level(4, "Revoked")); },
                 "two levels for isvsvn 4");
  expect_refused(
      [](Json& j) {
        for (unsigned i = 0; i < 600; ++i) {
          j["tcbLevels"].push_back(test::level(1, "OutOfDate"));
        }
      },
      "tcbInfo.tcbLevels");
}

// ATTACK(T5)
TEST(TcbInfo, RejectsTdxPartsInSgxAndTheirAbsenceInTdx) {
  const Json tdx = test::tcb_info();
  for (const char* name : {"tdxModule", "tdxModuleIdentities"}) {
    expect_refused([&](Json& j) { j[name] = tdx[name]; }, std::string("expected no ") + name + " in SGX TCB info",
                   ErrorCode::malformed_input, false);
  }
  expect_refused([](Json& j) { j["tcbLevels"][0]["tcb"]["tdxtcbcomponents"] = test::components(0); },
                 "expected no tdxtcbcomponents in SGX TCB info", ErrorCode::malformed_input, false);
  expect_refused([](Json& j) { j["id"] = "SGX"; }, "in SGX TCB info");
}

// ATTACK(T9)
TEST(TcbInfo, RejectsModuleIdentitiesThatAreNone) {
  for (const char* id : {"TDX_", "TDX_1", "TDX_001", "TDX_0g", "tdx_01", "TDX-01", "TDX_01 ", ""}) {
    expect_refused([&](Json& j) { j["tdxModuleIdentities"][0]["id"] = id; },
                   "tcbInfo.tdxModuleIdentities[0].id: expected TDX_ and two hex digits");
  }
  expect_refused(
      [](Json& j) {
        Json second = j["tdxModuleIdentities"][0];
        second["id"] = "TDX_0a";
        j["tdxModuleIdentities"].push_back(second);
        second["id"] = "TDX_0A";
        j["tdxModuleIdentities"].push_back(second);
      },
      "tcbInfo.tdxModuleIdentities[2]: expected no second identity");
  expect_refused([](Json& j) { j["tdxModuleIdentities"] = Json::object(); }, "tcbInfo.tdxModuleIdentities");
  expect_refused([](Json& j) { j["tdxModuleIdentities"] = nullptr; }, "tcbInfo.tdxModuleIdentities");
}

TEST(TcbInfo, RejectsHexAndTimesThatAreNone) {
  for (const char* fmspc : {"", "00906ED5000", "00906ED500000", "00906ED5000g", "0x906ED50000"}) {
    expect_refused([&](Json& j) { j["fmspc"] = fmspc; }, "tcbInfo.fmspc");
  }
  expect_refused([](Json& j) { j["pceId"] = "000"; }, "tcbInfo.pceId");
  expect_refused([](Json& j) { j["tdxModule"]["mrsigner"] = "00"; }, "tcbInfo.tdxModule.mrsigner");
  expect_refused([](Json& j) { j["issueDate"] = "2026-13-01T00:00:00Z"; }, "tcbInfo.issueDate");
  expect_refused([](Json& j) { j["nextUpdate"] = 1; }, "tcbInfo.nextUpdate");
  expect_refused([](Json& j) { j["tcbLevels"][0]["tcbDate"] = "today"; }, "tcbInfo.tcbLevels[0].tcbDate");
  expect_refused([](Json& j) { j["tcbEvaluationDataNumber"] = 0x100000000; }, "tcbInfo.tcbEvaluationDataNumber");
  expect_refused([](Json& j) { j["tcbEvaluationDataNumber"] = -1; }, "tcbInfo.tcbEvaluationDataNumber");
  expect_refused([](Json& j) { j["tcbLevels"][0]["tcb"]["pcesvn"] = 65536; }, "tcbInfo.tcbLevels[0].tcb.pcesvn");
  expect_refused([](Json& j) { j["tcbLevels"][0]["advisoryIDs"] = "INTEL-SA-1"; }, "advisoryIDs");
  expect_refused([](Json& j) { j["tcbLevels"][0]["advisoryIDs"] = {1}; }, "advisoryIDs[0]");
}

// ATTACK(T13)
TEST(TcbInfo, RejectsDocumentsAlteredAroundTheSignedPart) {
  const std::string value = test::tcb_info().dump();
  const std::string signature = ",\"signature\":\"" + test::kSignature + "\"";
  const auto malformed = ErrorCode::malformed_input;
  expect_refused_text("", malformed, "");
  expect_refused_text("[]", malformed, "");
  expect_refused_text("{}", malformed, "tcbInfo");
  expect_refused_text("{\"tcbInfo\":" + value + "}", malformed, "signature");
  expect_refused_text("{\"tcbInfo\":" + value + signature + "}x", malformed, "");
  expect_refused_text("{\"tcbInfo\":" + value + signature + "}{}", malformed, "");
  expect_refused_text("{\"tcbInfo\":" + value + ",\"tcbInfo\":" + value + signature + "}", malformed, "tcbInfo");
  expect_refused_text("{\"tcbInfo\":" + value + signature + signature + "}", malformed, "signature");
  expect_refused_text("{\"tcbInfo\":" + value + ",\"signature\":\"aa\"}", malformed, "signature");
  expect_refused_text("{\"tcbInfo\":" + value + ",\"signature\":null}", malformed, "signature");
  expect_refused_text("{\"tcbInfo\":\"{}\"" + signature + "}", malformed, "tcbInfo: expected an object");
  expect_refused_text("{\"tcbInfo\":[]" + signature + "}", malformed, "tcbInfo: expected an object");
  std::string twice = value;
  twice.insert(1, "\"fmspc\":\"000000000000\",");
  expect_refused_text("{\"tcbInfo\":" + twice + signature + "}", malformed, "fmspc");
  std::string fraction = value;
  fraction.replace(fraction.find("\"pcesvn\":11"), 11, "\"pcesvn\":11.0");
  expect_refused_text("{\"tcbInfo\":" + fraction + signature + "}", malformed, "");
}

// ATTACK(T13)
TEST(TcbInfo, KeepsTheSignedBytesAsTheyCame) {
  const std::string value = test::tcb_info().dump(1, '\t');
  const std::string text = " { \"other\" : {\"tcbInfo\":1}, \"signature\" : \"" + test::kSignature +
                           "\" , \"tcbInfo\" : " + value + "\n }\n";
  const auto info = parse_tcb_info(test::view(text));
  ASSERT_TRUE(info.has_value()) << info.error().message();
  EXPECT_EQ(std::string(info->signed_bytes.begin(), info->signed_bytes.end()), value);
  EXPECT_EQ(info->signed_bytes.data(), test::view(text).data() + text.find(value)) << "a view, not a copy";
  EXPECT_EQ(to_hex(info->signature), test::kSignature);
}

TEST(TcbInfo, ReadsEveryMember) {
  Json made = test::tcb_info();
  made["tcbLevels"][1]["advisoryIDs"] = {"INTEL-SA-00001", "INTEL-SA-00002"};
  made["tcbLevels"][0]["tcb"]["sgxtcbcomponents"][15]["svn"] = 255;
  const std::string text = test::response("tcbInfo", made);
  const auto info = parse_tcb_info(test::view(text));
  ASSERT_TRUE(info.has_value()) << info.error().message();
  EXPECT_TRUE(info->tdx);
  EXPECT_EQ(to_hex(info->fmspc), "00906ed50000");
  EXPECT_EQ(to_hex(info->pce_id), "0a0b");
  EXPECT_EQ(to_rfc3339(info->issue_date), "2026-11-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(info->next_update), "2026-12-01T00:00:00Z");
  EXPECT_EQ(info->evaluation_data_number, 17U);
  ASSERT_TRUE(info->tdx_module.has_value());
  EXPECT_EQ(to_hex(info->tdx_module->attributes_mask), std::string(16, 'f'));
  ASSERT_EQ(info->tdx_module_identities.size(), 1U);
  EXPECT_EQ(info->tdx_module_identities[0].version, 1);
  ASSERT_EQ(info->tdx_module_identities[0].levels.size(), 2U);
  EXPECT_EQ(info->tdx_module_identities[0].levels[1].status, TcbStatus::out_of_date);
  ASSERT_EQ(info->levels.size(), 2U);
  EXPECT_EQ(info->levels[0].sgx_components[15], 255);
  EXPECT_EQ(info->levels[0].tdx_components[15], 5);
  EXPECT_EQ(info->levels[0].pce_svn, 11);
  EXPECT_EQ(info->levels[0].status, TcbStatus::up_to_date);
  EXPECT_EQ(to_rfc3339(info->levels[0].date), "2024-03-13T00:00:00Z");
  EXPECT_EQ(info->levels[1].advisory_ids, (std::vector<std::string>{"INTEL-SA-00001", "INTEL-SA-00002"}));
}

// ATTACK(T7)
TEST(TcbInfo, SortsLevelsWhateverTheirOrder) {
  Json made = test::tcb_info();
  made["tcbLevels"] = Json::array({test::level(1, "Revoked"), test::level(9, "UpToDate"), test::level(4, "OutOfDate")});
  made["tcbLevels"].push_back(test::level(9, "ConfigurationNeeded"));
  made["tcbLevels"][3]["tcb"]["pcesvn"] = 12;
  made["tcbLevels"].push_back(test::level(9, "SWHardeningNeeded"));
  made["tcbLevels"][4]["tcb"]["tdxtcbcomponents"][15]["svn"] = 10;
  made["tdxModuleIdentities"][0]["tcbLevels"] =
      Json::array({test::isv_level(1, "Revoked"), test::isv_level(300, "UpToDate"), test::isv_level(20, "OutOfDate")});
  const std::string text = test::response("tcbInfo", made);
  const auto info = parse_tcb_info(test::view(text));
  ASSERT_TRUE(info.has_value()) << info.error().message();
  std::vector<TcbStatus> order;
  for (const TcbLevel& level : info->levels) {
    order.push_back(level.status);
  }
  EXPECT_EQ(order, (std::vector{TcbStatus::configuration_needed, TcbStatus::sw_hardening_needed, TcbStatus::up_to_date,
                                TcbStatus::out_of_date, TcbStatus::revoked}));
  EXPECT_EQ(info->tdx_module_identities[0].levels[0].isv_svn, 300);
  EXPECT_EQ(info->tdx_module_identities[0].levels[2].isv_svn, 1);
}

TEST(TcbInfo, ReadsSgxAndModuleIdsOfEitherCase) {
  const std::string sgx = test::response("tcbInfo", test::tcb_info(false));
  const auto enclave = parse_tcb_info(test::view(sgx));
  ASSERT_TRUE(enclave.has_value()) << enclave.error().message();
  EXPECT_FALSE(enclave->tdx);
  EXPECT_FALSE(enclave->tdx_module.has_value());
  EXPECT_EQ(enclave->levels[0].tdx_components, ByteArray<16>{});
  for (const char* id : {"TDX_0A", "TDX_0a"}) {
    Json made = test::tcb_info();
    made["tdxModuleIdentities"][0]["id"] = id;
    const std::string text = test::response("tcbInfo", made);
    const auto info = parse_tcb_info(test::view(text));
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->tdx_module_identities[0].version, 10);
  }
  Json old = test::tcb_info();
  old.erase("tdxModuleIdentities");
  const std::string text = test::response("tcbInfo", old);
  EXPECT_TRUE(parse_tcb_info(test::view(text)).has_value());
}

}  // namespace
}  // namespace tenzro::tee::intel
