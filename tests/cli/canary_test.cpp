// SPDX-License-Identifier: Apache-2.0
// Marked secrets go in by every door of the command; then everything that it said and left behind is searched for them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "cli/evidence.hpp"
#include "cli/process.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::test {
namespace {

/// What each secret may look like when somebody writes it down: as it is, in hex of both kinds, and in base64 wherever
/// in a longer text it begins.
std::vector<std::string> spellings(std::string_view secret) {
  const ByteView bytes = view(secret);
  std::string upper = to_hex(bytes);
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  std::vector<std::string> out = {std::string(secret), to_hex(bytes), upper};
  for (std::size_t shift = 0; shift < 3; ++shift) {
    Bytes shifted(shift, 0);
    shifted.insert(shifted.end(), bytes.begin(), bytes.end());
    shifted.resize(shifted.size() / 3 * 3);
    // Without the digits that the bytes before it and after it have a part in.
    out.push_back(to_base64(shifted).substr(shift == 0 ? 0 : 4));
  }
  return out;
}

class Canary : public testing::Test {
 protected:
  // Each is long enough to stand nowhere by chance.
  inline static const std::string kPlaintext = "canary-plaintext-3f1b77c2d0 of a patient's file";
  inline static const std::string kAwsSecret = "canaryAwsSecret0Zq8vN2kLxW5tYb7R";
  inline static const std::string kToken = "canarySessionToken1Hs9dPq3fGm6JxUa";
  inline static const std::string kServiceKey = "nvapi-canaryServiceKey2Tg5bKd8rWz";
  inline static const std::string kProxyWord = "canaryProxyPassword3Xc7vQn1mLk";
  inline static const std::string kUrlWord = "canaryUrlPassword4Po9iUy5tRe";

  Canary() {
    std::filesystem::create_directory(scratch_ / "tmp");
    std::filesystem::create_directory(scratch_ / "work");
    environment_ = {"TENZRO_SIMULATE_TDX=1",
                    "TENZRO_STATE_DIR=" + (scratch_ / "state").string(),
                    "TENZRO_CACHE_DIR=" + (scratch_ / "cache").string(),
                    "TMPDIR=" + (scratch_ / "tmp").string(),
                    "HOME=" + (scratch_ / "tmp").string(),
                    "AWS_ACCESS_KEY_ID=AKIDEXAMPLE",
                    "AWS_SECRET_ACCESS_KEY=" + kAwsSecret,
                    "AWS_SESSION_TOKEN=" + kToken,
                    "NV_ATTESTATION_SERVICE_KEY=" + kServiceKey};
  }

  Outcome call(std::vector<std::string> arguments, std::optional<Bytes> in = {},
               const std::vector<std::string>& more = {}, Stdout out = Stdout::captured) {
    std::vector<std::string> environment = environment_;
    for (const std::string& one : more) {
      const std::string name = one.substr(0, one.find('=') + 1);
      std::erase_if(environment, [&](const std::string& old) { return old.starts_with(name); });
      environment.push_back(one);
    }
    Outcome outcome = run({.arguments = std::move(arguments),
                           .stdin_bytes = std::move(in),
                           .environment = std::move(environment),
                           .out = out,
                           .machine = "bare"});
    said_ += outcome.err + "\n";
    return outcome;
  }
  std::string in_work(const std::string& name) const { return (scratch_ / "work" / name).string(); }

  /// Everything of this run that a log, a terminal, a disk or a backup of it would hold.
  std::map<std::string, std::string> traces() const {
    std::map<std::string, std::string> out = {{"what was said", said_}};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch_.path())) {
      if (entry.is_regular_file()) {
        std::ifstream in(entry.path(), std::ios::binary);
        out[entry.path()] = std::string(std::istreambuf_iterator<char>(in), {});
      }
    }
    return out;
  }
  void expect_no_trace(const std::map<std::string, std::string>& where, const std::string& secret) const {
    for (const auto& [place, content] : where) {
      for (const std::string& spelling : spellings(secret)) {
        EXPECT_EQ(content.find(spelling), std::string::npos) << spelling << " stands in " << place;
      }
    }
  }
  void expect_no_secret_of_the_environment() const {
    const auto where = traces();
    EXPECT_GT(said_.size(), 10U);
    for (const std::string& secret : {kAwsSecret, kToken, kServiceKey, kProxyWord, kUrlWord}) {
      expect_no_trace(where, secret);
    }
  }

  Scratch scratch_;
  std::vector<std::string> environment_;
  std::string said_;  ///< by every run, but for the plaintext that was asked for
};

// The search finds what it is to find.
TEST_F(Canary, IsSeenWhereItStands) {
  for (const std::string& text : {kAwsSecret, to_hex(view(kAwsSecret)), to_base64(view("a" + kAwsSecret + "bc")),
                                  to_base64(view("ab" + kAwsSecret)), to_base64(view(kAwsSecret))}) {
    const auto all = spellings(kAwsSecret);
    EXPECT_TRUE(std::ranges::any_of(all, [&](const std::string& one) { return text.find(one) != std::string::npos; }))
        << text;
  }
}

// ATTACK(H7): plaintext and root secret, sealed and unsealed, well and in every way that fails.
TEST_F(Canary, OfSealedDataIsNowhereElse) {
  const Bytes plaintext(kPlaintext.begin(), kPlaintext.end());
  const std::string file = in_work("sealed"), raw = in_work("raw");
  ASSERT_EQ(call({"seal", "--key-id", "a", "-o", file}, plaintext).exit_code, 0);
  const Outcome small = call({"seal", "--raw", "--key-id", "a"}, plaintext);
  ASSERT_EQ(small.exit_code, 0);
  std::ofstream(raw, std::ios::binary) << small.out;
  EXPECT_EQ(call({"unseal", "--key-id", "a", "-i", file}).out, kPlaintext);
  EXPECT_EQ(call({"unseal", "--raw", "--key-id", "a", "-i", raw}).out, kPlaintext);
  EXPECT_EQ(call({"seal", "--rewrap", "--key-id", "a", "-i", file, "-o", file, "--force"}).exit_code, 0);

  // What fails says why, and shows nothing of what it was about.
  Bytes altered = read_file(file);
  altered.back() ^= 1;
  const std::string bad = scratch_.write("altered", altered);
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"unseal", "--key-id", "b", "-i", file},
        {"unseal", "--key-id", "a", "-i", bad},
        {"unseal", "--key-id", "a", "-i", bad, "-o", in_work("out")},
        {"unseal", "--key-id", "a", "--aad", "x", "-i", file},
        {"unseal", "--key-id", "a", "--min-generation", "9", "-i", file},
        {"unseal", "--raw", "--key-id", "b", "-i", raw},
        {"unseal", "--key-id", "a", "-i", file, "-o", in_work("no/such/folder")},
        {"inspect", file}}) {
    const Outcome outcome = call(arguments);
    said_ += outcome.out;
  }
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"seal", "--key-id", "a", "-o", in_work("no/such/folder")},
        {"seal", "--key-id", "a", "--root", "tpm"},
        {"seal", "--key-id", "a", "--root", "kms"},
        {"seal", "--key-id", "?", "-o", in_work("never")}}) {
    const Outcome outcome = call(arguments, plaintext);
    said_ += outcome.out;
  }
  EXPECT_NE(call({"unseal", "--key-id", "a", "-i", file}, {}, {}, Stdout::full_disk).exit_code, 0);

  auto where = traces();
  expect_no_trace(where, kPlaintext);
  // The root's secret stands in its own file, and nowhere else.
  std::vector<std::string> roots;
  std::erase_if(where, [&](const auto& one) {
    const bool of_state = one.first.starts_with((scratch_ / "state").string());
    if (of_state) {
      roots.push_back(one.second);
    }
    return of_state;
  });
  ASSERT_EQ(roots.size(), 1U);
  ASSERT_GE(roots[0].size(), 32U);
  for (std::size_t at = 0; at + 16 <= roots[0].size(); at += 8) {
    expect_no_trace(where, roots[0].substr(at, 16));
  }
  expect_no_secret_of_the_environment();
}

// ATTACK(H7): passwords and keys of the environment, in settings that work and in settings that are refused.
TEST_F(Canary, OfTheEnvironmentIsNeverSaid) {
  const std::string report = scratch_.write("report.json", simulated_report());
  const std::string foreign = scratch_.write("quote", Foreign().quote());
  const std::string config = scratch_.write(
      "seal.json", R"({"kms":{"region":"eu-west-1","key_id":"arn:aws:kms:eu-west-1:111122223333:key/k"}})");
  const std::vector<std::vector<std::string>> commands = {
      {"verify", "--json", "--allow-simulated", "--at", kJudgedAt, report},
      {"verify", foreign},
      {"verify", "--json", "--gpu-verifier", "nras", foreign},
      {"attest", "--user-data", "public", "--json"},
      {"hardware"},
      {"hardware", "--json"},
      {"seal", "--key-id", "a", "--root", "kms", "--config", config}};
  const std::vector<std::vector<std::string>> settings = {
      {},
      {"HTTPS_PROXY=http://user:" + kProxyWord + "@127.0.0.1:1"},
      {"HTTPS_PROXY=socks5://user:" + kProxyWord + "@127.0.0.1:1"},
      {"HTTPS_PROXY=http://user:" + kProxyWord + "@[bad"},
      {"TENZRO_PCCS_URL=https://user:" + kUrlWord + "@localhost:1"},
      {"TENZRO_PCCS_URL=ftp://user:" + kUrlWord + "@localhost"},
      {"TENZRO_NRAS_URL=https://" + kUrlWord + "@localhost"},
      {"TENZRO_KMS_ENDPOINT=https://user:" + kUrlWord + "@localhost:1"},
      {"NV_ATTESTATION_SERVICE_KEY=" + kServiceKey + "\nX-Other: line"},
      {"AWS_SECRET_ACCESS_KEY=" + kAwsSecret + "\n", "AWS_SESSION_TOKEN=" + kToken + "\r\n"}};
  std::size_t refused = 0;
  for (const auto& setting : settings) {
    for (const auto& command : commands) {
      const Outcome outcome = call(command, Bytes(kPlaintext.begin(), kPlaintext.end()), setting);
      said_ += outcome.out;
      refused += outcome.exit_code == 0 ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 20U);
  expect_no_secret_of_the_environment();
  expect_no_trace(traces(), kPlaintext);
}

}  // namespace
}  // namespace tenzro::tee::test
