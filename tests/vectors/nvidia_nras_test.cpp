// SPDX-License-Identifier: Apache-2.0
// Genuine answers of NVIDIA's remote attestation service, with the key sets that were captured beside them.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <set>

#include "support/alterations.hpp"
#include "support/nvidia_vectors.hpp"
#include "verify/nvidia/nras_tokens.hpp"

namespace tenzro::tee::test {
namespace {

using nvidia::KeySet;
using nvidia::NrasJudgement;
using nvidia::NrasQuestion;
using nvidia::TokenKey;
using x509::KeySource;

constexpr std::size_t kCases = 3;

struct Capture {
  nlohmann::json entry;
  Bytes response, keys;

  UtcTime time(const char* member) const { return UtcTime(std::chrono::seconds(entry[member].get<std::int64_t>())); }
  bool passes() const { return entry["result"].get<std::string>().starts_with("PASS"); }

  NrasQuestion question() const {
    NrasQuestion out;
    out.moment.at = entry.contains("valid_at_epoch") ? time("valid_at_epoch") : time("iat");
    out.max_age = std::chrono::hours{24};
    const Bytes nonce = from_hex(entry["nonce"].get<std::string>()).value();
    out.nonce.emplace();
    std::ranges::copy(nonce, out.nonce->begin());
    return out;
  }
};

std::optional<nvidia::FoundTokenKey> find_in(const KeySet& set, std::string_view key_id, KeySource source) {
  const TokenKey* key = set.find(key_id);
  return key == nullptr ? std::nullopt : std::optional(nvidia::FoundTokenKey{*key, source});
}

/// Empty when the response cannot be read at all.
std::optional<NrasJudgement> judge(ByteView response, const KeySet& set, KeySource source,
                                   const NrasQuestion& question) {
  const auto answer = nvidia::parse_nras_answer(response);
  if (!answer) {
    return std::nullopt;
  }
  return judge_nras_answer(*answer, [&](std::string_view key_id) { return find_in(set, key_id, source); }, question);
}

bool accepts(ByteView response, const KeySet& set, KeySource source, const NrasQuestion& question) {
  const auto judged = judge(response, set, source, question);
  return judged && judged->valid();
}

std::set<std::string> codes(const std::vector<Finding>& findings) {
  std::set<std::string> out;
  for (const Finding& one : findings) {
    out.insert(one.code);
  }
  return out;
}

class NrasCaptures : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
    for (const nlohmann::json& entry : nvidia_cases()) {
      if (entry["kind"] == "nras-v3") {
        captures_.push_back({entry, read_vector("nvidia/" + entry["response"].get<std::string>()),
                             read_vector("nvidia/" + entry["jwks"].get<std::string>())});
        sets_.push_back(nvidia::parse_key_set(captures_.back().keys).value());
      }
    }
    ASSERT_EQ(captures_.size(), kCases);
  }

  NrasJudgement judge_at(std::size_t i, KeySource source, const NrasQuestion& question) const {
    return judge(captures_[i].response, sets_[i], source, question).value();
  }
  template <class Check>
  void for_each_source(Check check) const {
    for (std::size_t i = 0; i < captures_.size(); ++i) {
      for (const KeySource source : {KeySource::verifier, KeySource::anybody}) {
        SCOPED_TRACE(captures_[i].entry["id"]);
        check(i, source);
      }
    }
  }

  std::vector<Capture> captures_;
  std::vector<KeySet> sets_;
};

// The manifest's outcome, with the key set as the caller's file and as from a bundle.
TEST_F(NrasCaptures, HaveTheOutcomeOfTheManifest) {
  for_each_source([&](std::size_t i, KeySource source) {
    const Capture& capture = captures_[i];
    const NrasJudgement judged = judge_at(i, source, capture.question());
    EXPECT_EQ(judged.valid(), capture.passes());
    EXPECT_EQ(to_hex(*judged.nonce), capture.entry["eat_nonce"].get<std::string>());
    EXPECT_EQ(judged.signed_at, capture.time("iat"));
    EXPECT_EQ(judged.valid_until, capture.time("exp"));
    ASSERT_EQ(judged.devices.size(), capture.entry["devices"].size());
    for (const nvidia::NrasDevice& device : judged.devices) {
      const nlohmann::json& wanted = capture.entry["devices"][device.name];
      const auto text = [&](const char* member) { return wanted[member].get<std::string>(); };
      ASSERT_TRUE(device.claims);
      if (!capture.passes()) {
        const nlohmann::json& error = wanted["x-nvidia-error-details"];
        EXPECT_EQ(codes(device.failures), std::set<std::string>{"nras_device_failed"});
        EXPECT_EQ(device.claims->error->code, error["code"].get<std::uint64_t>());
        EXPECT_EQ(device.claims->error->message, "NONCE_NOT_MATCHING");
        EXPECT_EQ(device.failures[0].message, device.name +
                                                  ": the service could not judge it: error 4010 NONCE_NOT_MATCHING: " +
                                                  error["description"].get<std::string>());
        continue;
      }
      EXPECT_TRUE(device.failures.empty());
      EXPECT_TRUE(device.warnings.empty());
      EXPECT_EQ(device.claims->version, capture.entry["claims_version"].get<std::string>());
      EXPECT_EQ(device.claims->hwmodel, text("hwmodel"));
      EXPECT_EQ(device.claims->ueid, text("ueid"));
      EXPECT_EQ(device.claims->measurement_result, text("measres"));
      EXPECT_EQ(device.claims->driver_version, text("x-nvidia-gpu-driver-version"));
      EXPECT_EQ(device.claims->vbios_version, text("x-nvidia-gpu-vbios-version"));
    }
    EXPECT_EQ(codes(judged.failures),
              capture.passes() ? std::set<std::string>() : std::set<std::string>{"nras_overall_failed"});
  });
}

TEST_F(NrasCaptures, NameTheKeyOfTheManifest) {
  for (std::size_t i = 0; i < captures_.size(); ++i) {
    EXPECT_NE(sets_[i].find(captures_[i].entry["kid"].get<std::string>()), nullptr);
  }
}

// ATTACK(V7): a token past its "exp" is refused whatever the age limit says.
TEST_F(NrasCaptures, ExpireToTheSecond) {
  for_each_source([&](std::size_t i, KeySource source) {
    NrasQuestion question = captures_[i].question();
    question.max_age = std::chrono::hours{1'000'000};
    question.moment.skew = x509::kClockSkew;
    question.moment.at = captures_[i].time("exp") - std::chrono::seconds{1};
    EXPECT_EQ(judge_at(i, source, question).valid(), captures_[i].passes());
    question.moment.at = captures_[i].time("exp");
    EXPECT_TRUE(codes(judge_at(i, source, question).failures).contains("token_expired"));
    question.moment.at = captures_[i].time("iat");
    question.moment.skew = std::chrono::seconds{0};
    EXPECT_EQ(judge_at(i, source, question).valid(), captures_[i].passes());
    question.moment.at -= std::chrono::seconds{1};
    EXPECT_TRUE(codes(judge_at(i, source, question).failures).contains("token_not_yet_valid"));
  });
}

// ATTACK(V7)
TEST_F(NrasCaptures, AnswerOneNonceOnly) {
  for_each_source([&](std::size_t i, KeySource source) {
    NrasQuestion question = captures_[i].question();
    for (std::size_t bit = 0; bit < 256; bit += 9) {
      question.nonce = captures_[i].question().nonce;
      (*question.nonce)[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_TRUE(codes(judge_at(i, source, question).failures).contains("nonce_mismatch"));
    }
  });
}

// The key set of another day does not have the key.
TEST_F(NrasCaptures, NeedTheKeySetOfTheirTime) {
  for_each_source([&](std::size_t i, KeySource source) {
    for (std::size_t other = 0; other < sets_.size(); ++other) {
      const auto judged = judge(captures_[i].response, sets_[other], source, captures_[i].question()).value();
      const bool has_key = sets_[other].find(captures_[i].entry["kid"].get<std::string>()) != nullptr;
      EXPECT_EQ(codes(judged.failures).contains("token_key_unknown"), !has_key);
    }
  });
}

// ATTACK(V7) ATTACK(V2): the devices of one genuine answer beside the other's overall token, and fewer of them.
TEST_F(NrasCaptures, CannotBeMixedOrShortened) {
  const auto one = nvidia::parse_nras_answer(captures_[0].response).value();
  const auto eight = nvidia::parse_nras_answer(captures_[1].response).value();
  KeySet all = sets_[0];
  const auto judged = [&](const nvidia::NrasAnswer& answer) {
    NrasQuestion question = captures_[0].question();  // the later of the two
    question.nonce.reset();
    return judge_nras_answer(
        answer, [&](std::string_view key_id) { return find_in(all, key_id, KeySource::verifier); }, question);
  };
  ASSERT_TRUE(judged(one).valid());
  ASSERT_TRUE(judged(eight).valid());
  EXPECT_FALSE(judged({one.overall, eight.devices}).valid());
  EXPECT_FALSE(judged({eight.overall, one.devices}).valid());
  EXPECT_FALSE(judged({eight.overall, {}}).valid());
  for (std::size_t i = 0; i < eight.devices.size(); ++i) {
    nvidia::NrasAnswer altered = eight;
    altered.devices.erase(altered.devices.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(codes(judged(altered).failures), std::set<std::string>{"nras_device_token_missing"});
    altered = eight;
    std::swap(altered.devices[i].token, altered.devices[(i + 1) % 8].token);
    EXPECT_FALSE(judged(altered).valid());
    altered = eight;
    altered.devices[i].token = one.devices[0].token;
    EXPECT_FALSE(judged(altered).valid());
  }
}

// ATTACK(P2): nothing of an answer may change.
TEST_F(NrasCaptures, RefuseEverySingleBitFlipOfTheAnswer) {
  std::size_t flips = 0;
  for (std::size_t i = 0; i < captures_.size(); ++i) {
    if (!captures_[i].passes()) {
      continue;
    }
    const NrasQuestion question = captures_[i].question();
    const std::size_t step = stride(i == 0 ? 4 : 256);  // of the small answer more
    const std::size_t count = captures_[i].response.size() * 8 / step;
    flips += count;
    EXPECT_EQ(count_accepted(count,
                             [&](std::size_t flip) {
                               return accepts(with_flipped_bit(captures_[i].response, flip, step), sets_[i],
                                              KeySource::verifier, question);
                             }),
              0U);
  }
  std::cout << flips << " flips of answers judged\n";
  EXPECT_GT(flips * kThinnedBy, 6'000U);
}

// ATTACK(P1)
TEST_F(NrasCaptures, RefuseEveryTruncationOfTheAnswer) {
  const Capture& capture = captures_[0];
  EXPECT_EQ(count_accepted(capture.response.size(),
                           [&](std::size_t size) {
                             return accepts(ByteView(capture.response).first(size), sets_[0], KeySource::verifier,
                                            capture.question());
                           }),
            0U);
}

/// What a judgement reads of a key set: the key that the tokens name.
bool says_the_same(const KeySet& a, const KeySet& b, std::string_view key_id, KeySource source) {
  const TokenKey* x = a.find(key_id);
  const TokenKey* y = b.find(key_id);
  if (x == nullptr || y == nullptr || x->x_y != y->x_y) {
    return false;
  }
  // The verifier's own key set is believed: its certificates say when a key is used and no more.
  return source == KeySource::verifier || x->certificates == y->certificates;
}

// ATTACK(P2) ATTACK(V11): a flipped bit in a key set is refused, or it changes nothing that is read of the key in use:
// it stands in another key, or in the name of one. Of the used key more bits are flipped than of the rest.
TEST_F(NrasCaptures, RefuseEveryBitFlipOfTheKeySetThatMatters) {
  const Capture& capture = captures_[0];
  const NrasQuestion question = capture.question();
  const std::string key_id = capture.entry["kid"];
  const std::string text(capture.keys.begin(), capture.keys.end());
  const std::size_t name = text.find(key_id);
  const std::size_t begin = text.rfind('{', name);
  const std::size_t end = text.find('}', name);
  ASSERT_LT(begin, end);
  const std::size_t own_step = stride(32);
  const std::size_t own = (end - begin + 1) * 8 / own_step;
  const std::size_t step = stride(2048);
  const std::size_t sampled = capture.keys.size() * 8 / step;
  std::atomic<std::size_t> accepted = 0;
  const auto flipped = [&](std::size_t i) {
    if (i >= own) {
      return with_flipped_bit(capture.keys, i - own, step);
    }
    Bytes out = capture.keys;
    const std::size_t bit = begin * 8 + i * own_step + i % own_step;
    out[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    return out;
  };
  for (const KeySource source : {KeySource::anybody, KeySource::verifier}) {
    accepted = 0;
    const std::size_t thinned = source == KeySource::anybody ? 1 : 4;
    const std::size_t count = (own + sampled) / thinned;
    EXPECT_EQ(count_accepted(count,
                             [&](std::size_t i) {
                               const auto set = nvidia::parse_key_set(flipped(i * thinned));
                               if (!set || !accepts(capture.response, *set, source, question)) {
                                 return false;
                               }
                               ++accepted;
                               return !says_the_same(*set, sets_[0], key_id, source);
                             }),
              0U);
    std::cout << count << " flips of a key set judged, " << accepted << " say the same of the key in use\n";
  }
}

}  // namespace
}  // namespace tenzro::tee::test
