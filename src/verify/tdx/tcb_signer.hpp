// SPDX-License-Identifier: Apache-2.0
// Who may have signed a TCB document, and whether they may.
#pragma once
#include <map>
#include <vector>

#include "tenzro/tee/collateral.hpp"
#include "tenzro/tee/finding.hpp"
#include "verify/memory.hpp"
#include "x509/anchor_set.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee::tdx {

/// One candidate: a certificate whose chain is good, or the reasons why it is not.
struct TcbSigner {
  x509::CertificatePtr certificate;  ///< null when failures say why
  std::vector<Finding> failures;
};

/// Judges signer chains under the root of the evidence itself; each chain once, since both documents usually share
/// theirs. Threads: one thread at a time.
class TcbSignerJudge {
 public:
  /// root: the last certificate of the evidence's own, anchored chain.
  TcbSignerJudge(Platform platform, x509::CertificatePtr root, const x509::AnchorSet& anchors,
                 const x509::Moment& moment, Recollection& recall)
      : platform_(platform), root_(std::move(root)), anchors_(anchors), moment_(moment), recall_(recall) {}

  /// The document's own issuer chain; without one, every certificate of its source that bears a TCB signer's name.
  /// Empty when there is none. Valid while *this lives.
  std::vector<const TcbSigner*> candidates(const CollateralDocument& document, const CollateralSource& source);

 private:
  const TcbSigner& judge(const std::vector<Bytes>& chain);
  TcbSigner judge_anew(const std::vector<Bytes>& chain) const;

  Platform platform_;
  x509::CertificatePtr root_;
  const x509::AnchorSet& anchors_;
  x509::Moment moment_;
  Recollection& recall_;
  std::map<std::vector<Bytes>, TcbSigner> judged_;
};

}  // namespace tenzro::tee::tdx
