// SPDX-License-Identifier: Apache-2.0
// Finding the one document of a kind that decides, and saying so when there is none.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "verify/tdx/collateral.hpp"
#include "verify/tdx/selection.hpp"

namespace tenzro::tee::tdx {

/// How a kind of document is talked about, and where its failures belong.
struct Wording {
  CollateralKind kind;
  std::string_view check;    ///< of findings about content
  std::string_view name;     ///< "TCB info"
  std::string_view missing;  ///< code when there is none
};

/// Looks documents up for one judgement, and remembers what was used.
/// Threads: one thread at a time.
class DocumentDesk {
 public:
  DocumentDesk(const Question& question, const CollateralNeeds& needs, VerdictBuilder& verdict)
      : question_(question), needs_(needs), verdict_(verdict) {}

  /// The document that decides. When there is none, the reason goes to the verdict, naming what was wanted and what was
  /// seen.
  template <class T>
  std::optional<ChosenDocument<T>> find(const Wording& wording, const DocumentKind<T>& kind,
                                        const std::string& wanted) {
    auto selection = select_document(question_, request(wording.kind), kind);
    if (!selection.chosen) {
      report_missing(wording, wanted, selection.seen, selection.malformed, selection.unreachable);
    }
    return std::move(selection.chosen);
  }

  /// The verdict rests on this document, and ends with it.
  void note_use(CollateralKind kind, const ByteArray<32>& sha256, UtcTime issued, std::optional<UtcTime> next_update);
  /// True when the policy limits the age of collateral and this was issued before that.
  bool is_too_old(UtcTime issued) const;
  /// Earliest next update of everything that was used.
  const std::optional<UtcTime>& expires() const noexcept { return expires_; }

 private:
  CollateralRequest request(CollateralKind kind) const;
  void report_missing(const Wording& wording, const std::string& wanted, const std::string& seen,
                      const std::string& malformed, const std::string& unreachable);

  const Question& question_;
  const CollateralNeeds& needs_;
  VerdictBuilder& verdict_;
  std::optional<UtcTime> expires_;
};

}  // namespace tenzro::tee::tdx
