// SPDX-License-Identifier: Apache-2.0
// Every real event log leads to the registers that its manifest states, and nothing of one may change unseen.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "evidence/tdx/quote.hpp"
#include "measure/tdx/event_log.hpp"
#include "support/tdx_case.hpp"

namespace tenzro::tee::test {
namespace {

std::vector<std::string> log_case_ids() {
  std::vector<std::string> out;
  if (!have_vectors()) {
    return out;
  }
  const auto& manifest = vector_manifest("tdx/manifest.json");
  for (const auto& one : manifest["cases"]) {
    if (one.contains("eventlog_replay")) {
      out.push_back(one["id"]);
    }
  }
  return out;
}

nlohmann::json log_case(const std::string& id) {
  const auto& manifest = vector_manifest("tdx/manifest.json");
  for (const auto& one : manifest["cases"]) {
    if (one["id"] == id) {
      return one;
    }
  }
  ADD_FAILURE() << "no case " << id;
  return {};
}

Bytes log_of(const nlohmann::json& one) {
  return read_vector("tdx/" + one[one.contains("eventlog") ? "eventlog" : "quote"].get<std::string>());
}

class EventLogManifest : public testing::TestWithParam<std::string> {};

TEST_P(EventLogManifest, LeadsToTheStatedRegisters) {
  const nlohmann::json one = log_case(GetParam());
  const auto& stated = one["eventlog_replay"];
  const Bytes bytes = log_of(one);
  const auto log = tdx::parse_event_log(bytes);
  ASSERT_TRUE(log.has_value()) << log.error().message();
  if (stated.contains("events")) {
    EXPECT_EQ(log->events.size(), stated["events"].get<std::size_t>());
    EXPECT_EQ(log->end_offset, stated["end_offset"].get<std::size_t>());
  }
  if (stated.contains("file_length")) {
    EXPECT_EQ(bytes.size(), stated["file_length"].get<std::size_t>());
  }
  EXPECT_EQ(log->unread_bytes, 0U);
  const auto registers = tdx::replay(*log);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(to_hex(registers[i]), stated["rtmr"][i].get<std::string>()) << i;
  }
  if (stated.contains("matches_quote_rtmr")) {
    const Bytes evidence = report_of(one).evidence;
    const auto td = tdx::read_td_report(*tdx::parse_quote(evidence));
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(td.rtmr[i] == registers[i], stated["matches_quote_rtmr"][i].get<bool>()) << i;
    }
  }
}

TEST_P(EventLogManifest, IsPartOfTheVerdictOfItsQuote) {
  const nlohmann::json one = log_case(GetParam());
  if (!one.contains("quote")) {
    return;  // a log without a quote
  }
  AttestationReport report = report_of(one);
  report.event_log = log_of(one);
  const AttestationVerifier verifier = verifier_for(one);
  const VerificationResult verdict = verifier.verify(report, options_for(one));
  EXPECT_TRUE(verdict.valid()) << codes(verdict.failures());
  EXPECT_EQ(has_code(verdict.warnings(), "event_log_application_events"), one["id"] == "v4-dstack-json-eventlog");
  // The log of another machine.
  report.event_log = read_vector("tdx/eventlog/ccel_grub.bin");
  const VerificationResult other = verifier.verify(report, options_for(one));
  EXPECT_FALSE(other.valid());
  EXPECT_TRUE(has_code(other.failures(), "event_log_mismatch"));
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Real, EventLogManifest, testing::ValuesIn(log_case_ids()), name_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EventLogManifest);

TEST(EventLogVectors, AreReadWhole) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  EXPECT_EQ(log_case_ids().size(), 6U);
}

// RTMR0 of one quote of the same guest, and not its RTMR1.
TEST(EventLogVectors, AreToldApartByRegister) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const auto report = parse_report(read_vector("tdx/quotes/v4_b0c06f_tappd.hex"));
  ASSERT_TRUE(report.has_value()) << report.error().message();
  const auto td = tdx::read_td_report(*tdx::parse_quote(report->evidence));
  const auto registers = measure_event_log(read_vector("tdx/eventlog/ccel_tappd.bin"));
  ASSERT_TRUE(registers.has_value()) << registers.error().message();
  EXPECT_EQ(registers->rtmr[0], td.rtmr[0]);
  EXPECT_NE(registers->rtmr[1], td.rtmr[1]);
}

// ATTACK(B8): every bit of the log that matches. What a flip leaves standing may not be a register, a digest, or
// whether an event extends.
TEST(EventLogVectors, NoBitOfADigestOrRegisterChangesUnseen) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  Bytes bytes = read_vector("tdx/eventlog/ccel_gcp_cos113.bin");
  const auto original = tdx::parse_event_log(bytes);
  ASSERT_TRUE(original.has_value());
  const auto registers = tdx::replay(*original);
  const std::size_t end = original->end_offset;
  bytes.resize(end + 4);
  // Where each record's register, type, digest and data stand.
  constexpr std::size_t kSizeAt = 12 + 50;
  bool last_is_covered = false;
  std::size_t at = 65, detected = 0, irrelevant = 0;
  const auto survives = [&](std::size_t byte, unsigned bit) {
    bytes[byte] ^= static_cast<std::uint8_t>(1U << bit);
    const auto log = tdx::parse_event_log(bytes);
    const bool same = log && tdx::replay(*log) == registers;
    last_is_covered = same && tdx::covered_data(log->events.back()).has_value();
    bytes[byte] ^= static_cast<std::uint8_t>(1U << bit);
    ++(same ? irrelevant : detected);
    return same;
  };
  for (std::size_t i = 0; i < original->events.size(); ++i) {
    for (std::size_t byte = 0; byte < 12 + 50 + 4; ++byte) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        const bool is_type = byte >= 4 && byte < 8;
        const bool same = survives(at + byte, bit);
        if (is_type) {
          // The type is no part of what is measured: only whether it is EV_NO_ACTION.
          std::uint32_t type = original->events[i].type ^ (1U << (8 * (byte - 4) + bit));
          EXPECT_EQ(same, type != tdx::event_type::kNoAction) << i << " byte " << byte << " bit " << bit;
        } else if (same) {
          // The last record's size may reach over the end: then its data are no longer what the digest covers.
          EXPECT_TRUE(i + 1 == original->events.size() && byte >= kSizeAt) << i << " byte " << byte << " bit " << bit;
          EXPECT_FALSE(last_is_covered);
        }
      }
    }
    at += 12 + 50 + 4 + original->events[i].data.size();
  }
  EXPECT_EQ(at, end);
  EXPECT_EQ(detected + irrelevant, original->events.size() * 66 * 8);
  // The end, too: any bit of it makes a record of it.
  for (std::size_t byte = end; byte < end + 4; ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      EXPECT_FALSE(survives(byte, bit));
    }
  }
}

TEST(EventLogVectors, TruncatedLogsAreRefusedOrLeadElsewhere) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const Bytes bytes = read_vector("tdx/eventlog/ccel_gcp_cos113.bin");
  const auto original = tdx::parse_event_log(bytes);
  ASSERT_TRUE(original.has_value());
  const auto registers = tdx::replay(*original);
  for (std::size_t size = 0; size < original->end_offset; ++size) {
    const auto log = tdx::parse_event_log(ByteView(bytes).first(size));
    EXPECT_FALSE(log && tdx::replay(*log) == registers) << size;
  }
}

// What the real loaders wrote that their digests cover, by type.
TEST(EventLogVectors, CoveredDataIsFoundInRealLogs) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const auto covered = [](const std::string& file, std::uint32_t type) {
    const Bytes bytes = read_vector("tdx/eventlog/" + file);
    const auto log = tdx::parse_event_log(bytes);
    std::pair<std::size_t, std::size_t> out;
    for (const tdx::LoggedEvent& event : log->events) {
      if (event.type == type) {
        ++(tdx::covered_data(event) ? out.first : out.second);
      }
    }
    return out;
  };
  using Counts = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(covered("ccel_aael_alibaba.bin", tdx::event_type::kIpl), Counts(52, 6));
  EXPECT_EQ(covered("ccel_gcp_cos113.bin", tdx::event_type::kIpl), Counts(15, 5));
  EXPECT_EQ(covered("ccel_aael_alibaba.bin", tdx::event_type::kEventTag), Counts(2, 0));
  EXPECT_EQ(covered("ccel_grub.bin", tdx::event_type::kEventTag), Counts(0, 2));  // the digest is of what is named
  for (const std::string file : {"ccel_aael_alibaba.bin", "ccel_gcp_cos113.bin", "ccel_grub.bin", "ccel_tappd.bin"}) {
    for (const std::uint32_t type : {tdx::event_type::kSeparator, tdx::event_type::kEfiAction,
                                     tdx::event_type::kVariableDriverConfig, tdx::event_type::kVariableAuthority}) {
      EXPECT_EQ(covered(file, type).second, 0U) << file << " " << type;
    }
  }
  EXPECT_EQ(covered("dstack_quote_report.json", tdx::event_type::kDstackRuntime), Counts(8, 0));
}

}  // namespace
}  // namespace tenzro::tee::test
