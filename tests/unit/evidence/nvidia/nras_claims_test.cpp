// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/nras_claims.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "made/nras_claims.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::nvidia {
namespace {

using Json = test::NrasJson;

test::NrasOrigin origin() { return {.issued_at = UtcTime(std::chrono::seconds(1'782'698'883))}; }
Json gpu(std::string_view version = "2.0") { return test::nras_gpu_claims(origin(), version); }
Json nv_switch(std::string_view version = "2.0") { return test::nras_switch_claims(origin(), version); }
Json overall() { return test::nras_overall_claims(origin(), {{"GPU-0", "token"}}); }

Result<DeviceClaims> read(const Json& claims, RemoteDevices kind = RemoteDevices::gpus) {
  return parse_device_claims(test::view(claims.dump()), kind);
}
Result<OverallClaims> read_overall(const Json& claims) { return parse_overall_claims(test::view(claims.dump())); }

template <class T>
void expect_refused(const Result<T>& result, std::string_view message, ErrorCode code = ErrorCode::malformed_input) {
  ASSERT_FALSE(result) << message;
  EXPECT_EQ(result.error().code(), code);
  EXPECT_EQ(result.error().message(), message);
}
Json with(Json claims, const std::string& name, const Json& value) {
  claims[name] = value;
  return claims;
}
Json without(Json claims, const std::string& name) {
  claims.erase(name);
  return claims;
}

TEST(NrasClaims, RejectWhatIsNoObject) {
  for (const std::string_view text : {"", "[]", "null", "true", "{", "{}{}", R"({"iss":"a","iss":"b"})"}) {
    EXPECT_FALSE(parse_overall_claims(test::view(text))) << text;
    EXPECT_FALSE(parse_device_claims(test::view(text), RemoteDevices::gpus)) << text;
  }
}

TEST(NrasClaims, RejectCommonClaimsOfAnotherType) {
  const std::string times = "expected an unsigned integer up to 253402300799";
  for (const auto& [name, value, message] : std::initializer_list<std::tuple<std::string, Json, std::string>>{
           {"iss", 7, "expected a string"},
           {"iat", "1782698883", times},
           {"iat", -1, times},
           {"iat", 253402300800, times},
           {"exp", nullptr, times},
           {"exp", true, times},
           {"nbf", "x", times},
           {"nbf", nullptr, times},
           {"eat_nonce", Json::array({std::string(64, 'a')}), "expected 32 bytes in hex"},
           {"eat_nonce", std::string(62, 'a'), "expected 32 bytes in hex"},
           {"eat_nonce", std::string(64, 'g'), "expected 32 bytes in hex"}}) {
    expect_refused(read(with(gpu(), name, value)), "device token." + name + ": " + message);
    expect_refused(read_overall(with(overall(), name, value)), "overall token." + name + ": " + message);
  }
  for (const std::string name : {"iss", "iat", "exp"}) {
    expect_refused(read(without(gpu(), name)), "device token: expected a member \"" + name + "\"");
    expect_refused(read_overall(without(overall(), name)), "overall token: expected a member \"" + name + "\"");
  }
  // A fraction is no second.
  std::string text = gpu().dump();
  text.replace(text.find("1782698883"), 10, "1782698883.0");
  EXPECT_FALSE(parse_device_claims(test::view(text), RemoteDevices::gpus));
}

// ATTACK(V7): one kind of token in the place of the other.
TEST(NrasClaims, RejectTokensOfTheOtherKind) {
  expect_refused(read(overall()), "device token: expected the claims of one device");
  expect_refused(read_overall(gpu()),
                 "this is the token of one device; give the service's whole answer, with the token over all devices");
  expect_refused(read_overall(with(overall(), "sub", "NVIDIA-GPU-ATTESTATION")),
                 R"(overall token.sub: expected "NVIDIA-PLATFORM-ATTESTATION")");
  expect_refused(read(gpu("3.0"), RemoteDevices::switches), "device token.x-nvidia-device-type: expected nvswitch");
  expect_refused(read(nv_switch("3.0")), "device token.x-nvidia-device-type: expected gpu");
  EXPECT_FALSE(read(nv_switch()).value().missing_claims.empty());
  EXPECT_FALSE(read(gpu(), RemoteDevices::switches).value().missing_claims.empty());
}

TEST(NrasClaims, RejectOverallClaimsThatSayNothing) {
  expect_refused(read_overall(without(overall(), "x-nvidia-overall-att-result")),
                 R"(overall token: expected a member "x-nvidia-overall-att-result")");
  for (const Json& value : {Json("true"), Json(1), Json(nullptr)}) {
    expect_refused(read_overall(with(overall(), "x-nvidia-overall-att-result", value)),
                   "overall token.x-nvidia-overall-att-result: expected true or false");
  }
  expect_refused(read_overall(without(overall(), "eat_nonce")), R"(overall token: expected a member "eat_nonce")");
  for (const Json& value : {Json::array(), Json("GPU-0"), Json(nullptr)}) {
    expect_refused(read_overall(with(overall(), "submods", value)),
                   "overall token.submods: expected an object of at most 64 devices");
  }
  Json many = overall();
  for (int i = 1; i < 64; ++i) {
    many["submods"]["GPU-" + std::to_string(i)] = many["submods"]["GPU-0"];
  }
  EXPECT_TRUE(read_overall(many));
  many["submods"]["GPU-64"] = many["submods"]["GPU-0"];
  expect_refused(read_overall(many), "overall token.submods: expected an object of at most 64 devices");
}

TEST(NrasClaims, RejectSubmodulesWithoutADigest) {
  const std::string digest(64, '0');
  const std::string two = "overall token.submods.GPU-0: expected \"DIGEST\" and a digest";
  const std::string sha = "overall token.submods.GPU-0[1]: expected \"SHA-256\" and its value";
  for (const auto& [value, message] : std::initializer_list<std::pair<Json, std::string>>{
           {digest, "overall token.submods.GPU-0: expected an array"},
           {Json::array({"DIGEST"}), two},
           {Json::array({"JWT", Json::array({"SHA-256", digest})}), two},
           {Json::array({"DIGEST", digest}), "overall token.submods.GPU-0[1]: expected an array"},
           {Json::array({"DIGEST", Json::array({"SHA-256"})}), sha},
           {Json::array({"DIGEST", Json::array({"SHA-1", digest})}), sha},
           {Json::array({"DIGEST", Json::array({"sha-256", digest})}), sha},
           {Json::array({"DIGEST", Json::array({"SHA-384", digest + digest.substr(32)})}), sha},
           {Json::array({"DIGEST", Json::array({"SHA-256", digest.substr(2)})}),
            "overall token.submods.GPU-0[1][1]: expected 32 bytes in hex"}}) {
    expect_refused(read_overall(with(overall(), "submods", {{"GPU-0", value}})), message);
  }
}

TEST(NrasClaims, ReadTheOverallToken) {
  Json claims = overall();
  claims["submods"]["GPU-1"] = Json::array({"DIGEST", Json::array({"SHA256", std::string(64, 'F')})});
  claims["eat_nonce"] = std::string(64, 'A');
  claims["later"] = {{"unknown", true}};
  const auto read = read_overall(claims);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(read->result);
  EXPECT_EQ(read->common.issuer, "https://nras.attestation.nvidia.com");
  EXPECT_EQ(to_rfc3339(read->common.issued_at), "2026-06-29T02:08:03Z");
  EXPECT_EQ(read->common.expires - read->common.issued_at, std::chrono::hours(1));
  EXPECT_EQ(read->common.not_before, read->common.issued_at);
  EXPECT_EQ(to_hex(*read->common.eat_nonce), std::string(64, 'a'));
  EXPECT_FALSE(read->common.audience);
  ASSERT_EQ(read->submodules.size(), 2U);
  EXPECT_EQ(read->submodules[0].name, "GPU-0");
  EXPECT_EQ(read->submodules[0].sha256, crypto::sha256(test::view("token")));
  EXPECT_EQ(to_hex(read->submodules[1].sha256), std::string(64, 'f'));
  EXPECT_FALSE(read_overall(with(claims, "x-nvidia-overall-att-result", false)).value().result);
}

void expect_all_good(const DeviceClaims& claims) {
  EXPECT_EQ(claims.missing_claims, std::vector<std::string>{});
  EXPECT_EQ(claims.false_claims, std::vector<std::string>{});
  EXPECT_EQ(claims.secure_boot, true);
  EXPECT_EQ(claims.debug_status, "disabled");
  EXPECT_EQ(claims.measurement_result, "success");
  EXPECT_EQ(claims.mismatches, 0U);
  EXPECT_FALSE(claims.warning);
  EXPECT_FALSE(claims.error);
  EXPECT_TRUE(claims.common.eat_nonce);
}

TEST(NrasClaims, ReadDevicesOfBothKindsAndVersions) {
  for (const std::string version : {"2.0", "3.0"}) {
    const auto one = read(gpu(version));
    ASSERT_TRUE(one) << one.error().message();
    expect_all_good(*one);
    EXPECT_EQ(one->version, version);
    EXPECT_EQ(one->hwmodel, "GH100");
    EXPECT_EQ(one->ueid, "645491728318197586580044110930866076104639831000");
    EXPECT_EQ(one->driver_version, "570.172.08");
    EXPECT_EQ(one->vbios_version, "96.00.CF.00.02");
    EXPECT_EQ(one->chains.size(), version == "2.0" ? 0U : 3U);
    const auto other = read(nv_switch(version), RemoteDevices::switches);
    ASSERT_TRUE(other) << other.error().message();
    expect_all_good(*other);
    EXPECT_EQ(other->version, version);
    EXPECT_EQ(other->driver_version, "");
    EXPECT_EQ(other->vbios_version, "96.10.55.00.01");
    EXPECT_EQ(other->chains.size(), version == "2.0" ? 0U : 2U);
  }
  EXPECT_EQ(read(with(gpu(), "x-nvidia-gpu-claims-version", "2.0")).value().version, "2.0");
}

TEST(NrasClaims, RejectVersionsOfWhichNothingIsKnown) {
  for (const std::string version : {"1.0", "4.0", "", "3"}) {
    expect_refused(read(with(gpu("3.0"), "x-nvidia-gpu-claims-version", version)),
                   "device token: claims of version " + version + ", of which nothing is known; 2.0 and 3.0 are",
                   ErrorCode::unsupported);
  }
  EXPECT_FALSE(read(with(gpu(), "x-nvidia-gpu-claims-version", 3)));
  EXPECT_FALSE(read(with(nv_switch(), "x-nvidia-version", "4.0"), RemoteDevices::switches));
}

// Each claim that is looked at: taken away it is missing, as text it is malformed, and a no is noticed.
TEST(NrasClaims, NoticeEveryMissingFalseAndMistypedClaim) {
  std::size_t looked_at = 0;
  for (const RemoteDevices kind : {RemoteDevices::gpus, RemoteDevices::switches}) {
    for (const std::string version : {"2.0", "3.0"}) {
      const Json good = kind == RemoteDevices::gpus ? gpu(version) : nv_switch(version);
      for (const auto& item : good.items()) {
        if (!item.value().is_boolean()) {
          continue;
        }
        ++looked_at;
        SCOPED_TRACE(version + " " + item.key());
        for (const Json& wrong : {Json("true"), Json(1), Json::array({true})}) {
          expect_refused(read(with(good, item.key(), wrong), kind),
                         "device token." + item.key() + ": expected true or false");
        }
        const auto said_no = read(with(good, item.key(), false), kind);
        ASSERT_TRUE(said_no);
        const auto not_said = read(without(good, item.key()), kind);
        ASSERT_TRUE(not_said);
        if (item.key() == "secboot") {
          EXPECT_EQ(said_no->secure_boot, false);
          EXPECT_FALSE(not_said->secure_boot);
          continue;
        }
        EXPECT_EQ(said_no->false_claims, std::vector{item.key()});
        // Version 3.0 need not tell of a schema.
        if (version == "2.0" || item.key().find("schema") == std::string::npos) {
          EXPECT_EQ(not_said->missing_claims, std::vector{item.key()});
        }
      }
    }
  }
  EXPECT_EQ(looked_at, 17U + 17U + 11U + 11U);
}

TEST(NrasClaims, NoticeTextsThatSayNothing) {
  for (const Json& claims : {with(gpu(), "hwmodel", ""), without(gpu(), "hwmodel")}) {
    const auto device = read(claims);
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_EQ(device->missing_claims, std::vector<std::string>{"hwmodel"});
  }
  for (const std::string ueid : {"12/4", "12:4", "-124", " 124", "0x124", "124a"}) {
    expect_refused(read(with(gpu(), "ueid", ueid)), "device token.ueid: expected decimal digits");
  }
}

TEST(NrasClaims, NoticeMissingChains) {
  for (const std::string chain : {"attestation-report", "driver-rim", "vbios-rim"}) {
    const std::string name = "x-nvidia-gpu-" + chain + "-cert-chain";
    EXPECT_EQ(read(without(gpu("3.0"), name)).value().missing_claims, std::vector{name});
    EXPECT_EQ(read(with(gpu("3.0"), name, nullptr)).value().missing_claims, std::vector{name});
    EXPECT_FALSE(read(with(gpu("3.0"), name, true)));
    Json claims = gpu("3.0");
    claims[name].erase("x-nvidia-cert-status");
    EXPECT_FALSE(read(claims));
    claims = gpu("3.0");
    claims[name]["x-nvidia-cert-ocsp-status"] = nullptr;
    EXPECT_FALSE(read(claims));
    claims = gpu("3.0");
    claims[name]["x-nvidia-cert-ocsp-response-valid"] = false;
    EXPECT_EQ(read(claims).value().false_claims, std::vector{name + ".x-nvidia-cert-ocsp-response-valid"});
    claims[name]["x-nvidia-cert-ocsp-response-valid"] = "true";
    EXPECT_FALSE(read(claims));
  }
  // One that is there counts, whatever the version.
  EXPECT_EQ(read(with(gpu(), "x-nvidia-gpu-driver-rim-cert-chain", test::good_nras_chain())).value().chains.size(), 1U);
}

TEST(NrasClaims, NoticeWhatIsNotTheService) {
  EXPECT_EQ(read(with(gpu(), "x-nvidia-gpu-of-the-future", false)).value().false_claims,
            std::vector<std::string>{"x-nvidia-gpu-of-the-future"});
  EXPECT_TRUE(read(with(gpu(), "of-the-future", false)).value().false_claims.empty());
  const auto records = Json::array({{{"index", 9}}, {{"index", 52}}});
  EXPECT_EQ(read(with(gpu(), "x-nvidia-mismatch-measurement-records", records)).value().mismatches, 2U);
  EXPECT_EQ(read(with(gpu(), "x-nvidia-mismatch-opaque-data-records", records)).value().mismatches, 2U);
  EXPECT_EQ(read(with(gpu(), "x-nvidia-mismatch-measurement-records", Json::array())).value().mismatches, 0U);
  EXPECT_FALSE(read(with(gpu(), "x-nvidia-mismatch-measurement-records", "none")));
  EXPECT_EQ(read(with(gpu(), "x-nvidia-attestation-warning", "certificateHold")).value().warning, "certificateHold");
  EXPECT_FALSE(read(with(gpu(), "x-nvidia-attestation-warning", false)));
  for (const std::string name :
       {"hwmodel", "ueid", "x-nvidia-gpu-driver-version", "x-nvidia-gpu-vbios-version", "eat_nonce"}) {
    EXPECT_EQ(read(without(gpu(), name)).value().missing_claims, std::vector{name});
  }
  for (const std::string name : {"hwmodel", "ueid", "dbgstat", "measres"}) {
    EXPECT_FALSE(read(with(gpu(), name, true))) << name;
  }
  EXPECT_FALSE(read(with(gpu(), "ueid", "0x12")));
  EXPECT_FALSE(read(without(gpu(), "dbgstat")).value().debug_status);
  EXPECT_FALSE(read(with(gpu(), "secboot", nullptr)).value().secure_boot);
  EXPECT_EQ(read(with(gpu(), "aud", Json::array({"somebody"}))).value().common.audience, "[\"somebody\"]");
}

TEST(NrasClaims, ReadErrorsInWhateverForm) {
  Json claims = origin().claims();
  claims.erase("eat_nonce");
  claims["x-nvidia-error-details"] = {{"code", 4010}, {"message", "NONCE_NOT_MATCHING"}, {"description", "Nonce "}};
  const auto failed = read(claims);
  ASSERT_TRUE(failed) << failed.error().message();
  ASSERT_TRUE(failed->error);
  EXPECT_EQ(failed->error->code, 4010U);
  EXPECT_EQ(failed->error->message, "NONCE_NOT_MATCHING");
  EXPECT_EQ(failed->error->description, "Nonce ");
  EXPECT_FALSE(failed->common.eat_nonce);
  const Json list = Json::array({claims["x-nvidia-error-details"]});
  EXPECT_EQ(read(with(claims, "x-nvidia-error-details", list)).value().error->code, 4010U);
  for (const Json& form : {Json(false), Json(0), Json(""), Json::array(), Json::object(), Json{{"code", "4010"}}}) {
    const auto any = read(with(gpu(), "x-nvidia-error-details", form));
    ASSERT_TRUE(any) << form;
    ASSERT_TRUE(any->error) << form;
    EXPECT_FALSE(any->error->code);
    EXPECT_EQ(any->error->message, "");
  }
  EXPECT_FALSE(read(with(gpu(), "x-nvidia-error-details", nullptr)).value().error);
}

}  // namespace
}  // namespace tenzro::tee::nvidia
