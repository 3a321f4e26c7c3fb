// SPDX-License-Identifier: Apache-2.0
// Which root is asked, and for what, on machines that the tests make up.
#include "seal/sealer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "made_tee.hpp"
#include "provider/simulated/provider.hpp"
#include "support/temporary_folder.hpp"

namespace tenzro::tee {
namespace {

using test::MadeTee;

const SealKeyId kId = SealKeyId::parse("model-key-1").value();

/// This machine, in the hands of one test.
class Sealing : public testing::Test {
 protected:
  Sealing() {
    test::machine_of_this_program() = machine_;
    machine_->variables["TENZRO_STATE_DIR"] = folder_.path().string();
  }

  void show_hardware() { machine_->add_file("/sys/devices/system/cpu/sev/vmpl", "0\n"); }
  std::unique_ptr<TeeProvider> imitation(Platform platform = Platform::intel_tdx) {
    return simulated::make_provider(machine_, platform, {}).value();
  }
  Result<SealingRoot> ask(SealingPlace place) { return Sealer::root_to_seal(kId, place, options_); }
  void expect_error(SealingPlace place, ErrorCode code, const std::vector<std::string>& parts) {
    const auto root = ask(place);
    ASSERT_FALSE(root);
    EXPECT_EQ(root.error().code(), code) << root.error().message();
    for (const std::string& part : parts) {
      EXPECT_NE(root.error().message().find(part), std::string::npos) << root.error().message();
    }
  }
  bool made_simulated_root() const { return std::filesystem::exists(folder_.path() / "simulated-sealing-root"); }
  static KmsSealingEntry kms() { return {.region = "eu-west-1", .key_id = "arn:aws:kms:eu-west-1:1:key/k"}; }
  static KbsSealingEntry kbs() { return {.url = "https://127.0.0.1:1", .resource = "a/b/c", .pinned_key = Bytes{1}}; }
  static TpmSealingEntry tpm() { return {.key_template = "ecc-p256", .pcrs = {7}, .tcti = "device:/nonexistent/tpm"}; }

  std::shared_ptr<test::FakeSystem> machine_ = std::make_shared<test::FakeSystem>();
  test::TemporaryFolder folder_;
  SealOptions options_;
};

TEST_F(Sealing, AutomaticallyTakesTheRootOfSevSnp) {
  show_hardware();
  MadeTee tee(Platform::amd_sev_snp);
  options_.config.emplace().kbs = kbs();
  options_.config->tpm = tpm();
  const auto root = ask(tee);
  ASSERT_TRUE(root) << root.error().message();
  EXPECT_EQ(root->vendor_tag, "made");
  EXPECT_EQ(tee.requests.size(), 1U);
}

TEST_F(Sealing, AutomaticallyTakesTheSimulatedRootWhereNoHardwareShows) {
  for (const Platform platform :
       {Platform::intel_tdx, Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu}) {
    const auto root = ask(*imitation(platform));
    ASSERT_TRUE(root) << root.error().message();
    EXPECT_EQ(root->vendor_tag, "simulated");
  }
}

// ATTACK(K3)
TEST_F(Sealing, AutomaticallyTakesNoSimulatedRootWhereHardwareShows) {
  show_hardware();
  for (const Platform platform :
       {Platform::intel_tdx, Platform::amd_sev_snp, Platform::aws_nitro, Platform::nvidia_gpu}) {
    expect_error(*imitation(platform), ErrorCode::not_available,
                 {"no sealing source here: this machine shows TEE hardware", "only when it is asked for"});
  }
  EXPECT_FALSE(made_simulated_root());
  options_.root = SealingSource::simulated;
  EXPECT_TRUE(ask(*imitation()));
}

TEST_F(Sealing, AutomaticallyTakesATpmOnlyWhereNoHardwareShows) {
  expect_error(SealingPlace::without_tee(), ErrorCode::not_available,
               {"no TEE was found, and no TPM is configured", "root tpm"});
  options_.config.emplace().tpm = tpm();
  const auto without_hardware = ask(SealingPlace::without_tee());
  ASSERT_FALSE(without_hardware) << "there is no such TPM";
  EXPECT_EQ(without_hardware.error().message().find("no TPM is configured"), std::string::npos);
  EXPECT_EQ(without_hardware.error().message().find("shows TEE hardware"), std::string::npos);
  show_hardware();
  expect_error(SealingPlace::without_tee(), ErrorCode::not_available,
               {"this machine shows TEE hardware, where a TPM is used only when it is asked for"});
}

TEST_F(Sealing, SaysWhatToUseWhereThePlatformHasNoSecret) {
  for (const auto& [platform, words] : std::vector<std::pair<Platform, std::vector<std::string>>>{
           {Platform::intel_tdx, {"a TDX guest has no secret of its own", "root kbs", "root tpm"}},
           {Platform::aws_nitro, {"a Nitro enclave has no secret of its own", "root kms"}},
           {Platform::nvidia_gpu, {"an NVIDIA GPU has no secret for sealing", "the CPU's TEE"}},
           {Platform::intel_sgx, {"has none"}},
           {Platform::aws_nitro_tpm, {"has none"}},
           {Platform::unknown, {"has none"}}}) {
    MadeTee tee(platform);
    options_.config.emplace().tpm = tpm();  // which is never taken where hardware is
    expect_error(tee, ErrorCode::not_available, words);
    EXPECT_TRUE(tee.requests.empty());
  }
}

TEST_F(Sealing, NeverFallsBackFromAPlatformWithoutARoot) {
  // A provider that has none says so, whatever it is called.
  test::TeeWithoutRoot tee(Platform::amd_sev_snp);
  options_.config.emplace().tpm = tpm();
  expect_error(tee, ErrorCode::not_available,
               {"no sealing source here", "made without a root has no secret of its own", "use one of"});
}

TEST_F(Sealing, GivesNoRootOfAnotherPlatform) {
  MadeTee tdx(Platform::intel_tdx);
  MadeTee snp(Platform::amd_sev_snp);
  MadeTee nitro(Platform::aws_nitro);
  MadeTee gpu(Platform::nvidia_gpu);
  options_.config.emplace().kms = kms();
  options_.config->kbs = kbs();
  for (const auto& [source, others] :
       std::vector<std::pair<SealingSource, std::vector<MadeTee*>>>{{SealingSource::snp, {&tdx, &nitro, &gpu}},
                                                                    {SealingSource::kms, {&tdx, &snp, &gpu}},
                                                                    {SealingSource::kbs, {&nitro, &gpu}}}) {
    options_.root = source;
    const std::string words = "root " + std::string(to_string(source)) + " needs another platform than";
    for (MadeTee* const tee : others) {
      expect_error(*tee, ErrorCode::not_available, {words + " made", "the root of this machine's own TEE"});
    }
    expect_error(SealingPlace::without_tee(), ErrorCode::not_available, {words + " none"});
  }
  for (const MadeTee* const tee : {&tdx, &snp, &nitro, &gpu}) {
    EXPECT_TRUE(tee->requests.empty());
  }
}

// ATTACK(K3)
TEST_F(Sealing, MixesNothingSimulatedWithHardware) {
  MadeTee simulated(Platform::amd_sev_snp, true);
  options_.root = SealingSource::snp;
  expect_error(simulated, ErrorCode::not_available, {"root snp needs SEV-SNP hardware, this is a simulation"});
  MadeTee real(Platform::amd_sev_snp);
  options_.root = SealingSource::simulated;
  expect_error(real, ErrorCode::not_available, {"root simulated needs a simulated TEE"});
  expect_error(SealingPlace::without_tee(), ErrorCode::not_available, {"root simulated needs a simulated TEE"});
  EXPECT_TRUE(simulated.requests.empty());
  EXPECT_TRUE(real.requests.empty());
}

TEST_F(Sealing, WantsAConfigurationOfTheRootsThatNeedOne) {
  MadeTee tdx(Platform::intel_tdx);
  MadeTee nitro(Platform::aws_nitro);
  for (const auto& [source, place] : std::vector<std::pair<SealingSource, SealingPlace>>{
           {SealingSource::kms, nitro}, {SealingSource::kbs, tdx}, {SealingSource::tpm, tdx}}) {
    options_.root = source;
    const std::string name(to_string(source));
    expect_error(place, ErrorCode::invalid_argument,
                 {"root " + name + ": nothing is configured under \"" + name + "\""});
    options_.config.emplace();
    expect_error(place, ErrorCode::invalid_argument, {"nothing is configured"});
    options_.config.reset();
  }
}

TEST_F(Sealing, AsksForWhatTheCallerSaid) {
  MadeTee tee(Platform::amd_sev_snp);
  options_.scope = SealScope::signer;
  options_.measurement_covers_workload = true;
  options_.config.emplace().snp = SnpSealingEntry{.min_svn = 5};
  ASSERT_TRUE(Sealer::root_to_seal(kId, tee, options_));
  ASSERT_TRUE(Sealer::root_to_unseal(kId, tee, options_, {.vendor_tag = "made;a=1", .metadata = R"({"a":1})"}));
  ASSERT_TRUE(Sealer::root_of_raw(kId, tee, options_));
  ASSERT_EQ(tee.requests.size(), 3U);
  for (const SealingRequest& request : tee.requests) {
    EXPECT_EQ(request.scope, SealScope::signer);
    EXPECT_TRUE(request.measurement_covers_workload);
    EXPECT_EQ(request.key_id, "model-key-1");
    EXPECT_EQ(std::get<SnpSealingEntry>(request.entry).min_svn, 5U);
  }
  EXPECT_EQ(tee.requests[0].stored_tag, "");
  EXPECT_FALSE(tee.requests[0].raw);
  EXPECT_EQ(tee.requests[1].stored_tag, "made;a=1");
  EXPECT_EQ(tee.requests[1].stored_metadata, R"({"a":1})");
  EXPECT_FALSE(tee.requests[1].raw);
  EXPECT_EQ(tee.requests[2].stored_tag, "");
  EXPECT_TRUE(tee.requests[2].raw);
}

// ATTACK(K9): no platform is chosen by what was stored, either.
TEST_F(Sealing, ChoosesTheRootWithoutTheHeader) {
  MadeTee tdx(Platform::intel_tdx);
  for (const std::string tag : {"amd-sev-snp", "simulated", "tpm2", "aws-nitro-kms"}) {
    const auto root = Sealer::root_to_unseal(kId, tdx, options_, {.vendor_tag = tag, .metadata = "{}"});
    ASSERT_FALSE(root);
    EXPECT_EQ(root.error().code(), ErrorCode::not_available);
  }
  EXPECT_TRUE(tdx.requests.empty());
  options_.root = SealingSource::simulated;
  const auto imitated = imitation();
  const auto foreign =
      Sealer::root_to_unseal(kId, *imitated, options_, {.vendor_tag = "amd-sev-snp;key=vcek", .metadata = "{}"});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code(), ErrorCode::authentication_failed);
  EXPECT_FALSE(made_simulated_root());
}

TEST_F(Sealing, TakesNoSecretOfAnotherSize) {
  for (const std::size_t size : {0U, 16U, 31U, 33U, 64U}) {
    MadeTee tee(Platform::amd_sev_snp);
    tee.secret_size = size;
    expect_error(tee, ErrorCode::internal, {"gave " + std::to_string(size) + " bytes, expected 32"});
  }
}

TEST_F(Sealing, PassesARootsErrorOn) {
  MadeTee tee(Platform::amd_sev_snp);
  tee.error = Error(ErrorCode::hardware_failure, "the firmware is tired");
  expect_error(tee, ErrorCode::hardware_failure, {"the firmware is tired"});
}

TEST_F(Sealing, LooksAtTheOptionsBeforeItAsks) {
  MadeTee tee(Platform::amd_sev_snp);
  const Bytes data(65536);
  options_.associated_data = ByteView(data).first(65535);
  EXPECT_TRUE(check_options(options_));
  options_.associated_data = data;
  expect_error(tee, ErrorCode::invalid_argument, {"associated data: 65536 bytes, at most 65535"});
  options_.associated_data = {};
  for (const unsigned chunk : {0U, 13U, 25U, 64U}) {
    options_.log2_chunk = chunk;
    expect_error(tee, ErrorCode::invalid_argument, {"log2_chunk is " + std::to_string(chunk), "14 to 24"});
  }
  for (const unsigned chunk : {14U, 18U, 24U}) {
    options_.log2_chunk = chunk;
    EXPECT_TRUE(check_options(options_));
  }
  options_.threads = 256;
  EXPECT_TRUE(check_options(options_));
  options_.threads = 257;
  expect_error(tee, ErrorCode::invalid_argument, {"threads: 257, at most 256"});
  EXPECT_TRUE(tee.requests.empty());
}

}  // namespace
}  // namespace tenzro::tee

namespace tenzro::tee::device {
const std::shared_ptr<System>& this_machine() { return test::machine_of_this_program(); }
}  // namespace tenzro::tee::device
