// SPDX-License-Identifier: Apache-2.0
// What a core file of a program would hold after it sealed and unsealed: the memory of this very process, but for the
// pages that are left out of core files, is searched for a marked root secret and a marked plaintext.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "support/fixed_root.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TENZRO_HAS_SHADOW_MEMORY 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define TENZRO_HAS_SHADOW_MEMORY 1
#endif
#endif

namespace tenzro::tee {
namespace {

/// 32 bytes that stand nowhere in this program as they are: only masked.
class Marker {
 public:
  explicit Marker(std::uint8_t seed) {
    std::uint32_t state = 0x2545f491U * (seed + 1U);
    for (std::uint8_t& byte : masked_) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<std::uint8_t>((state >> 24U) ^ mask_);
    }
  }
  void write(std::span<std::uint8_t> into) const {
    for (std::size_t i = 0; i < into.size(); ++i) {
      into[i] = static_cast<std::uint8_t>(masked_[i % masked_.size()] ^ mask_);
    }
  }
  /// Of half of it at once, so that a part is enough.
  bool stands_in(ByteView bytes) const {
    constexpr std::size_t kPart = 16;
    const std::uint8_t mask = mask_;
    for (const std::size_t begin : {std::size_t{0}, kPart}) {
      const int first = masked_[begin] ^ mask;
      ByteView rest = bytes;
      while (rest.size() >= kPart) {
        const void* const found = std::memchr(rest.data(), first, rest.size() - kPart + 1);
        if (found == nullptr) {
          break;
        }
        rest = rest.subspan(static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - rest.data()));
        std::size_t same = 1;
        while (same < kPart && (rest[same] ^ mask) == masked_[begin + same]) {
          ++same;
        }
        if (same == kPart) {
          return true;
        }
        rest = rest.subspan(1);
      }
    }
    return false;
  }

 private:
  static inline volatile std::uint8_t mask_ = 0x5a;
  std::array<std::uint8_t, 32> masked_{};
};

/// A TEE whose root secret is the marker, made in place.
class MarkedRoot final : public TeeProvider {
 public:
  explicit MarkedRoot(const Marker& marker) : marker_(marker) {}
  Platform tee_type() const noexcept override { return Platform::amd_sev_snp; }
  std::string_view provider_name() const noexcept override { return "a marked root"; }

 private:
  Result<AttestationReport> attest(const AttestationRequest&, const Patience&) override {
    return Error(ErrorCode::unsupported, "it seals only");
  }
  Result<SealingRoot> find_sealing_root(const SealingRequest&, const Patience&) override {
    SealingRoot out{SecretBytes(std::size_t{32}), "amd-sev-snp", "{}"};
    marker_.write(out.secret.fill());
    return out;
  }
  const Marker& marker_;
};

/// The marker again and again, written straight into the memory of whoever reads.
class MarkedInput final : public SealInput {
 public:
  MarkedInput(const Marker& marker, std::size_t size) : marker_(marker), left_(size) {}
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    const std::size_t count = std::min(into.size() / 32 * 32, left_);
    marker_.write(into.first(count));
    left_ -= count;
    return count;
  }

 private:
  const Marker& marker_;
  std::size_t left_;
};

class Nowhere final : public SealOutput {
 public:
  Result<void> write(ByteView bytes) override {
    count += bytes.size();
    return {};
  }
  std::size_t count = 0;
};

/// The readable mappings that a core file holds.
std::vector<std::pair<std::uintptr_t, std::uintptr_t>> dumped_mappings() {
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> out;
  std::ifstream maps("/proc/self/smaps");
  std::uintptr_t from = 0, to = 0;
  bool readable = false;
  for (std::string line; std::getline(maps, line);) {
    std::array<char, 5> rights{};
    std::uintptr_t begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, rights.data()) == 3) {
      from = begin;
      to = end;
      readable = rights[0] == 'r' && line.find("[v") == std::string::npos;
    } else if (readable && line.starts_with("VmFlags:") && (line + " ").find(" dd ") == std::string::npos) {
      out.emplace_back(from, to);
    }
  }
  return out;
}

/// Where in memory the marker stands; empty: nowhere that a core file holds.
std::string place_of(const Marker& marker) {
  const auto mappings = dumped_mappings();
  EXPECT_GT(mappings.size(), 5U);
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  EXPECT_GE(memory, 0);
  constexpr std::size_t kStep = std::size_t{1} << 16, kOverlap = 64;
  std::string out;
  // In memory that is itself left out, or the search would find what it has read.
  SecretBytes window(kStep + kOverlap);
  for (const auto& [from, to] : mappings) {
    for (std::uintptr_t at = from; at < to && out.empty(); at += kStep) {
      const std::size_t wanted = std::min<std::size_t>(window.size(), to - at);
      const ssize_t got = pread(memory, window.fill().data(), wanted, static_cast<off_t>(at));
      if (got > 0 && marker.stands_in(window.reveal().first(static_cast<std::size_t>(got)))) {
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "%" PRIxPTR " in %" PRIxPTR "-%" PRIxPTR, at, from, to);
        out = text.data();
      }
    }
  }
  close(memory);
  return out;
}

class Residue : public testing::Test {
 protected:
  void SetUp() override {
#ifdef TENZRO_HAS_SHADOW_MEMORY
    GTEST_SKIP() << "a sanitizer's own memory is too large to be searched";
#endif
  }
  const Marker secret_{1}, plaintext_{2};
};

// The search finds what stands in ordinary memory, and not what stands in memory for secrets.
TEST_F(Residue, IsSeenWhereItIs) {
  SecretBytes kept(32);
  secret_.write(kept.fill());
  EXPECT_EQ(place_of(secret_), "");
  Bytes left(32);
  secret_.write(left);
  EXPECT_NE(place_of(secret_), "");
  explicit_bzero(left.data(), left.size());
  EXPECT_EQ(place_of(secret_), "");
}

// ATTACK(H7)
TEST_F(Residue, OfASmallMessageIsNone) {
  {
    MarkedRoot tee(secret_);
    const SealingKey key = SealingKey::make(test::key_id(), tee, test::fixed_options()).value();
    SecretBytes message(4096);
    plaintext_.write(message.fill());
    Bytes sealed = key.seal(message.reveal()).value();
    EXPECT_EQ(key.unseal(sealed).value().size(), 4096U);
    EXPECT_EQ(place_of(plaintext_), "") << "while the key is in use";
    sealed.back() ^= 1;
    EXPECT_FALSE(key.unseal(sealed));
  }
  EXPECT_EQ(place_of(secret_), "");
  EXPECT_EQ(place_of(plaintext_), "");
}

// ATTACK(H7)
TEST_F(Residue, OfAContainerIsNone) {
  for (const unsigned threads : {1U, 3U}) {
    MarkedRoot tee(secret_);
    MarkedInput in(plaintext_, 200'000 / 32 * 32);
    test::BytesOutput sealed;
    ASSERT_TRUE(seal_stream(test::key_id(), in, sealed, tee, test::fixed_options(threads)));
    for (const bool altered : {false, true}) {
      if (altered) {
        sealed.written[sealed.written.size() / 2] ^= 1;
      }
      test::BytesInput back(sealed.written);
      Nowhere out;
      const auto done = unseal_stream(test::key_id(), back, out, tee, test::fixed_options(threads));
      EXPECT_EQ(done.has_value(), !altered);
    }
    EXPECT_EQ(place_of(secret_), "") << threads;
    EXPECT_EQ(place_of(plaintext_), "") << threads;
  }
}

}  // namespace
}  // namespace tenzro::tee
