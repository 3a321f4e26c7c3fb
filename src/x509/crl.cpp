// SPDX-License-Identifier: Apache-2.0
// Revocation lists (RFC 5280, 5) by our own code for every vendor: OpenSSL's CRL flags take a delta list for a complete
// one, check nothing with CRL_CHECK_ALL alone, and cannot skip the issuers that publish no list. Its
// object for a list takes some 250 bytes an entry besides, so lists are read by our parser alone.
#include "x509/crl.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "x509/asn1_parts.hpp"
#include "x509/signature_checks.hpp"

namespace tenzro::tee::x509 {

namespace {

constexpr std::string_view kWhat = "revocation list";
constexpr std::size_t kMaxNumberSize = 20;  // RFC 5280, 5.2.3

Finding refusal(std::string code, std::string message) { return {"revocation", std::move(code), std::move(message)}; }

/// Serials and list numbers compare by value: without leading zeros, but never empty.
ByteView without_leading_zeros(ByteView number) {
  while (number.size() > 1 && number.front() == 0) {
    number = number.subspan(1);
  }
  return number;
}

/// The algorithms that lists are signed with, each with the key that it takes.
bool key_fits(SignatureAlgorithm algorithm, KeyKind key) {
  return (algorithm == SignatureAlgorithm::ecdsa_sha256 && key == KeyKind::ec_p256) ||
         (algorithm == SignatureAlgorithm::ecdsa_sha384 && key == KeyKind::ec_p384) ||
         (algorithm == SignatureAlgorithm::rsa_pss_sha384 && key == KeyKind::rsa);
}

/// The issuingDistributionPoint narrows what a list covers. Every form of it is refused; one names the reason.
std::string_view scope_code(ByteView distribution_point) {
  der::Reader outer("issuingDistributionPoint", distribution_point);
  auto in = outer.enter("issuingDistributionPoint", der::kSequence);
  constexpr std::uint8_t kIndirectCrl = 0x84;
  while (in && !in->at_end()) {
    const auto field = in->next("issuingDistributionPoint");
    if (!field) {
      break;
    }
    if (field->tag == kIndirectCrl) {
      return "crl_indirect";
    }
  }
  return "crl_partial";
}

/// What an entry's extensions say against the whole list.
Result<std::vector<Finding>> judge_entry_extensions(der::Reader& entry) {
  std::vector<Finding> out;
  TENZRO_ASSIGN_OR_RETURN(const auto extensions, read_extensions(entry, "crlEntryExtensions"));
  for (const Extension& extension : extensions) {
    if (extension.oid == oid::kCertificateIssuer) {
      out.push_back(refusal("crl_indirect", "an entry of the list is about another issuer's certificate"));
    } else if (extension.critical) {
      out.push_back(refusal("crl_unknown_critical_extension",
                            concat("an entry of the list has critical extension ", extension.oid)));
    }
  }
  return out;
}

/// The serials, in order. Of the refusals in entries the first one speaks for all.
Result<std::vector<Bytes>> read_entries(der::Reader& tbs, std::vector<Finding>& refusals) {
  std::vector<Bytes> out;
  TENZRO_ASSIGN_OR_RETURN(der::Reader list, tbs.enter("revokedCertificates", der::kSequence));
  while (!list.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader entry, list.enter("revokedCertificates", der::kSequence));
    TENZRO_ASSIGN_OR_RETURN(const ByteView serial, entry.integer_bytes("userCertificate"));
    TENZRO_RETURN_IF_ERROR(read_time(entry, "revocationDate"));
    if (!entry.at_end()) {
      TENZRO_ASSIGN_OR_RETURN(auto against, judge_entry_extensions(entry));
      if (refusals.empty()) {
        std::ranges::move(against, std::back_inserter(refusals));
      }
    }
    TENZRO_RETURN_IF_ERROR(entry.expect_end());
    const ByteView value = without_leading_zeros(serial);
    out.emplace_back(value.begin(), value.end());
  }
  std::ranges::sort(out);
  return out;
}

Result<Bytes> read_number(ByteView extension) {
  der::Reader in("cRLNumber", extension);
  TENZRO_ASSIGN_OR_RETURN(const ByteView content, in.integer_bytes("cRLNumber"));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  const ByteView value = without_leading_zeros(content);
  if ((content[0] & 0x80) != 0 || value.size() > kMaxNumberSize) {
    return malformed(kWhat, "its number is negative or longer than 20 bytes");
  }
  return Bytes(value.begin(), value.end());
}

}  // namespace

Result<RevocationListPtr> RevocationList::parse(ByteView der) {
  if (der.size() > kMaxCrlSize) {
    return malformed(kWhat, concat(der.size(), " bytes, at most ", kMaxCrlSize, " are read"));
  }
  const std::shared_ptr<RevocationList> out(new RevocationList());
  out->der_.assign(der.begin(), der.end());

  TENZRO_ASSIGN_OR_RETURN(const der::Element whole, der::single(kWhat, out->der_));
  if (whole.tag != der::kSequence) {
    return malformed(kWhat, "not a SEQUENCE");
  }
  der::Reader outer(kWhat, whole.content);
  TENZRO_ASSIGN_OR_RETURN(const der::Element signed_part, outer.next("tbsCertList", der::kSequence));
  out->signed_bytes_ = signed_part.whole;
  TENZRO_ASSIGN_OR_RETURN(const der::Element outer_algorithm, outer.next("signatureAlgorithm", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(out->signature_, read_whole_bit_string(outer, "signatureValue"));
  TENZRO_RETURN_IF_ERROR(outer.expect_end());
  TENZRO_RETURN_IF_ERROR(check_der(kWhat, outer_algorithm.whole));
  TENZRO_ASSIGN_OR_RETURN(out->signature_algorithm_, read_signature_algorithm(outer_algorithm.whole));

  der::Reader tbs(kWhat, signed_part.content);
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t version, tbs.unsigned_integer("version", 255));
  if (version != 1) {
    return malformed(kWhat, concat("version ", version + 1, ", expected version 2"));
  }
  TENZRO_ASSIGN_OR_RETURN(const der::Element inner_algorithm, tbs.next("signature", der::kSequence));
  if (!std::ranges::equal(inner_algorithm.whole, outer_algorithm.whole)) {
    return malformed(kWhat, "the signed signature algorithm differs from the outer one");
  }
  TENZRO_ASSIGN_OR_RETURN(const der::Element issuer, tbs.next("issuer", der::kSequence));
  TENZRO_RETURN_IF_ERROR(check_der(kWhat, issuer.whole));
  TENZRO_ASSIGN_OR_RETURN(NameParts parts, read_name(issuer.whole));
  out->issuer_ = issuer.whole;
  out->issuer_common_name_ = std::move(parts.common_name);
  TENZRO_ASSIGN_OR_RETURN(out->this_update_, read_time(tbs, "thisUpdate"));
  if (tbs.peek() == der::kUtcTime || tbs.peek() == der::kGeneralizedTime) {
    TENZRO_ASSIGN_OR_RETURN(out->next_update_, read_time(tbs, "nextUpdate"));
  }
  if (tbs.peek() == der::kSequence) {
    TENZRO_ASSIGN_OR_RETURN(out->revoked_, read_entries(tbs, out->refusals_));
  }
  if (!tbs.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader wrapper, tbs.enter("crlExtensions", der::kContext0));
    TENZRO_ASSIGN_OR_RETURN(const auto extensions, read_extensions(wrapper, "crlExtensions"));
    TENZRO_RETURN_IF_ERROR(wrapper.expect_end());
    for (const Extension& extension : extensions) {
      if (extension.oid == oid::kDeltaCrlIndicator) {
        out->refusals_.push_back(refusal("crl_delta", "a delta list is no complete list"));
      } else if (extension.oid == oid::kIssuingDistributionPoint) {
        out->refusals_.push_back(refusal(std::string(scope_code(extension.value)),
                                         "the list covers some of its issuer's certificates only, or others' as well"));
      } else if (extension.critical) {
        out->refusals_.push_back(
            refusal("crl_unknown_critical_extension", concat("the list has critical extension ", extension.oid)));
      }
      if (extension.oid == oid::kAuthorityKeyId) {
        out->authority_key_id_ = read_authority_key_id(extension.value);
      }
      if (extension.oid == oid::kCrlNumber) {
        TENZRO_ASSIGN_OR_RETURN(out->number_, read_number(extension.value));
      }
    }
  }
  TENZRO_RETURN_IF_ERROR(tbs.expect_end());
  out->sha256_ = crypto::sha256(out->der_);
  return RevocationListPtr(out);
}

bool RevocationList::revokes(ByteView serial) const {
  return std::ranges::binary_search(revoked_, without_leading_zeros(serial), [](const auto& a, const auto& b) {
    return std::ranges::lexicographical_compare(a, b);
  });
}

std::vector<Finding> RevocationList::check_signature(const Certificate& issuer, SignatureChecks* checks) const {
  const std::string who = printable(issuer.common_name(), 64);
  if (!std::ranges::equal(issuer_, issuer.subject())) {
    return {refusal("crl_issuer_mismatch",
                    concat("the list is of ", printable(issuer_common_name_, 64), ", not of ", who))};
  }
  if ((issuer.key_usage().value_or(0) & key_usage::kCrlSign) == 0) {
    return {refusal("crl_signer_not_allowed", concat("the key usage of ", who, " does not allow signing lists"))};
  }
  if (!key_fits(signature_algorithm_, issuer.key_kind())) {
    return {refusal("crl_signature_algorithm",
                    concat("the list of ", who, " is signed with an algorithm that is not allowed"))};
  }
  SignatureChecks unremembered;
  if ((checks == nullptr ? unremembered : *checks)
          .check(signed_thing::kRevocationList, issuer, signature_algorithm_, {sha256_, signed_bytes_, signature_})) {
    return {};
  }
  return {refusal("crl_signature_invalid", concat("the list is not signed by the key of ", who))};
}

std::vector<Finding> RevocationList::check_dates(UtcTime at, std::chrono::seconds skew) const {
  std::vector<Finding> out;
  if (this_update_ > at + std::max(skew, std::chrono::seconds{0})) {
    out.push_back(refusal("collateral_not_yet_valid",
                          concat("the list of ", printable(issuer_common_name_, 64), " is valid from ",
                                 to_rfc3339(this_update_), ", judged at ", to_rfc3339(at))));
  }
  if (!next_update_) {
    out.push_back(
        refusal("crl_no_next_update", "the list does not say when the next one is due, so it would never expire"));
  } else if (at >= *next_update_) {
    out.push_back(refusal("collateral_expired",
                          concat("the list of ", printable(issuer_common_name_, 64), " was to be replaced at ",
                                 to_rfc3339(*next_update_), ", judged at ", to_rfc3339(at))));
  }
  return out;
}

/// An issuer without a key identifier (AWS's of 2022) is not contradicted.
bool RevocationList::names_key_of(const Certificate& issuer) const {
  const Extension* extension = issuer.extension(oid::kSubjectKeyId);
  const auto key_id = extension != nullptr ? read_subject_key_id(extension->value) : std::nullopt;
  return extension == nullptr || (key_id && std::ranges::equal(*key_id, *authority_key_id_));
}

std::vector<Finding> RevocationList::check(const Certificate& issuer, UtcTime at, std::chrono::seconds skew,
                                           SignatureChecks* checks) const {
  std::vector<Finding> out = check_signature(issuer, checks);
  const bool is_signed = out.empty();
  std::ranges::move(check_dates(at, skew), std::back_inserter(out));
  if (!number_) {
    out.push_back(refusal("crl_no_number", "the list has no number"));
  }
  if (!authority_key_id_) {
    out.push_back(refusal("crl_no_authority_key_id", "the list does not name the key that signed it"));
  } else if (is_signed && !names_key_of(issuer)) {
    out.push_back(refusal("crl_issuer_mismatch",
                          concat("the list names another key than that of ", printable(issuer.common_name(), 64))));
  }
  std::ranges::copy(refusals_, std::back_inserter(out));
  return out;
}

}  // namespace tenzro::tee::x509
