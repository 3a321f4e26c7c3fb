// SPDX-License-Identifier: Apache-2.0
// A request, with where its document is asked for and by what it is remembered.
#pragma once
#include <string>
#include <string_view>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "online/endpoints.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::online {

/// Where the document of a request is asked for, and by what it is remembered.
struct Lookup {
  /// request: outlives this.
  Lookup(const CollateralRequest& from, const Endpoints& endpoints) : request(from), url(endpoints.url(from)) {
    const std::string_view root = as_text(from.root);
    if (from.kind == CollateralKind::ocsp && !url.empty()) {
      subject =
          concat(" about ", to_hex(crypto::sha256(from.certificate)), " of ", to_hex(crypto::sha256(from.issuer)));
    }
    key = concat(url, subject, " under ", root);
    if (from.kind == CollateralKind::tcb_info || from.kind == CollateralKind::qe_identity) {
      CollateralRequest other = from;
      other.kind = from.kind == CollateralKind::tcb_info ? CollateralKind::qe_identity : CollateralKind::tcb_info;
      partner_key = concat(endpoints.url(other), " under ", root);
    }
  }
  /// In the folder. Of fixed form, since it outlives this version of the library.
  std::string folder_key() const { return concat(url, subject, " under ", to_hex(crypto::sha256(request.root))); }

  const CollateralRequest& request;
  std::string url, key;
  std::string subject;      ///< of a question that the URL does not hold
  std::string partner_key;  ///< empty: the document has no partner
};

/// The same for later, when the caller's request is gone.
class KeptLookup {
 public:
  KeptLookup(const CollateralRequest& from, const Endpoints& endpoints)
      : root_(from.root.begin(), from.root.end()),
        issuer_(from.issuer.begin(), from.issuer.end()),
        certificate_(from.certificate.begin(), from.certificate.end()),
        request_(over_own_bytes(from)),
        lookup_(request_, endpoints) {}
  ~KeptLookup() = default;
  KeptLookup(const KeptLookup&) = delete;
  KeptLookup& operator=(const KeptLookup&) = delete;
  const Lookup& lookup() const noexcept { return lookup_; }

 private:
  CollateralRequest over_own_bytes(CollateralRequest request) const {
    request.root = root_;
    request.issuer = issuer_;
    request.certificate = certificate_;
    return request;
  }
  Bytes root_, issuer_, certificate_;
  CollateralRequest request_;
  Lookup lookup_;
};

}  // namespace tenzro::tee::online
