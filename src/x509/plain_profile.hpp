// SPDX-License-Identifier: Apache-2.0
// The small part of X.509 that our own reader understands whole. A certificate within it needs no other decoder, which
// saves more time than checking its signature takes; any other one is read by OpenSSL as well.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "x509/certificate.hpp"

namespace tenzro::tee::x509 {

/// What the extensions of a plain certificate say.
struct PlainExtensions {
  bool ca = false;
  std::optional<std::uint32_t> path_length{};  ///< only with ca
  std::optional<std::uint32_t> key_usage{};    ///< as KeyUsage; empty: no such extension
  ByteView subject_key_id{}, authority_key_id{};
};

/// Nothing unless every extension is one of: basic constraints, key usage, subject key identifier, authority key
/// identifier by key id, CRL distribution points by URI, authority information access by URI, each in DER; or an
/// extension of Intel's or AMD's own, which OpenSSL does not look into either. None but the first two may be critical.
std::optional<PlainExtensions> read_plain_extensions(const std::vector<Extension>& extensions);

/// The Name as text (RFC 4514, most specific first), which is what OpenSSL's XN_FLAG_RFC2253 writes. Nothing unless it
/// consists of C, ST, L, O, OU and CN only, one attribute each, of characters that are never escaped.
std::optional<std::string> plain_name_text(ByteView name);

}  // namespace tenzro::tee::x509
