// SPDX-License-Identifier: Apache-2.0
#include "provider/nitro/provider.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <latch>

#include "evidence/nitro/document.hpp"
#include "fakes/nsm.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::nitro {
namespace {

using test::FakeNsm;
using test::FakeSystem;

const Bytes kUserData(40, 0x6b), kNonce(32, 0x4e), kKey(91, 0x30);
ReportData asked_data() { return ReportData::from_caller_data(kUserData).value(); }
EvidenceNonce asked_nonce() { return EvidenceNonce::from_caller_data(kNonce).value(); }

struct Enclave {
  std::shared_ptr<FakeSystem> system = std::make_shared<FakeSystem>();
  std::shared_ptr<FakeNsm> nsm = FakeNsm::into(*system);

  Enclave() = default;
  ~Enclave() { EXPECT_EQ(system->open_descriptors(), 0U); }
  Enclave(const Enclave&) = delete;
  Enclave& operator=(const Enclave&) = delete;

  std::unique_ptr<TeeProvider> provider() const { return make_provider(system, survey(system)); }
  Result<AttestationReport> attest(const AttestationRequest& request) const {
    return provider()->generate_attestation(request);
  }
};

ProbeFinding look(const std::shared_ptr<FakeSystem>& system) {
  const auto rows = survey(system);
  EXPECT_EQ(rows.size(), 1U);
  EXPECT_EQ(system->open_descriptors(), 0U);
  EXPECT_TRUE(system->opened_for_writing.empty());
  const ProbeFinding& row = rows.at(0);
  EXPECT_EQ(row.platform, Platform::aws_nitro);
  EXPECT_EQ(row.interface_path, "/dev/nsm");
  EXPECT_EQ(row.usable, row.why_not.empty());
  EXPECT_TRUE(row.present || !row.usable);
  EXPECT_EQ(make_provider(system, rows) != nullptr, row.usable);
  return row;
}
void expect_row(const std::shared_ptr<FakeSystem>& system, bool present, std::string_view why_not) {
  const ProbeFinding row = look(system);
  EXPECT_EQ(row.present, present) << row.why_not;
  EXPECT_FALSE(row.usable);
  EXPECT_NE(row.why_not.find(why_not), std::string::npos) << row.why_not;
}

TEST(NitroSurvey, FindsAnEnclave) {
  const Enclave enclave;
  const ProbeFinding row = look(enclave.system);
  EXPECT_TRUE(row.present && row.usable);
  EXPECT_EQ(row.detail, "version 1.2.0, module i-0123456789abcdef0-enc0123456789abcdef, 32 PCRs, SHA384");
}

TEST(NitroSurvey, SaysWhyThereIsNone) {
  const auto system = std::make_shared<FakeSystem>();
  expect_row(system, false, "this is no Nitro Enclave");
  system->add_file("/dev/nsm", "no device");
  expect_row(system, false, "this is no Nitro Enclave");
}

TEST(NitroSurvey, DoesNotTakeTheParentForAnEnclave) {
  const auto system = std::make_shared<FakeSystem>();
  system->add_device("/dev/nitro_enclaves", [] { return std::make_unique<test::FakeOpenFile>(); });
  expect_row(system, false, "run inside an enclave");
}

TEST(NitroSurvey, SeesAModuleWithoutItsNode) {
  const auto system = std::make_shared<FakeSystem>();
  system->add_folder("/sys/class/misc/nsm");
  expect_row(system, true, "create it as /sys/class/misc/nsm/dev says");
}

TEST(NitroSurvey, SaysWhatIsWrongWithADevice) {
  const Enclave enclave;
  enclave.nsm->error = "InternalError";
  expect_row(enclave.system, true, "InternalError");
  enclave.nsm->error.clear();
  enclave.nsm->ioctl_fails = {ETIMEDOUT, ETIMEDOUT};
  expect_row(enclave.system, true, "did not answer its driver");
  enclave.nsm->ioctl_fails.clear();
  enclave.nsm->answer = Bytes{0xff};
  expect_row(enclave.system, true, "Nitro Security Module");
  enclave.nsm->answer = test::cbor_text("two\nlines");
  EXPECT_EQ(look(enclave.system).why_not.find('\n'), std::string::npos);
  enclave.system->deny_writing("/dev/nsm", EACCES);
  expect_row(enclave.system, true, "permission denied");
  enclave.system->deny("/dev/nsm", EACCES);
  expect_row(enclave.system, true, "permission denied");
  enclave.system->add_device("/dev/nsm", [] { return std::make_unique<test::FakeOpenFile>(); });
  expect_row(enclave.system, true, "no Nitro Security Module");
}

TEST(NitroSurvey, GivesAHungDeviceTwoSeconds) {
  const Enclave enclave;
  std::latch go_on(1);
  enclave.nsm->before = [&go_on] { go_on.wait(); };
  const auto start = std::chrono::steady_clock::now();
  const auto rows = survey(enclave.system);
  const auto took = std::chrono::steady_clock::now() - start;
  go_on.count_down();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].present);
  EXPECT_FALSE(rows[0].usable);
  EXPECT_NE(rows[0].why_not.find("no answer in the time given"), std::string::npos) << rows[0].why_not;
  EXPECT_GE(took, std::chrono::seconds{2});
  EXPECT_LT(took, std::chrono::seconds{20});
  EXPECT_TRUE(look(enclave.system).usable) << "waits for the request that was left behind";
}

TEST(NitroProvider, IsThereWhereTheDeviceIsUsable) {
  const Enclave enclave;
  const auto provider = enclave.provider();
  ASSERT_NE(provider, nullptr);
  EXPECT_EQ(provider->tee_type(), Platform::aws_nitro);
  EXPECT_EQ(provider->provider_name(), "AWS Nitro Enclave (/dev/nsm)");
  EXPECT_FALSE(provider->simulated());
  EXPECT_EQ(make_provider(enclave.system, {}), nullptr);
  const std::vector<ProbeFinding> others = {
      {.platform = Platform::aws_nitro, .interface_path = "/dev/nsm", .present = true},
      {.platform = Platform::intel_tdx, .interface_path = "/dev/nsm", .present = true, .usable = true}};
  EXPECT_EQ(make_provider(enclave.system, others), nullptr);
}

TEST(NitroProvider, HasTheModuleSignWhatIsAsked) {
  const Enclave enclave;
  AttestationRequest request(asked_data(), asked_nonce());
  request.public_key = kKey;
  const auto report = enclave.attest(request);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->platform, Platform::aws_nitro);
  EXPECT_FALSE(report->simulated) << "the device does not say; the root of the chain does";
  EXPECT_EQ(report->generated_at.time_since_epoch().count(), 1'790'000'000);
  const auto document = parse_document(report->evidence);
  ASSERT_TRUE(document);
  EXPECT_TRUE(std::ranges::equal(*document->user_data, asked_data().bytes())) << "the 64-byte form";
  EXPECT_TRUE(std::ranges::equal(*document->nonce, kNonce));
  EXPECT_TRUE(std::ranges::equal(*document->public_key, kKey));
  EXPECT_EQ(report->report_data_hex, to_hex(asked_data().bytes()));
  EXPECT_EQ(report->signature_hex, to_hex(document->envelope.signature));

  auto options = VerifyOptions::bound_to_caller_data(asked_data());
  options.expect_nonce(asked_nonce()).expect_public_key(kKey).at(report->generated_at);
  const AttestationVerifier verifier(no_collateral());
  EXPECT_TRUE(
      verifier.verify(*report, VerifyOptions(options).accept_simulated(InsecureSimulation::for_development_only()))
          .valid());
  EXPECT_FALSE(verifier.verify(*report, options).valid());
}

TEST(NitroProvider, LeavesOutWhatIsNotAsked) {
  const Enclave enclave;
  const auto data_only = enclave.attest({asked_data()});
  ASSERT_TRUE(data_only);
  const auto document = parse_document(data_only->evidence);
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->user_data && !document->nonce && !document->public_key);
  const auto nonce_only = enclave.attest({asked_nonce()});
  ASSERT_TRUE(nonce_only);
  const auto other = parse_document(nonce_only->evidence);
  ASSERT_TRUE(other);
  EXPECT_TRUE(!other->user_data && other->nonce && !other->public_key);
}

TEST(NitroProvider, RefusesWhatAnEnclaveDoesNotHave) {
  const Enclave enclave;
  const auto provider = enclave.provider();
  const std::size_t asked = enclave.nsm->seen().size();
  AttestationRequest with_log(asked_data());
  with_log.event_log = true;
  EXPECT_EQ(provider->generate_attestation(with_log).error().code(), ErrorCode::invalid_argument);
  for (const std::size_t size : {0U, 1025U}) {
    AttestationRequest with_key(asked_data());
    with_key.public_key = Bytes(size);
    EXPECT_EQ(provider->generate_attestation(with_key).error().code(), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(enclave.nsm->seen().size(), asked);
}

// ATTACK(D3)
TEST(NitroProvider, TakesNoDocumentThatAnswersAnotherQuestion) {
  using Spec = simulated::NitroDocumentSpec;
  const std::function<void(Spec&)> alterations[] = {
      [](Spec& spec) { spec.user_data = Bytes(64, 0x6c); },
      [](Spec& spec) { spec.user_data->pop_back(); },
      [](Spec& spec) { spec.user_data.reset(); },
      [](Spec& spec) { spec.nonce = Bytes(32, 0x4f); },
      [](Spec& spec) { spec.nonce.reset(); },
      [](Spec& spec) { spec.public_key = Bytes(91, 0x31); },
      [](Spec& spec) { spec.public_key.reset(); },
      [](Spec& spec) { std::swap(spec.user_data, spec.nonce); },
      [](Spec& spec) { spec.tpm = true; },
  };
  const Enclave enclave;
  AttestationRequest request(asked_data(), asked_nonce());
  request.public_key = kKey;
  const auto expect_refused = [&enclave](const AttestationRequest& asked, std::string_view words) {
    const auto report = enclave.attest(asked);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::hardware_failure) << report.error().message();
    EXPECT_NE(report.error().message().find(words), std::string::npos) << report.error().message();
  };
  for (const auto& alter : alterations) {
    enclave.nsm->alter = alter;
    expect_refused(request, "does not hold what was asked");
  }
  // Nor one that says more than was asked.
  enclave.nsm->alter = [](Spec& spec) { spec.nonce = Bytes{1}; };
  expect_refused({asked_data()}, "does not hold what was asked");
  enclave.nsm->alter = [](Spec& spec) { spec.public_key = Bytes{1}; };
  expect_refused({asked_data()}, "does not hold what was asked");
  enclave.nsm->alter = [](Spec& spec) { spec.user_data = Bytes{1}; };
  expect_refused({asked_nonce()}, "does not hold what was asked");

  enclave.nsm->document = Bytes(500, 0x84);
  expect_refused(request, "its document cannot be read");
}

TEST(NitroProvider, PassesOnWhatTheModuleSays) {
  const Enclave enclave;
  const auto provider = enclave.provider();
  enclave.nsm->error = "InputTooLarge";
  const auto refused = provider->generate_attestation({asked_data()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::hardware_failure);
  EXPECT_NE(refused.error().message().find("InputTooLarge"), std::string::npos);
  enclave.system->remove("/dev/nsm");
  EXPECT_EQ(provider->generate_attestation({asked_data()}).error().code(), ErrorCode::not_available);
}

}  // namespace
}  // namespace tenzro::tee::nitro
