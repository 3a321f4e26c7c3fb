// SPDX-License-Identifier: Apache-2.0
// Which of several documents of one kind decides.
#pragma once
#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "tenzro/tee/collateral.hpp"
#include "verify/question.hpp"

namespace tenzro::tee {

/// What documents of one kind are ranked by.
struct Rank {
  UtcTime issued{};
  std::optional<UtcTime> next_update{};
  Bytes number;  ///< big-endian, without leading zeros
};

inline bool is_current(const Rank& rank, const x509::Moment& moment) {
  return rank.issued - moment.skew <= moment.at && rank.next_update && moment.at < *rank.next_update;
}

/// True when a decides rather than b: current first, then the higher number, then the later issue.
inline bool ranks_before(const Rank& a, const Rank& b, const x509::Moment& moment) {
  const bool a_current = is_current(a, moment);
  const bool b_current = is_current(b, moment);
  if (a_current != b_current) {
    return a_current;
  }
  if (a.number != b.number) {
    return a.number.size() != b.number.size() ? a.number.size() > b.number.size() : a.number > b.number;
  }
  return a.issued > b.issued;
}

/// How one kind of document is read and told apart.
template <class T>
struct DocumentKind {
  std::function<Result<std::shared_ptr<const T>>(const CollateralDocumentPtr&)> parse;
  std::function<bool(const T&)> fits;
  std::function<bool(const CollateralDocument&)> lies_right{};  ///< by its source alone; empty: wherever it lies
  std::function<std::string(const T&)> describe;                ///< "TDX TCB info for FMSPC 00806f050000"
  std::function<Rank(const T&)> rank;
};

template <class T>
struct ChosenDocument {
  CollateralDocumentPtr document;
  std::shared_ptr<const T> parsed;
  ByteArray<32> sha256{};              ///< over the document's bytes
  CollateralSource* source = nullptr;  ///< never null in what is chosen
};

template <class T>
struct Selection {
  std::optional<ChosenDocument<T>> chosen;
  std::string seen;              ///< what was there but did not fit
  std::string malformed;         ///< why a document of this kind could not be read
  std::optional<Error> failure;  ///< why a source could not answer
};

/// What is told of documents that do not fit, in characters: enough to see the mistake.
inline constexpr std::size_t kMaxSeen = 400;

/// A document's reading: remembered, or made now. What a verifier's own sources hold is worth remembering, fitting or
/// not; what comes with evidence, strangers can make any number of.
template <class T>
Result<std::shared_ptr<const T>> read_document(const CollateralDocumentPtr& document, const ByteArray<32>& sha256,
                                               bool enclosed, const DocumentKind<T>& kind, Recollection& recall) {
  if (auto known = recall.document<T>(sha256)) {
    return *std::move(known);
  }
  auto parsed = kind.parse(document);
  if (parsed && !enclosed) {
    std::size_t size = document->body.size();
    for (const Bytes& certificate : document->issuer_chain) {
      size += certificate.size();
    }
    recall.learn(sha256, *parsed, size);
  }
  return parsed;
}

/// Those of the found documents that are of this kind and fit. What the others were is noted in out.
template <class T>
std::vector<ChosenDocument<T>> keep_fitting(std::vector<CollateralDocumentPtr> found, CollateralSource* source,
                                            CollateralKind wanted, const DocumentKind<T>& kind,
                                            const Question& question, Selection<T>& out) {
  std::vector<ChosenDocument<T>> fitting;
  for (CollateralDocumentPtr& document : found) {
    if (document->kind != wanted) {
      continue;
    }
    const ByteArray<32> sha256 = crypto::sha256(document->body);
    const bool enclosed = source == question.enclosed || document->source.starts_with(kEnclosedSource);
    auto parsed = read_document(document, sha256, enclosed, kind, *question.recall);
    if (!parsed && parsed.error().code() != ErrorCode::unsupported) {
      out.malformed = concat(printable(document->source), ": ", parsed.error().message());
      continue;
    }
    if (parsed && kind.fits(**parsed) && (!kind.lies_right || kind.lies_right(*document))) {
      fitting.push_back({std::move(document), *std::move(parsed), sha256, source});
    } else if (out.seen.size() < kMaxSeen) {
      out.seen += concat(out.seen.empty() ? "" : ", ", parsed ? kind.describe(**parsed) : parsed.error().message());
    }
  }
  return fitting;
}

/// The one of these that decides. A current document given by itself replaces the members of a DCAP JSON.
template <class T>
std::optional<ChosenDocument<T>> choose_best(std::vector<ChosenDocument<T>> fitting, const DocumentKind<T>& kind,
                                             const x509::Moment& moment) {
  if (std::any_of(fitting.begin(), fitting.end(), [&](const auto& one) {
        return !one.document->from_dcap_json && is_current(kind.rank(*one.parsed), moment);
      })) {
    std::erase_if(fitting, [](const auto& one) { return one.document->from_dcap_json; });
  }
  if (fitting.empty()) {
    return std::nullopt;
  }
  return std::move(*std::min_element(fitting.begin(), fitting.end(), [&](const auto& a, const auto& b) {
    return ranks_before(kind.rank(*a.parsed), kind.rank(*b.parsed), moment);
  }));
}

/// Asks the sources in order; the first that has a fitting document decides.
template <class T>
Selection<T> select_document(const Question& question, const CollateralRequest& request, const DocumentKind<T>& kind) {
  Selection<T> out;
  for (CollateralSource* source : question.sources) {
    auto found = source->find(request);
    if (!found) {
      out.failure = std::move(found).error();
      continue;
    }
    out.chosen =
        choose_best(keep_fitting(*std::move(found), source, request.kind, kind, question, out), kind, question.moment);
    if (out.chosen) {
      break;
    }
  }
  return out;
}

}  // namespace tenzro::tee
