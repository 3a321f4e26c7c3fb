// SPDX-License-Identifier: Apache-2.0
// Event logs, decoded: what the digests cover is told apart from what is only said.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "made/event_log.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/inspect.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee {
namespace {

using Json = nlohmann::ordered_json;

Json inspected(ByteView input) {
  const auto result = inspect(input);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message());
  if (!result) {
    return {};
  }
  EXPECT_EQ(result->kind, "event_log");
  const Json out = Json::parse(result->json);
  EXPECT_EQ(out["kind"], "event_log");
  EXPECT_EQ(out["verified"], false);
  return out;
}

TEST(InspectEventLog, ShowsEveryEventAndTheRegisters) {
  const test::MadeLog log = test::made_boot();
  for (const Bytes& input :
       {log.bytes(), test::bytes_of(to_hex(log.bytes())), test::bytes_of(to_base64(log.bytes()))}) {
    const Json out = inspected(input);
    EXPECT_EQ(out["form"], "ccel");
    EXPECT_EQ(out["event_count"], 8);
    EXPECT_EQ(out["unread_bytes"], 0);
    EXPECT_EQ(out["usual_separators"], true);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(out["rtmr" + std::to_string(i)], to_hex(log.registers()[i]));
    }
    ASSERT_EQ(out["events"].size(), 8U);
    EXPECT_EQ(out["events"][0]["register"], "mrtd");
    EXPECT_EQ(out["events"][0]["extends"], false);
    EXPECT_EQ(out["events"][0]["description_verified"], false);
    EXPECT_EQ(out["events"][3]["register"], "rtmr1");
    EXPECT_EQ(out["events"][3]["type"], 0x80000007);
    EXPECT_EQ(out["events"][3]["type_name"], "EV_EFI_ACTION");
    EXPECT_EQ(out["events"][3]["digest"], to_hex(log.events[3].sha384()));
    EXPECT_EQ(out["events"][3]["description"], "Calling EFI Application from Boot Option");
    EXPECT_EQ(out["events"][3]["description_verified"], true);
    // The kernel's digest is of the kernel, not of the path that stands beside it.
    EXPECT_EQ(out["events"][5]["description"], "path of a kernel");
    EXPECT_EQ(out["events"][5]["description_verified"], false);
    // The label in front is not hashed, so it is not shown as if it were.
    EXPECT_EQ(out["events"][6]["description"], "quiet");
    EXPECT_EQ(out["events"][6]["description_verified"], true);
    EXPECT_EQ(out["events"][6]["data"], to_hex(log.events[6].data));
  }
}

// Registers 2 to 4 and versions 1.0 stand where an SNP report has its version and its algorithm.
TEST(InspectEventLog, IsNoSnpReportWhateverItsVersions) {
  Bytes log = test::made_boot().bytes();
  log[0] = 3;
  std::ranges::copy(std::to_array<std::uint8_t>({1, 0, 0, 0}), log.begin() + 0x34);
  EXPECT_EQ(inspected(log)["form"], "ccel");
}

TEST(InspectEventLog, NamesVariablesAndTags) {
  test::MadeLog log;
  Bytes variable(16, 0xaa);
  test::MadeLog::le(variable, 4, 8);
  test::MadeLog::le(variable, 1, 8);
  test::MadeLog::append(variable, Bytes{'B', 0, 'o', 0, 0x1b, 0, 0xe9, 0xff, 1});
  Bytes false_length = variable;
  false_length[23] = 0xff;
  Bytes tag;
  test::MadeLog::le(tag, 0x8f3b22ed, 4);
  test::MadeLog::le(tag, 3, 4);
  test::MadeLog::append(tag, test::bytes_of("abc"));
  log.events = {{1, 0x80000001, variable}, {1, 0x80000001, false_length}, {3, 6, tag}, {3, 6, Bytes{1, 2, 3}}};
  const Json out = inspected(log.bytes());
  EXPECT_EQ(out["events"][0]["description"], "Bo\\x1b?");
  EXPECT_EQ(out["events"][1]["description"], nullptr);
  EXPECT_EQ(out["events"][2]["description"], "abc");
  EXPECT_EQ(out["events"][3]["description"], nullptr);
}

// ATTACK(H6): an event's words are untrusted even where its digest is right.
TEST(InspectEventLog, EscapesWhatEventsSay) {
  auto list = test::made_application_log();
  list.back()["event"] = "\x1b[31mok\n\xe2\x80\xae";
  const Json out = inspected(test::view(list.dump()));
  EXPECT_EQ(out["form"], "application");
  const Json& last = out["events"][list.size() - 1];
  EXPECT_EQ(last["type_name"], "dstack runtime event");
  EXPECT_EQ(last["description"], "\\x1b[31mok\\x0a\\xe2\\x80\\xae");
  EXPECT_EQ(last["description_verified"], false);
  EXPECT_EQ(out["events"][list.size() - 2]["description"], "app-id");
  EXPECT_EQ(out["events"][list.size() - 2]["description_verified"], true);
}

TEST(InspectEventLog, RefusesBrokenOnes) {
  Bytes cut = test::made_boot().bytes();
  cut.erase(cut.end() - 10, cut.end());
  for (const Bytes& input :
       {cut, test::bytes_of("[1]"), test::bytes_of("\"\""), test::bytes_of(R"({"event_log":[]})")}) {
    const auto result = inspect(input);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), ErrorCode::malformed_input);
    EXPECT_NE(result.error().message().find("event log"), std::string::npos) << result.error().message();
  }
}

TEST(InspectEventLog, IsShownInsideItsReport) {
  AttestationReport report;
  report.platform = Platform::intel_tdx;
  report.evidence = {1};
  report.event_log = test::made_boot().bytes();
  const auto result = inspect(test::view(to_json(report)));
  ASSERT_TRUE(result.has_value()) << result.error().message();
  const Json out = Json::parse(result->json);
  EXPECT_EQ(out["event_log"]["size"], report.event_log.size());
  EXPECT_EQ(out["event_log"]["events"].size(), 8U);
  report.event_log = {1, 2, 3};
  const Json broken = Json::parse(inspect(test::view(to_json(report)))->json);
  EXPECT_TRUE(broken["event_log"].contains("error"));
}

}  // namespace
}  // namespace tenzro::tee
