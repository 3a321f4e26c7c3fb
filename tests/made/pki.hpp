// SPDX-License-Identifier: Apache-2.0
// Certificates and revocation lists made for a test, with every defect a test may ask for.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/openssl_handles.hpp"
#include "made/rsa_keys.hpp"
#include "tenzro/tee/bytes.hpp"
#include "x509/certificate.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::test {

/// The time that all made chains are judged at, and the validity they have by default.
inline constexpr UtcTime kNow{std::chrono::seconds{1'700'000'000}};
inline constexpr UtcTime kStart = kNow - std::chrono::hours{24};
inline constexpr UtcTime kEnd = kNow + std::chrono::hours{24};

enum class Signing { sha1, sha224, sha256, sha384, pss_sha384, pss_salt_0, pss_mgf1_sha1, pkcs1_sha256, no_digest };

/// An extension: OpenSSL's configuration text, or raw DER for its value.
struct ExtensionSpec {
  std::string oid;  ///< dotted, or OpenSSL's short name
  std::string text;
  bool critical = false;
  std::optional<Bytes> der{};
};

/// A key and the certificate that names it. Copies share the key.
struct Party {
  Party() = default;
  Party(crypto::PkeyPtr its_key, Bytes certificate) : key(std::move(its_key)), der(std::move(certificate)) {}
  Party(const Party& other);
  Party(Party&&) = default;
  Party& operator=(const Party& other) { return *this = Party(other); }
  Party& operator=(Party&&) = default;
  ~Party() = default;
  crypto::PkeyPtr key;
  Bytes der;
};

struct CertificateSpec {
  std::string common_name = "leaf";
  std::string organization = "Test";
  std::string serial_number = {};  ///< of the subject; empty: none
  std::string issuer_name = {};    ///< common name; empty: the issuer's subject
  UtcTime not_before = kStart, not_after = kEnd;
  long version = 2;
  Bytes serial = {0x11};
  bool negative_serial = false;
  std::vector<ExtensionSpec> extensions;
  Signing signing = Signing::sha256;
  bool no_subject = false;
};

struct EntrySpec {
  Bytes serial;
  std::vector<ExtensionSpec> extensions{};
};

struct ListSpec {
  UtcTime this_update = kStart;
  std::optional<UtcTime> next_update = kEnd;
  std::vector<EntrySpec> entries;
  std::vector<ExtensionSpec> extensions;
  long version = 1;
  Signing signing = Signing::sha256;
};

crypto::PkeyPtr ec_key(const char* curve = "P-256");
crypto::PkeyPtr ed25519_key();

/// basicConstraints, keyUsage, both key identifiers.
std::vector<ExtensionSpec> root_extensions();
std::vector<ExtensionSpec> ca_extensions(const std::string& basic_constraints = "CA:TRUE");
std::vector<ExtensionSpec> leaf_extensions();
/// crlNumber and authorityKeyIdentifier.
std::vector<ExtensionSpec> list_extensions();
/// The same without one of them.
std::vector<ExtensionSpec> without(std::vector<ExtensionSpec> extensions, std::string_view oid);
/// The same with one more.
std::vector<ExtensionSpec> with(std::vector<ExtensionSpec> extensions, ExtensionSpec extra);
/// The same with one replaced.
std::vector<ExtensionSpec> replaced(std::vector<ExtensionSpec> extensions, const ExtensionSpec& by);

/// Signed by issuer, or by its own key when issuer is null.
Party issue(const CertificateSpec& spec, crypto::PkeyPtr key, const Party* issuer);
Bytes issue_list(const ListSpec& spec, const Party& issuer);

x509::CertificatePtr parsed(ByteView der);
x509::RevocationListPtr parsed_list(ByteView der);

/// root -> ca -> leaf, P-256 and SHA-256; each a good one unless its spec says otherwise.
struct Pki {
  CertificateSpec root_spec{.common_name = "root", .extensions = root_extensions()};
  CertificateSpec ca_spec{.common_name = "ca", .serial = {0x22}, .extensions = ca_extensions()};
  CertificateSpec leaf_spec{.common_name = "leaf", .serial = {0x33}, .extensions = leaf_extensions()};
  Party root, ca, leaf;
  /// Issues all three anew from the specs; keys that are set stay.
  Pki& make();
};

}  // namespace tenzro::tee::test
