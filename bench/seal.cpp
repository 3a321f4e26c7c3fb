// SPDX-License-Identifier: Apache-2.0
#include "seal.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>
#include <string>

#include "crypto/aead.hpp"
#include "rows.hpp"
#include "seal/container_key.hpp"
#include "seal/small_format.hpp"
#include "support/fixed_root.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::bench {

namespace {

using namespace tenzro::tee;

constexpr std::size_t kChunk = std::size_t{256} << 10;
constexpr std::size_t kSmall = 1024;
constexpr std::size_t kStream = std::size_t{64} << 20;

/// As OpenSSL's manual shows it: key set once, then a nonce for each message.
struct RawGcm {
  EVP_CIPHER* algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  RawGcm() {
    const Bytes key(32, 7);
    demand(EVP_EncryptInit_ex2(context, algorithm, key.data(), nullptr, nullptr) == 1, "the calibrator has no key");
  }
  ~RawGcm() {
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(algorithm);
  }
  bool encrypt(const unsigned char* nonce, const unsigned char* in, std::size_t size, unsigned char* out,
               unsigned char* tag) const {
    int written = 0, rest = 0;
    return EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce, nullptr) == 1 &&
           EVP_EncryptUpdate(context, out, &written, in, static_cast<int>(size)) == 1 &&
           EVP_EncryptFinal_ex(context, tag, &rest) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;
  }
};

void raw_gcm(benchmark::State& state) {
  const RawGcm gcm;
  Bytes buffer(kChunk + 16);
  ByteArray<12> nonce{};
  std::uint64_t count = 0;
  for (auto _ : state) {
    std::memcpy(nonce.data(), &++count, sizeof count);
    if (!gcm.encrypt(nonce.data(), buffer.data(), kChunk, buffer.data(), buffer.data() + kChunk)) {
      state.SkipWithError("AES-256-GCM failed");
      return;
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kChunk));
}

void rand_and_gcm(benchmark::State& state) {
  const RawGcm gcm;
  const Bytes plaintext(kSmall, 1);
  Bytes out(kSmall + 28);
  for (auto _ : state) {
    if (RAND_bytes(out.data(), 12) != 1 ||
        !gcm.encrypt(out.data(), plaintext.data(), kSmall, out.data() + 12, out.data() + 12 + kSmall)) {
      state.SkipWithError("AES-256-GCM failed");
      return;
    }
  }
}

/// What a worker does to each chunk of a container.
void seal_chunk(benchmark::State& state) {
  const Bytes key(32, 7);
  auto context = crypto::AeadContext::to_seal(key);
  demand(context.has_value(), "no context");
  Bytes buffer(kChunk + 16);
  std::uint64_t index = 0;
  for (auto _ : state) {
    if (!context->seal(seal_format::chunk_nonce(index++, false), {}, ByteView(buffer).first(kChunk), buffer)) {
      state.SkipWithError("a chunk was not sealed");
      return;
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kChunk));
}

void open_chunk(benchmark::State& state) {
  const Bytes key(32, 7);
  auto sealing = crypto::AeadContext::to_seal(key);
  auto context = crypto::AeadContext::to_open(key);
  demand(sealing && context, "no context");
  Bytes sealed(kChunk + 16), out(kChunk);
  demand(sealing->seal(seal_format::chunk_nonce(0, false), {}, Bytes(kChunk, 3), sealed).has_value(), "not sealed");
  for (auto _ : state) {
    if (!context->open(seal_format::chunk_nonce(0, false), {}, sealed, out)) {
      state.SkipWithError("a chunk was not opened");
      return;
    }
  }
  demand(!context->open(seal_format::chunk_nonce(0, true), {}, sealed, out), "another chunk's nonce opened it");
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kChunk));
}

/// Into memory that is there already.
class Sink final : public SealOutput {
 public:
  explicit Sink(std::size_t size) : room_(size) {}
  Result<void> write(ByteView bytes) override {
    demand(used_ + bytes.size() <= room_.size(), "more than there can be");
    std::memcpy(room_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
    return {};
  }
  void rewind() { used_ = 0; }
  ByteView written() const { return ByteView(room_).first(used_); }

 private:
  Bytes room_;
  std::size_t used_ = 0;
};

SealOptions options_for(unsigned threads) {
  SealOptions out = test::fixed_options(threads);
  out.log2_chunk = 18;
  return out;
}

void seal_memory(benchmark::State& state, unsigned threads) {
  const Bytes plaintext = test::pattern(kStream);
  test::FixedRoot tee;
  Sink out(kStream + (std::size_t{64} << 10));
  for (auto _ : state) {
    test::BytesInput in(plaintext, true);
    out.rewind();
    if (!seal_stream(test::key_id(), in, out, tee, options_for(threads))) {
      state.SkipWithError("a container was not sealed");
      return;
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kStream));
}

void unseal_memory(benchmark::State& state, unsigned threads) {
  test::FixedRoot tee;
  Sink sealed(kStream + (std::size_t{64} << 10));
  const Bytes plaintext = test::pattern(kStream);
  test::BytesInput once(plaintext, true);
  demand(seal_stream(test::key_id(), once, sealed, tee, options_for(1)).has_value(), "a container was not sealed");
  Sink out(kStream + (std::size_t{64} << 10));
  for (auto _ : state) {
    test::BytesInput in(sealed.written());
    out.rewind();
    if (!unseal_stream(test::key_id(), in, out, tee, options_for(threads))) {
      state.SkipWithError("a container was not opened");
      return;
    }
  }
  demand(std::ranges::equal(out.written(), plaintext), "another plaintext came out");
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kStream));
}

seal_format::SmallKey small_key() {
  auto key = seal_format::SmallKey::derive({SecretBytes(test::FixedRoot::counted()), "simulated"}, "bench");
  demand(key.has_value(), "no key");
  return *std::move(key);
}

void seal_small(benchmark::State& state) {
  const auto key = small_key();
  const Bytes plaintext(kSmall, 1);
  Bytes out(kSmall + kRawOverhead);
  for (auto _ : state) {
    if (!key.seal(plaintext, {}, out)) {
      state.SkipWithError("a message was not sealed");
      return;
    }
  }
}

void unseal_small(benchmark::State& state) {
  const auto key = small_key();
  Bytes sealed(kSmall + kRawOverhead);
  demand(key.seal(Bytes(kSmall, 1), {}, sealed).has_value(), "a message was not sealed");
  for (auto _ : state) {
    const auto out = key.unseal(sealed, {});
    if (!out) {
      state.SkipWithError("a message was not opened");
      return;
    }
    benchmark::DoNotOptimize(out->reveal().data());
  }
  sealed.back() ^= 1;
  demand(!key.unseal(sealed, {}), "an altered message was opened");
}

}  // namespace

void add_seal_rows() {
  add_row(kGcm256k, raw_gcm);
  add_row(kRandAndGcm1k, rand_and_gcm);
  add_scaling_row(kGcm256kThreads, raw_gcm, kGcm256kThreads);
  // 0.95 of the raw speed is 1.053 of its time.
  add_row("seal/chunk_256k", seal_chunk, {{{1, kGcm256k}}, 1.053});
  add_row("unseal/chunk_256k", open_chunk, {{{1, kGcm256k}}, 1.053});
  add_scaling_row("seal/chunk_256k_threads", seal_chunk, kGcm256kThreads);
  add_scaling_row("unseal/chunk_256k_threads", open_chunk, kGcm256kThreads);
  add_row("seal/small_1k", seal_small, {{{1, kRandAndGcm1k}}, 1.3});
  add_row("unseal/small_1k", unseal_small, {{{1, kRandAndGcm1k}}, 0});
  // Whole containers between buffers: what is read and written is copied once each.
  constexpr double kChunks = static_cast<double>(kStream) / kChunk;
  for (const unsigned threads : {1U, 2U, 4U}) {
    const std::string suffix = "_" + std::to_string(threads) + "_threads";
    add_row("seal/memory_64m" + suffix, [threads](benchmark::State& state) { seal_memory(state, threads); },
            {{{kChunks, kGcm256k}}, 0})
        ->UseRealTime();
    add_row("unseal/memory_64m" + suffix, [threads](benchmark::State& state) { unseal_memory(state, threads); },
            {{{kChunks, kGcm256k}}, 0})
        ->UseRealTime();
  }
}

}  // namespace tenzro::bench
