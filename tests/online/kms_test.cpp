// SPDX-License-Identifier: Apache-2.0
// Sealing roots from a KMS on this machine, which checks signatures, policies and encryption contexts, and from one
// that misbehaves.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <fstream>
#include <set>
#include <stop_token>
#include <utility>

#include "fakes/nsm.hpp"
#include "online/kms_service.hpp"
#include "provider/nitro/provider.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "seal/sealer.hpp"
#include "support/temporary_folder.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee {
namespace {

/// A made-up machine whose vsock leads to a TCP port.
class Machine final : public test::FakeSystem {
 public:
  std::uint16_t vsock_leads_to = 0;  ///< 0: nowhere
  std::vector<std::pair<std::uint32_t, std::uint32_t>> dialled;

  int connect_vsock(std::uint32_t cid, std::uint32_t port, std::chrono::milliseconds /*connect_timeout*/,
                    std::chrono::milliseconds /*io_timeout*/) override {
    dialled.emplace_back(cid, port);
    if (vsock_leads_to == 0) {
      return -ECONNRESET;
    }
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(vsock_leads_to);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return descriptor;
  }
};

std::shared_ptr<device::System>& machine_of_this_program() {
  static std::shared_ptr<device::System> machine;
  return machine;
}

}  // namespace

namespace device {
// In place of the library's: see device/system.hpp.
const std::shared_ptr<System>& this_machine() { return machine_of_this_program(); }
}  // namespace device

namespace {

using test::FakeNsm;
using test::KmsService;

SealKeyId key_id(std::string_view text = "models/weights") { return SealKeyId::parse(text).value(); }
std::string hex(const SealingRoot& root) { return to_hex(root.secret.reveal()); }
bool contains(const Error& error, std::string_view text) { return error.message().find(text) != std::string::npos; }

class KmsRoot : public testing::Test {
 protected:
  ~KmsRoot() override { EXPECT_EQ(machine->open_descriptors(), 0U); }

  /// Under the credentials that the service knows, over plain http.
  SealOptions options(const KmsService& service) const {
    SealOptions out;
    out.root = SealingSource::kms;
    out.config.emplace();
    out.config->kms = {.region = "eu-west-1",
                       .key_id = KmsService::kKey,
                       .encryption_context = {{"tenant", "blue"}, {"\xc3\xa4", ""}}};
    out.network.aws = credentials();
    out.network.kms_endpoint = service.url();
    out.patience.at_most = std::chrono::minutes{5};
    return out;
  }
  static std::shared_ptr<const AwsCredentials> credentials(const std::string& secret = KmsService::kSecret) {
    return std::make_shared<const AwsCredentials>(
        AwsCredentials{.access_key_id = KmsService::kKeyId,
                       .secret_access_key = SecretBytes(Bytes(secret.begin(), secret.end())),
                       .session_token = KmsService::kToken});
  }
  /// Certificates that may vouch for a server.
  std::filesystem::path trusting(const test::ServerIdentity& identity) const {
    const auto path = folder.path() / "ca.pem";
    std::ofstream(path) << identity.certificate;
    return path;
  }

  static Result<SealingRoot> seal(TeeProvider& tee, const SealOptions& options, const SealKeyId& id = key_id()) {
    return Sealer::root_to_seal(id, tee, options);
  }
  static Result<SealingRoot> unseal(TeeProvider& tee, const SealOptions& options, const SealingRoot& sealed,
                                    const SealKeyId& id = key_id()) {
    return Sealer::root_to_unseal(id, tee, options, {sealed.vendor_tag, sealed.metadata});
  }
  /// The error of sealing and of unsealing what was sealed before.
  std::vector<Error> errors_of_both(TeeProvider& tee, const SealOptions& options, const SealingRoot& sealed) const {
    return {seal(tee, options).error(), unseal(tee, options, sealed).error()};
  }

  static std::shared_ptr<Machine> put_in_place() {
    auto made = std::make_shared<Machine>();
    machine_of_this_program() = made;
    return made;
  }

  std::shared_ptr<Machine> machine = put_in_place();
  std::shared_ptr<FakeNsm> nsm = FakeNsm::into(*machine);
  std::unique_ptr<TeeProvider> simulated =
      make_simulated_provider(Platform::aws_nitro, InsecureSimulation::for_development_only()).value();
  std::unique_ptr<TeeProvider> enclave = nitro::make_provider(machine, nitro::survey(machine));
  test::TemporaryFolder folder;
};

// --- What works ---

TEST_F(KmsRoot, GivesTheSameSecretAgain) {
  const KmsService kms;
  const auto sealed = seal(*simulated, options(kms));
  ASSERT_TRUE(sealed) << sealed.error().message();
  EXPECT_EQ(sealed->secret.size(), 32U);
  EXPECT_EQ(sealed->vendor_tag,
            "simulated-aws-nitro-kms;region=eu-west-1;"
            "key=arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab;"
            "context=904be4360d6aba63186ad7d126c79d624b96304e148c7c9476e982bcaafb9bd4");
  const auto unsealed = unseal(*simulated, options(kms), *sealed);
  ASSERT_TRUE(unsealed) << unsealed.error().message();
  EXPECT_EQ(hex(*unsealed), hex(*sealed));
  EXPECT_EQ(unsealed->vendor_tag, sealed->vendor_tag);
  EXPECT_EQ(unsealed->metadata, sealed->metadata);

  const auto asked = kms.asked();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].target, "TrentService.GenerateDataKey");
  EXPECT_EQ(asked[1].target, "TrentService.Decrypt");
  for (const auto& one : asked) {
    EXPECT_EQ(one.body.at("KeyId"), KmsService::kKey);
    EXPECT_EQ(
        one.body.at("EncryptionContext"),
        (nlohmann::json{
            {"tenant", "blue"}, {"\xc3\xa4", ""}, {"tenzro-purpose", "seal-v1"}, {"tenzro-key-id", "models/weights"}}));
  }
  EXPECT_EQ(sealed->metadata,
            nlohmann::json({{"kms", {{"ciphertext_blob", asked[1].body.at("CiphertextBlob")}}}}).dump());
}

TEST_F(KmsRoot, AsksForEachKeyWithARecipientKeyAndANonceOfItsOwn) {
  const KmsService kms;
  std::set<std::string> secrets;
  for (int i = 0; i < 3; ++i) {
    secrets.insert(hex(seal(*simulated, options(kms)).value()));
  }
  EXPECT_EQ(secrets.size(), 3U);
  std::set<Bytes> keys;
  std::set<Bytes> nonces;
  for (const auto& asked : kms.asked()) {
    keys.insert(asked.public_key);
    nonces.insert(asked.nonce);
    EXPECT_EQ(asked.nonce.size(), 32U);
  }
  EXPECT_EQ(keys.size(), 3U);
  EXPECT_EQ(nonces.size(), 3U);
}

TEST_F(KmsRoot, IsTheSameInBothScopes) {
  const KmsService kms;
  SealOptions signer = options(kms);
  signer.scope = SealScope::signer;
  const auto sealed = seal(*simulated, signer);
  ASSERT_TRUE(sealed) << sealed.error().message();
  EXPECT_EQ(hex(unseal(*simulated, options(kms), *sealed).value()), hex(*sealed));
}

TEST_F(KmsRoot, KeepsTheNameOfKmsInTlsWhereverItIsDialled) {
  const auto identity = test::make_identity(KmsService::kHost, false);
  const KmsService kms(identity);
  SealOptions over_tls = options(kms);
  over_tls.network.ca_file = trusting(identity);
  over_tls.network.proxy = "http://127.0.0.1:1";  // not asked where a place is given
  const auto sealed = seal(*enclave, over_tls);
  ASSERT_TRUE(sealed) << sealed.error().message();
  EXPECT_TRUE(sealed->vendor_tag.starts_with("aws-nitro-kms;region=eu-west-1;"));
  EXPECT_EQ(hex(unseal(*enclave, over_tls, *sealed).value()), hex(*sealed));

  machine->vsock_leads_to = kms.port();
  over_tls.network.kms_endpoint = "vsock://3:8000";
  EXPECT_EQ(hex(unseal(*enclave, over_tls, *sealed).value()), hex(*sealed));
  EXPECT_EQ(machine->dialled, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{3, 8000}}));
  EXPECT_EQ(kms.requests(), 3U);
}

TEST_F(KmsRoot, AsksAProxyWhereNoPlaceIsGiven) {
  std::string seen;
  const test::Server proxy([&seen](test::Connection& to, const std::string& target) {
    seen = target;
    to.send(test::http_answer("", {}, "403 Forbidden"));
  });
  const KmsService kms;
  SealOptions proxied = options(kms);
  proxied.network.kms_endpoint.clear();
  proxied.network.proxy = proxy.url();
  EXPECT_FALSE(seal(*enclave, proxied));
  EXPECT_EQ(seen, "kms.eu-west-1.amazonaws.com:443");
  EXPECT_EQ(kms.requests(), 0U);
}

TEST_F(KmsRoot, AsksAgainWhenKmsFails) {
  std::atomic<int> count = 0;
  KmsService kms;
  const test::Server flaky([&](test::Connection& to, const std::string&) {
    ++count;
    to.send(test::http_answer(R"({"__type":"KMSInternalException"})", {}, "500 Oops"));
  });
  SealOptions failing = options(kms);
  failing.network.kms_endpoint = flaky.url();
  const auto sealed = seal(*simulated, failing);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code(), ErrorCode::io_failure);
  EXPECT_TRUE(contains(sealed.error(), "KMSInternalException")) << sealed.error().message();
  EXPECT_EQ(count, 3);
}

// --- Who it is that answers ---

// ATTACK(H10): of another region, of the place that is dialled, and of names around the right one.
TEST_F(KmsRoot, RefusesAServerOfAnotherName) {
  for (const auto& identity :
       {test::make_identity("localhost", true), test::make_identity("kms.eu-west-2.amazonaws.com", true),
        test::make_identity(std::string(KmsService::kHost) + ".evil.example", true),
        test::make_identity("evil" + std::string(KmsService::kHost), true)}) {
    const KmsService impostor(identity);
    SealOptions over_tls = options(impostor);
    over_tls.network.ca_file = trusting(identity);
    machine->vsock_leads_to = impostor.port();
    for (const std::string& endpoint :
         {impostor.url(), "https://localhost:" + std::to_string(impostor.port()), std::string("vsock://3:8000")}) {
      over_tls.network.kms_endpoint = endpoint;
      const auto sealed = seal(*enclave, over_tls);
      ASSERT_FALSE(sealed) << endpoint;
      EXPECT_EQ(sealed.error().code(), ErrorCode::io_failure);
      EXPECT_TRUE(contains(sealed.error(), "tls_failed")) << sealed.error().message();
    }
    EXPECT_EQ(impostor.requests(), 0U);
  }
}
TEST_F(KmsRoot, RefusesAServerThatNobodyVouchesFor) {
  const KmsService impostor(test::make_identity(KmsService::kHost, true));
  const auto sealed = seal(*enclave, options(impostor));
  ASSERT_FALSE(sealed);
  EXPECT_TRUE(contains(sealed.error(), "tls_failed")) << sealed.error().message();
  EXPECT_EQ(impostor.requests(), 0U);
}
TEST_F(KmsRoot, IsAskedOverTlsByRealEnclaves) {
  const KmsService kms;
  const std::size_t before = nsm->seen().size();
  const auto sealed = seal(*enclave, options(kms));
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(contains(sealed.error(), "plain http is for simulated enclaves")) << sealed.error().message();
  EXPECT_EQ(kms.requests(), 0U);
  EXPECT_EQ(nsm->seen().size(), before);
}
TEST_F(KmsRoot, SaysHowKmsIsReachedFromAnEnclave) {
  const KmsService kms;
  SealOptions nowhere = options(kms);
  nowhere.network.kms_endpoint = "vsock://3:8000";
  const auto sealed = seal(*enclave, nowhere);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code(), ErrorCode::io_failure);
  EXPECT_TRUE(contains(sealed.error(), "vsock 3:8000: Connection reset by peer")) << sealed.error().message();
  EXPECT_TRUE(contains(sealed.error(), "run vsock-proxy on its parent")) << sealed.error().message();
}

// --- Stored data that choose nothing ---

// ATTACK(K9): each parameter of the header, and each of the caller's own, changed to another good one.
TEST_F(KmsRoot, LetsNoHeaderChooseTheDerivation) {
  const auto identity = test::make_identity(KmsService::kHost, true);
  const KmsService kms(identity);
  SealOptions own = options(kms);
  own.network.ca_file = trusting(identity);
  const auto sealed = seal(*enclave, own);
  ASSERT_TRUE(sealed) << sealed.error().message();
  const std::size_t kms_before = kms.requests();
  const std::size_t nsm_before = nsm->seen().size();
  const auto refused = [&](const SealOptions& with, const std::string& tag, std::string_view names) {
    const auto root = Sealer::root_to_unseal(key_id(), *enclave, with, {tag, sealed->metadata});
    ASSERT_FALSE(root) << tag;
    EXPECT_EQ(root.error().code(), ErrorCode::authentication_failed) << root.error().message();
    EXPECT_TRUE(contains(root.error(), names)) << root.error().message();
    EXPECT_TRUE(contains(root.error(), "nothing was asked of any device or service"));
  };
  const auto edited = [&](std::string_view part, std::string_view other) {
    std::string tag = sealed->vendor_tag;
    const std::size_t at = tag.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    return tag.replace(at, part.size(), other);
  };
  refused(own, edited("region=eu-west-1", "region=us-east-1"), "region is \"us-east-1\" in them");
  refused(own, edited("1234abcd-12ab", "99999999-12ab"), "key is \"arn:aws:kms:eu-west-1:111122223333:key/99999999");
  refused(own, edited("111122223333", "444455556666"), "key is");
  const std::size_t digest = sealed->vendor_tag.find("context=") + 8;
  refused(own, sealed->vendor_tag.substr(0, digest) + std::string(64, '0'), "context is \"0000");
  refused(own, edited("aws-nitro-kms", "simulated-aws-nitro-kms"), "the root is \"simulated-aws-nitro-kms\"");
  refused(own, edited("aws-nitro-kms", "simulated"), "the root is");
  refused(own, edited("aws-nitro-kms", "tpm2"), "the root is");
  refused(own, sealed->vendor_tag + ";url=https://evil.example", "url is");
  refused(own, sealed->vendor_tag.substr(0, digest - 9), "context is \"(none)\"");
  refused(own, "aws-nitro-kms", "region is \"(none)\"");

  for (const auto& [change, names] :
       std::initializer_list<std::pair<std::function<void(KmsSealingEntry&)>, std::string_view>>{
           {[](KmsSealingEntry& entry) { entry.key_id = KmsService::kOtherKey; }, "key is"},
           {[](KmsSealingEntry& entry) { entry.encryption_context["tenant"] = "red"; }, "context is"},
           {[](KmsSealingEntry& entry) { entry.encryption_context.clear(); }, "context is"},
           {[](KmsSealingEntry& entry) { entry.encryption_context = {{"tenantb", "lue"}, {"\xc3\xa4", ""}}; },
            "context is"},
           {[](KmsSealingEntry& entry) {
              entry.region = "us-east-1";
              entry.key_id = "arn:aws:kms:us-east-1:111122223333:key/1234abcd";
            },
            "region is"}}) {
    SealOptions changed = own;
    change(*changed.config->kms);
    refused(changed, sealed->vendor_tag, names);
  }
  // What a simulated enclave sealed is not even asked for here, and the reverse.
  EXPECT_EQ(unseal(*simulated, own, *sealed).error().code(), ErrorCode::authentication_failed);

  for (const std::string tag : {"", ";", "aws-nitro-kms;", "aws-nitro-kms;region", "aws-nitro-kms;region=a;region=a",
                                "aws nitro kms", "aws-nitro-kms;region=%65u-west-1"}) {
    const auto root = Sealer::root_to_unseal(key_id(), *enclave, own, {tag, sealed->metadata});
    ASSERT_FALSE(root) << tag;
    EXPECT_EQ(root.error().code(), ErrorCode::authentication_failed) << tag;
  }
  EXPECT_EQ(kms.requests(), kms_before);
  EXPECT_EQ(nsm->seen().size(), nsm_before);
}

TEST_F(KmsRoot, RefusesMetadataThatItNeverWrote) {
  const KmsService kms;
  const auto sealed = seal(*simulated, options(kms)).value();
  const std::size_t before = kms.requests();
  for (const std::string& metadata :
       {std::string(), std::string("{"), std::string("{}"), std::string("[]"), std::string(R"({"kms":7})"),
        std::string(R"({"kms":{}})"), std::string(R"({"kms":{"ciphertext_blob":7}})"),
        std::string(R"({"kms":{"ciphertext_blob":""}})"), std::string(R"({"kms":{"ciphertext_blob":"A"}})"),
        std::string(R"({"kms":{"ciphertext_blob":"AAAA","key_id":"x"}})"),
        std::string(R"({"kms":{"ciphertext_blob":"AAAA","ciphertext_blob":"BBBB"}})"),
        R"({"kms":{"ciphertext_blob":")" + std::string(2048, 'A') + R"("}})", std::string(100'000, '['),
        std::string("{}\0", 3)}) {
    const auto root = Sealer::root_to_unseal(key_id(), *simulated, options(kms), {sealed.vendor_tag, metadata});
    ASSERT_FALSE(root) << metadata.substr(0, 80);
    EXPECT_EQ(root.error().code(), ErrorCode::authentication_failed) << root.error().message();
  }
  EXPECT_EQ(kms.requests(), before);
}

// KMS keeps a secret and vouches for nobody: another blob of the same key and context opens to another secret, which
// the commitment of the header does not fit.
TEST_F(KmsRoot, GivesAnotherSecretForAnotherBlob) {
  const KmsService kms;
  const auto one = seal(*simulated, options(kms)).value();
  const auto other = seal(*simulated, options(kms)).value();
  EXPECT_NE(hex(unseal(*simulated, options(kms), other).value()), hex(one));
}

TEST_F(KmsRoot, IsRefusedADataKeyOfAnotherContext) {
  const KmsService kms;
  const auto sealed = seal(*simulated, options(kms), key_id("one")).value();
  SealingRoot altered{SecretBytes(std::size_t{0}), sealed.vendor_tag, sealed.metadata};
  altered.metadata[30] = altered.metadata[30] == 'A' ? 'B' : 'A';
  // Another neighbour of the same key, who moved its blob here: the context differs, and the tag was made to fit.
  SealOptions neighbour = options(kms);
  neighbour.config->kms->encryption_context["tenant"] = "red";
  const auto of_neighbour = seal(*simulated, neighbour, key_id("one")).value();
  const SealingRoot moved{SecretBytes(std::size_t{0}), sealed.vendor_tag, of_neighbour.metadata};
  SealOptions other_key = options(kms);
  other_key.config->kms->key_id = KmsService::kOtherKey;
  const auto of_other_key = seal(*simulated, other_key, key_id("one")).value();
  const SealingRoot foreign{SecretBytes(std::size_t{0}), sealed.vendor_tag, of_other_key.metadata};
  for (const auto& [root, id, name] : {std::tuple(&sealed, "two", "InvalidCiphertextException"),
                                       std::tuple(&std::as_const(altered), "one", "InvalidCiphertextException"),
                                       std::tuple(&moved, "one", "InvalidCiphertextException"),
                                       std::tuple(&foreign, "one", "IncorrectKeyException")}) {
    const auto unsealed = unseal(*simulated, options(kms), *root, key_id(id));
    ASSERT_FALSE(unsealed);
    EXPECT_EQ(unsealed.error().code(), ErrorCode::authentication_failed);
    EXPECT_TRUE(contains(unsealed.error(), name)) << unsealed.error().message();
  }
}

// --- Answers of all kinds ---

TEST_F(KmsRoot, RefusesAnswersThatKmsNeverGives) {
  KmsService kms;
  const auto sealed = seal(*simulated, options(kms)).value();
  using Alter = std::function<void(nlohmann::json&)>;
  for (const auto& [what, alter] : std::initializer_list<std::pair<std::string, Alter>>{
           {"CiphertextForRecipient", [](nlohmann::json& answer) { answer.erase("CiphertextForRecipient"); }},
           {"CiphertextForRecipient", [](nlohmann::json& answer) { answer["CiphertextForRecipient"] = "AAAA"; }},
           {"Plaintext", [](nlohmann::json& answer) { answer["Plaintext"] = to_base64(Bytes(32, 7)); }},
           {"PrivateKeyPlaintext", [](nlohmann::json& answer) { answer["PrivateKeyPlaintext"] = "AAAA"; }},
           {"no KeyId", [](nlohmann::json& answer) { answer.erase("KeyId"); }},
           {"the KeyId arn:aws:kms:eu-west-1:111122223333:key/99999999",
            [](nlohmann::json& answer) { answer["KeyId"] = KmsService::kOtherKey; }},
           {"the KeyId 1234abcd-12ab-34cd-56ef-1234567890ab,",
            [](nlohmann::json& answer) { answer["KeyId"] = "1234abcd-12ab-34cd-56ef-1234567890ab"; }},
           {"kms answer", [](nlohmann::json& answer) { answer = nlohmann::json::array(); }}}) {
    kms.change([&](KmsService& service) { service.alter = alter; });
    for (const Error& error : errors_of_both(*simulated, options(kms), sealed)) {
      EXPECT_EQ(error.code(), ErrorCode::io_failure) << error.message();
      EXPECT_TRUE(contains(error, what)) << error.message();
    }
  }
  kms.change(
      [](KmsService& service) { service.alter = [](nlohmann::json& answer) { answer.erase("CiphertextBlob"); }; });
  EXPECT_TRUE(contains(seal(*simulated, options(kms)).error(), "no CiphertextBlob"));
  EXPECT_TRUE(unseal(*simulated, options(kms), sealed));
}

TEST_F(KmsRoot, RefusesKeysOfAnotherSize) {
  for (const std::size_t size : {1U, 16U, 31U, 33U, 64U}) {
    KmsService kms;
    kms.data_key_size = size;
    const auto sealed = seal(*simulated, options(kms));
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().code(), ErrorCode::io_failure);
    EXPECT_TRUE(contains(sealed.error(), "a key of " + std::to_string(size) + " bytes, expected 32"))
        << sealed.error().message();
  }
}

TEST_F(KmsRoot, RefusesKeysForAnotherEnclave) {
  KmsService kms;
  const auto sealed = seal(*simulated, options(kms)).value();
  const Bytes old_key = kms.asked().at(0).public_key;  // of a request that is over
  kms.change([&](KmsService& service) { service.for_public_key = old_key; });
  for (const Error& error : errors_of_both(*simulated, options(kms), sealed)) {
    EXPECT_EQ(error.code(), ErrorCode::io_failure);
    EXPECT_TRUE(contains(error, "the answer is not for this key, or was altered")) << error.message();
  }
}

TEST_F(KmsRoot, RefusesBlobsThatNoHeaderHasRoomFor) {
  KmsService kms;
  kms.blob_size = 1512;  // 2016 characters, 2047 bytes with what stands around them
  const auto sealed = seal(*simulated, options(kms));
  ASSERT_TRUE(sealed) << sealed.error().message();
  EXPECT_LE(sealed->metadata.size(), 2048U);
  EXPECT_EQ(hex(unseal(*simulated, options(kms), *sealed).value()), hex(*sealed));
  kms.change([](KmsService& service) { service.blob_size = 1515; });
  const auto too_long = seal(*simulated, options(kms));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code(), ErrorCode::io_failure);
  EXPECT_TRUE(contains(too_long.error(), "CiphertextBlob of 1515 bytes")) << too_long.error().message();
}

TEST_F(KmsRoot, RefusesAnswersThatAreNoneAtAll) {
  KmsService kms;
  const auto sealed = seal(*simulated, options(kms)).value();
  using Send = std::function<void(test::Connection&)>;
  for (const auto& [what, send] : std::initializer_list<std::pair<std::string, Send>>{
           {"cut_short",
            [](test::Connection& to) { to.send("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"KeyId\":\"arn"); }},
           {"json", [](test::Connection& to) { to.send(test::http_answer("{\"KeyId\":\"arn")); }},
           {"json", [](test::Connection& to) { to.send(test::http_answer("")); }},
           {"body_too_large", [](test::Connection& to) { to.send(test::http_answer(std::string(70'000, ' '))); }},
           {"HTTP status 400",
            [](test::Connection& to) { to.send(test::http_answer(std::string(70'000, ' '), {}, "400 Bad Request")); }},
           {"redirected",
            [](test::Connection& to) {
              to.send(test::http_answer("", "Location: https://127.0.0.1:1/\r\n", "307 Elsewhere"));
            }},
           {"HTTP status 400", [](test::Connection& to) { to.send(test::http_answer("<html>", {}, "400 No")); }},
           {"cut_short", [](test::Connection& to) { to.reset(); }}}) {
    kms.change([&](KmsService& service) { service.instead = send; });
    for (const Error& error : errors_of_both(*simulated, options(kms), sealed)) {
      EXPECT_EQ(error.code(), ErrorCode::io_failure) << error.message();
      EXPECT_TRUE(contains(error, what)) << error.message();
      EXPECT_LT(error.message().size(), 600U);
    }
  }
}

// --- Who may ask ---

TEST_F(KmsRoot, SaysThatThePolicyRefusesThisEnclave) {
  KmsService kms;
  const auto sealed = seal(*simulated, options(kms)).value();
  kms.change([](KmsService& service) { service.only_pcr0 = Bytes(48, 0xaa); });
  for (const Error& error : errors_of_both(*simulated, options(kms), sealed)) {
    EXPECT_EQ(error.code(), ErrorCode::permission_denied);
    EXPECT_TRUE(contains(error, "(AccessDeniedException)")) << error.message();
    EXPECT_TRUE(contains(error, "assumed-role/enclave/i-0 is not authorized")) << error.message();
  }
  const auto fitting = make_simulated_provider(Platform::aws_nitro, InsecureSimulation::for_development_only(),
                                               {{"pcr0", std::string(96, 'a')}})
                           .value();
  EXPECT_EQ(hex(unseal(*fitting, options(kms), sealed).value()), hex(sealed));
}

// ATTACK(H7)
TEST_F(KmsRoot, QuotesNoCredentials) {
  KmsService kms;
  const auto expect_denied = [&](const SealOptions& with, std::string_view name) {
    const auto sealed = seal(*simulated, with);
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().code(), ErrorCode::permission_denied);
    EXPECT_TRUE(contains(sealed.error(), name)) << sealed.error().message();
    for (const char* secret : {KmsService::kSecret, KmsService::kToken, "FwoGZX", "wrong secret"}) {
      EXPECT_FALSE(contains(sealed.error(), secret)) << sealed.error().message();
    }
  };
  SealOptions wrong = options(kms);
  wrong.network.aws = credentials("wrong secret");
  expect_denied(wrong, "InvalidSignatureException");
  kms.change([](KmsService& service) { service.token_expired = true; });
  expect_denied(options(kms), "ExpiredTokenException");
}

TEST_F(KmsRoot, SaysThatTheClockMayBeWrong) {
  const KmsService kms;
  machine->time += std::chrono::minutes{10};
  const auto sealed = seal(*simulated, options(kms));
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code(), ErrorCode::permission_denied);
  EXPECT_TRUE(contains(sealed.error(), "this machine's clock")) << sealed.error().message();
}

TEST_F(KmsRoot, NeedsCredentials) {
  const auto identity = test::make_identity(KmsService::kHost, true);
  const KmsService kms(identity);
  SealOptions own = options(kms);
  own.network.ca_file = trusting(identity);
  const auto sealed = seal(*enclave, own).value();
  const std::size_t kms_before = kms.requests();
  const std::size_t nsm_before = nsm->seen().size();
  const auto nobody = std::make_shared<const AwsCredentials>();
  const auto nameless = std::make_shared<const AwsCredentials>(
      AwsCredentials{.access_key_id = {}, .secret_access_key = SecretBytes(40), .session_token = {}});
  for (const auto& aws : {std::shared_ptr<const AwsCredentials>(), nobody, nameless, credentials("")}) {
    own.network.aws = aws;
    for (const Error& error : errors_of_both(*enclave, own, sealed)) {
      EXPECT_EQ(error.code(), ErrorCode::not_available);
      EXPECT_EQ(error.message(),
                "AWS KMS needs credentials; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for a role, "
                "AWS_SESSION_TOKEN");
    }
  }
  EXPECT_EQ(kms.requests(), kms_before);
  EXPECT_EQ(nsm->seen().size(), nsm_before);
}

/// Gives a document of its own making, whatever is asked; the library's own providers compare them.
class CarelessEnclave final : public TeeProvider {
 public:
  std::function<void(simulated::NitroDocumentSpec&)> change;
  Platform tee_type() const noexcept override { return Platform::aws_nitro; }
  std::string_view provider_name() const noexcept override { return "a careless enclave"; }
  bool simulated() const noexcept override { return true; }

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience&) override {
    simulated::NitroDocumentSpec spec;
    spec.timestamp = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);
    spec.public_key = request.public_key;
    change(spec);
    return maker_.report(spec);
  }
  simulated::NitroEvidenceMaker maker_;
};

TEST_F(KmsRoot, IsOnlyForTheKeyThatItsOwnDocumentCarries) {
  const KmsService kms;
  CarelessEnclave careless;
  careless.change = [](auto& spec) { spec.nonce = Bytes(3); };
  EXPECT_TRUE(seal(careless, options(kms)));
  const std::size_t before = kms.requests();
  for (const std::function<void(simulated::NitroDocumentSpec&)>& change :
       {std::function<void(simulated::NitroDocumentSpec&)>([](auto& spec) { spec.tpm = true; }),
        std::function<void(simulated::NitroDocumentSpec&)>([](auto& spec) { spec.public_key.reset(); }),
        std::function<void(simulated::NitroDocumentSpec&)>([](auto& spec) { spec.public_key->back() ^= 1U; })}) {
    careless.change = change;
    const auto refused = seal(careless, options(kms));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::hardware_failure);
    EXPECT_TRUE(contains(refused.error(), "does not carry the public key")) << refused.error().message();
  }
  EXPECT_EQ(kms.requests(), before);
}

TEST_F(KmsRoot, IsNotForEnclavesInDebugMode) {
  const auto identity = test::make_identity(KmsService::kHost, true);
  const KmsService kms(identity);
  SealOptions own = options(kms);
  own.network.ca_file = trusting(identity);
  const auto sealed = seal(*enclave, own).value();
  const std::size_t before = kms.requests();
  for (unsigned index = 0; index < 3; ++index) {
    nsm->pcrs.at(index).value = Bytes(48);
  }
  for (const Error& error : errors_of_both(*enclave, own, sealed)) {
    EXPECT_EQ(error.code(), ErrorCode::not_available);
    EXPECT_TRUE(contains(error, "debug mode")) << error.message();
  }
  EXPECT_EQ(kms.requests(), before);
  const std::string zero(96, '0');
  const auto simulated_debug = make_simulated_provider(Platform::aws_nitro, InsecureSimulation::for_development_only(),
                                                       {{"pcr0", zero}, {"pcr1", zero}, {"pcr2", zero}})
                                   .value();
  EXPECT_EQ(seal(*simulated_debug, own).error().code(), ErrorCode::not_available);
  EXPECT_EQ(kms.requests(), before);
}

// --- What the caller gets wrong ---

TEST_F(KmsRoot, IsNoRootOfTheSmallFormat) {
  const KmsService kms;
  const auto root = Sealer::root_of_raw(key_id(), *simulated, options(kms));
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(contains(root.error(), "seal a container instead")) << root.error().message();
  EXPECT_EQ(kms.requests(), 0U);
}

TEST_F(KmsRoot, RefusesConfigurationsThatLeaveTheKeyOpen) {
  const KmsService kms;
  for (const auto& [change, what] :
       std::initializer_list<std::pair<std::function<void(KmsSealingEntry&)>, std::string_view>>{
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:kms:eu-west-1:111122223333:alias/mine"; }, "no alias"},
           {[](KmsSealingEntry& entry) { entry.key_id = "1234abcd-12ab-34cd-56ef-1234567890ab"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:s3:eu-west-1:111122223333:key/1"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:kms:eu-west-1:111122223333:key/"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:kms:eu-west-1:111122223333:key/a\n"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:kms:eu-west-1:11112222333a:key/1"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:kms:eu-west-1:11112222333/:key/1"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:kms:us-east-1:111122223333:key/1"; },
            "the key is in region us-east-1, configured is eu-west-1"},
           {[](KmsSealingEntry& entry) { entry.key_id = "xrn:aws:kms:eu-west-1:111122223333:key/1"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:azure:kms:eu-west-1:111122223333:key/1"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws-\n:kms:eu-west-1:111122223333:key/1"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:kms:eu-west-1:1111222233334:key/1"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:kms:eu-west-1:111122223333:kex/1"; }, "own ARN"},
           {[](KmsSealingEntry& entry) { entry.key_id = "arn:aws:kms:eu-west-1:111122223333:key/1:2"; }, "own ARN"},
           {[](KmsSealingEntry& entry) {
              entry.key_id = "arn:aws:kms:eu-west-1:111122223333:key/" + std::string(256, '1');
            },
            "own ARN"},
           {[](KmsSealingEntry& entry) { entry.region = ""; }, "region"},
           {[](KmsSealingEntry& entry) { entry.encryption_context["tenzro-key-id"] = "x"; }, "tenzro-"},
           {[](KmsSealingEntry& entry) { entry.encryption_context[""] = "x"; }, "not be empty"},
           {[](KmsSealingEntry& entry) { entry.encryption_context["long"] = std::string(9000, 'x'); }, "8192"},
           {[](KmsSealingEntry& entry) {
              for (int i = 0; i < 65; ++i) {
                entry.encryption_context[std::to_string(i)] = "";
              }
            },
            "64 names"},
           {[](KmsSealingEntry& entry) { entry.encryption_context["latin1"] = "\xe4"; }, "UTF-8"}}) {
    SealOptions changed = options(kms);
    change(*changed.config->kms);
    const auto sealed = seal(*simulated, changed);
    ASSERT_FALSE(sealed) << what;
    EXPECT_EQ(sealed.error().code(), ErrorCode::invalid_argument) << sealed.error().message();
    EXPECT_TRUE(contains(sealed.error(), what)) << sealed.error().message();
  }
  EXPECT_EQ(kms.requests(), 0U);
}

// --- Patience ---

TEST_F(KmsRoot, AsksNobodyWithoutTime) {
  const KmsService kms;
  const std::size_t before = nsm->seen().size();
  SealOptions hasty = options(kms);
  hasty.network.kms_endpoint = "vsock://3:8000";
  for (const int milliseconds : {-1, 0}) {
    hasty.patience.at_most = std::chrono::milliseconds{milliseconds};
    EXPECT_EQ(seal(*enclave, hasty).error().code(), ErrorCode::timed_out);
  }
  std::stop_source source;
  source.request_stop();
  SealOptions stopped = hasty;
  stopped.patience = {.stop = source.get_token()};
  EXPECT_EQ(seal(*enclave, stopped).error().code(), ErrorCode::cancelled);
  EXPECT_EQ(nsm->seen().size(), before);
  EXPECT_TRUE(machine->dialled.empty());
}

TEST_F(KmsRoot, EndsWithItsCallersPatience) {
  KmsService kms;
  kms.instead = [](test::Connection& to) { to.hold(); };
  SealOptions hasty = options(kms);
  hasty.patience.at_most = std::chrono::milliseconds{1'500};
  const auto sealed = seal(*simulated, hasty);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code(), ErrorCode::timed_out) << sealed.error().message();
}

TEST_F(KmsRoot, AStopEndsTheWaitingForKms) {
  KmsService kms;
  std::stop_source source;
  kms.instead = [&source](test::Connection& to) {
    source.request_stop();
    to.hold();
  };
  SealOptions patient = options(kms);
  patient.patience = {.at_most = std::chrono::minutes{30}, .stop = source.get_token()};
  EXPECT_EQ(seal(*simulated, patient).error().code(), ErrorCode::cancelled);
}

}  // namespace
}  // namespace tenzro::tee
