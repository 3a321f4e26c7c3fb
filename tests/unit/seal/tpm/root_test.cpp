// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/root.hpp"

#include <stdlib.h>
#include <termios.h>

#include <atomic>
#include <fstream>
#include <sstream>

#include "seal/sealer.hpp"
#include "seal/tpm/sealed_object.hpp"
#include "test_machine.hpp"

namespace tenzro::tee {
namespace {

using test::Administrator;
using test::entry_for;
using test::MeasuringTpm;

constexpr std::uint32_t kHandle = 0x81000001;
constexpr std::uint8_t kMask = 0x55;
constexpr std::string_view kNotThosePcrs = "are not those of sealing";

SealOptions options_of(const TpmSealingEntry& entry) {
  SealOptions out;
  out.root = SealingSource::tpm;
  out.config = SealingConfig{.snp = {}, .kms = {}, .kbs = {}, .tpm = entry};
  return out;
}
SealKeyId key_id() { return *SealKeyId::parse("model-key-1"); }

Result<SealingRoot> root_to_seal(const TpmSealingEntry& entry) {
  return Sealer::root_to_seal(key_id(), SealingPlace::without_tee(), options_of(entry));
}
Result<SealingRoot> root_to_unseal(const TpmSealingEntry& entry, std::string tag, std::string metadata) {
  return Sealer::root_to_unseal(key_id(), SealingPlace::without_tee(), options_of(entry),
                                {.vendor_tag = std::move(tag), .metadata = std::move(metadata)});
}
Result<SealingRoot> root_to_unseal(const TpmSealingEntry& entry, const SealingRoot& sealed) {
  return root_to_unseal(entry, sealed.vendor_tag, sealed.metadata);
}

Bytes bytes_of(const SecretBytes& secret) { return Bytes(secret.reveal().begin(), secret.reveal().end()); }

/// Whatever Result it is.
template <class T>
void expect_refused(const Result<T>& result, ErrorCode code, std::string_view words = {}) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}
void expect_opens(const TpmSealingEntry& entry, const SealingRoot& sealed) {
  const auto opened = root_to_unseal(entry, sealed);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(bytes_of(opened->secret), bytes_of(sealed.secret));
  EXPECT_EQ(opened->vendor_tag, sealed.vendor_tag);
}

/// A way to a TPM that nobody takes.
class Untouched {
 public:
  Untouched() : server_(test::listen_at(folder_.file("tpm"))), control_(test::listen_at(folder_.file("tpm.ctrl"))) {}
  std::string tcti() const { return "swtpm:path=" + folder_.file("tpm"); }
  bool touched() const {
    std::array<pollfd, 2> waits{{{.fd = server_.get(), .events = POLLIN, .revents = 0},
                                 {.fd = control_.get(), .events = POLLIN, .revents = 0}}};
    return ::poll(waits.data(), waits.size(), 0) != 0;
  }
  void close() {
    server_ = test::Descriptor();
    control_ = test::Descriptor();
  }

 private:
  test::TemporaryFolder folder_;
  test::Descriptor server_, control_;
};

TEST(TpmRoot, SealsUnderTheTemplate) {
  const MeasuringTpm tpm;
  const TpmSealingEntry entry = entry_for(tpm.tcti());
  const auto first = root_to_seal(entry);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->vendor_tag, "tpm2;parent=ecc-p256;pcrs=sha256:7,11;host=1");
  EXPECT_EQ(first->secret.size(), 32U);
  EXPECT_TRUE(tpm::parse_metadata(first->metadata));
  expect_opens(entry, *first);
  const auto second = root_to_seal(entry);
  ASSERT_TRUE(second);
  EXPECT_NE(bytes_of(second->secret), bytes_of(first->secret)) << "each secret is fresh";
  expect_opens(entry, *second);
  expect_opens(entry, *first);
  EXPECT_TRUE(Administrator(tpm).left_behind().empty());
}

TEST(TpmRoot, SealsUnderPersistentKeysOfBothKinds) {
  const MeasuringTpm tpm;
  TpmSealingEntry entry = entry_for(tpm.tcti());
  entry.key_template.clear();
  for (const auto& [handle, area] :
       {std::pair{kHandle, test::ecc_storage_key()}, {kHandle + 1, test::rsa_storage_key()}}) {
    Administrator(tpm).make_persistent(area, handle);
    entry.handle = handle;
    const auto sealed = root_to_seal(entry);
    ASSERT_TRUE(sealed) << sealed.error().message();
    EXPECT_EQ(sealed->vendor_tag,
              concat("tpm2;parent=0x8100000", handle == kHandle ? 1 : 2, ";pcrs=sha256:7,11;host=1"));
    expect_opens(entry, *sealed);
  }
  EXPECT_TRUE(Administrator(tpm).left_behind().empty());
}

TEST(TpmRoot, SealsToAllPcrsThatHoldSomething) {
  const MeasuringTpm tpm;
  TpmSealingEntry entry = entry_for(tpm.tcti());
  entry.pcrs = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const auto sealed = root_to_seal(entry);
  ASSERT_TRUE(sealed) << sealed.error().message();
  expect_opens(entry, *sealed);
  tpm.extend(13);
  expect_refused(root_to_unseal(entry, *sealed), ErrorCode::authentication_failed, kNotThosePcrs);
}

TEST(TpmRoot, RefusesOncePcrsChanged) {
  const MeasuringTpm tpm;
  const TpmSealingEntry entry = entry_for(tpm.tcti());
  const auto sealed = root_to_seal(entry);
  ASSERT_TRUE(sealed) << sealed.error().message();
  tpm.extend(12);
  expect_opens(entry, *sealed);  // PCR 12 is none of them
  tpm.extend(11);
  expect_refused(root_to_unseal(entry, *sealed), ErrorCode::authentication_failed, kNotThosePcrs);
}

TEST(TpmRoot, OpensAfterARestartThatMeasuresTheSame) {
  MeasuringTpm tpm;
  const TpmSealingEntry entry = entry_for(tpm.tcti());
  const auto sealed = root_to_seal(entry);
  ASSERT_TRUE(sealed) << sealed.error().message();
  tpm.restart();
  expect_refused(root_to_unseal(entry, *sealed), ErrorCode::authentication_failed, kNotThosePcrs);
  tpm.measure();
  expect_opens(entry, *sealed);
  tpm.restart();
  tpm.extend(7, 1);
  tpm.extend(11, 3);
  expect_refused(root_to_unseal(entry, *sealed), ErrorCode::authentication_failed, kNotThosePcrs);
}

TEST(TpmRoot, OpensOnNoOtherTpm) {
  const MeasuringTpm tpm, other;
  const TpmSealingEntry entry = entry_for(tpm.tcti());
  const auto sealed = root_to_seal(entry);
  ASSERT_TRUE(sealed) << sealed.error().message();
  expect_refused(root_to_unseal(entry_for(other.tcti()), *sealed), ErrorCode::authentication_failed,
                 "of another TPM or storage root key");
  // Nor when the name of the parent is altered to fit.
  const auto there = root_to_seal(entry_for(other.tcti()));
  ASSERT_TRUE(there);
  auto object = *tpm::parse_metadata(sealed->metadata);
  object.parent_name = tpm::parse_metadata(there->metadata)->parent_name;
  expect_refused(root_to_unseal(entry_for(other.tcti()), sealed->vendor_tag, tpm::metadata_of(object)),
                 ErrorCode::authentication_failed, "was altered");
}

// ATTACK(K9): the header asks for another derivation than the caller.
TEST(TpmRoot, AsksNothingWhereTheStoredTagIsOfAnotherDerivation) {
  const MeasuringTpm tpm;
  const auto sealed = root_to_seal(entry_for(tpm.tcti()));
  ASSERT_TRUE(sealed) << sealed.error().message();
  const Untouched untouched;
  const auto refuses = [&](std::string_view words, auto change) {
    TpmSealingEntry entry = entry_for(untouched.tcti());
    change(entry);
    expect_refused(root_to_unseal(entry, *sealed), ErrorCode::authentication_failed, words);
  };
  refuses("pcrs is", [](TpmSealingEntry& entry) { entry.pcrs = {7}; });
  refuses("pcrs is", [](TpmSealingEntry& entry) { entry.pcrs = {7, 11, 12}; });
  refuses("parent is", [](TpmSealingEntry& entry) {
    entry.key_template.clear();
    entry.handle = kHandle;
  });
  const auto refuses_tag = [&](std::string_view tag, ErrorCode code) {
    expect_refused(root_to_unseal(entry_for(untouched.tcti()), std::string(tag), sealed->metadata), code);
  };
  for (const std::string_view tag :
       {"azure-vtpm;parent=ecc-p256;pcrs=sha256:7,11;host=1", "tpm2;parent=ecc-p256;pcrs=sha256:7,11;host=0",
        "tpm2;parent=ecc-p256;pcrs=sha1:7,11;host=1", "tpm2;parent=ecc-p256;pcrs=sha256:7;host=1",
        "tpm2;parent=ecc-p256;pcrs=sha256:7,11", "tpm2;parent=ecc-p256;pcrs=sha256:7,11;host=1;more=1",
        "tpm2;pcrs=sha256:7,11;parent=ecc-p256;host=1", "simulated", "amd-sev-snp;key=vcek", "tpm2"}) {
    refuses_tag(tag, ErrorCode::authentication_failed);
  }
  refuses_tag("tpm2;", ErrorCode::authentication_failed);
  // The machine changed: bare metal, or under Azure's paravisor.
  const test::BareMetal bare_metal;
  TpmSealingEntry hardware = entry_for("device:/dev/tpmrm0");
  expect_refused(root_to_unseal(hardware, *sealed), ErrorCode::authentication_failed, "host is");
  EXPECT_FALSE(untouched.touched());
}

TEST(TpmRoot, AsksNothingWithoutTheStatementThatAHostsTpmIsGoodEnough) {
  const Untouched untouched;
  TpmSealingEntry entry = entry_for(untouched.tcti());
  entry.allow_host_vtpm = false;
  expect_refused(root_to_seal(entry), ErrorCode::not_available, "allow_host_vtpm");
  expect_refused(root_to_unseal(entry, "tpm2;parent=ecc-p256;pcrs=sha256:7,11;host=1", "{}"), ErrorCode::not_available,
                 "allow_host_vtpm");
  expect_refused(open_tpm_counter(
                     [&] {
                       entry.counter = 0x01800001;
                       return entry;
                     }(),
                     MissingCounter::make),
                 ErrorCode::not_available, "allow_host_vtpm");
  EXPECT_FALSE(untouched.touched());
}

TEST(TpmRoot, AsksNothingForMetadataThatItNeverWrites) {
  const Untouched untouched;
  for (const char* const metadata : {"", "{}", "{\"tpm\":{}}", "[", "{\"tpm\":{\"public\":\"\",\"private\":\"\"}}"}) {
    expect_refused(
        root_to_unseal(entry_for(untouched.tcti()), "tpm2;parent=ecc-p256;pcrs=sha256:7,11;host=1", metadata),
        ErrorCode::authentication_failed);
  }
  EXPECT_FALSE(untouched.touched());
}

TEST(TpmRoot, SealsNeitherRawDataNorToSigners) {
  const Untouched untouched;
  const SealOptions options = options_of(entry_for(untouched.tcti()));
  expect_refused(Sealer::root_of_raw(key_id(), SealingPlace::without_tee(), options), ErrorCode::invalid_argument,
                 "container");
  SealOptions signer = options;
  signer.scope = SealScope::signer;
  expect_refused(Sealer::root_to_seal(key_id(), SealingPlace::without_tee(), signer), ErrorCode::invalid_argument,
                 "signer");
  TpmSealingEntry none = entry_for(untouched.tcti());
  none.pcrs.clear();
  expect_refused(root_to_seal(none), ErrorCode::invalid_argument, "pcrs");
  EXPECT_FALSE(untouched.touched());
}

TEST(TpmRoot, RefusesAlteredObjects) {
  const MeasuringTpm tpm;
  const TpmSealingEntry entry = entry_for(tpm.tcti());
  const auto sealed = root_to_seal(entry);
  ASSERT_TRUE(sealed) << sealed.error().message();
  const auto object = *tpm::parse_metadata(sealed->metadata);
  const auto refuses = [&](const tpm::SealedObject& altered, std::size_t bit) {
    const auto opened = root_to_unseal(entry, sealed->vendor_tag, tpm::metadata_of(altered));
    ASSERT_FALSE(opened) << bit;
    EXPECT_TRUE(opened.error().code() == ErrorCode::authentication_failed ||
                opened.error().code() == ErrorCode::malformed_input)
        << bit << ": " << opened.error().message();
  };
  constexpr std::size_t kStep = 7;  // a prime to 8: every bit of a byte has its turn
  for (std::size_t bit = 0; bit < object.public_area.size() * 8; bit += kStep) {
    auto altered = object;
    altered.public_area[bit / 8] = static_cast<std::uint8_t>(altered.public_area[bit / 8] ^ (1U << (bit % 8)));
    refuses(altered, bit);
  }
  for (std::size_t bit = 0; bit < object.private_area.size() * 8; bit += kStep) {
    auto altered = object;
    altered.private_area[bit / 8] = static_cast<std::uint8_t>(altered.private_area[bit / 8] ^ (1U << (bit % 8)));
    refuses(altered, bit);
  }
  for (std::size_t size = 3; size < object.private_area.size(); size += kStep) {
    auto altered = object;
    altered.private_area.resize(size);
    altered.private_area[0] = 0;
    altered.private_area[1] = static_cast<std::uint8_t>(size - 2);
    refuses(altered, size);
  }
  auto altered = object;
  altered.parent_name[20] ^= 1U;
  refuses(altered, 20);
  expect_opens(entry, *sealed);
  EXPECT_TRUE(Administrator(tpm).left_behind().empty());
}

TEST(TpmRoot, MixesNoPublicAndPrivateAreasOfTwoObjects) {
  const MeasuringTpm tpm;
  const TpmSealingEntry entry = entry_for(tpm.tcti());
  const auto first = root_to_seal(entry), second = root_to_seal(entry);
  ASSERT_TRUE(first && second);
  auto mixed = *tpm::parse_metadata(first->metadata);
  mixed.private_area = tpm::parse_metadata(second->metadata)->private_area;
  expect_refused(root_to_unseal(entry, first->vendor_tag, tpm::metadata_of(mixed)), ErrorCode::authentication_failed);
}

TEST(TpmRoot, SaysWhatToDoWhereTheOwnerHierarchyHasAnAuthorization) {
  const MeasuringTpm tpm;
  Administrator(tpm).make_persistent(test::ecc_storage_key(), kHandle);
  Administrator(tpm).set_owner_authorization("secret of the owner");
  TpmSealingEntry entry = entry_for(tpm.tcti());
  expect_refused(root_to_seal(entry), ErrorCode::permission_denied, "\"handle\"");
  entry.key_template.clear();
  entry.handle = kHandle;
  const auto sealed = root_to_seal(entry);
  ASSERT_TRUE(sealed) << sealed.error().message();
  expect_opens(entry, *sealed);
}

TEST(TpmRoot, TakesNoOtherKeyForAStorageKey) {
  const MeasuringTpm tpm;
  TpmSealingEntry entry = entry_for(tpm.tcti());
  entry.key_template.clear();
  entry.handle = kHandle;
  expect_refused(root_to_seal(entry), ErrorCode::not_available, "no persistent key 0x81000001");
  TPM2B_PUBLIC signing = test::ecc_storage_key();
  signing.publicArea.objectAttributes ^= TPMA_OBJECT_DECRYPT | TPMA_OBJECT_SIGN_ENCRYPT;
  signing.publicArea.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
  signing.publicArea.parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
  signing.publicArea.parameters.eccDetail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
  Administrator(tpm).make_persistent(signing, kHandle);
  expect_refused(root_to_seal(entry), ErrorCode::not_available, "no storage root key");
  TPM2B_PUBLIC decrypting = test::rsa_storage_key();
  decrypting.publicArea.objectAttributes ^= TPMA_OBJECT_RESTRICTED;
  decrypting.publicArea.parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_NULL;
  Administrator(tpm).make_persistent(decrypting, kHandle + 1);
  entry.handle = kHandle + 1;
  expect_refused(root_to_seal(entry), ErrorCode::not_available, "no storage root key");
  Administrator(tpm).make_persistent(test::ecc_storage_key(), kHandle + 2, "an authorization");
  entry.handle = kHandle + 2;
  expect_refused(root_to_seal(entry), ErrorCode::permission_denied);
}

TEST(TpmRoot, BindsToNothingThatMeansNothing) {
  test::SoftwareTpm tpm;
  TpmSealingEntry entry = entry_for(tpm.tcti());
  expect_refused(root_to_seal(entry), ErrorCode::not_available, "nothing was measured");
  tpm.extend(7);
  EXPECT_TRUE(root_to_seal(entry)) << "PCR 11 may be there to be extended later";
  entry.pcrs = {7, 17};
  expect_refused(root_to_seal(entry), ErrorCode::not_available, "PCR 17");
}

TEST(TpmRoot, SaysThatTheBankIsMissing) {
  test::SoftwareTpm tpm;
  {
    const Administrator administrator(tpm);
    TPML_PCR_SELECTION banks{};
    banks.count = 2;
    banks.pcrSelections[0] = {.hash = TPM2_ALG_SHA256, .sizeofSelect = 3, .pcrSelect = {}};
    banks.pcrSelections[1] = {.hash = TPM2_ALG_SHA384, .sizeofSelect = 3, .pcrSelect = {0xff, 0xff, 0xff}};
    TPMI_YES_NO done = TPM2_NO;
    UINT32 most = 0, needed = 0, room = 0;
    ASSERT_EQ(Esys_PCR_Allocate(administrator.get(), ESYS_TR_RH_PLATFORM, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                &banks, &done, &most, &needed, &room),
              0U);
    ASSERT_EQ(done, TPM2_YES);
  }
  tpm.restart();
  expect_refused(root_to_seal(entry_for(tpm.tcti())), ErrorCode::not_available, "SHA-256 bank");
}

TEST(TpmRoot, SaysThatThereIsNoTpm) {
  const test::TemporaryFolder folder;
  expect_refused(root_to_seal(entry_for("swtpm:path=" + folder.file("none"))), ErrorCode::not_available);
  expect_refused(root_to_seal(entry_for("device:/dev/tpmrm0")), ErrorCode::not_available, "is not there");
  MeasuringTpm tpm;
  const auto sealed = root_to_seal(entry_for(tpm.tcti()));
  ASSERT_TRUE(sealed);
  tpm.stop();
  expect_refused(root_to_unseal(entry_for(tpm.tcti()), *sealed), ErrorCode::not_available);
}

TEST(TpmRoot, LeavesATpmBehindThatDoesNotAnswer) {
  Untouched silent;
  SealOptions options = options_of(entry_for(silent.tcti()));
  options.patience.at_most = std::chrono::milliseconds{20};
  expect_refused(Sealer::root_to_seal(key_id(), SealingPlace::without_tee(), options), ErrorCode::timed_out, "the TPM");
  silent.close();  // ends what was left behind; the next one waits for that
  expect_refused(root_to_seal(entry_for(silent.tcti())), ErrorCode::not_available);
}

TEST(TpmRoot, ShowsTheSecretToNobodyOnTheWay) {
  const MeasuringTpm tpm;
  test::TpmProxy proxy(tpm.socket_path());
  const TpmSealingEntry entry = entry_for(proxy.tcti());
  const auto sealed = root_to_seal(entry);
  ASSERT_TRUE(sealed) << sealed.error().message();
  expect_opens(entry, *sealed);
  const Bytes passed = proxy.passed();
  const ByteView secret = sealed->secret.reveal();
  EXPECT_GT(passed.size(), 2000U);
  for (const std::size_t part : {0U, 8U, 16U, 24U}) {
    EXPECT_TRUE(std::ranges::search(passed, secret.subspan(part, 8)).empty()) << part;
  }
}

// A sanitizer's shadow memory is too large to look through.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// How often the first half of a secret stands in memory that this process may write. Compares with a masked copy.
std::size_t times_in_memory(const Bytes& masked) {
  std::size_t out = 0;
  std::ifstream maps("/proc/self/maps");
  const test::Descriptor memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  Bytes part;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    std::uint64_t begin = 0, end = 0;
    char dash = 0;
    std::string rights;
    fields >> std::hex >> begin >> dash >> end >> rights;
    if (!rights.starts_with("rw")) {
      continue;
    }
    part.assign(end - begin, 0);
    const ssize_t got = ::pread(memory.get(), part.data(), part.size(), static_cast<off_t>(begin));
    part.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    for (std::uint8_t& byte : part) {
      byte ^= kMask;
    }
    for (auto at = part.begin(); at != part.end(); ++at) {
      at = std::search(at, part.end(), masked.begin(), masked.end());
      if (at == part.end()) {
        break;
      }
      ++out;
    }
  }
  return out;
}

TEST(TpmRoot, LeavesNoTraceOfTheSecretInMemory) {
  const MeasuringTpm tpm;
  const TpmSealingEntry entry = entry_for(tpm.tcti());
  const auto sealed = root_to_seal(entry);
  ASSERT_TRUE(sealed) << sealed.error().message();
  Bytes masked;
  for (const std::uint8_t byte : sealed->secret.reveal().first(16)) {
    masked.push_back(byte ^ kMask);
  }
  EXPECT_EQ(times_in_memory(masked), 1U) << "the secret itself";
  const auto opened = root_to_unseal(entry, *sealed);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(times_in_memory(masked), 2U) << "and once more";
}
#endif

TEST(TpmRoot, NoticesWhatIsAlteredOnTheWay) {
  const MeasuringTpm tpm;
  const auto sealed = root_to_seal(entry_for(tpm.tcti()));
  ASSERT_TRUE(sealed) << sealed.error().message();
  test::TpmProxy proxy(tpm.socket_path());
  std::atomic<std::size_t> at = 0;
  proxy.on_answer = [&](std::uint32_t code, Bytes& answer) {
    if (code == TPM2_CC_Unseal && at < answer.size()) {
      answer[at] ^= 1U;
    }
  };
  for (at = 16; at < 100; at = at + 5) {
    const auto opened = root_to_unseal(entry_for(proxy.tcti()), *sealed);
    EXPECT_FALSE(opened) << at;
    test::flush_everything(tpm);
  }
  proxy.on_answer = nullptr;
  expect_opens(entry_for(proxy.tcti()), *sealed);
}

// ATTACK: PCR values that are altered on their way would have the data sealed to another system.
TEST(TpmRoot, SealsToNoPcrValuesThatOthersPutInPlace) {
  const MeasuringTpm tpm;
  test::TpmProxy proxy(tpm.socket_path());
  proxy.on_answer = [](std::uint32_t code, Bytes& answer) {
    if (code == TPM2_CC_PCR_Read && answer.size() > 60) {
      answer[50] ^= 1U;
    }
  };
  expect_refused(root_to_seal(entry_for(proxy.tcti())), ErrorCode::hardware_failure, "altered");
}

TEST(TpmRoot, TriesAgainWhereAPcrChangesBetweenPolicyAndUse) {
  const MeasuringTpm tpm;
  const auto sealed = root_to_seal(entry_for(tpm.tcti()));
  ASSERT_TRUE(sealed) << sealed.error().message();
  test::TpmProxy proxy(tpm.socket_path());
  std::atomic<int> changes = 3, asked = 0;
  proxy.on_command = [&](const Bytes& command, const std::function<Bytes(ByteView)>& ask) {
    if (test::command_code(command) != TPM2_CC_Unseal) {
      return;
    }
    ++asked;
    if (changes > 0) {
      --changes;
      ask(test::extend_command(9, 1));
    }
  };
  expect_opens(entry_for(proxy.tcti()), *sealed);
  EXPECT_EQ(asked, 4);
  asked = 0;
  changes = 1000;
  expect_refused(root_to_unseal(entry_for(proxy.tcti()), *sealed), ErrorCode::hardware_failure, "PCR");
  EXPECT_EQ(asked, 16) << "not for ever";
}

TEST(TpmRoot, RefusesAProgramThatPassesForADeviceOfBareMetal) {
  const MeasuringTpm tpm;
  test::FakeSystem& machine = test::machine();
  const test::BareMetal bare_metal;
  // A pseudo-terminal is a device file through which a program answers.
  const test::Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_GE(master.get(), 0);
  std::array<char, 64> name{};
  ASSERT_TRUE(::grantpt(master.get()) == 0 && ::unlockpt(master.get()) == 0 &&
              ::ptsname_r(master.get(), name.data(), name.size()) == 0);
  machine.add_device(name.data(), [] { return std::make_unique<test::FakeOpenFile>(); });
  const test::Descriptor slave(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios raw{};
  ASSERT_EQ(::tcgetattr(slave.get(), &raw), 0);
  ::cfmakeraw(&raw);
  ASSERT_EQ(::tcsetattr(slave.get(), TCSANOW, &raw), 0);
  // tpm2-tss tries by TPM2_GetRandom whether a device gives answers in parts.
  std::atomic<bool> only_who_is_it = true;
  std::jthread relay([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waits{.fd = master.get(), .events = POLLIN, .revents = 0};
      if (::poll(&waits, 1, 20) == 1 && (waits.revents & POLLIN) != 0) {
        const Bytes command = test::receive_message(master.get());
        const std::uint32_t code = test::command_code(command);
        only_who_is_it = only_who_is_it && (code == TPM2_CC_GetCapability || code == TPM2_CC_GetRandom);
        test::send_message(master.get(), tpm.ask(command));
      }
    }
  });
  TpmSealingEntry entry = entry_for(concat("device:", std::string_view(name.data())));
  for (const bool stated : {false, true}) {
    entry.allow_host_vtpm = stated;
    expect_refused(root_to_seal(entry), ErrorCode::not_available, "maker is \"IBM\"");
  }
  EXPECT_TRUE(only_who_is_it);
}

}  // namespace
}  // namespace tenzro::tee
