// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/nvidia_evidence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "collateral/nvidia/rim.hpp"
#include "evidence/nvidia/claims.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "support/vectors.hpp"
#include "unit/provider/simulated/openssl_view.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::simulated {
namespace {

using test::kJudged;

Bytes first_report(const NvidiaEvidenceMaker& maker, const NvidiaEvidenceSpec& spec) {
  return nvidia::parse_device_evidence(maker.evidence(spec)).value().front().report;
}

TEST(NvidiaEvidence, SaysWhatItIsToldTo) {
  const NvidiaEvidenceMaker maker("a label");
  NvidiaEvidenceSpec spec;
  spec.nonce.fill(0x4e);
  spec.driver_version = "575.32";
  spec.vbios_version = "97.00.88.00.0F";
  spec.measurements[7].fill(0x77);
  for (const std::optional<std::uint16_t> flag : {std::optional<std::uint16_t>(), {0}, {1}, {2}}) {
    spec.feature_flag = flag;
    const Bytes bytes = first_report(maker, spec);
    const nvidia::Report report = nvidia::parse_report(bytes).value();
    const NvidiaClaims claims = nvidia::nvidia_claims(report).value();
    EXPECT_EQ(claims.nonce.value, Bytes(32, 0x4e));
    EXPECT_EQ(claims.driver_version, "575.32");
    EXPECT_EQ(claims.vbios_version, "97.00.88.00.0F");
    EXPECT_EQ(claims.device_type, "gpu");
    EXPECT_EQ(claims.mode, !flag ? "" : *flag == 0 ? "spt" : *flag == 1 ? "mpt" : "ppcie");
    EXPECT_EQ(report.measurement_count(), nvidia::kMaxMeasurements);
    EXPECT_TRUE(std::ranges::equal(report.measurement(7), spec.measurements[7]));
    const auto leaf = x509::Certificate::parse(maker.device(0).leaf.certificate).value();
    EXPECT_TRUE(leaf->ec_key()->verify(crypto::Hash::sha384, report.signed_bytes(), report.signature()));
  }
}

TEST(NvidiaEvidence, HasDistinctDevicesThatAnswerOneNonce) {
  const NvidiaEvidenceMaker maker("a label");
  NvidiaEvidenceSpec spec;
  spec.nonce.fill(0x4e);
  spec.devices = NvidiaEvidenceSpec::kMaxDevices;
  const auto devices = nvidia::parse_device_evidence(maker.evidence(spec)).value();
  ASSERT_EQ(devices.size(), 8U);
  std::set<Bytes> chains;
  std::set<std::string> device_nonces;
  for (const auto& device : devices) {
    EXPECT_EQ(device.architecture, nvidia::Architecture::hopper);
    EXPECT_EQ(device.nonce, spec.nonce);
    chains.insert(device.certificate_chain);
    device_nonces.insert(to_hex(nvidia::parse_report(device.report).value().device_nonce()));
  }
  EXPECT_EQ(chains.size(), 8U);
  EXPECT_EQ(device_nonces.size(), 8U);
  // A response for each device, for the two CAs above them, and for three signers of manifests; two manifests.
  EXPECT_EQ(maker.collateral(spec, kJudged).size(), 8U + 2U + 3U + 2U);
}

TEST(NvidiaEvidence, ManifestsListWhatIsMeasured) {
  const NvidiaEvidenceMaker maker("a label");
  NvidiaEvidenceSpec spec;
  const auto manifests_of = [&] {
    std::map<unsigned, ByteArray<48>> out;
    for (const CollateralDocument& document : maker.collateral(spec, kJudged)) {
      if (document.kind != CollateralKind::rim) {
        continue;
      }
      const nvidia::Rim rim = nvidia::parse_rim(document.body).value();
      for (const auto& golden : rim.active) {
        EXPECT_TRUE(out.emplace(golden.index, golden.alternatives.front()).second) << "listed by one manifest only";
      }
    }
    return out;
  };
  const auto manifests = manifests_of();
  const Bytes bytes = first_report(maker, spec);
  const nvidia::Report report = nvidia::parse_report(bytes).value();
  for (unsigned i = 0; i < report.measurement_count(); ++i) {
    const auto golden = manifests.find(i);
    const ByteArray<48> expected = golden == manifests.end() ? ByteArray<48>{} : golden->second;
    EXPECT_TRUE(std::ranges::equal(report.measurement(i), expected)) << i;
  }
  spec.measurements[7].fill(0x77);
  EXPECT_EQ(manifests_of(), manifests) << "what a device says does not move what is published";
  spec.driver_version = "550.90.08";
  EXPECT_NE(manifests_of(), manifests) << "another driver measures otherwise";
}

TEST(NvidiaEvidence, ComesInAReportThatAdmitsWhatItIs) {
  NvidiaEvidenceSpec spec;
  spec.devices = 2;
  const AttestationReport report = NvidiaEvidenceMaker("a label").report(spec, kJudged);
  EXPECT_TRUE(report.simulated);
  EXPECT_EQ(report.platform, Platform::nvidia_gpu);
  EXPECT_EQ(report.generated_at, kJudged);
  const std::string text = to_json(report);
  const auto again = parse_report({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_EQ(again->evidence, report.evidence);
  EXPECT_EQ(again->collateral, report.collateral);
}

/// Type and size of each field, in order.
std::vector<std::pair<unsigned, std::size_t>> fields_of(ByteView opaque) {
  std::vector<std::pair<unsigned, std::size_t>> out;
  while (opaque.size() >= 4) {
    const std::size_t size = opaque[2] + (256U * opaque[3]);
    out.emplace_back(opaque[0] + (256U * opaque[1]), size);
    opaque = opaque.subspan(4 + size);
  }
  return out;
}

// A genuine report of the same driver, and the manifests that list its measurements.
TEST(NvidiaEvidence, LooksLikeGenuineEvidence) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const std::string folder = "nvidia/gpu-hopper-550.90.07/";
  const Bytes text = test::read_vector(folder + "report.hex.txt");
  std::string digits(text.begin(), text.end());
  std::erase_if(digits, [](char c) { return c == ' ' || c == '\n' || c == '\r'; });
  const Bytes genuine = from_hex(digits).value();
  const NvidiaEvidenceMaker maker("a label");
  const Bytes made = first_report(maker, {});
  EXPECT_EQ(made.size(), genuine.size());
  const nvidia::Report theirs = nvidia::parse_report(genuine).value(), ours = nvidia::parse_report(made).value();
  EXPECT_EQ(fields_of(ours.opaque().raw()), fields_of(theirs.opaque().raw()));
  for (std::size_t i = 0; i < theirs.measurement_count(); ++i) {
    const auto is_zero = [](ByteView value) { return std::ranges::all_of(value, [](auto byte) { return byte == 0; }); };
    EXPECT_EQ(is_zero(ours.measurement(i)), is_zero(theirs.measurement(i))) << i;
  }
  const auto indices_of = [](ByteView xml) {
    std::set<unsigned> out;
    const nvidia::Rim rim = nvidia::parse_rim(xml).value();
    for (const auto& golden : rim.active) {
      out.insert(golden.index);
    }
    return out;
  };
  const auto documents = maker.collateral({}, kJudged);
  EXPECT_EQ(indices_of(documents[0].body), indices_of(test::read_vector(folder + "driver-rim.xml")));
  EXPECT_EQ(indices_of(documents[1].body), indices_of(test::read_vector(folder + "vbios-rim.xml")));
}

}  // namespace
}  // namespace tenzro::tee::simulated
