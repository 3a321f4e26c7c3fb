// SPDX-License-Identifier: Apache-2.0
#include "seal/small_format.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/random.hpp"
#include "seal/key_schedule.hpp"
#include "seal/length_prefix.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::seal_format {

namespace {

constexpr std::size_t kMaxIdleContexts = 64;
/// Associated data up to this is put together on the stack.
constexpr std::size_t kUsualAssociatedData = 1024;

std::string_view label(Domain domain) { return domain == Domain::rpc ? "tenzro/seal/v1/rpc" : "tenzro/seal/v1/small"; }

/// Runs use(context), with a context of the pool or a new one.
template <class Make, class Use>
Result<void> with_context(std::mutex& mutex, std::vector<crypto::AeadContext>& idle, Make make, Use use) {
  std::optional<crypto::AeadContext> context;
  {
    const std::scoped_lock lock(mutex);
    if (!idle.empty()) {
      context.emplace(std::move(idle.back()));
      idle.pop_back();
    }
  }
  if (!context) {
    auto made = make();
    if (!made) {
      return std::move(made).error();
    }
    context.emplace(*std::move(made));
  }
  Result<void> done = use(*context);
  const std::scoped_lock lock(mutex);
  if (idle.size() < kMaxIdleContexts) {
    idle.push_back(*std::move(context));
  }
  return done;
}

/// prefix || lp(associated_data), on the stack where it is short.
class WholeAssociatedData {
 public:
  WholeAssociatedData(ByteView prefix, ByteView data) {
    const std::size_t size = prefix.size() + 2 + data.size();
    std::uint8_t* at = few_.data();
    if (size > few_.size()) {
      many_.resize(size);
      at = many_.data();
    }
    whole_ = {at, size};
    at = std::ranges::copy(prefix, at).out;
    *at++ = static_cast<std::uint8_t>(data.size() >> 8U);
    *at++ = static_cast<std::uint8_t>(data.size());
    std::ranges::copy(data, at);
  }
  ByteView bytes() const noexcept { return whole_; }

 private:
  std::array<std::uint8_t, kUsualAssociatedData> few_;
  Bytes many_;
  ByteView whole_;
};

Result<void> check_associated_data(ByteView data) {
  if (data.size() > kMaxSealAssociatedData) {
    return Error(ErrorCode::invalid_argument, concat("associated data: ", data.size(), " bytes, at most ",
                                                     kMaxSealAssociatedData, "; give a hash of it"));
  }
  return {};
}

}  // namespace

Error unseal_failed() { return {ErrorCode::authentication_failed, std::string(kUnsealFailed)}; }

Result<void> check_sealed_size(std::size_t size) {
  if (size < kRawOverhead || size > kMaxRawPlaintext + kRawOverhead) {
    return Error(ErrorCode::malformed_input, concat("this is no sealed message: ", size, " bytes, expected ",
                                                    kRawOverhead, " to ", kMaxRawPlaintext + kRawOverhead));
  }
  return {};
}

SmallKey::SmallKey(SecretBytes key, Bytes prefix)
    : key_(std::move(key)), prefix_(std::move(prefix)), pool_(std::make_unique<Pool>()) {}

Result<SmallKey> SmallKey::derive(const SealingRoot& root, std::string_view key_id, Domain domain) {
  Bytes info = labelled(label(domain), root.vendor_tag, key_id);
  TENZRO_ASSIGN_OR_RETURN(SecretBytes key,
                          crypto::hkdf(crypto::Hash::sha256, root.secret.reveal(), extract_salt(), info, kKeySize));
  return SmallKey(std::move(key), std::move(info));
}

Result<void> SmallKey::seal(ByteView plaintext, ByteView associated_data, std::span<std::uint8_t> out) const {
  // Straight from the kernel: a copy of this process, or of its machine, must never repeat one.
  ByteArray<crypto::kAeadNonceSize> nonce{};
  crypto::fill_random(nonce);
  return seal_with_nonce(nonce, plaintext, associated_data, out);
}

Result<void> SmallKey::seal_with_nonce(ByteView nonce, ByteView plaintext, ByteView associated_data,
                                       std::span<std::uint8_t> out) const {
  TENZRO_RETURN_IF_ERROR(check_associated_data(associated_data));
  if (plaintext.size() > kMaxRawPlaintext) {
    return Error(ErrorCode::invalid_argument, concat("seal: ", plaintext.size(), " bytes in one message, at most ",
                                                     kMaxRawPlaintext, "; seal more as a container (seal_stream)"));
  }
  if (out.size() != plaintext.size() + kRawOverhead) {
    return Error(ErrorCode::invalid_argument,
                 concat("seal: room for ", out.size(), " bytes, expected ", plaintext.size() + kRawOverhead));
  }
  const WholeAssociatedData whole(prefix_, associated_data);
  const auto done = with_context(
      pool_->mutex, pool_->sealing, [&] { return crypto::AeadContext::to_seal(key_.reveal()); },
      [&](crypto::AeadContext& context) {
        return context.seal(nonce, whole.bytes(), plaintext, out.subspan(crypto::kAeadNonceSize));
      });
  TENZRO_RETURN_IF_ERROR(done);
  std::ranges::copy(nonce, out.begin());
  return {};
}

Result<SecretBytes> SmallKey::unseal(ByteView sealed, ByteView associated_data) const {
  TENZRO_RETURN_IF_ERROR(check_associated_data(associated_data));
  TENZRO_RETURN_IF_ERROR(check_sealed_size(sealed.size()));
  const WholeAssociatedData whole(prefix_, associated_data);
  SecretBytes plaintext(sealed.size() - kRawOverhead);
  const auto done = with_context(
      pool_->mutex, pool_->opening, [&] { return crypto::AeadContext::to_open(key_.reveal()); },
      [&](crypto::AeadContext& context) {
        return context.open(sealed.first(crypto::kAeadNonceSize), whole.bytes(), sealed.subspan(crypto::kAeadNonceSize),
                            plaintext.fill());
      });
  if (!done) {
    return done.error().code() == ErrorCode::authentication_failed ? unseal_failed() : done.error();
  }
  return plaintext;
}

}  // namespace tenzro::tee::seal_format
