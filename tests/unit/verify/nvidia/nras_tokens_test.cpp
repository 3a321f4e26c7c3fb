// SPDX-License-Identifier: Apache-2.0
// Tokens of a service of the test's own, each wrong in one respect.
#include "verify/nvidia/nras_tokens.hpp"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <set>

#include "made/nras.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::nvidia {
namespace {

using namespace std::chrono_literals;
using test::MadeNras;
using x509::KeySource;
using Json = test::NrasJson;

constexpr UtcTime kIssued{1'782'698'883s};

/// The service, and a verifier that has its key set.
class NrasTokens : public testing::Test {
 protected:
  MadeNras service{kIssued};
  NrasQuestion question;
  KeySource source = KeySource::verifier;

  NrasTokens() {
    question.moment.at = kIssued + 60s;
    question.max_age = 24h;
    question.nonce = ByteArray<32>{};
    question.nonce->fill(0xaa);
  }

  NrasJudgement judge_text(const std::string& answer, const std::string& key_set) const {
    const auto parsed = parse_nras_answer(test::view(answer));
    EXPECT_TRUE(parsed) << parsed.error().message();
    const auto keys = parse_key_set(test::view(key_set));
    EXPECT_TRUE(keys) << keys.error().message();
    const FindTokenKey find = [&](std::string_view key_id) -> std::optional<FoundTokenKey> {
      const TokenKey* key = keys->find(key_id);
      return key == nullptr ? std::nullopt : std::optional(FoundTokenKey{*key, source});
    };
    return judge_nras_answer(*parsed, find, question);
  }
  NrasJudgement judge(const std::string& answer) const { return judge_text(answer, service.key_set()); }
  NrasJudgement judge() const { return judge(service.answer()); }

  static std::string told(const NrasJudgement& judged) {
    std::string out;
    const auto add = [&](const std::vector<Finding>& findings) {
      for (const Finding& one : findings) {
        out += one.check + " " + one.code + ": " + one.message + "\n";
      }
    };
    add(judged.failures);
    for (const NrasDevice& device : judged.devices) {
      add(device.failures);
    }
    return out;
  }
  /// Every code of the judgement's failures.
  static std::set<std::string> codes(const NrasJudgement& judged) {
    std::set<std::string> out;
    for (const Finding& one : judged.failures) {
      out.insert(one.code);
    }
    for (const NrasDevice& device : judged.devices) {
      for (const Finding& one : device.failures) {
        out.insert(one.code);
      }
    }
    return out;
  }
  static void expect_refused(const NrasJudgement& judged, const std::set<std::string>& wanted) {
    EXPECT_FALSE(judged.valid());
    EXPECT_EQ(codes(judged), wanted) << told(judged);
  }
  void expect_refused(const std::set<std::string>& wanted) const { expect_refused(judge(), wanted); }
  void expect_good() const {
    const NrasJudgement judged = judge();
    EXPECT_TRUE(judged.valid()) << told(judged);
  }
};

TEST_F(NrasTokens, OfBothKindsAndVersionsAreAccepted) {
  for (const std::string version : {"2.0", "3.0"}) {
    for (const bool gpus : {true, false}) {
      service.devices.clear();
      gpus ? service.add_gpus(3, version) : service.add_switches(3, version);
      question.sent = {gpus ? RemoteDevices::gpus : RemoteDevices::switches, 3};
      const NrasJudgement judged = judge();
      EXPECT_TRUE(judged.valid()) << told(judged);
      EXPECT_EQ(judged.nonce, question.nonce);
      EXPECT_EQ(judged.signed_at, kIssued);
      EXPECT_EQ(judged.valid_until, kIssued + 1h);
      EXPECT_TRUE(judged.warnings.empty());
      ASSERT_EQ(judged.devices.size(), 3U);
      EXPECT_EQ(judged.devices[2].name, gpus ? "GPU-2" : "SWITCH-2");
      EXPECT_EQ(judged.devices[2].kind, gpus ? RemoteDevices::gpus : RemoteDevices::switches);
      EXPECT_EQ(judged.devices[2].claims->version, version);
      EXPECT_TRUE(judged.devices[2].warnings.empty());
    }
  }
}

TEST_F(NrasTokens, NothingIsValidBeforeItIsJudged) { EXPECT_FALSE(NrasJudgement().valid()); }

// ATTACK(V7): alg none, with and without a signature.
TEST_F(NrasTokens, RefusesUnsignedTokens) {
  service.add_gpus(1);
  const auto sign = service.sign;
  for (const std::string algorithm : {"none", "None", "NONE", "nOnE"}) {
    service.header["alg"] = algorithm;
    service.sign = sign;
    expect_refused({"token_algorithm_not_allowed"});
    service.sign = [](std::string_view) { return Bytes{0}; };
    expect_refused({"token_algorithm_not_allowed"});
    service.sign = [](std::string_view) { return Bytes(); };
    expect_refused({"token_malformed"});
  }
}

// ATTACK(V7): HS256 with the public key as the secret, in each form that a confused reader might take for it.
TEST_F(NrasTokens, RefusesThePublicKeyAsASecret) {
  service.add_gpus(1);
  const Bytes spki = test::spki(service.key.key);
  const Bytes point = test::x_y(service.key.key, 48);
  const std::string pem = "-----BEGIN PUBLIC KEY-----\n" + to_base64(spki) + "\n-----END PUBLIC KEY-----\n";
  for (const Bytes& secret : {spki, point, Bytes(pem.begin(), pem.end())}) {
    service.sign = [&](std::string_view input) {
      Bytes mac(32);
      unsigned size = 0;
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac.data(), &size);
      return mac;
    };
    service.header["alg"] = "HS256";
    expect_refused({"token_algorithm_not_allowed"});
    service.header["alg"] = "ES384";
    expect_refused({"token_signature_invalid"});
  }
}

// ATTACK(V7): other algorithms, also where the signature is a genuine one of them.
TEST_F(NrasTokens, RefusesOtherAlgorithms) {
  service.add_gpus(1);
  for (const std::string algorithm :
       {"ES256", "ES512", "ES256K", "RS384", "PS384", "EdDSA", "HS384", "es384", "ES384 ", "ECDH-ES", ""}) {
    service.header["alg"] = algorithm;
    expect_refused({"token_algorithm_not_allowed"});
  }
  service.header["alg"] = "ES256";
  const crypto::PkeyPtr p256 = test::make_ec_key("P-256");
  service.sign = [&](std::string_view input) {
    return test::raw_signature(test::sign_der(p256, crypto::Hash::sha256, test::view(input)), 32);
  };
  expect_refused({"token_algorithm_not_allowed"});
  service.header["alg"] = "ES384";
  expect_refused({"token_signature_invalid"});
}

TEST_F(NrasTokens, RefusesSignaturesInOtherForms) {
  service.add_gpus(1);
  const auto sign = service.sign;
  const auto& key = service.key.key;
  const std::vector<std::function<Bytes(std::string_view)>> forms = {
      [&](std::string_view input) { return test::sign_der(key, crypto::Hash::sha384, test::view(input)); },
      [&](std::string_view input) {
        return test::raw_signature(test::sign_der(key, crypto::Hash::sha256, test::view(input)), 48);
      },
      [&](std::string_view input) {
        Bytes out = sign(input);
        out.push_back(0);
        return out;
      },
      [&](std::string_view input) {
        Bytes out = sign(input);
        out.pop_back();
        return out;
      },
      [&](std::string_view input) {
        Bytes out = sign(input);
        std::ranges::rotate(out, out.begin() + 48);
        return out;
      },
      [](std::string_view) { return Bytes(96); },
      [&](std::string_view input) { return sign(input.substr(1)); }};
  for (const auto& form : forms) {
    service.sign = form;
    expect_refused({"token_signature_invalid"});
  }
}

// ATTACK(V7)
TEST_F(NrasTokens, RefusesUnknownKeys) {
  service.add_gpus(1);
  service.header["kid"] = "made-key-2";
  expect_refused({"token_key_unknown"});
  service.header["kid"] = "";
  expect_refused({"token_key_unknown"});
  service.header.erase("kid");
  expect_refused({"token_key_unknown"});
}

// ATTACK(V7): a key in the header is the sender's, whatever the header calls it.
TEST_F(NrasTokens, IgnoresKeysInTheHeader) {
  service.add_gpus(1);
  const std::string key_set = service.key_set();
  service.key.key = test::make_ec_key("P-384");
  const Json own = service.key.jwk();
  service.header["jwk"] = own;
  service.header["jku"] = "https://host.example/jwks.json";
  service.header["x5u"] = "https://host.example/chain.pem";
  service.header["x5c"] = Json::array({"AA=="});
  service.header["x5t#S256"] = "AA";
  expect_refused(judge_text(service.answer(), key_set), {"token_signature_invalid"});
  service.header["kid"] = "another";
  expect_refused(judge_text(service.answer(), key_set), {"token_key_unknown"});
  service.header["kid"] = "made-key-1";
  expect_good();
}

// ATTACK(V7, H10)
TEST_F(NrasTokens, RefusesOtherIssuers) {
  service.add_gpus(1);
  for (const std::string issuer :
       {"https://nras.attestation.nvidia.com/", "http://nras.attestation.nvidia.com",
        "https://nras.attestation.nvidia.com.host.example", "https://NRAS.attestation.nvidia.com",
        "https://nras.attestation-stg.nvidia.com", "nras.attestation.nvidia.com", "NVIDIA_LOCAL_VERIFIER", ""}) {
    service.overall = {{"iss", issuer}};
    service.devices[0].claims["iss"] = service.origin.issuer;
    expect_refused({"token_issuer_mismatch"});
    service.overall = Json::object();
    service.devices[0].claims["iss"] = issuer;
    expect_refused({"token_issuer_mismatch"});
  }
}

TEST_F(NrasTokens, WantsTheConfiguredIssuerAndNoOther) {
  question.issuer = "https://nras.host.example/base";
  service.add_gpus(1);
  expect_refused({"token_issuer_mismatch"});
  service.origin.issuer = question.issuer;
  service.devices.clear();
  service.add_gpus(1);
  expect_good();
}

// ATTACK(V7)
TEST_F(NrasTokens, RefusesTokensForSomebodyElse) {
  service.add_gpus(1);
  for (const Json& audience : {Json("somebody"), Json::array({"a", "b"}), Json(nullptr), Json("")}) {
    service.devices[0].claims["aud"] = audience;
    expect_refused({"token_audience_mismatch"});
  }
  service.devices[0].claims.erase("aud");
  service.overall["aud"] = "somebody";
  expect_refused({"token_audience_mismatch"});
}

// ATTACK(V7)
TEST_F(NrasTokens, RefusesExpiredTokens) {
  service.add_gpus(1);
  question.moment.at = kIssued + 1h - 1s;
  expect_good();
  for (const auto skew : {0s, 120s}) {
    question.moment.skew = skew;
    question.moment.at = kIssued + 1h;
    expect_refused({"token_expired"});
    question.moment.at = kIssued + 2h;
    expect_refused({"token_expired"});
  }
  question.moment = {kIssued + 60s, 0s};
  service.devices[0].claims["exp"] = (kIssued + 60s).time_since_epoch().count();
  expect_refused({"token_expired"});
}

// ATTACK(V7)
TEST_F(NrasTokens, RefusesTokensOfTheFuture) {
  service.add_gpus(1);
  question.moment = {kIssued, 0s};
  expect_good();
  question.moment = {kIssued - 1s, 0s};
  expect_refused({"token_not_yet_valid"});
  question.moment = {kIssued - 120s, x509::kClockSkew};
  expect_good();
  question.moment = {kIssued - 121s, x509::kClockSkew};
  expect_refused({"token_not_yet_valid"});
  question.moment = {kIssued, 0s};
  for (const std::string claim : {"nbf", "iat"}) {
    service.devices.clear();
    service.add_gpus(1);
    service.devices[0].claims[claim] = (kIssued + 1s).time_since_epoch().count();
    expect_refused({"token_not_yet_valid"});
  }
}

TEST_F(NrasTokens, RefusesTokensThatAreOlderThanAllowed) {
  service.add_gpus(1);
  question.moment.at = kIssued + 301s;
  question.max_age = 300s;
  expect_refused({"evidence_too_old"});
  question.moment.at = kIssued + 300s;
  const NrasJudgement judged = judge();
  EXPECT_TRUE(judged.valid()) << told(judged);
  EXPECT_EQ(judged.valid_until, kIssued + 300s);
  question.max_age = -1s;
  expect_refused({"evidence_too_old"});
}

// ATTACK(V7) ATTACK(V1)
TEST_F(NrasTokens, RefusesOtherNonces) {
  service.add_gpus(2);
  question.nonce->back() = 0xab;
  expect_refused({"nonce_mismatch"});
  question.nonce->back() = 0xaa;
  service.devices[1].claims["eat_nonce"] = std::string(64, 'b');
  expect_refused({"nonce_mismatch"});
  question.nonce.reset();
  expect_refused({"nonce_mismatch"});
  service.devices[1].claims.erase("eat_nonce");
  expect_refused({"nras_claim_false"});
}

TEST_F(NrasTokens, NeedsNoNonceWhereNoneIsExpected) {
  service.add_gpus(2);
  question.nonce.reset();
  const NrasJudgement judged = judge();
  EXPECT_TRUE(judged.valid()) << told(judged);
  EXPECT_EQ(to_hex(*judged.nonce), std::string(64, 'a'));
}

// ATTACK(V7): the overall result is true, one device is not good.
TEST_F(NrasTokens, RefusesAllForOneBadDevice) {
  service.add_gpus(8);
  service.devices[5].claims["measres"] = "fail";
  const NrasJudgement judged = judge();
  expect_refused(judged, {"nras_measurement_failed"});
  EXPECT_TRUE(judged.failures.empty());
  EXPECT_TRUE(judged.devices[4].failures.empty());
  ASSERT_EQ(judged.devices[5].failures.size(), 1U);
  EXPECT_EQ(judged.devices[5].failures[0].message, "GPU-5: measres is fail, 0 records differ");
}

TEST_F(NrasTokens, RefusesAllForABadOverallResult) {
  service.add_gpus(2);
  service.overall["x-nvidia-overall-att-result"] = false;
  expect_refused({"nras_overall_failed"});
}

// ATTACK(V7)
TEST_F(NrasTokens, RefusesSwappedTokens) {
  service.add_gpus(2);
  auto tokens = service.device_tokens();
  const std::string overall = service.overall_token(tokens);
  EXPECT_TRUE(judge(test::nras_bundle(overall, tokens)).valid());
  std::swap(tokens[0].second, tokens[1].second);
  const NrasJudgement judged = judge(test::nras_bundle(overall, tokens));
  expect_refused(judged, {"token_digest_mismatch"});
  EXPECT_EQ(judged.devices[0].failures[0].message,
            "GPU-0: its token is not the one that the token over all devices names");
}

// ATTACK(V7) ATTACK(V2): fewer tokens than named, more tokens than named.
TEST_F(NrasTokens, RefusesMissingAndSurplusDevices) {
  service.add_gpus(3);
  auto tokens = service.device_tokens();
  const std::string overall = service.overall_token(tokens);
  auto fewer = tokens;
  fewer.pop_back();
  expect_refused(judge(test::nras_bundle(overall, fewer)), {"nras_device_token_missing"});
  expect_refused(judge(test::nras_bundle(service.overall_token(fewer), tokens)), {"token_submodules_mismatch"});
  auto renamed = tokens;
  renamed[2].first = "GPU-7";
  expect_refused(judge(test::nras_bundle(overall, renamed)),
                 {"nras_device_token_missing", "token_submodules_mismatch"});
}

// ATTACK(V7): the token over all devices without theirs.
TEST_F(NrasTokens, RefusesTheOverallTokenAlone) {
  service.add_gpus(1);
  const std::string overall = service.overall_token(service.device_tokens());
  expect_refused(judge(overall), {"nras_device_token_missing"});
  expect_refused(judge(test::nras_bundle(overall, {})), {"nras_device_token_missing"});
  service.devices.clear();
  expect_refused({"nras_device_token_missing"});
  expect_refused(judge(service.overall_token({})), {"nras_device_token_missing"});
}

// ATTACK(V7): a device's token in the place of the one over all devices, and the other way round.
TEST_F(NrasTokens, RefusesTokensOfTheOtherKind) {
  service.add_gpus(1);
  const auto tokens = service.device_tokens();
  const std::string overall = service.overall_token(tokens);
  expect_refused(judge(test::nras_bundle(tokens[0].second, tokens)), {"token_malformed"});
  expect_refused(judge(test::nras_bundle(service.overall_token({{"GPU-0", overall}}), {{"GPU-0", overall}})),
                 {"token_malformed"});
  service.devices[0].name = "SWITCH-0";
  expect_refused({"nras_claim_false"});
}

// ATTACK(V2)
TEST_F(NrasTokens, RefusesOtherDevicesThanWereSent) {
  service.add_gpus(2);
  question.sent = {RemoteDevices::gpus, 2};
  expect_good();
  question.sent = {RemoteDevices::gpus, 3};
  expect_refused({"token_submodules_mismatch"});
  question.sent = {RemoteDevices::gpus, 1};
  expect_refused({"token_submodules_mismatch"});
  question.sent = {RemoteDevices::switches, 2};
  expect_refused({"token_submodules_mismatch"});
}

// ATTACK(V2): one good device sent twice.
TEST_F(NrasTokens, RefusesOneDeviceTwice) {
  service.add_gpus(3);
  service.devices[2].claims["ueid"] = service.devices[0].claims["ueid"];
  const NrasJudgement judged = judge();
  expect_refused(judged, {"device_duplicated"});
  EXPECT_EQ(judged.devices[2].failures[0].message, "GPU-2: is the same device as GPU-0");
}

TEST_F(NrasTokens, RefusesEveryClaimThatSaysNo) {
  for (const std::string version : {"2.0", "3.0"}) {
    service.devices.clear();
    service.add_gpus(1, version);
    const Json good = service.devices[0].claims;
    for (const auto& item : good.items()) {
      if (!item.value().is_boolean()) {
        continue;
      }
      service.devices[0].claims = good;
      service.devices[0].claims[item.key()] = false;
      const NrasJudgement judged = judge();
      const bool boot = item.key() == "secboot";
      expect_refused(judged, {boot ? "secure_boot_off" : "nras_claim_false"});
      EXPECT_NE(judged.devices[0].failures[0].message.find(item.key()), std::string::npos);
      service.devices[0].claims[item.key()] = "true";
      expect_refused({"token_malformed"});
    }
  }
}

TEST_F(NrasTokens, RefusesWhatIsNotToldAtAll) {
  service.add_gpus(1);
  const Json good = service.devices[0].claims;
  for (const auto& [claim, code] : std::initializer_list<std::pair<std::string, std::string>>{
           {"secboot", "secure_boot_off"},
           {"dbgstat", "device_debug_enabled"},
           {"measres", "nras_measurement_failed"},
           {"hwmodel", "nras_claim_false"},
           {"ueid", "nras_claim_false"},
           {"x-nvidia-gpu-driver-version", "nras_claim_false"},
           {"x-nvidia-gpu-driver-rim-fetched", "nras_claim_false"},
           {"iss", "token_malformed"},
           {"iat", "token_malformed"},
           {"exp", "token_malformed"}}) {
    service.devices[0].claims = good;
    service.devices[0].claims.erase(claim);
    expect_refused({code});
  }
}

TEST_F(NrasTokens, RefusesMeasurementsThatDiffer) {
  service.add_gpus(1, "3.0");
  for (const Json& result : {Json("Success"), Json("failure"), Json("comparison-successful"), Json("")}) {
    service.devices[0].claims["measres"] = result;
    expect_refused({"nras_measurement_failed"});
  }
  service.devices[0].claims["measres"] = "success";
  service.devices[0].claims["x-nvidia-mismatch-measurement-records"] = Json::array({{{"index", 9}}});
  expect_refused({"nras_measurement_failed"});
}

// ATTACK(V10): what NVIDIA's service says of the device.
TEST_F(NrasTokens, RefusesDebugModeUnlessItIsAllowed) {
  service.add_gpus(1);
  service.devices[0].claims["dbgstat"] = "enabled";
  expect_refused({"device_debug_enabled"});
  question.allow_debug = true;
  const NrasJudgement judged = judge();
  EXPECT_TRUE(judged.valid()) << told(judged);
  ASSERT_EQ(judged.devices[0].warnings.size(), 1U);
  EXPECT_EQ(judged.devices[0].warnings[0].code, "device_debug_enabled");
  EXPECT_EQ(judged.devices[0].warnings[0].message, "GPU-0: dbgstat is enabled, expected disabled");
  for (const Json& other : {Json("Disabled"), Json("unknown"), Json(nullptr)}) {
    service.devices[0].claims["dbgstat"] = other;
    expect_refused({"device_debug_enabled"});
  }
}

TEST_F(NrasTokens, RefusesWarningsUnlessTheyAreOfAnAllowedHold) {
  service.add_gpus(1);
  for (const std::string text : {"Driver RIM: CERTIFICATE_HOLD", "VBIOS RIM signer: status is certificate hold"}) {
    question.allow_hold = false;
    service.devices[0].claims["x-nvidia-attestation-warning"] = text;
    expect_refused({"nras_warning"});
    question.allow_hold = true;
    const NrasJudgement judged = judge();
    EXPECT_TRUE(judged.valid()) << told(judged);
    ASSERT_EQ(judged.devices[0].warnings.size(), 1U);
    EXPECT_EQ(judged.devices[0].warnings[0].message, "GPU-0: the service warns: " + text);
  }
  // A device's own chain is never forgiven, nor what does not say whose it is.
  for (const std::string text :
       {"", "on hold", "keyCompromise", "certificateHold", "RIM: keyCompromise",
        "GPU device certificate chain: revoked, certificateHold", "RIM and attestation report chain: certificateHold",
        // With "RIM" in it, and each word that names something else.
        "RIM of the device: certificateHold", "RIM, report: certificateHold", "RIM, leaf: certificateHold",
        "RIM, attestation: certificateHold"}) {
    service.devices[0].claims["x-nvidia-attestation-warning"] = text;
    expect_refused({"nras_warning"});
  }
}

TEST_F(NrasTokens, RefusesChainsThatAreNotGoodUnlessAManifestIsOnAllowedHold) {
  service.add_gpus(1, "3.0");
  const Json good = service.devices[0].claims;
  const auto set_chain = [&](const std::string& chain, std::string_view status, std::string_view ocsp,
                             const Json& reason) {
    service.devices[0].claims = good;
    Json& claim = service.devices[0].claims["x-nvidia-gpu-" + chain + "-cert-chain"];
    claim["x-nvidia-cert-status"] = status;
    claim["x-nvidia-cert-ocsp-status"] = ocsp;
    claim["x-nvidia-cert-revocation-reason"] = reason;
  };
  for (const bool allowed : {false, true}) {
    question.allow_hold = allowed;
    for (const std::string chain : {"attestation-report", "driver-rim", "vbios-rim"}) {
      for (const auto& [status, ocsp, reason] :
           std::initializer_list<std::tuple<std::string_view, std::string_view, Json>>{
               {"expired", "good", nullptr},
               {"invalid", "good", nullptr},
               {"revoked", "revoked", "keyCompromise"},
               {"revoked", "revoked", nullptr},
               {"valid", "unknown", nullptr},
               {"valid", "good", "keyCompromise"},
               {"valid", "good", "certificateHold"},
               {"revoked", "good", "certificateHold"},
               {"expired", "revoked", "certificateHold"},
               {"Valid", "good", nullptr}}) {
        set_chain(chain, status, ocsp, reason);
        expect_refused({"nras_certificate_not_good"});
      }
      set_chain(chain, "valid", "revoked", "certificateHold");
      if (!allowed || chain == "attestation-report") {
        expect_refused({"nras_certificate_not_good"});
        continue;
      }
      const NrasJudgement judged = judge();
      EXPECT_TRUE(judged.valid()) << told(judged);
      ASSERT_EQ(judged.devices[0].warnings.size(), 1U);
      EXPECT_EQ(judged.devices[0].warnings[0].message,
                "GPU-0: x-nvidia-gpu-" + chain + "-cert-chain is valid, its OCSP status revoked (certificateHold)");
    }
  }
}

TEST_F(NrasTokens, TellsWhyTheServiceCouldNotJudge) {
  service.add_gpus(1);
  Json claims = service.origin.claims();
  claims.erase("eat_nonce");
  claims["x-nvidia-error-details"] = {{"code", 4010},
                                      {"fieldName", "nonce"},
                                      {"description", "Nonce \n is not matching"},
                                      {"message", "NONCE_NOT_MATCHING"}};
  service.devices[0].claims = claims;
  service.overall["x-nvidia-overall-att-result"] = false;
  NrasJudgement judged = judge();
  expect_refused(judged, {"nras_overall_failed", "nras_device_failed"});
  EXPECT_EQ(judged.devices[0].failures[0].message,
            "GPU-0: the service could not judge it: error 4010 NONCE_NOT_MATCHING: Nonce \\x0a is not matching");
  // ATTACK(V7): an error in a device's token, while the overall result is true.
  service.overall = Json::object();
  expect_refused({"nras_device_failed"});
  service.devices.clear();
  service.add_gpus(1);
  service.devices[0].claims["x-nvidia-error-details"] = Json::object();
  expect_refused({"nras_device_failed"});
}

// ATTACK(V7): one good token in a bundle does not help another one.
TEST_F(NrasTokens, JudgesTheKeyOfEveryTokenByTheSameRules) {
  service.add_gpus(2);
  auto tokens = service.device_tokens();
  MadeNras attacker(kIssued);
  attacker.add_gpus(2);
  tokens[1].second = attacker.device_tokens()[1].second;
  const NrasJudgement judged = judge(test::nras_bundle(service.overall_token(tokens), tokens));
  expect_refused(judged, {"token_signature_invalid"});
  EXPECT_FALSE(judged.devices[1].claims) << "nobody signed them";
}

// ATTACK(V11): the attacker's own service, handed over with its key set.
TEST_F(NrasTokens, RefusesTheProversOwnKeys) {
  service.add_gpus(1);
  source = KeySource::anybody;
  const NrasJudgement judged = judge();
  expect_refused(judged, {"token_key_not_trusted"});
  EXPECT_TRUE(judged.devices.empty()) << "nothing else is looked at";
  service.key.certificates = test::made_nras_certificates(service.key.key, kIssued);
  expect_refused({"token_key_not_trusted"});
  const ByteView pinned = x509::pinned_token_issuer().der();
  service.key.certificates[1] = Bytes(pinned.begin(), pinned.end());
  expect_refused({"token_key_not_trusted"});
  source = KeySource::verifier;
  expect_good();
}

// ATTACK(V11): a genuine key set with the attacker's key under a genuine name.
TEST_F(NrasTokens, RefusesAGenuineCertificateBesideAnotherKey) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const auto genuine = parse_key_set(test::read_vector("nvidia/nras/one-gpu-pass/jwks.json")).value();
  const TokenKey& stolen = genuine.keys.front();
  service.add_gpus(1);
  service.key.id = stolen.key_id;
  service.header["kid"] = stolen.key_id;
  service.key.certificates = stolen.certificates;
  for (const KeySource who : {KeySource::anybody, KeySource::verifier}) {
    source = who;
    expect_refused({"token_key_not_trusted"});
  }
}

// Certificates count for a key set of the verifier's own too.
TEST_F(NrasTokens, RefusesKeysWhoseCertificateWasNotValidThen) {
  service.add_gpus(1);
  service.key.certificates = test::made_nras_certificates(service.key.key, kIssued);
  expect_good();
  service.key.certificates = test::made_nras_certificates(service.key.key, kIssued - 48h);
  expect_refused({"token_key_not_trusted"});
  service.key.certificates = test::made_nras_certificates(test::make_ec_key("P-384"), kIssued);
  expect_refused({"token_key_not_trusted"});
}

// ATTACK(X18)
TEST_F(NrasTokens, RefusesBundledKeysUnderOtherRoots) {
  service.add_gpus(1);
  // Wherever the key set came from.
  const x509::AnchorSet none = x509::AnchorSet::custom({}).value();
  question.own_anchors = &none;
  expect_refused({"anchor_set_mixed"});
  source = KeySource::anybody;
  expect_refused({"anchor_set_mixed"});
}

}  // namespace
}  // namespace tenzro::tee::nvidia
