// SPDX-License-Identifier: Apache-2.0
// A TEE whose sealing root a test knows, and the inputs and outputs that containers pass through.
#pragma once
#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "core/vendor_tag.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::test {

/// Seals under one secret, and counts how often it is asked.
class FixedRoot final : public TeeProvider {
 public:
  explicit FixedRoot(Bytes secret = counted(), std::string tag = "amd-sev-snp")
      : secret_(std::move(secret)), tag_(std::move(tag)) {}
  Platform tee_type() const noexcept override { return Platform::amd_sev_snp; }
  std::string_view provider_name() const noexcept override { return "a fixed root"; }
  int asked() const noexcept { return asked_; }

  /// 00 01 02 ... 1f: the root of the known answers.
  static Bytes counted() {
    Bytes out(32);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(i);
    }
    return out;
  }

  std::string metadata = "{}";

 private:
  Result<AttestationReport> attest(const AttestationRequest&, const Patience&) override {
    return Error(ErrorCode::unsupported, "it seals only");
  }
  Result<SealingRoot> find_sealing_root(const SealingRequest& request, const Patience&) override {
    if (!request.stored_tag.empty()) {
      const auto stored = VendorTag::parse(request.stored_tag);
      const auto own = VendorTag::parse(tag_);
      if (!stored) {
        return stored.error();
      }
      if (auto same = demand_same_derivation(*stored, *own); !same) {
        return same.error();
      }
    }
    ++asked_;
    return SealingRoot{SecretBytes(Bytes(secret_)), tag_, metadata};
  }

  Bytes secret_;
  std::string tag_;
  std::atomic<int> asked_ = 0;
};

class BytesInput final : public SealInput {
 public:
  explicit BytesInput(ByteView bytes, bool known = false) : bytes_(bytes), known_(known) {}
  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    if (fail_at && at_ >= *fail_at) {
      return Error(ErrorCode::io_failure, "the test's input fails");
    }
    const std::size_t count = std::min(into.size(), bytes_.size() - at_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }
  std::optional<std::uint64_t> size() const override {
    return known_ ? std::optional<std::uint64_t>(bytes_.size() + pretended_more) : std::nullopt;
  }
  std::optional<std::size_t> fail_at{};
  std::size_t pretended_more = 0;

 private:
  ByteView bytes_;
  bool known_;
  std::size_t at_ = 0;
};

class BytesOutput final : public SealOutput {
 public:
  Result<void> write(ByteView bytes) override {
    if (fail_at && written.size() + bytes.size() > *fail_at) {
      return Error(ErrorCode::io_failure, "the test's output fails");
    }
    written.insert(written.end(), bytes.begin(), bytes.end());
    return {};
  }
  Bytes written{};
  std::optional<std::size_t> fail_at{};
};

/// Bytes that differ from place to place.
inline Bytes pattern(std::size_t size) {
  Bytes out(size);
  std::uint32_t state = 0x9e3779b9;
  for (std::uint8_t& byte : out) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(state >> 24U);
  }
  return out;
}

/// Root snp of a fixed provider, small chunks.
inline SealOptions fixed_options(unsigned threads = 1) {
  SealOptions out;
  out.root = SealingSource::snp;
  out.log2_chunk = 14;
  out.threads = threads;
  return out;
}

inline SealKeyId key_id(std::string_view text = "model-key-1") { return *SealKeyId::parse(text); }

}  // namespace tenzro::tee::test
