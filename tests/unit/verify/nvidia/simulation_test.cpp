// SPDX-License-Identifier: Apache-2.0
// Simulated evidence of GPUs never passes as real, and one verdict rests on one set of roots.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collateral/bundle.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "formats/pem.hpp"
#include "made/simulated_intel.hpp"
#include "provider/simulated/nvidia_evidence.hpp"
#include "support/findings.hpp"
#include "support/nvidia_vectors.hpp"
#include "tenzro/tee/verifier.hpp"
#include "verify/nvidia/verify.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::test {
namespace {

using simulated::NvidiaEvidenceMaker;
using simulated::NvidiaEvidenceSpec;

const InsecureSimulation kPermission = InsecureSimulation::for_development_only();
const Bytes kNonce(32, 0x4e);

NvidiaEvidenceSpec spec_with_nonce() {
  NvidiaEvidenceSpec spec;
  std::ranges::copy(kNonce, spec.nonce.begin());
  return spec;
}

VerifyOptions bound() {
  auto options = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(kNonce));
  options.at(kNow);
  return options;
}
VerifyOptions permitted() { return bound().accept_simulated(kPermission); }

const NvidiaEvidenceMaker& simulated_maker() {
  static const NvidiaEvidenceMaker maker;
  return maker;
}
/// Independent, with the same names.
const NvidiaEvidenceMaker& other_maker() {
  static const NvidiaEvidenceMaker maker("another-hierarchy");
  return maker;
}
VerifyOptions trusting(const NvidiaEvidenceMaker& maker, VerifyOptions options = bound()) {
  return options.replace_trust_anchors(
      {maker.hierarchy().device_root().certificate, maker.hierarchy().rim_root().certificate});
}

std::vector<CollateralDocument> documents_of(const NvidiaEvidenceMaker& maker, CollateralKind kind) {
  std::vector<CollateralDocument> out = maker.collateral(spec_with_nonce(), kIssued);
  std::erase_if(out, [kind](const CollateralDocument& one) { return one.kind != kind; });
  return out;
}
/// Manifests of one hierarchy, OCSP responses of another; both enclosed in evidence that says that it is simulated or
/// not.
AttestationReport mixed(const NvidiaEvidenceMaker& evidence, const NvidiaEvidenceMaker& rims,
                        const NvidiaEvidenceMaker& statuses) {
  AttestationReport out = evidence.report(spec_with_nonce(), kIssued);
  out.simulated = &evidence == &simulated_maker();
  auto documents = documents_of(rims, CollateralKind::rim);
  std::ranges::move(documents_of(statuses, CollateralKind::ocsp), std::back_inserter(documents));
  const std::string bundle = collateral::bundle_to_json(documents);
  out.collateral.assign(bundle.begin(), bundle.end());
  return out;
}

VerificationResult judge(const AttestationReport& report, const VerifyOptions& options,
                         std::shared_ptr<CollateralSource> source = no_collateral()) {
  return AttestationVerifier(std::move(source)).verify(report, options);
}

const UtcTime kFresh = kNow - std::chrono::hours{1};

AttestationReport simulated_report(const NvidiaEvidenceSpec& spec = spec_with_nonce()) {
  return simulated_maker().report(spec, kFresh);
}

TEST(NvidiaSimulation, IsAcceptedWithPermissionByItselfAlone) {
  const VerificationResult verdict = judge(simulated_report(), permitted());
  ASSERT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(verdict.simulated());
  EXPECT_EQ(verdict.trust_anchors(), TrustAnchors::simulated);
  EXPECT_EQ(codes_in(verdict.warnings()), (Codes{"simulated", "gpu_platform_unknown"}));
  EXPECT_TRUE(verdict.platform_verified() && verdict.signature_verified() && verdict.certificate_chain_verified());
  EXPECT_TRUE(verdict.freshness_verified());
  EXPECT_EQ(verdict.nonce_verified(), std::optional(true));
  EXPECT_EQ(verdict.valid_until(), kFresh + std::chrono::hours{24}) << "when the OCSP answers end";
  const auto claims = std::get<NvidiaClaims>(*verdict.claims_for_display());
  EXPECT_EQ(claims.measurements, MeasurementResult::match);
  EXPECT_EQ(claims.driver_version, "550.90.07");
  EXPECT_EQ(claims.vbios_version, "96.00.9F.00.01");
  const auto proof = verdict.verified();
  ASSERT_TRUE(proof.has_value());
  EXPECT_EQ(proof->devices().size(), 1U);
}

// Everybody has the key of the simulated root: what nobody asked for may not fill a verifier's memory.
TEST(NvidiaSimulation, LeavesNothingInAMemoryUnlessAskedFor) {
  Memory memory{MemoryLimits{}};
  const AttestationReport report = simulated_report();
  FixedSource enclosed(simulated_maker().collateral(spec_with_nonce(), kFresh));
  const auto worked_out = [&](bool accepted) {
    Recollection recall(memory);
    Question question;
    question.recall = &recall;
    question.moment = {kNow, std::chrono::seconds{0}};
    question.accept_simulated = accepted;
    question.sources = {&enclosed};
    VerdictBuilder verdict(kNow);
    EXPECT_TRUE(nvidia::judge_devices(report, question, verdict));
    return recall.checks().worked_out();
  };
  const std::size_t all = worked_out(false);
  EXPECT_GT(all, 0U);
  EXPECT_EQ(worked_out(false), all);
  EXPECT_EQ(worked_out(true), all);
  EXPECT_LT(worked_out(true), all) << "asked for, it is evidence like any other";
}

// ATTACK(B16): no verdict without the permission.
TEST(NvidiaSimulation, IsRefusedWithoutPermission) {
  const VerificationResult verdict = judge(simulated_report(), bound());
  EXPECT_FALSE(verdict.valid());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"simulated_not_accepted"}) << words_in(verdict.failures());
  EXPECT_TRUE(verdict.simulated());
  EXPECT_FALSE(verdict.verified());

  PolicyRules rules;
  rules.devices.nvidia_gpu.emplace();
  expect_refused(judge(simulated_report(), permitted().with_policy(*Policy::from_rules(rules))), "policy",
                 "simulated_not_accepted");
  rules.allow_simulated = true;
  EXPECT_TRUE(judge(simulated_report(), permitted().with_policy(*Policy::from_rules(rules))).valid());
  EXPECT_FALSE(judge(simulated_report(), bound().with_policy(*Policy::from_rules(rules))).valid());
}

TEST(NvidiaSimulation, JudgesManyDevicesAndEveryVersion) {
  NvidiaEvidenceSpec spec = spec_with_nonce();
  for (const unsigned devices : {2U, 8U}) {
    spec.devices = devices;
    const VerificationResult verdict = judge(simulated_report(spec), permitted());
    ASSERT_TRUE(verdict.valid()) << words_in(verdict.failures());
    EXPECT_EQ(verdict.verified()->devices().size(), devices);
  }
  spec.devices = 1;
  spec.driver_version = "590.12";
  spec.vbios_version = "96.00.B1.00.0A";
  spec.feature_flag = 0;
  const VerificationResult verdict = judge(simulated_report(spec), permitted());
  ASSERT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_EQ(std::get<NvidiaClaims>(*verdict.claims_for_display()).mode, "spt");
}

TEST(NvidiaSimulation, AMeasurementThatNoManifestListsIsRefused) {
  NvidiaEvidenceSpec spec = spec_with_nonce();
  spec.measurements[9].fill(0x66);
  const VerificationResult verdict = judge(simulated_report(spec), permitted());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"measurement_mismatch"});
  EXPECT_TRUE(verdict.signature_verified());
  spec.measurements = {{50, ByteArray<48>{1}}};
  EXPECT_EQ(codes_in(judge(simulated_report(spec), permitted()).failures()), Codes{"measurement_uncovered"});
  // The decoder is off: its measurement is not compared.
  spec.measurements = {{35, ByteArray<48>{1}}};
  EXPECT_TRUE(judge(simulated_report(spec), permitted()).valid());
}

TEST(NvidiaSimulation, EndsWithItsOcspAnswers) {
  const auto judged_at = [](UtcTime at) {
    auto options = permitted();
    return codes_in(judge(simulated_report(), options.at(at)).failures());
  };
  EXPECT_EQ(judged_at(kFresh), Codes{});
  EXPECT_EQ(judged_at(kFresh + std::chrono::hours{24} - std::chrono::seconds{1}), Codes{});
  EXPECT_EQ(judged_at(kFresh + std::chrono::hours{24}), Codes{"collateral_expired"});
  EXPECT_EQ(judged_at(kFresh - std::chrono::seconds{1}), Codes{"collateral_not_yet_valid"});
}

TEST(NvidiaSimulation, DemandsAllThatGenuineEvidenceNeeds) {
  const auto without = [](CollateralKind kind, std::size_t which) {
    AttestationReport report = simulated_report();
    auto documents = simulated_maker().collateral(spec_with_nonce(), kFresh);
    const auto is = [kind](const CollateralDocument& one) { return one.kind == kind; };
    auto at = std::ranges::find_if(documents, is);
    documents.erase(at + static_cast<std::ptrdiff_t>(which));
    const std::string bundle = collateral::bundle_to_json(documents);
    report.collateral.assign(bundle.begin(), bundle.end());
    return codes_in(judge(report, permitted()).failures());
  };
  for (std::size_t which = 0; which < 2; ++which) {
    EXPECT_EQ(without(CollateralKind::rim, which), Codes{"collateral_missing"}) << which;
  }
  for (std::size_t which = 0; which < 6; ++which) {
    EXPECT_TRUE(without(CollateralKind::ocsp, which).contains("revocation_missing")) << which;
  }
  AttestationReport bare = simulated_report();
  bare.collateral.clear();
  EXPECT_EQ(codes_in(judge(bare, permitted()).failures()), (Codes{"collateral_missing", "revocation_missing"}));
}

// --- The root decides, never the envelope.

// ATTACK(P9)
TEST(NvidiaSimulation, TheRootDecidesNotTheEnvelope) {
  AttestationReport report = simulated_report();
  report.simulated = false;
  EXPECT_EQ(codes_in(judge(report, bound()).failures()), Codes{"simulated_not_accepted"});
  report = other_maker().report(spec_with_nonce(), kFresh);
  EXPECT_EQ(codes_in(judge(report, trusting(other_maker())).failures()), Codes{"simulated_mismatch"});
  report.simulated = false;
  EXPECT_TRUE(judge(report, trusting(other_maker())).valid());
  // Nobody knows this root, with permission or without.
  EXPECT_EQ(codes_in(judge(report, permitted()).failures()), Codes{"root_mismatch"});
}

TEST(NvidiaSimulation, ItsRootsAreNoAnchorsOfACallers) {
  AttestationReport report = simulated_report();
  report.simulated = false;
  EXPECT_EQ(codes_in(judge(report, trusting(simulated_maker())).failures()), Codes{"trust_anchor_refused"});
}

// ATTACK(X1): a manifest's root is none of devices, and the reverse.
TEST(NvidiaSimulation, ItsTwoRootsDoNotStandForEachOther) {
  const simulated::NvidiaHierarchy& hierarchy = simulated_maker().hierarchy();
  const x509::AnchorSet& set = *x509::AnchorSet::simulated();
  EXPECT_TRUE(set.has_root(Platform::nvidia_gpu, ChainRole::evidence_signer, hierarchy.device_root().certificate));
  EXPECT_TRUE(set.has_root(Platform::nvidia_gpu, ChainRole::rim_signer, hierarchy.rim_root().certificate));
  EXPECT_FALSE(set.has_root(Platform::nvidia_gpu, ChainRole::rim_signer, hierarchy.device_root().certificate));
  EXPECT_FALSE(set.has_root(Platform::nvidia_gpu, ChainRole::evidence_signer, hierarchy.rim_root().certificate));
  EXPECT_FALSE(set.has_root(Platform::intel_tdx, ChainRole::evidence_signer, hierarchy.device_root().certificate));
}

// ATTACK(X18): simulated evidence with manifests or OCSP responses of another hierarchy.
TEST(NvidiaSimulation, TakesNoDocumentsOfAnotherHierarchy) {
  const NvidiaEvidenceMaker &ours = simulated_maker(), &theirs = other_maker();
  const auto codes = [&](const NvidiaEvidenceMaker& rims, const NvidiaEvidenceMaker& statuses) {
    return codes_in(judge(mixed(ours, rims, statuses), permitted().at(kIssued)).failures());
  };
  EXPECT_EQ(codes(ours, ours), Codes{});
  EXPECT_EQ(codes(theirs, ours), Codes{"root_mismatch"});
  EXPECT_EQ(codes(ours, theirs), Codes{"revocation_missing"});
  EXPECT_EQ(codes(theirs, theirs), (Codes{"root_mismatch", "revocation_missing"}));
}

// ATTACK(X18): and the reverse.
TEST(NvidiaSimulation, ItsDocumentsAreNothingToOtherEvidence) {
  const NvidiaEvidenceMaker &ours = other_maker(), &theirs = simulated_maker();
  const auto codes = [&](const NvidiaEvidenceMaker& rims, const NvidiaEvidenceMaker& statuses) {
    Codes with_permission;
    for (const VerifyOptions& options : {bound(), permitted()}) {
      with_permission =
          codes_in(judge(mixed(ours, rims, statuses), trusting(ours, VerifyOptions(options).at(kIssued))).failures());
    }
    return with_permission;
  };
  EXPECT_EQ(codes(ours, ours), Codes{});
  EXPECT_EQ(codes(theirs, ours), Codes{"anchor_set_mixed"});
  EXPECT_EQ(codes(ours, theirs), Codes{"revocation_missing"});
  EXPECT_EQ(codes(theirs, theirs), (Codes{"anchor_set_mixed", "revocation_missing"}));
}

std::string elements_of(const AttestationReport& report) {
  return std::string(report.evidence.begin() + 1, report.evidence.end() - 1);
}
AttestationReport side_by_side(const std::string& one, const std::string& other) {
  const std::string json = "[" + one + "," + other + "]";
  AttestationReport out;
  out.platform = Platform::nvidia_gpu;
  out.evidence.assign(json.begin(), json.end());
  return out;
}

// ATTACK(X18): one device of each world.
TEST(NvidiaSimulation, StandsBesideNoDeviceOfAnotherSet) {
  const std::string simulated = elements_of(simulated_report());
  const std::string other = elements_of(other_maker().report(spec_with_nonce(), kFresh));
  for (const AttestationReport& report : {side_by_side(simulated, other), side_by_side(other, simulated)}) {
    EXPECT_EQ(codes_in(judge(report, permitted()).failures()), Codes{"anchor_set_mixed"});
  }
}

/// A genuine GPU, judged while its manifests' signer was valid, with revocation switched off: no response about it is
/// public.
struct Genuine {
  UtcTime at = *from_rfc3339("2026-03-01T00:00:00Z");
  std::string folder = "gpu-hopper-550.90.07/";

  AttestationReport report() const {
    AttestationReport out;
    out.platform = Platform::nvidia_gpu;
    out.evidence = nvidia_hex(folder + "report.hex.txt");
    const Bytes text = read_vector("nvidia/" + folder + "chain.pem");
    const auto blocks = pem::split({reinterpret_cast<const char*>(text.data()), text.size()}).value();
    for (const pem::Block& block : blocks) {
      out.certificate_chain.push_back(block.der);
    }
    return out;
  }
  std::vector<CollateralDocument> rims() const {
    std::vector<CollateralDocument> out(2);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].kind = CollateralKind::rim;
      out[i].body = read_vector("nvidia/" + folder + (i == 0 ? "driver-rim.xml" : "vbios-rim.xml"));
    }
    return out;
  }
  VerifyOptions options() const {
    return VerifyOptions::unbound_replay_possible().at(at).revocation(Revocation::off).accept_simulated(kPermission);
  }
};

// ATTACK(X18): genuine evidence with simulated manifests, and simulated evidence with genuine ones.
TEST(NvidiaSimulation, MixesWithNothingGenuine) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const Genuine genuine;
  const auto given = [](std::vector<CollateralDocument> documents) {
    return std::make_shared<FixedSource>(std::move(documents));
  };
  const VerificationResult good = judge(genuine.report(), genuine.options(), given(genuine.rims()));
  ASSERT_TRUE(good.valid()) << words_in(good.failures());
  const auto simulated_rims = documents_of(simulated_maker(), CollateralKind::rim);
  EXPECT_EQ(codes_in(judge(genuine.report(), genuine.options(), given(simulated_rims)).failures()),
            Codes{"anchor_set_mixed"});
  AttestationReport bundled = genuine.report();
  bundled.collateral = simulated_report().collateral;
  EXPECT_EQ(codes_in(judge(bundled, genuine.options()).failures()), Codes{"anchor_set_mixed"});

  AttestationReport simulated = simulated_maker().report(spec_with_nonce(), genuine.at);
  EXPECT_TRUE(judge(simulated, permitted().at(genuine.at)).valid());
  EXPECT_EQ(codes_in(judge(simulated, permitted().at(genuine.at), given(genuine.rims())).failures()),
            Codes{"anchor_set_mixed"})
      << "the caller's documents decide";

  // And side by side.
  const Bytes text = read_vector("nvidia/evidence/hopper-590.12-single.json");
  const std::string array(text.begin(), text.end());
  const std::string element = array.substr(array.find('{'), array.rfind('}') - array.find('{') + 1);
  EXPECT_EQ(codes_in(judge(side_by_side(element, elements_of(simulated)), genuine.options()).failures()),
            Codes{"anchor_set_mixed"});
}

// --- What is altered is refused.

struct Parts {
  AttestationReport whole = simulated_report();
  nvidia::DeviceEvidence device;
  std::vector<Bytes> chain;

  Parts() : device(nvidia::parse_device_evidence(whole.evidence).value().front()) {
    const Bytes& text = device.certificate_chain;
    const auto blocks = pem::split({reinterpret_cast<const char*>(text.data()), text.size()}).value();
    for (const pem::Block& block : blocks) {
      chain.push_back(block.der);
    }
  }
  AttestationReport report() const {
    AttestationReport out = whole;
    std::string chain_text;
    for (const Bytes& der : chain) {
      chain_text += pem::encode("CERTIFICATE", der);
    }
    const std::string json = "[{\"arch\":\"HOPPER\",\"nonce\":\"" + to_hex(device.nonce) + "\",\"evidence\":\"" +
                             to_base64(device.report) + "\",\"certificate\":\"" + to_base64(view(chain_text)) + "\"}]";
    out.evidence.assign(json.begin(), json.end());
    return out;
  }
};

// ATTACK(P2)
TEST(NvidiaSimulation, AnAlteredReportIsRefused) {
  Parts parts;
  ASSERT_TRUE(judge(parts.report(), permitted()).valid());
  for (std::size_t at = 0; at < parts.device.report.size(); at += 131) {
    parts.device.report[at] ^= 1U;
    EXPECT_FALSE(judge(parts.report(), permitted()).valid()) << at;
    parts.device.report[at] ^= 1U;
  }
  parts.device.report[60] ^= 0x80U;  // of a measurement
  EXPECT_EQ(codes_in(judge(parts.report(), permitted()).failures()), Codes{"report_signature_invalid"});
  parts.device.report[60] ^= 0x80U;
  parts.device.report.back() ^= 1U;
  EXPECT_EQ(codes_in(judge(parts.report(), permitted()).failures()), Codes{"report_signature_invalid"});
  parts.device.report.back() ^= 1U;
  parts.device.nonce.front() ^= 1U;
  EXPECT_EQ(codes_in(judge(parts.report(), permitted()).failures()), Codes{"evidence_nonce_mismatch"});
}

// ATTACK(P2)
TEST(NvidiaSimulation, AnAlteredCertificateIsRefused) {
  const Parts good;
  for (std::size_t which = 0; which < good.chain.size(); ++which) {
    for (std::size_t at = 0; at < good.chain[which].size(); at += 101) {
      Parts parts = good;
      parts.chain[which][at] ^= 1U;
      EXPECT_FALSE(judge(parts.report(), permitted()).valid()) << which << ", byte " << at;
    }
    Parts parts = good;
    parts.chain.erase(parts.chain.begin() + static_cast<std::ptrdiff_t>(which));
    EXPECT_FALSE(judge(parts.report(), permitted()).valid()) << "without certificate " << which;
  }
}

// ATTACK(P2)
TEST(NvidiaSimulation, AnAlteredDocumentIsRefused) {
  const auto documents = simulated_maker().collateral(spec_with_nonce(), kFresh);
  AttestationReport report = simulated_report();
  for (std::size_t which = 0; which < documents.size(); ++which) {
    const std::size_t step = documents[which].kind == CollateralKind::rim ? 1999 : 83;
    for (std::size_t at = 0; at < documents[which].body.size(); at += step) {
      auto altered = documents;
      altered[which].body[at] ^= 1U;
      const std::string bundle = collateral::bundle_to_json(altered);
      report.collateral.assign(bundle.begin(), bundle.end());
      EXPECT_FALSE(judge(report, permitted()).valid()) << which << ", byte " << at;
    }
  }
}

// --- Nobody is asked for simulated evidence's documents.

/// Counts what it is asked for, and has nothing.
class Watching final : public CollateralSource {
 public:
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    ++asked;
    asked_as_simulated += request.simulated ? 1 : 0;
    return std::vector<CollateralDocumentPtr>{};
  }
  Result<Bytes> appraise_remotely(const AppraisalRequest&) override {
    ++appraised;
    return Error(ErrorCode::collateral_unreachable, "no answer within 10 s");
  }
  int asked = 0, asked_as_simulated = 0, appraised = 0;
};

TEST(NvidiaSimulation, TellsSourcesThatItIsSimulated) {
  const auto source = std::make_shared<Watching>();
  EXPECT_TRUE(judge(simulated_report(), permitted(), source).valid());
  EXPECT_EQ(source->asked, 11) << "two manifests, three responses on the device, three on each manifest's signers";
  EXPECT_EQ(source->asked_as_simulated, source->asked);
}

TEST(NvidiaSimulation, IsNeverSentToNvidiasService) {
  const auto source = std::make_shared<Watching>();
  EXPECT_EQ(codes_in(judge(simulated_report(), permitted().gpu_verifier(GpuVerifier::nras), source).failures()),
            Codes{"anchor_set_mixed"});
  EXPECT_EQ(source->appraised, 0);
  EXPECT_EQ(source->asked, 0);
}

}  // namespace
}  // namespace tenzro::tee::test
