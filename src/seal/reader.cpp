// SPDX-License-Identifier: Apache-2.0
// Reading a container here and there.
#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "core/try.hpp"
#include "seal/opened_container.hpp"
#include "seal/small_format.hpp"

namespace tenzro::tee {

using namespace seal_format;

namespace {

constexpr std::size_t kMostIdle = 16;

/// What one reading thread needs.
struct Opener {
  crypto::AeadContext context;
  SecretBytes scratch;
};

}  // namespace

struct SealedReader::Impl {
  OpenedContainer container;
  ByteView body;  ///< after the header
  std::uint64_t chunks = 0;
  std::uint64_t size = 0;
  std::mutex mutex{};
  std::vector<Opener> idle{};

  std::size_t chunk_size() const noexcept { return container.header.chunk_size(); }

  ByteView sealed_chunk(std::uint64_t index) const {
    const std::uint64_t at = index * (chunk_size() + kTagSize);
    return body.subspan(at, std::min<std::uint64_t>(chunk_size() + kTagSize, body.size() - at));
  }

  Result<Opener> take_opener() {
    {
      const std::scoped_lock lock(mutex);
      if (!idle.empty()) {
        Opener opener = std::move(idle.back());
        idle.pop_back();
        return opener;
      }
    }
    TENZRO_ASSIGN_OR_RETURN(auto context, crypto::AeadContext::to_open(container.file_key.reveal()));
    return Opener{std::move(context), SecretBytes(chunk_size() + kTagSize)};
  }
  void give_back(Opener opener) {
    const std::scoped_lock lock(mutex);
    if (idle.size() < kMostIdle) {
      idle.push_back(std::move(opener));
    }
  }

  /// Opens chunk index into out, of exactly its plaintext's size. What is opened is a copy: who shares the container's
  /// memory must not change it between the check of a byte and its use.
  Result<void> open(Opener& opener, std::uint64_t index, std::span<std::uint8_t> out) const {
    const ByteView sealed = sealed_chunk(index);
    std::memcpy(opener.scratch.fill().data(), sealed.data(), sealed.size());
    const auto opened = opener.context.open(chunk_nonce(index, index + 1 == chunks), {},
                                            opener.scratch.reveal().first(sealed.size()), out);
    if (!opened) {
      return opened.error().code() == ErrorCode::authentication_failed ? unseal_failed() : opened.error();
    }
    return {};
  }

  Result<void> read_with(Opener& opener, std::uint64_t offset, std::span<std::uint8_t> out) const {
    while (!out.empty()) {
      const std::uint64_t index = offset / chunk_size();
      const std::size_t inside = offset % chunk_size();
      const std::size_t whole = sealed_chunk(index).size() - kTagSize;
      const std::size_t wanted = std::min(out.size(), whole - inside);
      if (wanted == whole) {
        TENZRO_RETURN_IF_ERROR(open(opener, index, out.first(whole)));
      } else {
        TENZRO_RETURN_IF_ERROR(open(opener, index, opener.scratch.fill().first(whole)));
        std::memcpy(out.data(), opener.scratch.reveal().data() + inside, wanted);
      }
      out = out.subspan(wanted);
      offset += wanted;
    }
    return {};
  }

  /// Sizes, and the last chunk: without it, nobody could tell that the end is missing.
  Result<void> find_end() {
    const std::uint64_t sealed_chunk_size = chunk_size() + kTagSize;
    chunks = (body.size() + sealed_chunk_size - 1) / sealed_chunk_size;
    if (chunks == 0 || chunks > kMaxChunks) {
      return unseal_failed();
    }
    TENZRO_RETURN_IF_ERROR(check_chunk_size(chunks - 1, sealed_chunk(chunks - 1).size()));
    size = body.size() - chunks * kTagSize;
    if (container.header.plaintext_size && *container.header.plaintext_size != size) {
      return unseal_failed();
    }
    TENZRO_ASSIGN_OR_RETURN(Opener opener, take_opener());
    TENZRO_RETURN_IF_ERROR(
        open(opener, chunks - 1, opener.scratch.fill().first(sealed_chunk(chunks - 1).size() - kTagSize)));
    give_back(std::move(opener));
    return {};
  }
};

SealedReader::SealedReader(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
SealedReader::SealedReader(SealedReader&&) noexcept = default;
SealedReader& SealedReader::operator=(SealedReader&&) noexcept = default;
SealedReader::~SealedReader() = default;

Result<SealedReader> SealedReader::open(const SealKeyId& key_id, ByteView container, SealingPlace place,
                                        const SealOptions& options) {
  // A copy of the header: it may stand in memory that others can change while it is read.
  TENZRO_ASSIGN_OR_RETURN(const std::size_t size, header_size(container));
  const ByteView first = container.first(std::min(size, container.size()));
  const Bytes header(first.begin(), first.end());
  TENZRO_ASSIGN_OR_RETURN(OpenedContainer opened, open_container(header, key_id, place, options));
  const ByteView body = container.subspan(opened.header_size);
  auto impl = std::unique_ptr<Impl>(new Impl{.container = std::move(opened), .body = body});
  TENZRO_RETURN_IF_ERROR(impl->find_end());
  return SealedReader(std::move(impl));
}

std::uint64_t SealedReader::size() const noexcept { return impl_->size; }
std::uint64_t SealedReader::generation() const noexcept { return impl_->container.header.generation; }

Result<void> SealedReader::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  if (offset > impl_->size || out.size() > impl_->size - offset) {
    return Error(ErrorCode::invalid_argument,
                 concat("read of ", out.size(), " bytes at ", offset, ": there are ", impl_->size));
  }
  TENZRO_ASSIGN_OR_RETURN(Opener opener, impl_->take_opener());
  auto done = impl_->read_with(opener, offset, out);
  if (!done && !out.empty()) {
    explicit_bzero(out.data(), out.size());
  }
  impl_->give_back(std::move(opener));
  return done;
}

}  // namespace tenzro::tee
