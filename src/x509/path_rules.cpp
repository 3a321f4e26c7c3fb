// SPDX-License-Identifier: Apache-2.0
// Rules of RFC 5280 that OpenSSL 3.0 leaves to a purpose, to X509_V_FLAG_X509_STRICT or to nobody. STRICT itself cannot
// be used: it refuses the genuine leaves of AMD and AWS, which have no authority key identifier.
#include "x509/path_rules.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "x509/asn1_parts.hpp"

namespace tenzro::tee::x509 {

namespace {

constexpr int kMinRsaBits = 3072;
constexpr int kMaxRsaBits = 8192;

bool rsa_size_allowed(int bits) { return bits >= kMinRsaBits && bits <= kMaxRsaBits && bits % 8 == 0; }

bool key_allowed(const Certificate& certificate, bool is_leaf, SignatureSuite suite) {
  const KeyKind kind = certificate.key_kind();
  const bool strong_rsa = kind == KeyKind::rsa && rsa_size_allowed(certificate.key_bits());
  switch (suite) {
    case SignatureSuite::ecdsa_p256_sha256:
      return kind == KeyKind::ec_p256;
    case SignatureSuite::ecdsa_p384_sha384:
      return kind == KeyKind::ec_p384;
    case SignatureSuite::rsa_pss_sha384:
      return is_leaf ? kind == KeyKind::ec_p384 : strong_rsa;
    case SignatureSuite::any_strong:
      return kind == KeyKind::ec_p256 || kind == KeyKind::ec_p384 || strong_rsa;
  }
  return false;
}

bool signature_allowed(SignatureAlgorithm algorithm, SignatureSuite suite) {
  switch (suite) {
    case SignatureSuite::ecdsa_p256_sha256:
      return algorithm == SignatureAlgorithm::ecdsa_sha256;
    case SignatureSuite::ecdsa_p384_sha384:
      return algorithm == SignatureAlgorithm::ecdsa_sha384;
    case SignatureSuite::rsa_pss_sha384:
      return algorithm == SignatureAlgorithm::rsa_pss_sha384;
    case SignatureSuite::any_strong:
      return algorithm != SignatureAlgorithm::other;
  }
  return false;
}

bool has(const Certificate& certificate, std::string_view oid) { return certificate.extension(oid) != nullptr; }

/// True for the Name with nothing in it.
bool is_empty_name(ByteView name) { return name.size() <= 2; }

/// Names that are absent where RFC 5280 wants them (4.1.2.4, 4.1.2.6).
bool names_present(const Certificate& certificate, bool is_issuer) {
  if (is_empty_name(certificate.issuer())) {
    return false;
  }
  if (!is_empty_name(certificate.subject())) {
    return true;
  }
  const Extension* alternative = certificate.extension(oid::kSubjectAltName);
  return !is_issuer && alternative != nullptr && alternative->critical;
}

/// What is a list of at least one element where it is there at all (RFC 5280, 4.2.1.4 to 4.2.1.13 and 4.2.2.1).
struct ListExtension {
  std::string_view oid, name;
};
constexpr std::array<ListExtension, 6> kLists = {{{oid::kSubjectAltName, "subject alternative name"},
                                                  {oid::kIssuerAltName, "issuer alternative name"},
                                                  {oid::kCrlDistributionPoints, "CRL distribution points"},
                                                  {oid::kCertificatePolicies, "certificate policies"},
                                                  {oid::kExtendedKeyUsage, "extended key usage"},
                                                  {oid::kAuthorityInfoAccess, "authority information access"}}};

bool lists_something(ByteView value) {
  const auto list = der::single("extension", value);
  return list && list->tag == der::kSequence && !list->content.empty();
}

void check_extensions(const Certificate& certificate, const std::string& who, std::vector<Finding>& out) {
  for (const Extension& extension : certificate.extensions()) {
    const auto* const list = std::ranges::find(kLists, extension.oid, &ListExtension::oid);
    if (list != kLists.end() && !lists_something(extension.value)) {
      out.push_back(chain_finding("certificate_malformed", concat(who, ": its ", list->name, " lists nothing")));
    }
  }
  if (certificate.path_length() && !certificate.is_ca()) {
    out.push_back(chain_finding("certificate_malformed", concat(who, ": limits the path below it, and is no CA")));
  }
}

/// For every certificate of the path.
void check_any(const Certificate& certificate, std::size_t position, bool is_leaf, SignatureSuite suite,
               std::vector<Finding>& out) {
  const std::string who = describe(certificate, position);
  if (!key_allowed(certificate, is_leaf, suite)) {
    out.push_back(chain_finding("key_not_allowed", concat(who, ": its public key (", certificate.key_bits(),
                                                          " bits) is of a kind or size that this chain may not use")));
  }
  if (!signature_allowed(certificate.signature_algorithm(), suite)) {
    out.push_back(chain_finding("signature_algorithm_not_allowed",
                                concat(who, ": signed with an algorithm that this chain may not use")));
  }
  if (has(certificate, oid::kNameConstraints)) {
    out.push_back(
        chain_finding("name_constraints", concat(who, ": has name constraints, which no vendor's chain has")));
  }
  for (const std::string_view policy : {oid::kPolicyConstraints, oid::kPolicyMappings, oid::kInhibitAnyPolicy}) {
    if (has(certificate, policy)) {
      out.push_back(chain_finding("policy_constraints",
                                  concat(who, ": has policy extension ", policy, ", which no vendor's chain has")));
    }
  }
  if (!names_present(certificate, !is_leaf)) {
    out.push_back(chain_finding("name_missing", concat(who, ": has no issuer or no subject name")));
  }
  check_extensions(certificate, who, out);
}

/// An identifier that is there and empty names nothing.
bool names_own_key(const Certificate& certificate) {
  const Extension* const own = certificate.extension(oid::kSubjectKeyId);
  return own != nullptr && read_subject_key_id(own->value).has_value();
}

bool names_issuers_key(const Certificate& certificate) {
  const Extension* const issuers = certificate.extension(oid::kAuthorityKeyId);
  return issuers != nullptr && has_key_id(issuers->value);
}

void check_key_ids(const Certificate& certificate, std::size_t position, bool is_anchor, std::vector<Finding>& out) {
  const std::string who = describe(certificate, position);
  if (position > 0 && !names_own_key(certificate)) {
    out.push_back(chain_finding("key_id_missing", concat(who, ": an issuer without subject key identifier")));
  }
  if (!is_anchor && !names_issuers_key(certificate)) {
    out.push_back(chain_finding("key_id_missing", concat(who, ": has no authority key identifier")));
  }
}

void check_issuer(const Certificate& certificate, std::size_t position, std::vector<Finding>& out) {
  const std::string who = describe(certificate, position);
  const Extension* constraints = certificate.extension(oid::kBasicConstraints);
  if (constraints == nullptr || !constraints->critical || !certificate.is_ca()) {
    out.push_back(chain_finding("issuer_not_ca", concat(who, ": has no critical basic constraints with CA true")));
  }
  if ((certificate.key_usage().value_or(0) & key_usage::kKeyCertSign) == 0) {
    out.push_back(chain_finding("issuer_not_ca", concat(who, ": its key usage does not allow signing certificates")));
  }
}

void check_leaf(const Certificate& certificate, std::vector<Finding>& out) {
  const std::string who = describe(certificate, 0);
  if (certificate.is_ca()) {
    out.push_back(chain_finding("leaf_is_ca", concat(who, ": a CA certificate cannot stand first in a chain")));
  }
  if (const auto& usage = certificate.key_usage()) {
    if ((*usage & key_usage::kDigitalSignature) == 0 || (*usage & key_usage::kKeyCertSign) != 0) {
      out.push_back(chain_finding("leaf_key_usage",
                                  concat(who, ": its key usage must have digitalSignature and not keyCertSign")));
    }
  }
}

}  // namespace

Finding chain_finding(std::string code, std::string message) { return {"chain", std::move(code), std::move(message)}; }

std::string describe(const Certificate& certificate, std::size_t position) {
  return concat("certificate ", position, " (", printable(certificate.common_name(), 64), ")");
}

std::vector<Finding> check_path_rules(std::span<const CertificatePtr> path, SignatureSuite suite,
                                      std::size_t key_ids_from) {
  std::vector<Finding> out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    check_any(*path[i], i, i == 0, suite, out);
    if (i > 0) {
      check_issuer(*path[i], i, out);
    }
    if (i >= key_ids_from) {
      check_key_ids(*path[i], i, i + 1 == path.size(), out);
    }
  }
  if (!path.empty()) {
    check_leaf(*path[0], out);
  }
  return out;
}

}  // namespace tenzro::tee::x509
