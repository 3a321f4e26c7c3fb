// SPDX-License-Identifier: Apache-2.0
// A TPM of which each call fails in turn, and one whose answers are not those of a TPM.
#include "failing_tpm.hpp"
#include "seal/sealer.hpp"
#include "seal/tpm/sealed_object.hpp"
#include "test_machine.hpp"

namespace tenzro::tee {
namespace {

using test::Altered;
using test::MeasuringTpm;

constexpr std::uint32_t kHandle = 0x81000001, kIndex = 0x01800001;

SealKeyId key_id() { return *SealKeyId::parse("model-key-1"); }
TpmSealingEntry with_template(const MeasuringTpm& tpm) {
  TpmSealingEntry out = test::entry_for(tpm.tcti());
  out.counter = kIndex;
  return out;
}
TpmSealingEntry with_handle(const MeasuringTpm& tpm) {
  TpmSealingEntry out = with_template(tpm);
  out.key_template.clear();
  out.handle = kHandle;
  return out;
}
SealOptions options_of(const TpmSealingEntry& entry) {
  SealOptions out;
  out.root = SealingSource::tpm;
  out.config = SealingConfig{.snp = {}, .kms = {}, .kbs = {}, .tpm = entry};
  return out;
}
Result<SealingRoot> root_to_seal(const TpmSealingEntry& entry) {
  return Sealer::root_to_seal(key_id(), SealingPlace::without_tee(), options_of(entry));
}
Result<SealingRoot> root_to_unseal(const TpmSealingEntry& entry, const SealingRoot& sealed) {
  return Sealer::root_to_unseal(key_id(), SealingPlace::without_tee(), options_of(entry),
                                {.vendor_tag = sealed.vendor_tag, .metadata = sealed.metadata});
}

template <class T>
void expect_refused(const Result<T>& result, ErrorCode code, std::string_view words) {
  ASSERT_FALSE(result.has_value()) << words;
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}

struct Failing {
  std::string_view function;
  int number;  ///< which of its calls
  std::string_view words;
};
/// Each of the calls fails, and is named.
template <class Attempt>
void expect_each_named(std::initializer_list<Failing> calls, const Attempt& attempt) {
  for (const auto& [function, number, words] : calls) {
    test::answer_tpm_call(function, number, TSS2_ESYS_RC_GENERAL_FAILURE);
    expect_refused(attempt(), ErrorCode::hardware_failure, words);
    EXPECT_TRUE(test::was_tpm_call_answered()) << function << number;
  }
}

constexpr std::string_view kSession = "TPM: starting a session:", kAttributes = "TPM: preparing a session:",
                           kPolicy = "TPM: showing it its PCRs:";

TEST(TpmFails, AndNothingIsSealed) {
  const MeasuringTpm tpm;
  const TpmSealingEntry entry = with_template(tpm);
  expect_each_named({{"Esys_Initialize", 1, "TPM: beginning:"},
                     {"Esys_CreatePrimary", 1, "TPM: making a storage root key:"},
                     {"Esys_TR_GetName", 1, "TPM: naming its storage root key:"},
                     {"Esys_StartAuthSession", 1, kSession},
                     {"Esys_TRSess_SetAttributes", 1, kAttributes},
                     {"Esys_PCR_Read", 1, "TPM: reading PCRs:"},
                     {"Esys_TRSess_SetAttributes", 2, kAttributes},
                     {"Esys_Create", 1, "TPM: sealing under its storage root key:"},
                     {"Tss2_MU_TPM2B_PUBLIC_Marshal", 1, "TPM: writing down a sealed object:"},
                     {"Tss2_MU_TPM2B_PRIVATE_Marshal", 1, "TPM: writing down a sealed object:"},
                     {"Esys_TRSess_SetAttributes", 3, kAttributes},
                     {"Esys_Load", 1, "TPM: loading what was sealed:"},
                     {"Esys_StartAuthSession", 2, kSession},
                     {"Esys_PolicyRestart", 1, kPolicy},
                     {"Esys_PolicyPCR", 1, kPolicy},
                     {"Esys_PolicyGetDigest", 1, kPolicy},
                     {"Esys_TRSess_SetAttributes", 4, kAttributes},
                     {"Esys_Unseal", 1, "TPM: unsealing:"}},
                    [&] { return root_to_seal(entry); });
  EXPECT_TRUE(root_to_seal(entry));
  EXPECT_TRUE(test::Administrator(tpm).left_behind().empty());
}

TEST(TpmFails, AndNothingIsUnsealed) {
  const MeasuringTpm tpm;
  test::Administrator(tpm).make_persistent(test::ecc_storage_key(), kHandle);
  const TpmSealingEntry entry = with_handle(tpm);
  const auto sealed = root_to_seal(entry);
  ASSERT_TRUE(sealed) << sealed.error().message();
  const auto unseal = [&] { return root_to_unseal(entry, *sealed); };
  expect_each_named({{"Esys_TR_FromTPMPublic", 1, "TPM: looking for its key 0x81000001:"},
                     {"Esys_ReadPublic", 1, "TPM: reading its key 0x81000001:"},
                     {"Esys_TR_GetName", 1, "TPM: naming its storage root key:"},
                     {"Esys_StartAuthSession", 1, kSession},
                     {"Esys_TRSess_SetAttributes", 1, kAttributes},
                     {"Esys_Load", 1, "TPM: loading what was sealed:"},
                     {"Esys_StartAuthSession", 2, kSession},
                     {"Esys_PolicyRestart", 1, kPolicy},
                     {"Esys_PolicyPCR", 1, kPolicy},
                     {"Esys_PolicyGetDigest", 1, kPolicy},
                     {"Esys_TRSess_SetAttributes", 2, kAttributes},
                     {"Esys_Unseal", 1, "TPM: unsealing:"}},
                    unseal);
  for (const std::string_view function : {"Tss2_MU_TPM2B_PUBLIC_Unmarshal", "Tss2_MU_TPM2B_PRIVATE_Unmarshal"}) {
    test::answer_tpm_call(function, 1, TSS2_MU_RC_BAD_VALUE);
    expect_refused(unseal(), ErrorCode::authentication_failed, "cannot be read");
    EXPECT_TRUE(test::was_tpm_call_answered());
  }
  {
    const Altered altered({.unmarshalled = [](std::size_t& size) { --size; }});
    expect_refused(unseal(), ErrorCode::authentication_failed, "cannot be read");
  }
  EXPECT_TRUE(unseal());
  EXPECT_TRUE(test::Administrator(tpm).left_behind().empty());
}

TEST(TpmFails, AndNothingIsCounted) {
  const MeasuringTpm tpm;
  const TpmSealingEntry entry = with_template(tpm);
  expect_each_named({{"Esys_TR_FromTPMPublic", 1, "TPM: looking for the counter 0x01800001:"},
                     {"Esys_NV_DefineSpace", 1, "TPM: making the counter 0x01800001:"}},
                    [&] { return open_tpm_counter(entry, MissingCounter::make); });
  ASSERT_TRUE(open_tpm_counter(entry, MissingCounter::make));
  const auto opened = open_tpm_counter(entry, MissingCounter::refuse);
  ASSERT_TRUE(opened) << opened.error().message();
  const std::uint64_t value = *(*opened)->read();
  expect_each_named({{"Esys_TR_FromTPMPublic", 1, "TPM: looking for the counter 0x01800001:"},
                     {"Esys_NV_ReadPublic", 1, "TPM: looking at the counter 0x01800001:"},
                     {"Esys_StartAuthSession", 2, kSession},
                     {"Esys_PolicyPCR", 1, kPolicy},
                     {"Esys_TRSess_SetAttributes", 1, kAttributes},
                     {"Esys_NV_Read", 1, "TPM: reading the counter:"}},
                    [&] { return (*opened)->read(); });
  expect_each_named({{"Esys_NV_Increment", 1, "TPM: counting up:"}}, [&] { return (*opened)->advance_to(value + 1); });
  EXPECT_EQ(*(*opened)->read(), value);
}

TEST(TpmFails, AndSaysWhereItIsAnAuthorizationThatIsMissing) {
  const MeasuringTpm tpm;
  constexpr TSS2_RC kOfSession = TPM2_RC_S | TPM2_RC_1;
  for (const TSS2_RC code : {TPM2_RC_AUTH_FAIL | kOfSession, TPM2_RC_BAD_AUTH | kOfSession}) {
    test::answer_tpm_call("Esys_CreatePrimary", 1, code);
    expect_refused(root_to_seal(with_template(tpm)), ErrorCode::permission_denied, "name it by \"handle\"");
    test::answer_tpm_call("Esys_NV_DefineSpace", 1, code);
    expect_refused(open_tpm_counter(with_template(tpm), MissingCounter::make), ErrorCode::permission_denied,
                   "so the counter 0x01800001 cannot be made");
  }
}

TEST(OddTpm, MustNameItsMaker) {
  const MeasuringTpm tpm;
  const auto connected = tpm::Tpm::connect(test::machine(), tpm.tcti());
  ASSERT_TRUE(connected) << connected.error().message();
  expect_each_named({{"Esys_GetCapability", 1, "TPM: asking for its maker:"}},
                    [&] { return tpm::demand_hardware(*connected); });
  {
    const Altered altered({.capability = [](TPMS_CAPABILITY_DATA& data) { data.data.tpmProperties.count = 0; }});
    expect_refused(tpm::demand_hardware(*connected), ErrorCode::hardware_failure, "did not say");
  }
  {
    const Altered altered({.capability = [](TPMS_CAPABILITY_DATA& data) {
      data.data.tpmProperties.tpmProperty[0].property = TPM2_PT_VENDOR_STRING_1;
    }});
    expect_refused(tpm::demand_hardware(*connected), ErrorCode::hardware_failure, "did not say");
  }
  const Altered altered(
      {.capability = [](TPMS_CAPABILITY_DATA& data) { data.data.tpmProperties.tpmProperty[0].value = 0x49465800; }});
  EXPECT_TRUE(tpm::demand_hardware(*connected)) << "IFX";
}

TEST(OddTpm, GivesNoStorageKeyThatDoesNotKeep) {
  const MeasuringTpm tpm;
  test::Administrator(tpm).make_persistent(test::ecc_storage_key(), kHandle);
  test::Administrator(tpm).make_persistent(test::rsa_storage_key(), kHandle + 1);
  TpmSealingEntry entry = with_handle(tpm);
  const auto refuses = [&](std::function<void(TPMT_PUBLIC&)> change) {
    const Altered altered({.key = std::move(change)});
    expect_refused(root_to_seal(entry), ErrorCode::not_available, "is no storage root key");
  };
  const auto protection = [](TPMT_PUBLIC& area) -> TPMT_SYM_DEF_OBJECT& {
    return area.type == TPM2_ALG_ECC ? area.parameters.eccDetail.symmetric : area.parameters.rsaDetail.symmetric;
  };
  for (entry.handle = kHandle; *entry.handle <= kHandle + 1; entry.handle = *entry.handle + 1) {
    for (const TPMA_OBJECT flag :
         {TPMA_OBJECT_FIXEDTPM, TPMA_OBJECT_FIXEDPARENT, TPMA_OBJECT_SENSITIVEDATAORIGIN, TPMA_OBJECT_USERWITHAUTH,
          TPMA_OBJECT_RESTRICTED, TPMA_OBJECT_DECRYPT, TPMA_OBJECT_SIGN_ENCRYPT}) {
      refuses([flag](TPMT_PUBLIC& area) { area.objectAttributes ^= flag; });
    }
    refuses([](TPMT_PUBLIC& area) { area.nameAlg = TPM2_ALG_SHA384; });
    refuses([](TPMT_PUBLIC& area) { area.type = TPM2_ALG_KEYEDHASH; });
    refuses([&](TPMT_PUBLIC& area) { protection(area).algorithm = TPM2_ALG_CAMELLIA; });
    refuses([&](TPMT_PUBLIC& area) { protection(area).keyBits.aes = 127; });
    refuses([&](TPMT_PUBLIC& area) { protection(area).mode.aes = TPM2_ALG_CBC; });
  }
  entry.handle = kHandle;
  refuses([](TPMT_PUBLIC& area) { area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P224; });
  refuses([](TPMT_PUBLIC& area) { area.parameters.eccDetail.curveID = TPM2_ECC_SM2_P256; });
  for (const TPM2_ECC_CURVE curve : {TPM2_ECC_NIST_P384, TPM2_ECC_NIST_P521}) {
    const Altered altered({.key = [curve](TPMT_PUBLIC& area) { area.parameters.eccDetail.curveID = curve; }});
    EXPECT_TRUE(root_to_seal(entry)) << curve;
  }
  entry.handle = kHandle + 1;
  refuses([](TPMT_PUBLIC& area) { area.parameters.rsaDetail.keyBits = 2047; });
  for (const UINT16 size : {UINT16{32}, UINT16{35}}) {
    const Altered altered({.name = [size](TPM2B_NAME& name) { name.size = size; }});
    expect_refused(root_to_seal(entry), ErrorCode::internal, "expected 34");
  }
  EXPECT_TRUE(root_to_seal(entry));
}

TEST(OddTpm, GivesThePcrsThatWereAskedFor) {
  const MeasuringTpm tpm;
  const auto refuses = [&](std::function<void(TPML_PCR_SELECTION&, TPML_DIGEST&)> change) {
    const Altered altered({.pcrs = std::move(change)});
    expect_refused(root_to_seal(with_template(tpm)), ErrorCode::hardware_failure, "other values came");
  };
  refuses([](TPML_PCR_SELECTION&, TPML_DIGEST& values) { --values.count; });
  refuses([](TPML_PCR_SELECTION&, TPML_DIGEST& values) { ++values.count; });
  refuses([](TPML_PCR_SELECTION&, TPML_DIGEST& values) { values.digests[1].size = 31; });
  refuses([](TPML_PCR_SELECTION&, TPML_DIGEST& values) { values.digests[1].size = 48; });
  refuses([](TPML_PCR_SELECTION& given, TPML_DIGEST&) { given.pcrSelections[0].pcrSelect[1] = 0x10; });  // 12, not 11
}

TEST(OddTpm, SealsWhatItWasToldTo) {
  const MeasuringTpm tpm;
  {
    const Altered altered({.created = [](TPMT_PUBLIC& area) { area.authPolicy.buffer[0] ^= 1U; }});
    expect_refused(root_to_seal(with_template(tpm)), ErrorCode::hardware_failure, "another policy");
  }
  const auto sealed = root_to_seal(with_template(tpm));
  ASSERT_TRUE(sealed) << sealed.error().message();
  const auto refuses = [&](std::function<void(TPM2B_SENSITIVE_DATA*&)> change) {
    const Altered altered({.unsealed = std::move(change)});
    expect_refused(root_to_unseal(with_template(tpm), *sealed), ErrorCode::authentication_failed,
                   "something else than 32 bytes");
  };
  refuses([](TPM2B_SENSITIVE_DATA*& data) { data->size = 31; });
  refuses([](TPM2B_SENSITIVE_DATA*& data) { data->size = 33; });
  refuses([](TPM2B_SENSITIVE_DATA*& data) {
    Esys_Free(data);
    data = nullptr;
  });
}

TEST(OddTpm, CountsInTheCounterThatWasMade) {
  const MeasuringTpm tpm;
  const auto opened = open_tpm_counter(with_template(tpm), MissingCounter::make);
  ASSERT_TRUE(opened) << opened.error().message();
  const std::uint64_t value = *(*opened)->read();
  const auto refuses = [&](std::function<void(TPMS_NV_PUBLIC&)> change) {
    const Altered altered({.index = std::move(change)});
    expect_refused((*opened)->read(), ErrorCode::invalid_argument, "no counter of ours");
  };
  refuses([](TPMS_NV_PUBLIC& index) { index.nameAlg = TPM2_ALG_SHA384; });
  refuses([](TPMS_NV_PUBLIC& index) { index.dataSize = 16; });
  refuses([](TPMS_NV_PUBLIC& index) { index.authPolicy.size = 33; });
  const auto reads = [&](std::function<void(TPM2B_MAX_NV_BUFFER&)> change) {
    const Altered altered({.index_data = std::move(change)});
    return (*opened)->read();
  };
  expect_refused(reads([](TPM2B_MAX_NV_BUFFER& data) { data.size = 7; }), ErrorCode::malformed_input, "counter.value");
  expect_refused(reads([](TPM2B_MAX_NV_BUFFER& data) { data.size = 9; }), ErrorCode::malformed_input, "counter");
  // Another program counts up at the same time.
  int read = 0;
  const Altered altered({.index_data = [&](TPM2B_MAX_NV_BUFFER& data) {
    data.buffer[7] = static_cast<BYTE>(data.buffer[7] + (++read > 1 ? 1 : 0));
  }});
  expect_refused((*opened)->advance_to(value + 1), ErrorCode::hardware_failure, "in one step: does another program");
}

}  // namespace
}  // namespace tenzro::tee
