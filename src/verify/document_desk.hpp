// SPDX-License-Identifier: Apache-2.0
// Finding the one document of a kind that decides, and saying so when there is none.
#pragma once
#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "verify/selection.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee {

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
  /// request: what to ask a source for, by kind; all but at_now.
  DocumentDesk(const Question& question, std::function<CollateralRequest(CollateralKind)> request,
               VerdictBuilder& verdict)
      : question_(question), request_(std::move(request)), verdict_(verdict) {}

  /// The document that decides. When there is none, the reason goes to the verdict, naming what was wanted and what was
  /// seen.
  template <class T>
  std::optional<ChosenDocument<T>> find(const Wording& wording, const DocumentKind<T>& kind,
                                        const std::string& wanted) {
    auto selection = select_document(question_, request(wording.kind), kind);
    if (!selection.chosen) {
      report_missing(wording, wanted, selection.seen, selection.malformed, selection.failure);
    } else if (selection.chosen->document->remark) {
      verdict_.warn(*selection.chosen->document->remark);
    }
    return std::move(selection.chosen);
  }

  /// The document is signed and current: nobody needs to read these bytes again.
  template <class T>
  void remember(const ChosenDocument<T>& chosen) {
    question_.recall->remember_document(chosen.sha256, chosen.parsed, kReadingCost * chosen.document->body.size());
  }

  /// Tells the source that its document was found good in every respect. Nothing is told when the time is the caller's
  /// own: a memory lives in the present.
  template <class T>
  void accept(const ChosenDocument<T>& chosen) {
    if (question_.at_now) {
      chosen.source->accepted(request(chosen.document->kind), *chosen.document);
    }
  }

  /// The verdict rests on this document, and ends with it.
  void note_use(CollateralKind kind, const ByteArray<32>& sha256, UtcTime issued, std::optional<UtcTime> next_update);
  /// True when the policy limits the age of collateral and this was issued before that.
  bool is_too_old(UtcTime issued) const;
  /// Earliest next update of everything that was used.
  const std::optional<UtcTime>& expires() const noexcept { return expires_; }

 private:
  /// What a read document takes, with the bytes that it keeps, for each byte of it, at most.
  static constexpr std::size_t kReadingCost = 4;

  CollateralRequest request(CollateralKind kind) const;
  void report_missing(const Wording& wording, const std::string& wanted, const std::string& seen,
                      const std::string& malformed, const std::optional<Error>& failure);

  const Question& question_;
  std::function<CollateralRequest(CollateralKind)> request_;
  VerdictBuilder& verdict_;
  std::optional<UtcTime> expires_;
};

}  // namespace tenzro::tee
