// SPDX-License-Identifier: Apache-2.0
// SHA-2, with the algorithm objects fetched once per process.
#pragma once
#include <initializer_list>

#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::crypto {

enum class Hash : std::uint8_t { sha256, sha384, sha512 };

/// The fetched algorithm object; never null, lives as long as the process. Throws std::bad_alloc when it cannot be had.
const EVP_MD* md(Hash hash);

// One-shot digests. After a thread's first call they allocate nothing but the one small block that OpenSSL 3.0 takes
// and gives back for each digest; they throw std::bad_alloc if OpenSSL fails, which, short of a broken installation, is
// for want of memory. Threads: may be called from several threads at once.
ByteArray<32> sha256(ByteView data);
ByteArray<48> sha384(ByteView data);
ByteArray<64> sha512(ByteView data);
/// Over the parts one after another, without joining them.
ByteArray<32> sha256(std::initializer_list<ByteView> parts);
ByteArray<48> sha384(std::initializer_list<ByteView> parts);
ByteArray<64> sha512(std::initializer_list<ByteView> parts);

/// SHA-1, for identifiers alone: RFC 6960 names keys by it. No signature may ever rest on it, so Hash does not have it.
ByteArray<20> sha1_of_identifier(ByteView data);

/// A digest whose length is known at run time only.
struct Digest {
  ByteArray<64> bytes{};
  std::size_t size = 0;
  ByteView view() const noexcept { return ByteView(bytes).first(size); }
};
/// The same promises as the one-shot digests above.
Digest digest(Hash hash, ByteView data);
/// Over the parts one after another.
Digest digest(Hash hash, std::initializer_list<ByteView> parts);

/// True when both have the same size and bytes; the time taken depends on the sizes only.
[[nodiscard]] bool equal_constant_time(ByteView a, ByteView b) noexcept;

}  // namespace tenzro::tee::crypto
