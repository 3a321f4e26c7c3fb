// SPDX-License-Identifier: Apache-2.0
// The calls, and the callbacks with structures by value, against a library with declarations of its own.
#include "provider/nvidia/nscq.hpp"

#include <gtest/gtest.h>

#include "fake_driver.hpp"

namespace tenzro::tee::nvidia {
namespace {

constexpr std::string_view kFirst = "SWX-00000001", kSecond = "SWX-00000002";

/// Two switches.
struct Fabric : test::FakeDriver {
  Fabric() {
    nscq.switches.resize(2);
    nscq.switches[1].label = kSecond;
  }
  std::shared_ptr<Nscq> open() {
    auto out = Nscq::open(nscq_library);
    EXPECT_TRUE(out) << out.error().message();
    return out ? *out : nullptr;
  }
};

TEST(NvidiaNscq, ListsSwitchesByTheirLabels) {
  Fabric fabric;
  auto nscq = fabric.open();
  ASSERT_NE(nscq, nullptr);
  EXPECT_EQ(nscq->switches().value(), (std::vector<std::string>{std::string(kFirst), std::string(kSecond)}));
  EXPECT_EQ(nscq->architecture().value(), nscq::kArchitectureLs10);
  fabric.nscq.switches[1].pcie_mode = -1;
  EXPECT_EQ(nscq->pcie_mode(std::string(kFirst)).value(), 3);
  EXPECT_EQ(nscq->pcie_mode(std::string(kSecond)).value(), -1);
  EXPECT_EQ(nscq->pcie_mode("SWX-3").error().message(),
            "/SWX-3/config/pcie_mode: no switch of that id (NSCQ error -2)");
  EXPECT_EQ(fabric.nscq.open_sessions(), 1);
  nscq.reset();
  EXPECT_EQ(fabric.nscq.open_sessions(), 0);
}

TEST(NvidiaNscq, HandsTheNonceInAndLargeAnswersOut) {
  Fabric fabric;
  fabric.nscq.switches[1].chain = std::string(0x1400, 'c');
  fabric.nscq.switches[1].report = [](const Bytes& nonce) {
    Bytes out(0x2000, 0x77);
    std::ranges::copy(nonce, out.begin());
    return out;
  };
  const auto nscq = fabric.open();
  ASSERT_NE(nscq, nullptr);
  ByteArray<32> nonce{};
  nonce.fill(0x5a);
  const auto report = nscq->report(std::string(kSecond), nonce);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->size(), 0x2000U);
  EXPECT_EQ(to_hex(ByteView(*report).first<33>()), to_hex(nonce) + "77");
  EXPECT_EQ(nscq->certificate_chain(std::string(kSecond)).value(), Bytes(0x1400, 'c'));
}

TEST(NvidiaNscq, WarningsComeWithAnAnswer) {
  Fabric fabric;
  fabric.nscq.session_rc = 1;
  fabric.nscq.path_rc = {{"uuid", 1}, {"pcie_mode", 1}};
  fabric.nscq.callback_rc = {{"uuid", 1}, {"pcie_mode", 2}};
  fabric.nscq.label_rc = 1;
  const auto nscq = fabric.open();
  ASSERT_NE(nscq, nullptr);
  EXPECT_EQ(nscq->switches()->size(), 2U);
  EXPECT_EQ(nscq->pcie_mode(std::string(kFirst)).value(), 3);
}

TEST(NvidiaNscq, EachReturnCodeSaysWhatToDo) {
  const std::map<int, std::pair<ErrorCode, std::string>> expected = {
      {-1, {ErrorCode::unsupported, "does not implement"}},  {-2, {ErrorCode::hardware_failure, "no switch"}},
      {-3, {ErrorCode::hardware_failure, "cannot be"}},      {-4, {ErrorCode::hardware_failure, "did not fit"}},
      {-5, {ErrorCode::hardware_failure, "not understood"}}, {-6, {ErrorCode::not_available, "install"}},
      {-7, {ErrorCode::hardware_failure, "driver failed"}},  {-8, {ErrorCode::timed_out, "in time"}},
      {-127, {ErrorCode::hardware_failure, "it failed"}},    {-128, {ErrorCode::hardware_failure, "it failed"}},
  };
  for (const auto& [code, meaning] : expected) {
    const auto expect = [&](const Error& error) {
      EXPECT_EQ(error.code(), meaning.first) << code;
      EXPECT_NE(error.message().find(meaning.second), std::string::npos) << error.message();
      EXPECT_NE(error.message().find("(NSCQ error " + std::to_string(code) + ")"), std::string::npos);
    };
    const auto rc = static_cast<std::int8_t>(code);
    {
      Fabric fabric;
      fabric.nscq.session_rc = rc;
      expect(Nscq::open(fabric.nscq_library).error());
    }
    for (const bool by_callback : {false, true}) {
      Fabric fabric;
      const auto nscq = fabric.open();
      ASSERT_NE(nscq, nullptr);
      auto& fails = by_callback ? fabric.nscq.callback_rc : fabric.nscq.path_rc;
      for (const std::string what : {"uuid", "arch", "pcie_mode", "certificate", "attestation_report"}) {
        fails[what] = rc;
      }
      expect(nscq->switches().error());
      expect(nscq->architecture().error());
      expect(nscq->pcie_mode(std::string(kFirst)).error());
      expect(nscq->certificate_chain(std::string(kFirst)).error());
      expect(nscq->report(std::string(kFirst), ByteArray<32>{}).error());
    }
    Fabric fabric;
    fabric.nscq.label_rc = fabric.nscq.input_rc = rc;
    const auto nscq = fabric.open();
    ASSERT_NE(nscq, nullptr);
    expect(nscq->switches().error());
    expect(nscq->report(std::string(kFirst), ByteArray<32>{}).error());
  }
}

TEST(NvidiaNscq, AnswersThatCannotBeAreNotBelieved) {
  Fabric fabric;
  const auto nscq = fabric.open();
  ASSERT_NE(nscq, nullptr);
  const std::string first(kFirst);
  for (const std::uint32_t size : {0x2001U, 0xffffffffU}) {
    fabric.nscq.chain_size = fabric.nscq.report_size = size;
    EXPECT_EQ(nscq->certificate_chain(first).error().code(), ErrorCode::hardware_failure);
    EXPECT_EQ(nscq->report(first, ByteArray<32>{}).error().code(), ErrorCode::hardware_failure);
  }
  fabric.nscq.chain_size = 0x1401;
  EXPECT_EQ(nscq->certificate_chain(first).error().code(), ErrorCode::hardware_failure);
  fabric.nscq.chain_size = fabric.nscq.report_size = 0;
  EXPECT_EQ(nscq->certificate_chain(first).error().code(), ErrorCode::hardware_failure) << "nothing";
  EXPECT_EQ(nscq->report(first, ByteArray<32>{}).error().code(), ErrorCode::hardware_failure) << "nothing";
  for (const int times : {0, 2}) {
    fabric.nscq.chain_size = fabric.nscq.report_size = 4;
    fabric.nscq.times = {{"pcie_mode", times}, {"certificate", times}, {"attestation_report", times}};
    EXPECT_EQ(nscq->pcie_mode(first).error().code(), ErrorCode::hardware_failure) << times;
    EXPECT_EQ(nscq->certificate_chain(first).error().code(), ErrorCode::hardware_failure) << times;
    EXPECT_EQ(nscq->report(first, ByteArray<32>{}).error().code(), ErrorCode::hardware_failure) << times;
  }
  fabric.nscq.times = {{"uuid", 33}, {"arch", 100}};
  EXPECT_EQ(nscq->switches().error().code(), ErrorCode::hardware_failure) << "more than there is room for";
  EXPECT_EQ(nscq->architecture().value(), 2);
  fabric.nscq.times = {};
  fabric.nscq.switches[1].architecture = 1;
  EXPECT_EQ(nscq->architecture().error().code(), ErrorCode::hardware_failure);
  for (const std::string label : {"", "../x", "SWX{1}", "a/b"}) {
    fabric.nscq.switches[1].label = label;
    EXPECT_EQ(nscq->switches().error().code(), ErrorCode::hardware_failure) << label;
  }
  fabric.nscq.switches[1].label = std::string(64, 'x');
  EXPECT_EQ(nscq->switches()->back(), std::string(64, 'x')) << "without a NUL";
  fabric.nscq.switches.clear();
  EXPECT_TRUE(nscq->switches()->empty());
  EXPECT_EQ(nscq->architecture().error().code(), ErrorCode::hardware_failure);
}

TEST(NvidiaNscq, AnIncompleteLibraryIsNotUsed) {
  for (const std::string name : {"nscq_session_create", "nscq_session_destroy", "nscq_session_path_observe",
                                 "nscq_session_set_input", "nscq_uuid_to_label"}) {
    Fabric fabric;
    const auto nscq =
        Nscq::open(std::make_shared<test::LackingLibrary>(fabric.nscq_library, std::set<std::string>{name}));
    ASSERT_FALSE(nscq) << name;
    EXPECT_EQ(nscq.error().code(), ErrorCode::unsupported);
    EXPECT_EQ(nscq.error().message(), "libnvidia-nscq.so.2: it has no " + name);
    EXPECT_EQ(fabric.nscq.open_sessions(), 0);
  }
  Fabric fabric;
  fabric.nscq.no_session = true;
  EXPECT_EQ(Nscq::open(fabric.nscq_library).error().code(), ErrorCode::hardware_failure);
}

TEST(NvidiaNscq, NamesTheStatesOfTrustedNvlink) {
  EXPECT_EQ(trusted_nvlink_words(0), "disabled");
  EXPECT_EQ(trusted_nvlink_words(1), "enabled, not locked");
  EXPECT_EQ(trusted_nvlink_words(2), "failure");
  EXPECT_EQ(trusted_nvlink_words(3), "locked");
  EXPECT_EQ(trusted_nvlink_words(-1), "unknown");
}

}  // namespace
}  // namespace tenzro::tee::nvidia
