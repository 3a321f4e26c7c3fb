// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <sstream>
#include <stop_token>
#include <thread>

#include "seal/container_header.hpp"
#include "seal/small_format.hpp"
#include "support/fixed_root.hpp"

namespace tenzro::tee {
namespace {

using test::BytesInput;
using test::BytesOutput;
using test::fixed_options;
using test::FixedRoot;
using test::key_id;
using test::pattern;

constexpr std::size_t kChunk = std::size_t{1} << 14;
constexpr std::size_t kSealedChunk = kChunk + 16;

Bytes sealed(ByteView plaintext, const SealOptions& options = fixed_options(), bool known = true) {
  FixedRoot tee;
  BytesInput in(plaintext, known);
  BytesOutput out;
  const auto done = seal_stream(key_id(), in, out, tee, options);
  EXPECT_TRUE(done) << (done ? "" : done.error().message());
  EXPECT_EQ(done ? *done : 0, plaintext.size());
  return std::move(out.written);
}

Result<Bytes> opened(ByteView container, const SealOptions& options = fixed_options(), const SealKeyId& id = key_id()) {
  FixedRoot tee;
  BytesInput in(container);
  BytesOutput out;
  auto done = unseal_stream(id, in, out, tee, options);
  if (!done) {
    return std::move(done).error();
  }
  EXPECT_EQ(*done, out.written.size());
  return std::move(out.written);
}

std::size_t header_bytes(ByteView container) { return seal_format::parse_header(container)->size(); }

/// One message for every wrong byte.
void expect_refused(const Result<Bytes>& result, const std::string& what) {
  ASSERT_FALSE(result) << what;
  EXPECT_EQ(result.error().code(), ErrorCode::authentication_failed) << what << ": " << result.error().message();
  EXPECT_EQ(result.error().message(), seal_format::kUnsealFailed) << what;
}

TEST(Container, OpensToWhatWasSealedAtEverySize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{33}, kChunk - 1, kChunk, kChunk + 1,
                                 2 * kChunk - 1, 2 * kChunk, 2 * kChunk + 1, 10 * kChunk, 37 * kChunk + 5}) {
    const Bytes plaintext = pattern(size);
    for (const unsigned threads : {1U, 2U, 5U}) {
      for (const bool known : {true, false}) {
        const Bytes container = sealed(plaintext, fixed_options(threads), known);
        const std::size_t chunks = std::max<std::size_t>(1, (size + kChunk - 1) / kChunk);
        EXPECT_EQ(container.size(), header_bytes(container) + size + 16 * chunks);
        for (const unsigned opening : {1U, 3U}) {
          const auto back = opened(container, fixed_options(opening));
          ASSERT_TRUE(back) << size << ": " << back.error().message();
          EXPECT_EQ(*back, plaintext) << size;
        }
      }
    }
  }
}

// ATTACK(K2): a nonce that comes again meets another key.
TEST(Container, IsAnotherEachTime) {
  std::set<Bytes> seen;
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(seen.insert(sealed(pattern(10))).second);
  }
}

// ATTACK(K1): every bit of the header and its commitment.
TEST(Container, RefusesEveryFlippedBitOfItsHeader) {
  const Bytes good = sealed(pattern(100));
  const std::size_t size = header_bytes(good);
  for (std::size_t bit = 0; bit < size * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto result = opened(bad);
    ASSERT_FALSE(result) << bit;
    const ErrorCode code = result.error().code();
    EXPECT_TRUE(code == ErrorCode::authentication_failed || code == ErrorCode::malformed_input ||
                code == ErrorCode::unsupported)
        << bit << ": " << result.error().message();
  }
}

// ATTACK(K1): every bit of the first, a middle and the last chunk's edges, and some of their insides.
TEST(Container, RefusesFlippedBitsOfItsChunks) {
  const Bytes plaintext = pattern(2 * kChunk + 100);
  const Bytes good = sealed(plaintext);
  const std::size_t body = header_bytes(good);
  std::vector<std::size_t> places;
  for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    const std::size_t begin = body + chunk * kSealedChunk;
    const std::size_t end = std::min(begin + kSealedChunk, good.size());
    for (std::size_t i = 0; i < 4; ++i) {
      places.push_back(begin + i);
    }
    for (std::size_t i = 1; i <= 17; ++i) {
      places.push_back(end - i);
    }
    places.push_back((begin + end) / 2);
  }
  for (const std::size_t place : places) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes bad = good;
      bad[place] ^= static_cast<std::uint8_t>(1U << bit);
      expect_refused(opened(bad), "byte " + std::to_string(place));
    }
  }
}

// ATTACK(K1)
TEST(Container, RefusesToEndBeforeItsEnd) {
  const Bytes good = sealed(pattern(3 * kChunk), fixed_options(), false);
  const std::size_t body = header_bytes(good);
  for (const std::size_t chunks : {0U, 1U, 2U}) {
    expect_refused(opened(ByteView(good).first(body + chunks * kSealedChunk)), "cut at a chunk's edge");
  }
  for (std::size_t less = 1; less < 40; ++less) {
    expect_refused(opened(ByteView(good).first(good.size() - less)), "cut by " + std::to_string(less));
  }
  for (std::size_t more = 1; more < 40; ++more) {
    Bytes longer = good;
    longer.resize(longer.size() + more, 0xaa);
    expect_refused(opened(longer), "longer by " + std::to_string(more));
  }
}

// ATTACK(K1)
TEST(Container, RefusesChunksThatAreDroppedDoubledOrSwapped) {
  const Bytes good = sealed(pattern(5 * kChunk + 7), fixed_options(), false);
  const std::size_t body = header_bytes(good);
  const auto chunk = [&](std::size_t index) {
    const std::size_t begin = body + index * kSealedChunk;
    return ByteView(good).subspan(begin, std::min(kSealedChunk, good.size() - begin));
  };
  const auto arranged = [&](std::initializer_list<std::size_t> order) {
    Bytes out(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(body));
    for (const std::size_t index : order) {
      const ByteView bytes = chunk(index);
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
  };
  ASSERT_TRUE(opened(arranged({0, 1, 2, 3, 4, 5})));
  expect_refused(opened(arranged({1, 2, 3, 4, 5})), "without the first");
  expect_refused(opened(arranged({0, 1, 3, 4, 5})), "without one in the middle");
  expect_refused(opened(arranged({0, 1, 2, 3, 4})), "without the last");
  expect_refused(opened(arranged({0, 1, 1, 2, 3, 4, 5})), "one twice");
  expect_refused(opened(arranged({0, 2, 1, 3, 4, 5})), "two swapped");
  expect_refused(opened(arranged({0, 1, 2, 3, 4, 5, 5})), "the last twice");
  for (const unsigned threads : {2U, 4U}) {
    expect_refused(opened(arranged({0, 2, 1, 3, 4, 5}), fixed_options(threads)), "two swapped, in parallel");
  }
}

// ATTACK(K1): two containers spliced.
TEST(Container, RefusesTheChunksOfAnother) {
  const Bytes one = sealed(pattern(2 * kChunk));
  const Bytes two = sealed(pattern(2 * kChunk));
  Bytes spliced(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(header_bytes(one)));
  spliced.insert(spliced.end(), two.begin() + static_cast<std::ptrdiff_t>(header_bytes(two)), two.end());
  expect_refused(opened(spliced), "another's chunks");
}

TEST(Container, NeedsTheSameAssociatedDataAndRoot) {
  const std::string text = "bound";
  SealOptions options = fixed_options();
  options.associated_data = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  const Bytes container = sealed(pattern(20), options);
  ASSERT_TRUE(opened(container, options));
  expect_refused(opened(container), "without");
  FixedRoot other(Bytes(32, 7));
  BytesInput in(container);
  BytesOutput out;
  const auto result = unseal_stream(key_id(), in, out, other, options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), seal_format::kUnsealFailed);
  EXPECT_TRUE(out.written.empty());
}

TEST(Container, TakesAssociatedDataUpToItsLimit) {
  const Bytes most = pattern(65535), more = pattern(65536);
  SealOptions options = fixed_options();
  options.associated_data = most;
  const Bytes container = sealed(pattern(5), options);
  EXPECT_TRUE(opened(container, options));
  options.associated_data = more;
  FixedRoot tee;
  BytesInput in({});
  BytesOutput out;
  const auto refused = seal_stream(key_id(), in, out, tee, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(tee.asked(), 0);
  EXPECT_FALSE(opened(container, options));
}

// ATTACK(K9): what the header would have the root do is compared before the root is asked.
TEST(Container, AsksNoRootAboutAnotherDerivation) {
  const Bytes container = sealed(pattern(5));
  const auto refused_unasked = [](ByteView bytes, const SealKeyId& id, const std::string& tag) {
    FixedRoot tee(FixedRoot::counted(), tag);
    BytesInput in(bytes);
    BytesOutput out;
    const auto result = unseal_stream(id, in, out, tee, fixed_options());
    EXPECT_FALSE(result);
    EXPECT_EQ(tee.asked(), 0);
    EXPECT_TRUE(out.written.empty());
    return result ? std::string() : result.error().message();
  };
  EXPECT_NE(refused_unasked(container, key_id("another"), "amd-sev-snp").find("key id"), std::string::npos);
  EXPECT_NE(refused_unasked(container, key_id(), "simulated").find("the root"), std::string::npos);
  EXPECT_NE(refused_unasked(container, key_id(), "amd-sev-snp;key=vcek").find("key"), std::string::npos);
}

/// Gives the right secret, and says that it is of another derivation than the one that it was asked for.
class OtherDerivation final : public TeeProvider {
 public:
  Platform tee_type() const noexcept override { return Platform::amd_sev_snp; }
  std::string_view provider_name() const noexcept override { return "another derivation"; }

 private:
  Result<AttestationReport> attest(const AttestationRequest&, const Patience&) override {
    return Error(ErrorCode::unsupported, "it seals only");
  }
  Result<SealingRoot> find_sealing_root(const SealingRequest&, const Patience&) override {
    return SealingRoot{
        .secret = SecretBytes(FixedRoot::counted()), .vendor_tag = "amd-sev-snp;key=vlek", .metadata = "{}"};
  }
};

TEST(Container, TakesNoRootOfAnotherDerivation) {
  const Bytes container = sealed(pattern(5));
  OtherDerivation tee;
  BytesInput in(container);
  BytesOutput out;
  const auto refused = unseal_stream(key_id(), in, out, tee, fixed_options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::internal);
  EXPECT_TRUE(out.written.empty());
}

// ATTACK(K5): sealing alone cannot stop an older file; a generation can.
TEST(Container, RefusesAnOlderGenerationThanIsAskedFor) {
  SealOptions options = fixed_options();
  options.generation = 4;
  const Bytes container = sealed(pattern(5), options);
  for (const std::uint64_t least : {0U, 3U, 4U}) {
    options.min_generation = least;
    EXPECT_TRUE(opened(container, options)) << least;
  }
  options.min_generation = 5;
  const auto refused = opened(container, options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::authentication_failed);
  EXPECT_NE(refused.error().message().find("generation 4"), std::string::npos);
}

TEST(Container, RefusesWhatIsNone) {
  for (std::size_t size = 0; size <= 64; ++size) {
    const auto refused = opened(pattern(size));
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().code(), ErrorCode::malformed_input);
  }
}

// ATTACK(K1)
TEST(Container, GivesOutNothingOfAChunkThatIsNotAuthentic) {
  Bytes container = sealed(pattern(4 * kChunk));
  container[header_bytes(container) + 2 * kSealedChunk + 9] ^= 1;
  for (const unsigned threads : {1U, 4U}) {
    FixedRoot tee;
    BytesInput in(container);
    BytesOutput out;
    EXPECT_FALSE(unseal_stream(key_id(), in, out, tee, fixed_options(threads)));
    EXPECT_LE(out.written.size(), 2 * kChunk);
    const Bytes plaintext = pattern(4 * kChunk);
    EXPECT_TRUE(std::ranges::equal(out.written, ByteView(plaintext).first(out.written.size())));
  }
}

TEST(Container, IsSealedAgainWithoutShowingItsPlaintext) {
  const Bytes plaintext = pattern(3 * kChunk + 1);
  SealOptions options = fixed_options(2);
  options.generation = 9;
  const Bytes old = sealed(plaintext, options);
  FixedRoot tee;
  BytesInput in(old);
  BytesOutput out;
  options.generation = 0;
  const auto done = reseal_stream(key_id(), in, out, tee, options);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(*done, plaintext.size());
  EXPECT_EQ(out.written.size(), old.size());
  EXPECT_NE(out.written, old);
  EXPECT_EQ(*opened(out.written), plaintext);
  EXPECT_EQ(seal_format::parse_header(out.written)->header.generation, 9U) << "the generation stays";
  Bytes bad = old;
  bad.back() ^= 1;
  BytesInput in_again(bad);
  BytesOutput nothing;
  EXPECT_FALSE(reseal_stream(key_id(), in_again, nothing, tee, options));
}

TEST(Container, NoticesAnInputThatChangesItsSize) {
  const Bytes plaintext = pattern(100);
  FixedRoot tee;
  BytesInput in(plaintext, true);
  in.pretended_more = 1;
  BytesOutput out;
  const auto done = seal_stream(key_id(), in, out, tee, fixed_options());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::io_failure);
}

/// Says that it has one chunk, and never ends.
class EndlessInput final : public SealInput {
 public:
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    given += into.size();
    return into.size();
  }
  std::optional<std::uint64_t> size() const override { return kChunk; }
  std::size_t given = 0;
};

TEST(Container, FollowsNoInputThatGrows) {
  for (const unsigned threads : {1U, 3U}) {
    FixedRoot tee;
    EndlessInput in;
    BytesOutput out;
    const auto done = seal_stream(key_id(), in, out, tee, fixed_options(threads));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::io_failure);
    EXPECT_LE(in.given, 3 * kChunk);
  }
}

TEST(Container, PassesFailuresOfInputAndOutputOn) {
  const Bytes plaintext = pattern(20 * kChunk);
  const Bytes container = sealed(plaintext);
  for (const unsigned threads : {1U, 4U}) {
    FixedRoot tee;
    for (const std::size_t at : {std::size_t{0}, kChunk, 10 * kChunk}) {
      BytesInput in(plaintext);
      in.fail_at = at;
      BytesOutput out;
      const auto read = seal_stream(key_id(), in, out, tee, fixed_options(threads));
      ASSERT_FALSE(read);
      EXPECT_EQ(read.error().message(), "the test's input fails");
      BytesInput good(container);
      BytesOutput full;
      full.fail_at = at;
      const auto written = unseal_stream(key_id(), good, full, tee, fixed_options(threads));
      ASSERT_FALSE(written);
      EXPECT_EQ(written.error().message(), "the test's output fails");
    }
  }
}

TEST(Container, StopsWhenItIsAskedTo) {
  const Bytes plaintext = pattern(50 * kChunk);
  for (const unsigned threads : {1U, 4U}) {
    FixedRoot tee;
    std::stop_source stop;
    SealOptions options = fixed_options(threads);
    options.patience.stop = stop.get_token();
    options.progress = [&](const SealProgress& at) {
      if (at.done > 3 * kChunk) {
        stop.request_stop();
      }
    };
    BytesInput in(plaintext, true);
    BytesOutput out;
    const auto done = seal_stream(key_id(), in, out, tee, options);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::cancelled);
  }
}

/// Gives its bytes in small pieces, as pipes and sockets do.
class PiecesInput final : public SealInput {
 public:
  PiecesInput(ByteView bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    const std::size_t count = std::min({into.size(), piece_, bytes_.size()});
    std::ranges::copy(bytes_.first(count), into.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  ByteView bytes_;
  std::size_t piece_;
};

TEST(Container, TakesAnInputThatComesInPieces) {
  const Bytes plaintext = pattern(3 * kChunk + 5);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, kChunk - 1}) {
    for (const unsigned threads : {1U, 3U}) {
      FixedRoot tee;
      PiecesInput in(plaintext, piece);
      BytesOutput middle, out;
      const auto done = seal_stream(key_id(), in, middle, tee, fixed_options(threads));
      ASSERT_TRUE(done);
      EXPECT_EQ(*done, plaintext.size());
      PiecesInput again(middle.written, piece);
      ASSERT_TRUE(unseal_stream(key_id(), again, out, tee, fixed_options(threads)));
      EXPECT_EQ(out.written, plaintext) << piece;
    }
  }
}

/// Says that it gave more than there was room for.
class BoastingInput final : public SealInput {
 public:
  Result<std::size_t> read(std::span<std::uint8_t> into) override { return into.size() + 1; }
};

TEST(Container, BelievesNoInputThatBoasts) {
  FixedRoot tee;
  BoastingInput in;
  BytesOutput out;
  EXPECT_FALSE(seal_stream(key_id(), in, out, tee, fixed_options()));
}

TEST(Container, PassesExceptionsOfItsCallerOn) {
  const Bytes plaintext = pattern(20 * kChunk);
  for (const unsigned threads : {1U, 2U, 4U}) {
    FixedRoot tee;
    SealOptions options = fixed_options(threads);
    options.progress = [](const SealProgress& at) {
      if (at.done > 2 * kChunk) {
        throw 42;
      }
    };
    BytesInput in(plaintext);
    BytesOutput out;
    EXPECT_THROW(static_cast<void>(seal_stream(key_id(), in, out, tee, options)), int) << threads;
  }
}

/// Gives some bytes, and then waits until it is given up.
class WaitingInput final : public SealInput {
 public:
  explicit WaitingInput(ByteView first) : first_(first) {}
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    if (!first_.empty()) {
      const std::size_t count = std::min(into.size(), first_.size());
      std::ranges::copy(first_.first(count), into.begin());
      first_ = first_.subspan(count);
      return count;
    }
    waits = true;
    waits.notify_all();
    given_up_.wait(false);
    return Error(ErrorCode::io_failure, "given up");
  }
  void give_up() noexcept override {
    given_up_ = true;
    given_up_.notify_all();
  }
  std::atomic<bool> waits = false;

 private:
  ByteView first_;
  std::atomic<bool> given_up_ = false;
};

TEST(Container, StopsWhileItsInputIsSilent) {
  const Bytes container = sealed(pattern(3 * kChunk));
  for (const unsigned threads : {1U, 3U}) {
    for (const std::size_t first : {std::size_t{0}, std::size_t{5}, std::size_t{50}, kChunk}) {
      WaitingInput in(ByteView(container).first(first));
      std::stop_source stop;
      SealOptions options = fixed_options(threads);
      options.patience.stop = stop.get_token();
      const std::jthread stopper([&] {
        in.waits.wait(false);
        stop.request_stop();
      });
      FixedRoot tee;
      BytesOutput out;
      const auto done = unseal_stream(key_id(), in, out, tee, options);
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code(), ErrorCode::cancelled) << threads << " " << first;
    }
  }
}

// ATTACK(K5): sealing an old file again must not make it new.
TEST(Container, IsNotSealedAgainAsAnOlderOne) {
  SealOptions options = fixed_options();
  options.generation = 5;
  const Bytes old = sealed(pattern(10), options);
  const auto resealed = [&](std::uint64_t generation, std::uint64_t least) {
    FixedRoot tee;
    BytesInput in(old);
    BytesOutput out;
    options.generation = generation;
    options.min_generation = least;
    return reseal_stream(key_id(), in, out, tee, options).has_value();
  };
  EXPECT_TRUE(resealed(6, 5));
  EXPECT_FALSE(resealed(4, 0));
  EXPECT_FALSE(resealed(7, 6)) << "it is older than what is wanted";
}

TEST(Container, TellsHowFarItIs) {
  const Bytes plaintext = pattern(3 * kChunk + 10);
  std::vector<SealProgress> seen;
  SealOptions options = fixed_options(2);
  options.progress = [&](const SealProgress& at) { seen.push_back(at); };
  const Bytes container = sealed(plaintext, options);
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen.front().done, kChunk);
  EXPECT_EQ(seen.back().done, plaintext.size());
  EXPECT_EQ(seen.back().total, plaintext.size());
  seen.clear();
  EXPECT_TRUE(opened(container, options));
  EXPECT_EQ(seen.back().done, plaintext.size());
}

TEST(Container, GoesThroughTheStandardLibrarysStreams) {
  const Bytes plaintext = pattern(kChunk + 3);
  FixedRoot tee;
  std::stringstream in(std::string(plaintext.begin(), plaintext.end())), middle, out;
  ASSERT_TRUE(seal_stream(key_id(), in, middle, tee, fixed_options()));
  const auto back = unseal_stream(key_id(), middle, out, tee, fixed_options());
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(out.str(), std::string(plaintext.begin(), plaintext.end()));
  std::stringstream bad;
  bad.setstate(std::ios::badbit);
  std::stringstream again(std::string(10, 'x'));
  const auto refused = seal_stream(key_id(), again, bad, tee, fixed_options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::io_failure);
}

// What cannot be read is not sealed as if it ended there.
TEST(Container, TakesNoStreamThatFailsForOneThatEnds) {
  using State = std::ios::iostate;
  for (const State state : {std::ios::failbit, std::ios::badbit, std::ios::badbit | std::ios::eofbit}) {
    FixedRoot tee;
    std::stringstream in("text"), out;
    in.setstate(state);
    const auto refused = seal_stream(key_id(), in, out, tee, fixed_options());
    ASSERT_FALSE(refused) << state;
    EXPECT_EQ(refused.error().code(), ErrorCode::io_failure);
    EXPECT_EQ(refused.error().message(), "the input stream cannot be read");
  }
}

}  // namespace
}  // namespace tenzro::tee
