// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tenzro/tee/seal.hpp"

namespace tenzro::tee {
namespace {

const std::string kDigest(96, 'a');

SealingConfig read(const std::string& text) {
  auto config = SealingConfig::from_json(text);
  EXPECT_TRUE(config) << text << ": " << (config ? "" : config.error().message());
  return config ? *std::move(config) : SealingConfig();
}
SnpSealingEntry snp(const std::string& members) {
  return read(R"({"snp":{)" + members + "}}").snp.value_or(SnpSealingEntry{.min_svn = 999});
}
KmsSealingEntry kms(const std::string& members) {
  return read(R"({"kms":{"region":"eu-west-1","key_id":"arn:aws:kms:eu-west-1:1:key/k")" + members + "}}")
      .kms.value_or(KmsSealingEntry{});
}
KbsSealingEntry kbs(const std::string& members) {
  return read(R"({"kbs":{)" + members + "}}").kbs.value_or(KbsSealingEntry{});
}
TpmSealingEntry tpm(const std::string& members) {
  return read(R"({"tpm":{)" + members + "}}").tpm.value_or(TpmSealingEntry{});
}

void expect_refused(const std::string& text, std::string_view words, ErrorCode code = ErrorCode::invalid_argument) {
  const auto config = SealingConfig::from_json(text);
  ASSERT_FALSE(config) << text;
  EXPECT_EQ(config.error().code(), code) << text << ": " << config.error().message();
  EXPECT_NE(config.error().message().find(words), std::string::npos) << text << ": " << config.error().message();
}
/// Of an object whose other members are good.
void expect_refused_in(const std::string& object, const std::string& members, std::string_view words) {
  expect_refused(R"({")" + object + R"(":{)" + members + "}}", words);
}

TEST(SealingConfig, MayBeEmpty) {
  const SealingConfig config = read("{}");
  EXPECT_FALSE(config.snp || config.kms || config.kbs || config.tpm);
}

TEST(SealingConfig, IsOneJsonObject) {
  for (const char* text : {"", "{", "nothing", "{}{}", "{\"snp\":{},}"}) {
    expect_refused(text, "json: line 1, column", ErrorCode::malformed_input);
  }
  expect_refused("{\n\"snp\": x}", "json: line 2, column 8", ErrorCode::malformed_input);
  expect_refused("[]", "sealing: expected an object");
  expect_refused("null", "sealing: expected an object");
  expect_refused(R"({"tpm":7})", "sealing.tpm: expected an object");
  expect_refused(std::string((std::size_t{64} << 10) + 1, ' '), "", ErrorCode::malformed_input);
}

TEST(SealingConfig, KnowsEveryMember) {
  expect_refused(R"({"sgx":{}})", R"(sealing: no member "sgx" is known; there are snp, kms, kbs, tpm)");
  expect_refused(R"({"SNP":{}})", R"(no member "SNP" is known)");
  expect_refused_in("snp", R"("measurement_covers_workloads":true)",
                    R"(sealing.snp: no member "measurement_covers_workloads" is known; there are key, vmpl)");
  expect_refused_in("kms", R"("endpoint":"x")", R"(sealing.kms: no member "endpoint" is known)");
  expect_refused_in("kbs", R"("insecure":true)", R"(sealing.kbs: no member "insecure" is known)");
  expect_refused_in("tpm", R"("pcr":[7])", R"(sealing.tpm: no member "pcr" is known)");
  expect_refused_in("snp", R"("\n":1)", R"(no member "\x0a" is known)");
}

TEST(SealingConfig, TakesNoMemberTwice) {
  expect_refused(R"({"snp":{},"snp":{}})", "duplicate", ErrorCode::malformed_input);
  expect_refused(R"({"snp":{"vmpl":1,"vmpl":2}})", "duplicate", ErrorCode::malformed_input);
  expect_refused(R"({"kms":{"encryption_context":{"a":"1","a":"2"}}})", "duplicate", ErrorCode::malformed_input);
}

TEST(SealingConfig, OfSnpHasTheSafeDefaults) {
  const SnpSealingEntry entry = snp("");
  EXPECT_FALSE(entry.vlek);
  EXPECT_FALSE(entry.vmpl);
  EXPECT_FALSE(entry.measurement_covers_workload);
  EXPECT_FALSE(entry.id_key_digest || entry.author_key_digest || entry.min_tcb);
  EXPECT_EQ(entry.min_svn, 0U);
}

TEST(SealingConfig, OfSnpHasEveryMember) {
  EXPECT_FALSE(snp(R"("key":"vcek")").vlek);
  EXPECT_TRUE(snp(R"("key":"vlek")").vlek);
  for (std::uint32_t vmpl = 0; vmpl <= 3; ++vmpl) {
    EXPECT_EQ(snp("\"vmpl\":" + std::to_string(vmpl)).vmpl, vmpl);
  }
  EXPECT_TRUE(snp(R"("measurement_covers_workload":true)").measurement_covers_workload);
  EXPECT_FALSE(snp(R"("measurement_covers_workload":false)").measurement_covers_workload);
  ByteArray<48> digest{};
  digest.fill(0xaa);
  EXPECT_EQ(snp("\"id_key_digest\":\"" + kDigest + "\"").id_key_digest, digest);
  EXPECT_EQ(snp("\"author_key_digest\":\"" + kDigest + "\"").author_key_digest, digest);
  EXPECT_EQ(snp(R"("min_tcb":"0a000000000015D3")").min_tcb, (ByteArray<8>{10, 0, 0, 0, 0, 0, 0x15, 0xd3}));
  EXPECT_EQ(snp(R"("min_svn":4294967295)").min_svn, 0xffffffffU);
}

TEST(SealingConfig, OfSnpRefusesOtherTypesAndRanges) {
  for (const char* key : {R"("VCEK")", R"("")", "1", "null", R"("vmrk")"}) {
    expect_refused_in("snp", std::string("\"key\":") + key, "sealing.snp.key: expected");
  }
  for (const char* vmpl : {"4", "-1", "1.0", "\"1\"", "true", "null", "18446744073709551615"}) {
    const auto config = SealingConfig::from_json(std::string(R"({"snp":{"vmpl":)") + vmpl + "}}");
    EXPECT_FALSE(config) << vmpl;
  }
  for (const char* statement : {"1", "\"true\"", "null"}) {
    expect_refused_in("snp", std::string("\"measurement_covers_workload\":") + statement, "expected true or false");
  }
  for (const std::string name : {"id_key_digest", "author_key_digest"}) {
    for (const std::string& digest :
         {std::string(95, 'a'), std::string(98, 'a'), std::string(96, 'g'), std::string()}) {
      expect_refused_in("snp", "\"" + name + "\":\"" + digest + "\"", "sealing.snp." + name + ": expected");
    }
    expect_refused_in("snp", "\"" + name + "\":\"" + std::string(96, '0') + "\"", "a digest that is not zero");
    expect_refused_in("snp", "\"" + name + "\":null", "sealing.snp." + name + ": expected");
  }
  expect_refused_in("snp", "\"id_key_digest\":\"" + kDigest + "\",\"author_key_digest\":\"" + kDigest + "\"",
                    "id_key_digest or author_key_digest, not both");
  for (const char* tcb : {R"("")", R"("0a000000000015d")", R"("0a000000000015d300")", R"("0x0a000000000015")", "7"}) {
    expect_refused_in("snp", std::string("\"min_tcb\":") + tcb, "sealing.snp.min_tcb: expected");
  }
  for (const char* svn : {"4294967296", "-1", "\"1\"", "null"}) {
    expect_refused_in("snp", std::string("\"min_svn\":") + svn, "sealing.snp.min_svn");
  }
}

TEST(SealingConfig, OfKmsHasEveryMember) {
  const KmsSealingEntry good = kms(R"(,"encryption_context":{"app":"llm","stage":""})");
  EXPECT_EQ(good.region, "eu-west-1");
  EXPECT_EQ(good.key_id, "arn:aws:kms:eu-west-1:1:key/k");
  EXPECT_EQ(good.encryption_context, (std::map<std::string, std::string>{{"app", "llm"}, {"stage", ""}}));
}

TEST(SealingConfig, OfKmsRefusesOtherTypesAndRanges) {
  const std::string region = R"("region":"eu-west-1")";
  const std::string key = R"("key_id":"arn:aws:kms:eu-west-1:1:key/k")";
  expect_refused_in("kms", key, "sealing.kms.region: expected one like \"eu-west-1\"");
  for (const std::string& bad : {std::string("EU-WEST-1"), std::string("eu.west"), std::string("evil.example/"),
                                 std::string(33, 'a'), std::string("eu west")}) {
    expect_refused_in("kms", key + R"(,"region":")" + bad + "\"", "sealing.kms.region: expected");
  }
  expect_refused_in("kms", key + R"(,"region":"")", "sealing.kms.region: expected a text that is not empty");
  expect_refused_in("kms", region, "sealing.kms.key_id: expected the ARN");
  expect_refused_in("kms", region + R"(,"key_id":"alias/mine")", "sealing.kms.key_id: expected the ARN");
  expect_refused_in("kms", region + R"(,"key_id":7)", "sealing.kms.key_id: expected");
  for (const char* context : {"[]", "\"a\"", R"({"tenzro-root":"x"})", R"({"":"x"})", R"({"a":1})", R"({"a":null})"}) {
    expect_refused_in("kms", region + "," + key + ",\"encryption_context\":" + context,
                      "sealing.kms.encryption_context");
  }
  std::string many = "{";
  for (int i = 0; i < 65; ++i) {
    many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":\"\"";
  }
  expect_refused_in("kms", region + "," + key + ",\"encryption_context\":" + many + "}", "at most 64 texts");
}

TEST(SealingConfig, OfKbsHasEveryMember) {
  const std::string common = R"("url":"https://kbs.example:8080","resource":"default/key/model-1")";
  const KbsSealingEntry by_file = kbs(common + R"(,"ca_file":"ca.pem")");
  EXPECT_EQ(by_file.url, "https://kbs.example:8080");
  EXPECT_EQ(by_file.resource, "default/key/model-1");
  EXPECT_EQ(by_file.ca_file, "ca.pem");
  EXPECT_TRUE(by_file.pinned_key.empty());
  EXPECT_EQ(kbs(common + R"(,"pinned_key":"AQID")").pinned_key, (Bytes{1, 2, 3}));
}

TEST(SealingConfig, OfKbsRefusesABrokerThatIsNotPinnedAndOtherForms) {
  const std::string resource = R"("resource":"default/key/model-1")";
  const std::string url = R"("url":"https://kbs.example")";
  const std::string pin = R"("ca_file":"ca.pem")";
  expect_refused_in("kbs", url + "," + resource, "TLS identity must be pinned");
  expect_refused_in("kbs", url + "," + resource + "," + pin + R"(,"pinned_key":"AQID")", "one of them");
  for (const char* bad : {"", "AQI", "AQID ", "-_8="}) {
    expect_refused_in("kbs", url + "," + resource + R"(,"pinned_key":")" + bad + "\"", "sealing.kbs.pinned_key");
  }
  expect_refused_in("kbs", resource + "," + pin, "sealing.kbs.url: expected an https:// URL");
  for (const char* bad : {"http://kbs.example", "HTTPS://kbs.example", "kbs.example"}) {
    expect_refused_in("kbs", resource + "," + pin + R"(,"url":")" + bad + "\"",
                      "sealing.kbs.url: expected an https://");
  }
  expect_refused_in("kbs", url + "," + pin, R"(sealing.kbs.resource: expected "repository/type/tag")");
  for (const char* bad :
       {"a/b", "a/b/c/d", "/a/b", "a/b/", "a//b", "../b/c", "a/b/c?x", "a/b/c d", "a/b/%2e", "a/b/..", "a/./c"}) {
    expect_refused_in("kbs", url + "," + pin + R"(,"resource":")" + bad + "\"", "sealing.kbs.resource: expected");
  }
}

TEST(SealingConfig, OfTpmHasEveryMember) {
  const TpmSealingEntry made = tpm(R"("template":"ecc-p256","pcrs":[4,7,11])");
  EXPECT_FALSE(made.handle);
  EXPECT_EQ(made.key_template, "ecc-p256");
  EXPECT_EQ(made.pcrs, (std::vector<unsigned>{4, 7, 11}));
  EXPECT_FALSE(made.allow_host_vtpm);
  EXPECT_EQ(made.tcti, "device:/dev/tpmrm0");
  EXPECT_FALSE(made.counter);
  const TpmSealingEntry kept =
      tpm(R"("handle":"0x81000001","pcrs":[0,23],"allow_host_vtpm":true,"tcti":"swtpm:port=1","counter":"0x01800001")");
  EXPECT_EQ(kept.handle, 0x81000001U);
  EXPECT_TRUE(kept.key_template.empty());
  EXPECT_TRUE(kept.allow_host_vtpm);
  EXPECT_EQ(kept.tcti, "swtpm:port=1");
  EXPECT_EQ(kept.counter, 0x01800001U);
  for (const char* ends : {"0x81000000", "0x81ffffff", "0x81FFFFFF"}) {
    EXPECT_TRUE(tpm(std::string(R"("pcrs":[7],"handle":")") + ends + "\"").handle);
  }
}

TEST(SealingConfig, OfTpmRefusesOtherTypesAndRanges) {
  const std::string key = R"("template":"ecc-p256")";
  const std::string pcrs = R"("pcrs":[7])";
  expect_refused_in("tpm", pcrs, "exactly one of them");
  expect_refused_in("tpm", pcrs + "," + key + R"(,"handle":"0x81000001")", "exactly one of them");
  expect_refused_in("tpm", pcrs + R"(,"template":"rsa-2048")", R"(the only one is "ecc-p256")");
  for (const char* bad : {"0x80ffffff", "0x82000000", "81000001", "0x8100001", "0x810000010", "0x8100000g", "", "0x",
                          "0x-1000001", "0X81000001"}) {
    expect_refused_in("tpm", pcrs + R"(,"handle":")" + bad + "\"", "a handle like \"0x81000000\" of this range");
  }
  expect_refused_in("tpm", pcrs + R"(,"handle":2164260865)", "sealing.tpm.handle: expected");
  expect_refused_in("tpm", key, "sealing.tpm.pcrs: expected at least one");
  for (const char* bad : {"[]", "[24]", "[7,7]", "[7,4]", "[-1]", "[\"7\"]", "7", "null"}) {
    expect_refused_in("tpm", key + ",\"pcrs\":" + bad, "sealing.tpm.pcrs");
  }
  for (const char* bad : {"1", "\"true\"", "null"}) {
    expect_refused_in("tpm", key + "," + pcrs + ",\"allow_host_vtpm\":" + bad, "expected true or false");
  }
  expect_refused_in("tpm", key + "," + pcrs + R"(,"tcti":"")", "sealing.tpm.tcti: expected a text");
  for (const char* bad :
       {"0x00ffffff", "0x02000000", "0x81000001", "0x1800001g", "0x1800001 ", "0x001800001", "0x1800001"}) {
    expect_refused_in("tpm", key + "," + pcrs + R"(,"counter":")" + bad + "\"", "a handle like \"0x01000000\"");
  }
}

TEST(SealingConfig, MayNameAllRoots) {
  const SealingConfig config =
      read(R"({"snp":{"min_svn":1},"kms":{"region":"us-east-2","key_id":"arn:k"},)"
           R"("kbs":{"url":"https://b","resource":"a/b/c","ca_file":"f"},"tpm":{"template":"ecc-p256","pcrs":[7]}})");
  EXPECT_TRUE(config.snp && config.kms && config.kbs && config.tpm);
}

}  // namespace
}  // namespace tenzro::tee
