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
  std::string_view missing;  ///< code when there is none; empty: none is needed, and one that is there must be good
  std::string_view id{};     ///< of its checks; empty: the kind's name

  std::string_view check_id() const noexcept { return id.empty() ? to_string(kind) : id; }
};

/// Looks documents up for one judgement, and remembers what was used.
/// Threads: one thread at a time.
class DocumentFinder {
 public:
  /// request: what to ask a source for, by kind; all but at_now.
  DocumentFinder(const Question& question, std::function<CollateralRequest(CollateralKind)> request,
                 VerdictBuilder& verdict)
      : question_(question), request_(std::move(request)), verdict_(verdict) {}

  /// The document that decides. When there is none, the reason goes to the verdict, naming what was wanted and what was
  /// seen; where none is needed, only that one could not be read or asked for, or is of something else.
  template <class T>
  std::optional<ChosenDocument<T>> find(const Wording& wording, const DocumentKind<T>& kind,
                                        const std::string& wanted) {
    auto selection = select_document(question_, request(wording.kind), kind);
    if (!selection.chosen) {
      report_missing(wording, wanted, selection.seen, selection.malformed, selection.failure);
    }
    return std::move(selection.chosen);
  }

  /// Asks once more for a document that does not go with its partner: a source that remembers has learned from the
  /// partner that there is a newer one. What was found stays when there is none.
  template <class T>
  void find_newer(const DocumentKind<T>& kind, ChosenDocument<T>& chosen) const {
    auto selection = select_document(question_, request(chosen.document->kind), kind);
    if (selection.chosen) {
      chosen = *std::move(selection.chosen);
    }
  }

  /// Tells the source that its document was found good in every respect. Nothing is told when the time is the caller's
  /// own: a memory lives in the present.
  template <class T>
  void accept(const ChosenDocument<T>& chosen) {
    if (question_.at_now) {
      chosen.source->accepted(request(chosen.document->kind), *chosen.document);
    }
  }

  /// The verdict rests on this document, and ends with it. What its source has to say of it becomes a warning.
  void note_use(const CollateralDocument& document, const ByteArray<32>& sha256, UtcTime issued,
                std::optional<UtcTime> next_update);
  /// True when the policy limits the age of collateral and this was issued before that.
  bool is_too_old(UtcTime issued) const;

  /// What a source is asked for a document of this kind.
  CollateralRequest request(CollateralKind kind) const;

 private:
  void report_missing(const Wording& wording, const std::string& wanted, const std::string& seen,
                      const std::string& malformed, const std::optional<Error>& failure);

  const Question& question_;
  std::function<CollateralRequest(CollateralKind)> request_;
  VerdictBuilder& verdict_;
};

}  // namespace tenzro::tee
