// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/sealing_root.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "fakes/sev.hpp"
#include "fakes/tsm.hpp"
#include "provider/snp/provider.hpp"
#include "provider/snp/survey.hpp"
#include "seal/sealer.hpp"
#include "seal/small_format.hpp"

namespace tenzro::tee::snp {
namespace {

using std::chrono::milliseconds;
using test::FakeSev;
using test::FakeSystem;
namespace at = test::snp_at;

const SealKeyId kId = SealKeyId::parse("model-key-1").value();
constexpr std::string_view kTcb = "0a00000000001b56";  // of MadeSnpReport
constexpr std::string_view kMeasurementTag = "amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0a00000000001b56";
constexpr std::string_view kSignerTag = "amd-sev-snp;key=vcek;gfs=55;vmpl=0;svn=7;tcb=0a00000000001b56";

ByteArray<8> tcb(std::string_view hex) {
  ByteArray<8> out{};
  std::ranges::copy(from_hex(hex).value(), out.begin());
  return out;
}
ByteArray<48> digest(std::uint8_t byte) {
  ByteArray<48> out{};
  out.fill(byte);
  return out;
}
Bytes secret_of(const Result<SealingRoot>& root) {
  EXPECT_TRUE(root) << (root ? "" : root.error().message());
  return root ? Bytes(root->secret.reveal().begin(), root->secret.reveal().end()) : Bytes();
}
StoredDerivation stored(const SealingRoot& root) { return {.vendor_tag = root.vendor_tag, .metadata = root.metadata}; }
StoredDerivation stored(std::string_view tag) { return {.vendor_tag = std::string(tag), .metadata = ""}; }

/// A guest with its device, and what its caller configures.
struct Machine {
  std::shared_ptr<FakeSystem> system = std::make_shared<FakeSystem>();
  std::shared_ptr<FakeSev> sev = FakeSev::into(*system);
  SealOptions options;

  Machine() { options.config.emplace().snp.emplace(); }
  ~Machine() {
    EXPECT_EQ(system->open_descriptors(), 0U);
    EXPECT_FALSE(sev->malformed);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  SnpSealingEntry& entry() { return *options.config->snp; }
  Machine& for_measurement() {
    options.scope = SealScope::measurement;
    entry().measurement_covers_workload = true;
    return *this;
  }
  Machine& for_signer() {
    options.scope = SealScope::signer;
    entry().id_key_digest = digest(0x66);
    return *this;
  }
  /// In the report and in what the firmware knows of the guest.
  Machine& alter(const std::function<void(Bytes&)>& change) {
    sev->alter = [before = sev->alter, change](Bytes& report) {
      before(report);
      change(report);
    };
    return *this;
  }
  Machine& fill(std::size_t offset, std::size_t size, std::uint8_t byte) {
    return alter([=](Bytes& report) { test::fill_at(report, offset, size, byte); });
  }
  Machine& commit(std::string_view hex) {
    return alter([value = tcb(hex)](Bytes& report) { test::copy_at(report, at::kCommittedTcb, value); });
  }

  std::unique_ptr<TeeProvider> provider() const {
    auto made = make_provider(system, survey(*system, device::tsm_state(*system)));
    EXPECT_NE(made, nullptr);
    return made;
  }
  Result<SealingRoot> to_seal() const { return Sealer::root_to_seal(kId, *provider(), options); }
  Result<SealingRoot> to_unseal(StoredDerivation from) const {
    return Sealer::root_to_unseal(kId, *provider(), options, std::move(from));
  }
  Result<SealingRoot> raw() const { return Sealer::root_of_raw(kId, *provider(), options); }
  std::size_t requests() const { return sev->requests.size(); }
};

void expect_error(const Result<SealingRoot>& root, ErrorCode code, const std::vector<std::string>& parts) {
  ASSERT_FALSE(root) << root->vendor_tag;
  EXPECT_EQ(root.error().code(), code) << root.error().message();
  for (const std::string& part : parts) {
    EXPECT_NE(root.error().message().find(part), std::string::npos) << root.error().message();
  }
}

TEST(SnpSealingRoot, IsTheVceksKeyOfThisMeasurement) {
  Machine machine;
  machine.for_measurement();
  const auto root = machine.to_seal();
  ASSERT_TRUE(root) << root.error().message();
  EXPECT_EQ(root->secret.size(), 32U);
  EXPECT_EQ(root->vendor_tag, kMeasurementTag);
  EXPECT_EQ(root->metadata, R"({"snp":{"host_data_sha256":")" + to_hex(crypto::sha256(Bytes(32, 0x55))) + R"("}})");
  ASSERT_EQ(machine.requests(), 2U) << "one report, one key";
  EXPECT_EQ(machine.sev->requests[1].at, milliseconds{2000});
  ASSERT_EQ(machine.sev->key_requests.size(), 1U);
  // KEY_SEL 1, fields 41, VMPL 0, SVN 0, COMMITTED_TCB.
  EXPECT_EQ(to_hex(machine.sev->key_requests[0]),
            "02000000000000002900000000000000"
            "00000000000000000a00000000001b56");
}

TEST(SnpSealingRoot, IsTheKeyOfThisSigner) {
  Machine machine;
  machine.for_signer();
  const auto root = machine.to_seal();
  ASSERT_TRUE(root) << root.error().message();
  EXPECT_EQ(root->vendor_tag, kSignerTag);
  EXPECT_EQ(to_hex(machine.sev->key_requests.at(0)),
            "02000000000000003700000000000000"
            "00000000070000000a00000000001b56");
}

TEST(SnpSealingRoot, IsTheSameAgain) {
  for (const bool signer : {false, true}) {
    Machine machine;
    signer ? machine.for_signer() : machine.for_measurement();
    const auto sealed = machine.to_seal();
    const Bytes secret = secret_of(sealed);
    const auto again = machine.to_unseal(stored(*sealed));
    EXPECT_EQ(secret_of(again), secret);
    EXPECT_EQ(again->vendor_tag, sealed->vendor_tag);
    // Headers without metadata open too: those only make errors clearer.
    EXPECT_EQ(secret_of(machine.to_unseal(stored(sealed->vendor_tag))), secret);
    EXPECT_EQ(secret_of(machine.to_unseal({.vendor_tag = sealed->vendor_tag, .metadata = R"({"mine":1})"})), secret);
  }
}

// ATTACK(K3)
TEST(SnpSealingRoot, IsAnotherWhereAnyInputDiffers) {
  Machine first;
  first.for_measurement();
  const auto sealed = first.to_seal();
  const Bytes secret = secret_of(sealed);
  const auto expect_other = [&](Machine& other) {
    EXPECT_NE(secret_of(other.to_unseal(stored(sealed->vendor_tag))), secret);
  };
  {
    Machine other;
    expect_other(other.for_measurement().fill(at::kMeasurement, 48, 0x45));
  }
  {
    Machine other;  // a debug launch has another policy
    expect_other(other.for_measurement().alter([](Bytes& report) { report.at(at::kPolicy + 2) |= 8; }));
  }
  {
    Machine other;
    expect_other(other.for_measurement().fill(at::kHostData, 32, 0x56));
  }
  {
    Machine other;
    expect_other(other.for_measurement().fill(at::kIdKeyDigest, 48, 0x67));
  }
  {
    Machine other;
    other.sev->chip = "another chip";
    expect_other(other.for_measurement());
  }
}

TEST(SnpSealingRoot, OfASignerSurvivesAnotherMeasurement) {
  Machine machine;
  machine.for_signer();
  const auto sealed = machine.to_seal();
  machine.fill(at::kMeasurement, 48, 0x45).alter([](Bytes& report) { report.at(at::kGuestSvn) = 9; });
  EXPECT_EQ(secret_of(machine.to_unseal(stored(*sealed))), secret_of(sealed));
  EXPECT_EQ(machine.to_seal()->vendor_tag, "amd-sev-snp;key=vcek;gfs=55;vmpl=0;svn=9;tcb=0a00000000001b56");
  for (const auto& [offset, size] : {std::pair{at::kFamilyId, 16}, {at::kImageId, 16}}) {
    Machine other;
    other.for_signer().fill(offset, static_cast<std::size_t>(size), 0x99);
    EXPECT_NE(secret_of(other.to_unseal(stored(*sealed))), secret_of(sealed));
  }
}

// ATTACK(K10)
TEST(SnpSealingRoot, OfAMeasurementNeedsTheStatementThatItCoversTheWorkload) {
  Machine machine;
  for (const bool raw : {false, true}) {
    expect_error(raw ? machine.raw() : machine.to_seal(), ErrorCode::invalid_argument,
                 {"firmware that a cloud shares, everybody on this chip gets the same key",
                  "measurement_covers_workload", "scope signer"});
  }
  expect_error(machine.to_unseal(stored(kMeasurementTag)), ErrorCode::invalid_argument, {"same key"});
  EXPECT_EQ(machine.requests(), 0U);
  machine.options.measurement_covers_workload = true;
  EXPECT_TRUE(machine.to_seal());
  machine.options.config.reset();
  EXPECT_TRUE(machine.to_seal());
}

// ATTACK(K10)
TEST(SnpSealingRoot, OfASignerNeedsToKnowWhose) {
  Machine machine;
  machine.options.scope = SealScope::signer;
  expect_error(machine.to_seal(), ErrorCode::invalid_argument, {"id_key_digest or author_key_digest"});
  machine.options.config.reset();
  expect_error(machine.to_seal(), ErrorCode::invalid_argument, {"id_key_digest or author_key_digest"});
  EXPECT_EQ(machine.requests(), 0U);
}

// ATTACK(K10)
TEST(SnpSealingRoot, OfASignerNeedsAnIdBlock) {
  for (const bool configured_as_zero : {false, true}) {
    Machine machine;
    machine.for_signer().fill(at::kIdKeyDigest, 48, 0);
    if (configured_as_zero) {
      machine.entry().id_key_digest = digest(0);
    }
    const std::vector<std::string> words = {"launched without an ID block", "every guest of this host"};
    expect_error(machine.to_seal(), ErrorCode::not_available, words);
    expect_error(machine.to_unseal(stored(kSignerTag)), ErrorCode::not_available, words);
    machine.entry().min_tcb = tcb(kTcb);
    expect_error(machine.raw(), ErrorCode::not_available, words);
    EXPECT_TRUE(machine.sev->key_requests.empty());
  }
}

// ATTACK(K10)
TEST(SnpSealingRoot, OfASignerIsNotGivenUnderAForeignIdKey) {
  Machine machine;
  machine.for_signer().alter([](Bytes& report) { report.at(at::kIdKeyDigest + 47) ^= 1; });
  const std::vector<std::string> words = {"another key than the configured id_key_digest", "6667"};
  expect_error(machine.to_seal(), ErrorCode::invalid_argument, words);
  expect_error(machine.to_unseal(stored(kSignerTag)), ErrorCode::invalid_argument, words);
  machine.entry().min_tcb = tcb(kTcb);
  expect_error(machine.raw(), ErrorCode::invalid_argument, words);
  EXPECT_TRUE(machine.sev->key_requests.empty());
}

// ATTACK(K10)
TEST(SnpSealingRoot, OfASignerGoesByTheAuthorWhereThereIsOne) {
  Machine machine;
  machine.for_signer().alter([](Bytes& report) { report.at(at::kKeyInfo) |= 1; });
  expect_error(machine.to_seal(), ErrorCode::invalid_argument,
               {"launched with an author key", "author_key_digest that counts", "not configured"});
  machine.entry().author_key_digest = digest(0x76);
  expect_error(machine.to_seal(), ErrorCode::invalid_argument, {"another key than the configured author_key_digest"});
  EXPECT_TRUE(machine.sev->key_requests.empty());
  machine.entry().author_key_digest = digest(0x77);
  const Bytes secret = secret_of(machine.to_seal());
  // Every ID key that the author signed shares the key.
  machine.entry().id_key_digest.reset();
  machine.fill(at::kIdKeyDigest, 48, 0x69);
  EXPECT_EQ(secret_of(machine.to_seal()), secret);
  machine.fill(at::kAuthorKeyDigest, 48, 0);
  machine.entry().author_key_digest = digest(0);
  expect_error(machine.to_seal(), ErrorCode::not_available, {"without an ID block"});
}

// ATTACK(K10)
TEST(SnpSealingRoot, OfASignerTakesNoAuthorsDigestWhereThereIsNoAuthorKey) {
  Machine machine;
  machine.options.scope = SealScope::signer;
  machine.entry().author_key_digest = digest(0x77);  // which the report has, but the firmware does not mix in
  expect_error(machine.to_seal(), ErrorCode::invalid_argument,
               {"launched without an author key", "id_key_digest that counts"});
  EXPECT_TRUE(machine.sev->key_requests.empty());
}

TEST(SnpSealingRoot, OfTheVlekOnlyOnRequest) {
  Machine machine;
  machine.for_measurement();
  machine.sev->vlek_loaded = true;
  const auto vcek = machine.to_seal();
  machine.entry().vlek = true;
  const auto vlek = machine.to_seal();
  ASSERT_TRUE(vlek) << vlek.error().message();
  EXPECT_EQ(vlek->vendor_tag, "amd-sev-snp;key=vlek;gfs=41;vmpl=0;svn=0;tcb=0a00000000001b56");
  EXPECT_NE(secret_of(vlek), secret_of(vcek));
  EXPECT_EQ(machine.sev->key_requests.at(0).at(0), 2);
  EXPECT_EQ(machine.sev->key_requests.at(1).at(0), 4);
  machine.sev->vlek_loaded = false;
  expect_error(machine.to_seal(), ErrorCode::hardware_failure, {"no such key (status 0x27)", "no VLEK"});
}

TEST(SnpSealingRoot, MixesInTheVmpl) {
  Machine machine;
  machine.for_measurement();
  machine.system->add_file("/sys/devices/system/cpu/sev/vmpl", "1\n");
  machine.sev->vmpl = 1;
  EXPECT_EQ(machine.to_seal()->vendor_tag, "amd-sev-snp;key=vcek;gfs=41;vmpl=1;svn=0;tcb=0a00000000001b56");
  machine.entry().vmpl = 3;
  EXPECT_EQ(machine.to_seal()->vendor_tag, "amd-sev-snp;key=vcek;gfs=41;vmpl=3;svn=0;tcb=0a00000000001b56");
  const std::size_t before = machine.requests();
  for (const std::uint32_t vmpl : {0U, 4U, 0xffffffffU}) {
    machine.entry().vmpl = vmpl;
    expect_error(machine.to_seal(), ErrorCode::invalid_argument,
                 {"vmpl is configured as " + std::to_string(vmpl), "possible are 1, which this kernel runs at, to 3"});
  }
  EXPECT_EQ(machine.requests(), before);
}

TEST(SnpSealingRoot, TakesNoOtherRootsConfiguration) {
  SealingRequest request;
  request.measurement_covers_workload = true;
  request.entry = KmsSealingEntry{};
  const auto plan = plan_sealing(request, std::nullopt);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code(), ErrorCode::invalid_argument);
}

TEST(SnpSealingRoot, SealsNotBelowTheFloor) {
  Machine machine;
  machine.for_measurement();
  for (const std::string_view floor :
       {"0b00000000001b56", "0a00000000001c56", "0a00000000001b57", "0a01000000000000"}) {
    machine.entry().min_tcb = tcb(floor);
    expect_error(machine.to_seal(), ErrorCode::not_available,
                 {"COMMITTED_TCB is 0a00000000001b56, below the configured min_tcb " + std::string(floor)});
  }
  EXPECT_TRUE(machine.sev->key_requests.empty());
  machine.entry().min_tcb = tcb(kTcb);
  EXPECT_TRUE(machine.to_seal());
  machine.for_signer().entry().min_svn = 8;
  expect_error(machine.to_seal(), ErrorCode::not_available, {"SVN is 7, below the configured min_svn 8"});
  machine.entry().min_svn = 7;
  EXPECT_TRUE(machine.to_seal());
}

TEST(SnpSealingRoot, OpensAfterAFirmwareUpdate) {
  Machine machine;
  machine.for_measurement();
  const auto sealed = machine.to_seal();
  machine.commit("0b00000000001c60");
  EXPECT_EQ(secret_of(machine.to_unseal(stored(*sealed))), secret_of(sealed));
  EXPECT_EQ(to_hex(ByteView(machine.sev->key_requests.back()).subspan(24)), kTcb);
  const auto anew = machine.to_seal();
  EXPECT_NE(secret_of(anew), secret_of(sealed));
  EXPECT_EQ(anew->vendor_tag, "amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0b00000000001c60");
}

// ATTACK(K3)
TEST(SnpSealingRoot, DoesNotOpenAfterAFirmwareRollback) {
  for (const std::string_view committed : {"0900000000001b56", "0a00000000001a56", "ff00000000ff1b55"}) {
    Machine machine;
    machine.for_measurement();
    const auto sealed = machine.to_seal();
    const std::size_t keys = machine.sev->key_requests.size();
    machine.entry().min_tcb = tcb(kTcb);
    machine.commit(committed);
    expect_error(machine.to_unseal(stored(*sealed)), ErrorCode::authentication_failed,
                 {"sealed under TCB 0a00000000001b56, and COMMITTED_TCB is " + std::string(committed),
                  "firmware was rolled back"});
    EXPECT_EQ(machine.sev->key_requests.size(), keys);
  }
}

// ATTACK(K9)
TEST(SnpSealingRoot, OpensNothingBelowTheFloorAndAsksNothing) {
  Machine machine;
  machine.for_measurement().entry().min_tcb = tcb(kTcb);
  for (const std::string_view below : {"0900000000001b56", "ff00000000001b55", "0000000000000000"}) {
    expect_error(machine.to_unseal(stored("amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=" + std::string(below))),
                 ErrorCode::authentication_failed,
                 {"sealed under TCB " + std::string(below), "below the configured min_tcb", "nothing was asked"});
  }
  machine.for_signer().entry().min_svn = 6;
  expect_error(machine.to_unseal(stored("amd-sev-snp;key=vcek;gfs=55;vmpl=0;svn=5;tcb=0a00000000001b56")),
               ErrorCode::authentication_failed, {"sealed under SVN 5, below the configured min_svn 6"});
  EXPECT_EQ(machine.requests(), 0U);
  EXPECT_TRUE(machine.to_unseal(stored("amd-sev-snp;key=vcek;gfs=55;vmpl=0;svn=6;tcb=0a00000000001b56")));
}

// ATTACK(K9), ATTACK(K4): whatever the header says, the derivation is the caller's, and nothing is asked for another.
TEST(SnpSealingRoot, LetsNoHeaderChooseTheDerivation) {
  Machine machine;
  machine.for_measurement();
  machine.sev->vlek_loaded = true;
  for (const auto& [tag, parameter] : std::vector<std::pair<std::string, std::string>>{
           {"amd-sev-snp;key=vlek;gfs=41;vmpl=0;svn=0;tcb=0a00000000001b56", "key is \"vlek\""},
           {"amd-sev-snp;key=;gfs=41;vmpl=0;svn=0;tcb=0a00000000001b56", "key is \"\""},
           {"amd-sev-snp;key=vcek;gfs=0;vmpl=0;svn=0;tcb=0a00000000001b56", "gfs is \"0\""},
           {"amd-sev-snp;key=vcek;gfs=40;vmpl=0;svn=0;tcb=0a00000000001b56", "gfs is \"40\""},
           {"amd-sev-snp;key=vcek;gfs=55;vmpl=0;svn=0;tcb=0a00000000001b56", "gfs is \"55\""},
           {"amd-sev-snp;key=vcek;gfs=041;vmpl=0;svn=0;tcb=0a00000000001b56", "gfs is \"041\""},
           {"amd-sev-snp;key=vcek;gfs=41;vmpl=1;svn=0;tcb=0a00000000001b56", "vmpl is \"1\""},
           {"amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=1;tcb=0a00000000001b56", "svn is \"1\""},
           {"amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0", "tcb is \"(none)\""},
           {"amd-sev-snp;gfs=41;key=vcek;vmpl=0;svn=0;tcb=0a00000000001b56", "gfs is"},
           {"amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0a00000000001b56;more=1", "more is \"1\""},
           {"amd-sev-snp", "key is \"(none)\""},
           {"amd-sev-snp2;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0a00000000001b56", "the root is \"amd-sev-snp2\""},
           {"simulated", "the root is \"simulated\""},
           {"tpm2;pcrs=7", "the root is \"tpm2\""},
           {"amd-sev-snp;", "expected name;parameter=value"},
           {"amd-sev-snp;key=vcek;key=vcek", "expected name;parameter=value"},
           {std::string(3000, 'a'), "expected name;parameter=value"},
           {"amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=", "name no TCB"},
           {"amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0A00000000001B56", "name no TCB"},
           {"amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0a00000000001b5", "name no TCB"},
           {"amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0a00000000001b5600", "name no TCB"},
           {"amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0a00000000001bxx", "name no TCB"}}) {
    expect_error(machine.to_unseal(stored(tag)), ErrorCode::authentication_failed, {"unseal: ", parameter});
  }
  machine.for_signer();
  for (const std::string svn : {"", "07", "+7", "-1", "7 ", "4294967296", "0x7", "%207"}) {
    expect_error(machine.to_unseal(stored("amd-sev-snp;key=vcek;gfs=55;vmpl=0;svn=" + svn + ";tcb=0a00000000001b56")),
                 ErrorCode::authentication_failed, {"unseal: "});
  }
  expect_error(machine.to_unseal(stored(kMeasurementTag)), ErrorCode::authentication_failed, {"gfs is \"41\""});
  EXPECT_EQ(machine.requests(), 0U);
}

TEST(SnpSealingRoot, OpensNothingOfALaterGuest) {
  Machine machine;
  machine.for_signer();
  expect_error(machine.to_unseal(stored("amd-sev-snp;key=vcek;gfs=55;vmpl=0;svn=8;tcb=0a00000000001b56")),
               ErrorCode::authentication_failed, {"sealed by a guest of SVN 8, and this one's is 7"});
  EXPECT_TRUE(machine.sev->key_requests.empty());
  EXPECT_TRUE(machine.to_unseal(stored("amd-sev-snp;key=vcek;gfs=55;vmpl=0;svn=0;tcb=0a00000000001b56")));
}

TEST(SnpSealingRoot, SaysThatHostDataChanged) {
  for (const bool signer : {false, true}) {
    Machine machine;
    signer ? machine.for_signer() : machine.for_measurement();
    const auto sealed = machine.to_seal();
    machine.fill(at::kHostData, 32, 0x56);
    expect_error(machine.to_unseal(stored(*sealed)), ErrorCode::authentication_failed,
                 {"HOST_DATA changed since the data were sealed"});
    EXPECT_EQ(machine.sev->key_requests.size(), 1U);
    // Who takes the hint away changes nothing: the firmware mixes HOST_DATA in.
    EXPECT_NE(secret_of(machine.to_unseal(stored(sealed->vendor_tag))), secret_of(sealed));
  }
}

TEST(SnpSealingRoot, ReadsMetadataAsWhatAStrangerWrote) {
  Machine machine;
  machine.for_measurement();
  for (const std::string& metadata : std::initializer_list<std::string>{
           std::string("{"), std::string("[]"), std::string(R"({"snp":1})"),
           std::string(R"({"snp":{"host_data_sha256":""}})"), std::string(R"({"snp":{"host_data_sha256":7}})"),
           R"({"snp":{"host_data_sha256":")" + std::string(66, 'a') + R"("}})", std::string(R"({"snp":{},"snp":{}})"),
           std::string(3000, ' '), std::string("\0", 1)}) {
    expect_error(machine.to_unseal({.vendor_tag = std::string(kMeasurementTag), .metadata = metadata}),
                 ErrorCode::authentication_failed, {"unseal: the data's metadata are none of SEV-SNP"});
  }
  EXPECT_EQ(machine.requests(), 0U);
}

TEST(SnpSealingRoot, OfRawMessagesNeedsATcbThatStays) {
  for (const bool signer : {false, true}) {
    Machine machine;
    signer ? machine.for_signer() : machine.for_measurement();
    expect_error(machine.raw(), ErrorCode::invalid_argument, {"a raw message stores no TCB", "configure min_tcb"});
    EXPECT_EQ(machine.requests(), 0U);
  }
}

TEST(SnpSealingRoot, OfRawMessagesIsThatOfTheFloors) {
  Machine machine;
  machine.for_measurement().entry().min_tcb = tcb("0900000000001b00");
  const auto measured = machine.raw();
  ASSERT_TRUE(measured) << measured.error().message();
  EXPECT_EQ(measured->vendor_tag, "amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0900000000001b00");
  EXPECT_EQ(machine.requests(), 1U) << "no report";
  machine.for_signer().entry().min_svn = 3;
  const auto signed_for = machine.raw();
  ASSERT_TRUE(signed_for) << signed_for.error().message();
  EXPECT_EQ(signed_for->vendor_tag, "amd-sev-snp;key=vcek;gfs=55;vmpl=0;svn=3;tcb=0900000000001b00");
  EXPECT_EQ(machine.requests(), 3U) << "one report";
  machine.entry().min_svn = 8;
  expect_error(machine.raw(), ErrorCode::not_available, {"below the configured min_svn 8"});
  machine.entry().min_svn = 3;
  machine.entry().min_tcb = tcb("0b00000000001b00");
  expect_error(machine.raw(), ErrorCode::not_available, {"below the configured min_tcb 0b00000000001b00"});
  machine.for_measurement();
  expect_error(machine.raw(), ErrorCode::hardware_failure, {"a TCB above the committed one"});
}

TEST(SnpSealingRoot, OpensRawMessagesAfterAFirmwareUpdateAndNotAfterTheFloorWasRaised) {
  for (const bool signer : {false, true}) {
    Machine machine;
    (signer ? machine.for_signer() : machine.for_measurement()).entry().min_tcb = tcb(kTcb);
    const Bytes plaintext(33, 0x5a);
    const auto sealed = seal(kId, plaintext, *machine.provider(), machine.options);
    ASSERT_TRUE(sealed) << sealed.error().message();
    EXPECT_EQ(sealed->size(), 61U);
    machine.commit("0b00000000001c60");
    const auto opened = unseal(kId, *sealed, *machine.provider(), machine.options);
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_TRUE(std::ranges::equal(opened->reveal(), plaintext));
    machine.entry().min_tcb = tcb("0b00000000001b56");
    const auto retired = unseal(kId, *sealed, *machine.provider(), machine.options);
    ASSERT_FALSE(retired);
    EXPECT_EQ(retired.error().message(), seal_format::kUnsealFailed);
  }
}

/// A container, sealed and altered as text.
std::string container_of(Machine& machine) {
  std::istringstream in("hello");
  std::ostringstream out;
  const auto sealed = seal_stream(kId, in, out, *machine.provider(), machine.options);
  EXPECT_TRUE(sealed) << (sealed ? "" : sealed.error().message());
  return out.str();
}
Result<std::string> content_of(Machine& machine, const std::string& container) {
  std::istringstream in(container);
  std::ostringstream out;
  const auto opened = unseal_stream(kId, in, out, *machine.provider(), machine.options);
  return opened ? Result<std::string>(out.str()) : Result<std::string>(opened.error());
}

// ATTACK(K9)
TEST(SnpSealingRoot, OpensContainersWhoseHeaderWasNotTouched) {
  Machine machine;
  machine.for_measurement().entry().min_tcb = tcb("0900000000000000");
  machine.sev->vlek_loaded = true;
  const std::string container = container_of(machine);
  machine.commit("0b00000000001c60");
  EXPECT_EQ(content_of(machine, container).value(), "hello");
  const std::size_t before = machine.requests();
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"key=vcek", "key=vlek"},
                                                        {"gfs=41", "gfs=55"},
                                                        {"gfs=41", "gfs=01"},
                                                        {"vmpl=0", "vmpl=1"},
                                                        {"svn=0", "svn=1"},
                                                        {"tcb=0a00000000001b56", "tcb=0800000000001b56"},
                                                        {"tcb=0a00000000001b56", "tcb=0A00000000001b56"},
                                                        {"amd-sev-snp", "amd-sev-sn2"}}) {
    std::string altered = container;
    altered.replace(altered.find(from), from.size(), to);
    const auto opened = content_of(machine, altered);
    ASSERT_FALSE(opened) << to;
    EXPECT_EQ(opened.error().code(), ErrorCode::authentication_failed) << opened.error().message();
  }
  EXPECT_EQ(machine.requests(), before);
  // A TCB in between is the header's to name, and its key is another.
  std::string altered = container;
  altered.replace(altered.find("1b56"), 4, "1b55");
  const auto opened = content_of(machine, altered);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::authentication_failed);
}

TEST(SnpSealingRoot, NeedsTheDeviceItself) {
  Machine machine;
  machine.for_measurement();
  const auto tsm = test::FakeTsm::into(*machine.system, "sev_guest");
  tsm->privilege_levels = tsm->auxiliary = true;
  tsm->make_report = [](test::FakeTsm::Entry& entry) {
    entry.report = test::snp_report_over(entry.input, entry.privilege_level);
    return 0;
  };
  EXPECT_TRUE(machine.to_seal());
  EXPECT_EQ(machine.requests(), 1U) << "the report came by configfs-tsm";
  EXPECT_EQ(machine.sev->requests[0].at, milliseconds{2000}) << "in one queue with it";
  machine.system->deny("/dev/sev-guest", EACCES);
  expect_error(machine.to_seal(), ErrorCode::permission_denied, {"/dev/sev-guest: permission denied: run as root"});
  machine.system->remove("/dev/sev-guest");
  expect_error(machine.to_seal(), ErrorCode::not_available,
               {"no sealing source here: derived keys come by the driver's device alone", "modprobe sev-guest",
                "a TPM (root tpm)"});
  EXPECT_TRUE(tsm->entries.empty());
}

TEST(SnpSealingRoot, PassesTheFirmwaresRefusalsOnAndAsksNoSecondTime) {
  for (const auto& [number, words] : std::vector<std::pair<int, std::string>>{
           {EBUSY, "slows this guest's requests down"}, {EIO, "the firmware or the host refused (firmware error"}}) {
    Machine machine;
    machine.for_measurement().sev->refusals = {{}, {.number = number, .firmware_error = 0x16}};
    expect_error(machine.to_seal(), ErrorCode::hardware_failure, {words});
    EXPECT_EQ(machine.requests(), 2U);
    machine.sev->refusals = {{.number = number}};  // of the report
    expect_error(machine.to_seal(), ErrorCode::hardware_failure, {"AMD SEV-SNP: /dev/sev-guest: "});
    EXPECT_EQ(machine.sev->key_requests.size(), 1U);
  }
  Machine machine;
  machine.for_measurement().sev->key_status = 0x16;
  expect_error(machine.to_seal(), ErrorCode::hardware_failure, {"(status 0x16)"});
  machine.sev->key_status = 0;
  machine.sev->alter_key = [](Bytes& response) { std::ranges::fill(response, std::uint8_t{0xff}); };
  expect_error(machine.to_seal(), ErrorCode::hardware_failure, {"status 0xffffffff"});
}

// ATTACK(D3)
TEST(SnpSealingRoot, LooksAtTheReportThatItGoesBy) {
  for (const auto& [alter, part] : std::vector<std::pair<std::function<void(Bytes&)>, std::string>>{
           {[](Bytes& report) { report.at(at::kReportData) ^= 1; }, "over other report data"},
           {[](Bytes& report) { std::ranges::fill(report, std::uint8_t{0}); }, "version 0"}}) {
    Machine machine;
    machine.for_signer().alter(alter);
    expect_error(machine.to_seal(), ErrorCode::hardware_failure, {part});
    EXPECT_TRUE(machine.sev->key_requests.empty());
  }
}

TEST(SnpSealingRoot, LeavesWhenTheCallerDoes) {
  Machine machine;
  machine.for_measurement().options.patience.at_most = milliseconds{-1};
  expect_error(machine.to_seal(), ErrorCode::timed_out, {"AMD SEV-SNP"});
  std::stop_source stop;
  stop.request_stop();
  machine.options.patience = {.stop = stop.get_token()};
  expect_error(machine.to_seal(), ErrorCode::cancelled, {"AMD SEV-SNP"});
  const auto idle = machine.system->queue("/dev/sev-guest").run<int>("idle", {}, [](const device::Waiting&) {
    return Result<int>(1);
  });
  EXPECT_TRUE(idle);
  EXPECT_EQ(machine.requests(), 0U);
}

TEST(SnpSealingRoot, TellsNoSecretInAnyError) {
  Machine machine;
  machine.for_measurement();
  machine.sev->alter_key = [](Bytes& response) {
    std::fill(response.begin() + 0x20, response.end(), 0x5e);
    response[0] = 0x16;
  };
  const auto root = machine.to_seal();
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().message().find("5e5e"), std::string::npos);
}

}  // namespace
}  // namespace tenzro::tee::snp
