// SPDX-License-Identifier: Apache-2.0
// X509_verify_cert with explicit time, empty store, no callback and no switch that weakens it, unless the straight path
// suffices; then our own rules on the path that was found.
#include "x509/path_checker.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <ctime>
#include <new>

#include "core/text.hpp"
#include "x509/path_rules.hpp"
#include "x509/straight_path.hpp"

namespace tenzro::tee::x509 {

namespace {

// The highest level that the chains of all vendors pass: 128 bits. It refuses SHA-1, SHA-224, RSA below 3072 and EC
// below 256.
constexpr int kAuthLevel = 3;

/// Stable codes for OpenSSL's; what cannot come up without flags that we never set is path_invalid.
std::string_view code_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "certificate_expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "certificate_not_yet_valid";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_NO_ISSUER_PUBLIC_KEY:
      return "certificate_signature_invalid";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
      return "untrusted_root";
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_INVALID_NON_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return "issuer_not_ca";
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return "path_length_exceeded";
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return "chain_length";
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
      return "unknown_critical_extension";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
      return "key_not_allowed";
    case X509_V_ERR_CA_MD_TOO_WEAK:
    case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
      return "signature_algorithm_not_allowed";
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
      return "name_constraints";
    case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
      return "certificate_order";
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
    case X509_V_ERR_INVALID_EXTENSION:
    case X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH:
    case X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY:
      return "certificate_malformed";
    default:
      return "path_invalid";
  }
}

/// The one instant that OpenSSL judges all certificates at.
///
/// OpenSSL takes a single time and tolerates no skew, so the instant is moved instead: to the latest notBefore that
/// lies after moment.at, but not more than the skew after it. That is sound in both directions. No certificate gets
/// more tolerance on notBefore than the skew, since the instant never passes at + skew. None is taken as valid beyond
/// its notAfter, since the instant never lies before at: moving it can only make more certificates expired. What
/// remains accepted is exactly a path whose certificates are all valid together at one instant within [at, at + skew].
/// Without skew the instant is moment.at.
UtcTime instant_of(const PathQuestion& question) {
  UtcTime out = question.moment.at;
  const UtcTime latest = question.moment.at + std::max(question.moment.skew, std::chrono::seconds{0});
  const auto consider = [&](const CertificatePtr& certificate) {
    const UtcTime starts = certificate->not_before();
    if (starts > out && starts <= latest) {
      out = starts;
    }
  };
  consider(question.leaf);
  std::ranges::for_each(question.untrusted, consider);
  std::ranges::for_each(question.anchors, consider);
  return out;
}

struct Context {
  crypto::StorePtr store;
  crypto::CertificateStackPtr untrusted;
  crypto::StoreCtxPtr ctx;
};

/// False when OpenSSL is out of memory.
bool prepare(const PathQuestion& question, Context& out) {
  const auto has_handle = [](const CertificatePtr& certificate) { return certificate->openssl() != nullptr; };
  if (!has_handle(question.leaf) || !std::ranges::all_of(question.untrusted, has_handle) ||
      !std::ranges::all_of(question.anchors, has_handle)) {
    return false;
  }
  out.store.reset(X509_STORE_new());  // empty: the default paths are never loaded
  out.untrusted.reset(sk_X509_new_null());
  out.ctx.reset(X509_STORE_CTX_new());
  if (!out.store || !out.untrusted || !out.ctx) {
    return false;
  }
  for (const CertificatePtr& anchor : question.anchors) {
    if (X509_STORE_add_cert(out.store.get(), anchor->openssl()) != 1) {
      return false;
    }
  }
  for (const CertificatePtr& certificate : question.untrusted) {
    if (sk_X509_push(out.untrusted.get(), certificate->openssl()) <= 0) {
      return false;
    }
  }
  if (X509_STORE_CTX_init(out.ctx.get(), out.store.get(), question.leaf->openssl(), out.untrusted.get()) != 1) {
    return false;
  }
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(out.ctx.get());
  // Not set, on purpose: PARTIAL_CHAIN (accepts a leaf in the store unseen), IGNORE_CRITICAL, NO_CHECK_TIME (also
  // switches off other dates), the CRL flags (lists are judged by RevocationList), and any purpose.
  // Not by way of system_clock: its nanoseconds end in 2262, and device certificates are valid until 9999.
  X509_VERIFY_PARAM_set_time(param, static_cast<std::time_t>(instant_of(question).time_since_epoch().count()));
  X509_VERIFY_PARAM_set_auth_level(param, kAuthLevel);
  constexpr std::size_t kDepthCap = 100;
  X509_VERIFY_PARAM_set_depth(param, static_cast<int>(std::min(question.max_intermediates, kDepthCap)));
  return !question.check_anchor_signature || X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CHECK_SS_SIGNATURE) == 1;
}

/// The certificate of the question that OpenSSL means. Anchors come first: a certificate that is both is an anchor.
CertificatePtr find(const PathQuestion& question, const X509* wanted) {
  const auto is_wanted = [&](const CertificatePtr& certificate) { return certificate->openssl() == wanted; };
  if (const auto at = std::ranges::find_if(question.anchors, is_wanted); at != question.anchors.end()) {
    return *at;
  }
  if (is_wanted(question.leaf)) {
    return question.leaf;
  }
  const auto at = std::ranges::find_if(question.untrusted, is_wanted);
  return at == question.untrusted.end() ? nullptr : *at;
}

void read_path(const PathQuestion& question, X509_STORE_CTX* ctx, PathAnswer& answer) {
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(ctx);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    CertificatePtr certificate = find(question, sk_X509_value(chain, i));
    if (certificate == nullptr) {
      return;
    }
    answer.path.push_back(std::move(certificate));
  }
  // A path of one is an anchor that was asked about as a leaf: it proves nothing.
  answer.anchored = answer.path.size() >= 2 && std::ranges::any_of(question.anchors, [&](const CertificatePtr& anchor) {
                      return std::ranges::equal(anchor->der(), answer.path.back()->der());
                    });
}

Finding openssl_finding(X509_STORE_CTX* ctx, int error, const PathAnswer& answer) {
  const int depth = X509_STORE_CTX_get_error_depth(ctx);
  const auto position = static_cast<std::size_t>(std::max(depth, 0));
  const std::string who =
      position < answer.path.size() ? describe(*answer.path[position], position) : concat("certificate ", position);
  std::string dates;
  if (position < answer.path.size() &&
      (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID)) {
    dates = concat("; it is valid from ", to_rfc3339(answer.path[position]->not_before()), " until ",
                   to_rfc3339(answer.path[position]->not_after()));
  }
  return chain_finding(std::string(code_of(error)), concat(who, ": ", X509_verify_cert_error_string(error), dates));
}

Finding revocation_finding(std::string code, std::string message) {
  return {"revocation", std::move(code), std::move(message)};
}

/// Demands a good list of the issuer of path[position] and that it does not name that certificate. The anchor issues
/// itself: its own list, which its children need anyway, must not name it either.
void check_revocation(const PathQuestion& question, const std::vector<CertificatePtr>& path, std::size_t position,
                      std::vector<Finding>& out) {
  const Certificate& subject = *path[position];
  const Certificate& issuer = *path[std::min(position + 1, path.size() - 1)];
  std::vector<Finding> refused;
  bool found = false;
  for (const RevocationListPtr& list : *question.revocation_lists) {
    if (!std::ranges::equal(list->issuer(), issuer.subject())) {
      continue;
    }
    auto failures = list->check(issuer, question.moment.at, question.moment.skew, question.checks);
    if (!failures.empty()) {
      std::ranges::move(failures, std::back_inserter(refused));
      continue;
    }
    found = true;
    if (list->revokes(subject.serial())) {
      out.push_back(revocation_finding("certificate_revoked",
                                       concat(describe(subject, position), ": its issuer's list names it")));
    }
  }
  if (found) {
    return;
  }
  if (refused.empty()) {
    refused.push_back(revocation_finding("revocation_missing",
                                         concat(describe(subject, position), ": there is no list of its issuer, ",
                                                printable(issuer.common_name(), 64))));
  }
  std::ranges::move(refused, std::back_inserter(out));
}

/// OpenSSL's path, or its reason why there is none. True when it took the path for good.
bool check_by_openssl(const PathQuestion& question, PathAnswer& answer) {
  ERR_clear_error();
  Context context;
  if (!prepare(question, context)) {
    crypto::forget_errors();
    answer.failures.push_back(chain_finding("path_invalid", "OpenSSL could not set up the path check"));
    return false;
  }
  const int verified = X509_verify_cert(context.ctx.get());
  const int error = X509_STORE_CTX_get_error(context.ctx.get());
  if (error == X509_V_ERR_OUT_OF_MEM) {
    ERR_clear_error();
    throw std::bad_alloc();
  }
  crypto::forget_errors();
  read_path(question, context.ctx.get(), answer);
  // Only 1 is yes, and only together with X509_V_OK: -1 is an internal failure.
  if (verified != 1 || error != X509_V_OK) {
    answer.anchored = false;
    answer.failures.push_back(openssl_finding(context.ctx.get(), error, answer));
    return false;
  }
  if (!answer.anchored) {
    answer.failures.push_back(chain_finding("untrusted_root", "the path does not end in a trusted root"));
  }
  return true;
}

}  // namespace

PathAnswer check_path(const PathQuestion& question) {
  PathAnswer answer;
  if (question.leaf == nullptr) {
    answer.failures.push_back(chain_finding("chain_length", "there is no certificate"));
    return answer;
  }
  answer.path = find_straight_path(question, instant_of(question));
  answer.anchored = !answer.path.empty();
  if (!answer.anchored && !check_by_openssl(question, answer)) {
    return answer;
  }
  std::ranges::move(check_path_rules(answer.path, question.suite, question.key_ids_from),
                    std::back_inserter(answer.failures));
  if (question.revocation_lists) {
    for (std::size_t i = 0; i < answer.path.size(); ++i) {
      check_revocation(question, answer.path, i, answer.failures);
    }
  }
  return answer;
}

}  // namespace tenzro::tee::x509
