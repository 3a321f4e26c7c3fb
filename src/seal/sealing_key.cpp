// SPDX-License-Identifier: Apache-2.0
// Small messages, for callers of the library.
#include <utility>

#include "core/try.hpp"
#include "seal/sealer.hpp"
#include "seal/small_format.hpp"

namespace tenzro::tee {

struct SealingKey::Impl {
  seal_format::SmallKey key;
};

SealingKey::SealingKey(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
SealingKey::SealingKey(SealingKey&&) noexcept = default;
SealingKey& SealingKey::operator=(SealingKey&&) noexcept = default;
SealingKey::~SealingKey() = default;

Result<SealingKey> SealingKey::make(const SealKeyId& key_id, SealingPlace place, const SealOptions& options) {
  if (!options.associated_data.empty()) {
    return Error(ErrorCode::invalid_argument, "associated data go with each message of a held key, not with the key");
  }
  TENZRO_ASSIGN_OR_RETURN(const SealingRoot root, Sealer::root_of_raw(key_id, place, options));
  TENZRO_ASSIGN_OR_RETURN(auto key, seal_format::SmallKey::derive(root, key_id.str()));
  return SealingKey(std::make_unique<Impl>(Impl{std::move(key)}));
}

Result<Bytes> SealingKey::seal(ByteView plaintext, ByteView associated_data) const {
  if (plaintext.size() > kMaxRawPlaintext) {
    return impl_->key.seal(plaintext, associated_data, {}).error();
  }
  Bytes out(plaintext.size() + kRawOverhead);
  TENZRO_RETURN_IF_ERROR(impl_->key.seal(plaintext, associated_data, out));
  return out;
}

Result<void> SealingKey::seal(ByteView plaintext, ByteView associated_data, std::span<std::uint8_t> out) const {
  return impl_->key.seal(plaintext, associated_data, out);
}

Result<SecretBytes> SealingKey::unseal(ByteView sealed, ByteView associated_data) const {
  return impl_->key.unseal(sealed, associated_data);
}

namespace {

/// The key of one call: its associated data are the call's.
Result<SealingKey> key_for_call(const SealKeyId& key_id, SealingPlace place, SealOptions options) {
  TENZRO_RETURN_IF_ERROR(check_options(options));
  options.associated_data = {};
  return SealingKey::make(key_id, place, options);
}

}  // namespace

Result<Bytes> seal(const SealKeyId& key_id, ByteView plaintext, SealingPlace place, const SealOptions& options) {
  TENZRO_ASSIGN_OR_RETURN(const SealingKey key, key_for_call(key_id, place, options));
  return key.seal(plaintext, options.associated_data);
}

Result<SecretBytes> unseal(const SealKeyId& key_id, ByteView sealed, SealingPlace place, const SealOptions& options) {
  // No device or service is asked about what cannot be sealed data.
  TENZRO_RETURN_IF_ERROR(seal_format::check_sealed_size(sealed.size()));
  TENZRO_ASSIGN_OR_RETURN(const SealingKey key, key_for_call(key_id, place, options));
  return key.unseal(sealed, options.associated_data);
}

}  // namespace tenzro::tee
