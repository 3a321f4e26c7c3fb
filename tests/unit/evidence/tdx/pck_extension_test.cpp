// SPDX-License-Identifier: Apache-2.0
#include "evidence/tdx/pck_extension.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "made/der.hpp"
#include "made/joined.hpp"

namespace tenzro::tee {
namespace {

using test::joined;
using test::tlv;

Bytes sequence(const std::vector<Bytes>& parts) { return tlv(0x30, joined(parts)); }
/// 1.2.840.113741.1.13.1 and what follows it.
Bytes oid(const Bytes& tail) {
  return tlv(0x06, joined({{0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01}, tail}));
}
Bytes pair(const Bytes& tail, const Bytes& value) { return sequence({oid(tail), value}); }
Bytes integer(const Bytes& content) { return tlv(0x02, content); }
Bytes octets(std::size_t size, std::uint8_t value) { return tlv(0x04, Bytes(size, value)); }

/// The pairs of the extension, each open to change.
struct Made {
  std::vector<Bytes> tcb, members;

  explicit Made(bool platform_ca) {
    for (std::uint8_t i = 1; i <= 16; ++i) {
      tcb.push_back(pair({2, i}, integer({i})));
    }
    tcb[1] = pair({2, 2}, integer({0x00, 0xff}));
    tcb.push_back(pair({2, 17}, integer({0x01, 0x02})));
    tcb.push_back(pair({2, 18}, octets(16, 0x44)));
    members = {pair({1}, octets(16, 0x11)),
               {},
               pair({3}, octets(2, 0x33)),
               pair({4}, octets(6, 0x55)),
               pair({5}, tlv(0x0a, {1}))};
    if (platform_ca) {
      members.push_back(pair({6}, octets(16, 0x66)));
      members.push_back(pair({7}, sequence({pair({7, 1}, tlv(0x01, {0xff})), pair({7, 2}, tlv(0x01, {0x00})),
                                            pair({7, 3}, tlv(0x01, {0xff}))})));
    }
  }
  Bytes bytes() const {
    std::vector<Bytes> all = members;
    for (Bytes& member : all) {
      if (member.empty()) {
        member = pair({2}, sequence(tcb));
      }
    }
    return sequence(all);
  }
};

void expect_refused(const Bytes& value, bool platform_ca, std::string_view part) {
  const auto pck = tdx::parse_pck_extension(value, platform_ca);
  ASSERT_FALSE(pck.has_value()) << part;
  EXPECT_EQ(pck.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(pck.error().message().find(part), std::string::npos) << pck.error().message();
}
void expect_refused(const Made& made, std::string_view part) { expect_refused(made.bytes(), true, part); }

TEST(PckExtension, RejectsEveryTruncationAndTrailingBytes) {
  for (const bool platform_ca : {false, true}) {
    const Bytes whole = Made(platform_ca).bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(tdx::parse_pck_extension(ByteView(whole).first(size), platform_ca).has_value()) << size;
    }
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(tdx::parse_pck_extension(longer, platform_ca).has_value());
  }
}

TEST(PckExtension, RejectsTheMemberCountOfTheOtherCa) {
  expect_refused(Made(true).bytes(), false, "unexpected member 1.2.840.113741.1.13.1.6");
  expect_refused(Made(false).bytes(), true, "sgx extension.6: is missing");
}

TEST(PckExtension, RejectsMissingAndRepeatedMembers) {
  for (std::size_t i = 0; i < 7; ++i) {
    Made made(true);
    made.members.erase(made.members.begin() + static_cast<std::ptrdiff_t>(i));
    expect_refused(made, "sgx extension." + std::to_string(i + 1) + ": is missing");
    made = Made(true);
    made.members.push_back(made.members[i]);
    expect_refused(made, "sgx extension." + std::to_string(i + 1) + ": stands there twice");
  }
  for (std::size_t i = 0; i < 18; ++i) {
    Made made(true);
    made.tcb.erase(made.tcb.begin() + static_cast<std::ptrdiff_t>(i));
    expect_refused(made, "sgx extension.tcb." + std::to_string(i + 1) + ": is missing");
    made = Made(true);
    made.tcb.push_back(made.tcb[i]);
    expect_refused(made, "sgx extension.tcb." + std::to_string(i + 1) + ": stands there twice");
  }
}

TEST(PckExtension, RejectsUnknownMembers) {
  Made made(true);
  made.members.push_back(pair({8}, octets(1, 0)));
  expect_refused(made, "unexpected member 1.2.840.113741.1.13.1.8");
  made = Made(true);
  made.tcb.push_back(pair({2, 19}, integer({0})));
  expect_refused(made, "unexpected member 1.2.840.113741.1.13.1.2.19");
  made = Made(true);
  made.tcb[0] = pair({2, 0}, integer({0}));
  expect_refused(made, "unexpected member 1.2.840.113741.1.13.1.2.0");
  made = Made(true);
  made.tcb[0] = pair({3, 1}, integer({0}));
  expect_refused(made, "unexpected member 1.2.840.113741.1.13.1.3.1");
  made = Made(true);
  made.members[0] = sequence({tlv(0x06, {0x55, 0x1d, 0x13}), octets(16, 0)});
  expect_refused(made, "unexpected member 2.5.29.19");
  made = Made(true);
  made.members[0] =
      sequence({tlv(0x06, {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x02, 0x01}), octets(16, 0x11)});
  expect_refused(made, "unexpected member 1.2.840.113741.1.13.2.1");
}

TEST(PckExtension, RejectsValuesOfAnotherSizeOrType) {
  for (const std::size_t size : {0, 15, 17}) {
    Made made(true);
    made.members[0] = pair({1}, octets(size, 0));
    expect_refused(made, "ppid: has " + std::to_string(size) + " bytes, expected 16");
  }
  const std::vector<std::pair<std::size_t, Bytes>> wrong = {
      {2, pair({3}, octets(3, 0))},
      {2, pair({3}, integer({0}))},
      {3, pair({4}, octets(5, 0))},
      {3, pair({4}, tlv(0x0c, Bytes(6, 0)))},
      {4, pair({5}, integer({1}))},
      {4, pair({5}, tlv(0x0a, {3}))},
      {5, pair({6}, octets(15, 0))},
      {6, pair({7}, sequence({pair({7, 4}, tlv(0x01, {0}))}))},
      {1, pair({2}, octets(3, 0))},
      {6, pair({7}, sequence({pair({7, 1}, tlv(0x01, {1}))}))},
      {0, sequence({oid({1})})},
      {0, sequence({oid({1}), octets(16, 0), octets(16, 0)})},
      {0, octets(16, 0)},
  };
  for (const auto& [index, member] : wrong) {
    Made made(true);
    made.members[index] = member;
    EXPECT_FALSE(tdx::parse_pck_extension(made.bytes(), true).has_value()) << index;
  }
}

TEST(PckExtension, RejectsSvnsThatAreNoSvns) {
  for (const Bytes& content : std::vector<Bytes>{{0x80}, {0xff}, {0x01, 0x00}, {0x00, 0x7f}, {}}) {
    Made made(true);
    made.tcb[4] = pair({2, 5}, integer(content));
    EXPECT_FALSE(tdx::parse_pck_extension(made.bytes(), true).has_value());
  }
  for (const Bytes& content : std::vector<Bytes>{{0x80, 0x00}, {0x01, 0x00, 0x00}, {0x00, 0x01}}) {
    Made made(true);
    made.tcb[16] = pair({2, 17}, integer(content));
    EXPECT_FALSE(tdx::parse_pck_extension(made.bytes(), true).has_value());
  }
  Made made(true);
  made.tcb[17] = pair({2, 18}, octets(15, 0));
  expect_refused(made, "cpu_svn: has 15 bytes, expected 16");
}

TEST(PckExtension, ReadsBothProfiles) {
  const auto processor = tdx::parse_pck_extension(Made(false).bytes(), false);
  ASSERT_TRUE(processor.has_value()) << processor.error().message();
  EXPECT_EQ(to_hex(processor->ppid), std::string(32, '1'));
  EXPECT_EQ(to_hex(processor->tcb_components), "01ff030405060708090a0b0c0d0e0f10");
  EXPECT_EQ(processor->pce_svn, 0x0102);
  EXPECT_EQ(to_hex(processor->cpu_svn), std::string(32, '4'));
  EXPECT_EQ(to_hex(processor->pce_id), "3333");
  EXPECT_EQ(to_hex(processor->fmspc), "555555555555");
  EXPECT_EQ(processor->sgx_type, 1);
  EXPECT_FALSE(processor->platform_instance_id.has_value());
  EXPECT_FALSE(processor->smt_enabled.has_value());

  Made shuffled(true);
  std::reverse(shuffled.members.begin(), shuffled.members.end());
  std::reverse(shuffled.tcb.begin(), shuffled.tcb.end());
  for (const Bytes& value : {Made(true).bytes(), shuffled.bytes()}) {
    const auto platform = tdx::parse_pck_extension(value, true);
    ASSERT_TRUE(platform.has_value()) << platform.error().message();
    EXPECT_EQ(to_hex(platform->platform_instance_id.value()), std::string(32, '6'));
    EXPECT_EQ(platform->dynamic_platform, true);
    EXPECT_EQ(platform->cached_keys, false);
    EXPECT_EQ(platform->smt_enabled, true);
  }
}

}  // namespace
}  // namespace tenzro::tee
