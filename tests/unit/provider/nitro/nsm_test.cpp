// SPDX-License-Identifier: Apache-2.0
// The security module's members, on a module that locks and extends as a real one does.
#include "tenzro/tee/nsm.hpp"

#include <gtest/gtest.h>

#include "evidence/nitro/document.hpp"
#include "fakes/nsm.hpp"
#include "provider/nitro/nsm_messages.hpp"

namespace tenzro::tee::nitro {
namespace {

using test::FakeNsm;
using test::FakeSystem;

struct Enclave {
  std::shared_ptr<FakeSystem> system = std::make_shared<FakeSystem>();
  std::shared_ptr<FakeNsm> nsm = FakeNsm::into(*system);
  NitroSecurityModule module{system};

  Enclave() = default;
  ~Enclave() { EXPECT_EQ(system->open_descriptors(), 0U); }
  Enclave(const Enclave&) = delete;
  Enclave& operator=(const Enclave&) = delete;
};

template <class T>
void expect_error(const Result<T>& result, ErrorCode code, std::string_view words = {}) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}

/// What the documents of this enclave say of its PCRs.
std::map<unsigned, Bytes> attested(const Enclave& enclave) {
  const auto bytes = enclave.module.attestation({}, {}, {});
  EXPECT_TRUE(bytes);
  const auto document = parse_document(*bytes);
  EXPECT_TRUE(document);
  std::map<unsigned, Bytes> out;
  for (unsigned index = 0; index < kMaxPcrs; ++index) {
    if (const auto& value = document->pcrs.at(index)) {
      out[index] = Bytes(value->begin(), value->end());
    }
  }
  return out;
}

TEST(NitroSecurityModule, OpensNothingBeforeTheFirstRequest) {
  const Enclave enclave;
  EXPECT_TRUE(enclave.nsm->seen().empty());
  EXPECT_TRUE(enclave.system->opened_for_writing.empty());
  expect_error(NitroSecurityModule(std::make_shared<FakeSystem>()).describe(), ErrorCode::not_available, "/dev/nsm");
}

TEST(NitroSecurityModule, SaysWhatItIs) {
  const Enclave enclave;
  const auto said = enclave.module.describe();
  ASSERT_TRUE(said) << said.error().message();
  EXPECT_EQ(said->version_major, 1U);
  EXPECT_EQ(said->version_minor, 2U);
  EXPECT_EQ(said->max_pcrs, 32U);
  EXPECT_EQ(said->digest, "SHA384");
  EXPECT_EQ(said->locked_pcrs, (std::vector<unsigned>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
}

TEST(NitroSecurityModule, LocksAtStartWhatTheHypervisorMeasured) {
  const Enclave enclave;
  for (const unsigned index : {0U, 4U, 15U}) {
    const auto pcr = enclave.module.describe_pcr(index);
    ASSERT_TRUE(pcr);
    EXPECT_TRUE(pcr->locked);
    EXPECT_EQ(pcr->value, enclave.nsm->pcrs.at(index).value);
    expect_error(enclave.module.extend_pcr(index, Bytes{1}), ErrorCode::hardware_failure, "ReadOnlyIndex");
  }
  for (const unsigned index : {16U, 31U}) {
    EXPECT_FALSE(enclave.module.describe_pcr(index)->locked);
  }
}

TEST(NitroSecurityModule, ExtendsByTheHashOfTheOldValueAndTheData) {
  const Enclave enclave;
  Bytes expected(48);
  for (const Bytes& data : {Bytes{1, 2, 3}, Bytes{}, Bytes(48, 0xff), Bytes(3072, 0x5a)}) {
    const auto hash = crypto::sha384({expected, data});
    expected.assign(hash.begin(), hash.end());
    const auto value = enclave.module.extend_pcr(16, data);
    ASSERT_TRUE(value) << value.error().message();
    EXPECT_EQ(*value, expected);
    EXPECT_EQ(enclave.module.describe_pcr(16)->value, expected);
  }
  EXPECT_EQ(enclave.module.describe_pcr(17)->value, Bytes(48));
  expect_error(enclave.module.extend_pcr(16, Bytes(4096)), ErrorCode::invalid_argument, "give fewer bytes");
  EXPECT_EQ(enclave.module.describe_pcr(16)->value, expected);
}

TEST(NitroSecurityModule, AttestsWhatIsLockedAndNothingElse) {
  const Enclave enclave;
  EXPECT_EQ(attested(enclave), enclave.nsm->locked_pcrs());
  EXPECT_EQ(attested(enclave).size(), 16U);
  const auto value = enclave.module.extend_pcr(16, Bytes{7});
  ASSERT_TRUE(value);
  EXPECT_FALSE(attested(enclave).contains(16)) << "extended, and not locked";
  ASSERT_TRUE(enclave.module.lock_pcr(16));
  EXPECT_EQ(attested(enclave).at(16), *value);
  EXPECT_TRUE(enclave.module.describe_pcr(16)->locked);
  expect_error(enclave.module.extend_pcr(16, Bytes{8}), ErrorCode::hardware_failure, "this PCR is locked");
  expect_error(enclave.module.lock_pcr(16), ErrorCode::hardware_failure, "ReadOnlyIndex");
  EXPECT_EQ(attested(enclave).at(16), *value);
}

TEST(NitroSecurityModule, LocksAllBelowAnIndex) {
  const Enclave enclave;
  ASSERT_TRUE(enclave.module.lock_pcrs_below(18));
  EXPECT_TRUE(enclave.module.describe_pcr(17)->locked);
  EXPECT_FALSE(enclave.module.describe_pcr(18)->locked);
  EXPECT_EQ(enclave.module.describe()->locked_pcrs.size(), 18U);
  EXPECT_EQ(attested(enclave).size(), 18U);
  ASSERT_TRUE(enclave.module.lock_pcrs_below(0));
  ASSERT_TRUE(enclave.module.lock_pcrs_below(32));
  EXPECT_EQ(attested(enclave).size(), 32U);
  expect_error(enclave.module.lock_pcrs_below(33), ErrorCode::hardware_failure, "InvalidArgument");
}

TEST(NitroSecurityModule, KnowsIndicesThatTheInterfaceCanCarry) {
  const Enclave enclave;
  const auto everywhere = [&enclave](unsigned index, ErrorCode code, std::string_view words) {
    expect_error(enclave.module.describe_pcr(index), code, words);
    expect_error(enclave.module.extend_pcr(index, Bytes{1}), code, words);
    expect_error(enclave.module.lock_pcr(index), code, words);
  };
  everywhere(32, ErrorCode::hardware_failure, "there is no such PCR");
  everywhere(65535, ErrorCode::hardware_failure, "InvalidIndex");
  const std::size_t asked = enclave.nsm->seen().size();
  everywhere(65536, ErrorCode::invalid_argument, "0 to 65535 can be asked for");
  everywhere(~0U, ErrorCode::invalid_argument, "0 to 65535 can be asked for");
  expect_error(enclave.module.lock_pcrs_below(65536), ErrorCode::invalid_argument);
  EXPECT_EQ(enclave.nsm->seen().size(), asked) << "the module is not asked";
}

TEST(NitroSecurityModule, HandsOutItsRandomBytes) {
  const Enclave enclave;
  enclave.nsm->random = Bytes(31, 0x77);
  EXPECT_EQ(*enclave.module.random(), Bytes(31, 0x77));
  enclave.nsm->random = {};
  expect_error(enclave.module.random(), ErrorCode::malformed_input);
  enclave.nsm->error = "InternalError";
  expect_error(enclave.module.random(), ErrorCode::hardware_failure, "InternalError");
}

TEST(NitroSecurityModule, SignsTheThreeFields) {
  const Enclave enclave;
  const Bytes a(1, 0xa1), b(1024, 0xb2), c(1024, 0xc3);
  const auto expect_fields = [&enclave](const std::optional<Bytes>& user_data, const std::optional<Bytes>& nonce,
                                        const std::optional<Bytes>& public_key) {
    const auto bytes = enclave.module.attestation(user_data, nonce, public_key);
    ASSERT_TRUE(bytes) << bytes.error().message();
    const auto document = parse_document(*bytes);
    ASSERT_TRUE(document) << document.error().message();
    const auto same = [](const std::optional<ByteView>& there, const std::optional<Bytes>& asked) {
      return there.has_value() == asked.has_value() && (!there || std::ranges::equal(*there, *asked));
    };
    EXPECT_TRUE(same(document->user_data, user_data) && same(document->nonce, nonce) &&
                same(document->public_key, public_key));
  };
  expect_fields({}, {}, {});
  expect_fields(a, {}, {});
  expect_fields({}, a, {});
  expect_fields({}, {}, a);
  expect_fields(Bytes(1024, 0xa1), b, c);
  EXPECT_EQ(enclave.nsm->seen().back().request.size(), 3122U);
}

TEST(NitroSecurityModule, TakesFieldsOf1To1024Bytes) {
  const Enclave enclave;
  for (const std::size_t size : {0U, 1025U}) {
    const Bytes wrong(size, 1);
    const std::string has = "has " + std::to_string(size) + " bytes";
    expect_error(enclave.module.attestation(wrong, {}, {}), ErrorCode::invalid_argument, "user data: " + has);
    expect_error(enclave.module.attestation({}, wrong, {}), ErrorCode::invalid_argument, "nonce: " + has);
    expect_error(enclave.module.attestation({}, {}, wrong), ErrorCode::invalid_argument, "public key: " + has);
  }
  EXPECT_TRUE(enclave.nsm->seen().empty());
}

// ATTACK(D3)
TEST(NitroSecurityModule, TakesNoAnswerToAnotherRequest) {
  const Enclave enclave;
  enclave.nsm->answer = test::cbor_text("LockPCR");
  EXPECT_TRUE(enclave.module.lock_pcr(20));
  expect_error(enclave.module.lock_pcrs_below(20), ErrorCode::malformed_input, "LockPCRs was asked");
  expect_error(enclave.module.describe(), ErrorCode::malformed_input);
  expect_error(enclave.module.describe_pcr(0), ErrorCode::malformed_input);
  expect_error(enclave.module.extend_pcr(20, Bytes{1}), ErrorCode::malformed_input);
  expect_error(enclave.module.random(), ErrorCode::malformed_input);
  expect_error(enclave.module.attestation({}, {}, {}), ErrorCode::malformed_input);
}

TEST(NitroSecurityModule, HandsTheCallersPatienceOn) {
  const Enclave enclave;
  std::stop_source stop;
  stop.request_stop();
  const Patience none{.stop = stop.get_token()};
  expect_error(enclave.module.describe(none), ErrorCode::cancelled);
  expect_error(enclave.module.describe_pcr(0, none), ErrorCode::cancelled);
  expect_error(enclave.module.extend_pcr(16, Bytes{1}, none), ErrorCode::cancelled);
  expect_error(enclave.module.lock_pcr(16, none), ErrorCode::cancelled);
  expect_error(enclave.module.lock_pcrs_below(16, none), ErrorCode::cancelled);
  expect_error(enclave.module.random(none), ErrorCode::cancelled);
  expect_error(enclave.module.attestation({}, {}, {}, none), ErrorCode::cancelled);
  EXPECT_TRUE(enclave.nsm->seen().empty());
}

}  // namespace
}  // namespace tenzro::tee::nitro
