// SPDX-License-Identifier: Apache-2.0
// Nothing of an accepted quote may change: every bit, every length, every byte more. The ordinary run takes every 16th
// bit; with TENZRO_TEST_STRIDE=1, as under the CTest label "exhaustive", it takes all of them. ThreadSanitizer, which
// looks for races and is slow, sees an eighth of what the others see.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "alterations.hpp"
#include "evidence/tdx/quote.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {

/// A quote that a verifier accepts, and what it says of altered ones.
class AcceptedQuote {
 public:
  AcceptedQuote(std::string name, AttestationVerifier verifier, VerifyOptions options, Bytes evidence)
      : name_(std::move(name)),
        verifier_(std::move(verifier)),
        options_(std::move(options)),
        evidence_(std::move(evidence)) {
    const auto quote = tdx::parse_quote(evidence_);
    EXPECT_TRUE(quote.has_value()) << name_;
    EXPECT_TRUE(accepts(evidence_)) << name_;
    tail_ = quote->trailing_bytes;
    signed_end_ = quote->signed_bytes.size();
    nested_ = quote->header.version > 3;
    auth_size_ = quote->qe_auth_data.size();
  }

  const std::string& name() const { return name_; }
  bool accepts(Bytes evidence) const {
    AttestationReport report;
    report.evidence = std::move(evidence);
    return verifier_.verify(report, options_).valid();
  }
  const Bytes& evidence() const { return evidence_; }
  std::size_t judged_size() const { return evidence_.size() - tail_; }  ///< without the unsigned tail
  std::size_t tail() const { return tail_; }

  /// The quote with extra bytes at the end of the certification data, and with those of its lengths adjusted that are
  /// asked for: the certification data's own, the outer one of version 4 and 5, and the signature data's.
  Bytes with_extra(ByteView extra, bool inner, bool outer, bool whole) const {
    Bytes out = evidence_;
    const auto add = [&](std::size_t at) {
      std::uint32_t value = 0;
      for (std::size_t i = 4; i-- > 0;) {
        value = (value << 8) | out[at + i];
      }
      value += static_cast<std::uint32_t>(extra.size());
      for (std::size_t i = 0; i < 4; ++i) {
        out[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
      }
    };
    const std::size_t data = signed_end_ + 4;
    if (whole) {
      add(signed_end_);
    }
    if (nested_) {
      if (outer) {
        add(data + 130);
      }
      if (inner) {
        add(data + 586 + auth_size_);
      }
    } else if (inner) {
      add(data + 580 + auth_size_);
    }
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(judged_size()), extra.begin(), extra.end());
    return out;
  }

 private:
  std::string name_;
  AttestationVerifier verifier_;
  VerifyOptions options_;
  Bytes evidence_;
  std::size_t tail_ = 0, signed_end_ = 0, auth_size_ = 0;
  bool nested_ = false;
};

// ATTACK(P2): every single-bit flip in everything but the unsigned tail.
inline void expect_every_flip_refused(const std::vector<AcceptedQuote>& quotes) {
  std::size_t flips = 0;
  for (const AcceptedQuote& quote : quotes) {
    SCOPED_TRACE(quote.name());
    const std::size_t count = quote.judged_size() * 8 / stride();
    flips += count;
    EXPECT_EQ(count_accepted(
                  count, [&](std::size_t i) { return quote.accepts(with_flipped_bit(quote.evidence(), i, stride())); }),
              0U);
  }
  std::cout << flips << " flips of " << quotes.size() << " quotes judged\n";
  EXPECT_GT(flips, quotes.size() * 16000 / stride());
}

// ATTACK(P1): every truncation that cuts into header, body or signature data.
inline void expect_every_truncation_refused(const std::vector<AcceptedQuote>& quotes) {
  std::size_t cuts = 0;
  for (const AcceptedQuote& quote : quotes) {
    SCOPED_TRACE(quote.name());
    const std::size_t count = quote.judged_size() / kThinnedBy;
    cuts += count;
    EXPECT_EQ(
        count_accepted(count,
                       [&](std::size_t i) {
                         const std::size_t size = i * kThinnedBy;
                         return quote.accepts(Bytes(quote.evidence().begin(),
                                                    quote.evidence().begin() + static_cast<std::ptrdiff_t>(size)));
                       }),
        0U);
  }
  std::cout << cuts << " truncations of " << quotes.size() << " quotes judged\n";
  EXPECT_GT(cuts, quotes.size() * 4000 / kThinnedBy);
}

// ATTACK(P1) ATTACK(T12): bytes added inside the nested lengths.
inline void expect_additions_refused(const std::vector<AcceptedQuote>& quotes) {
  std::size_t additions = 0;
  for (const AcceptedQuote& quote : quotes) {
    SCOPED_TRACE(quote.name());
    for (const std::uint8_t filler : Bytes{0x00, 0x20, 0x0a, 0x0d, 0x41}) {
      for (std::size_t size = 1; size <= 64; size += kThinnedBy) {
        const Bytes extra(size, filler);
        for (const auto& [inner, outer] : {std::pair{true, true}, {false, true}, {false, false}}) {
          ++additions;
          // A quote whose chain ends without the one NUL that is allowed there may get it.
          const bool ends_in_nul = quote.evidence()[quote.judged_size() - 1] == 0;
          const bool allowed = inner && size == 1 && filler == 0 && !ends_in_nul;
          EXPECT_EQ(quote.accepts(quote.with_extra(extra, inner, outer, true)), allowed)
              << size << " bytes of " << int{filler} << " inner " << inner << " outer " << outer;
        }
      }
    }
  }
  std::cout << additions << " additions to " << quotes.size() << " quotes judged\n";
  EXPECT_EQ(additions, quotes.size() * 960 / kThinnedBy);
}

inline void expect_tail_ignored(const std::vector<AcceptedQuote>& quotes) {
  for (const AcceptedQuote& quote : quotes) {
    SCOPED_TRACE(quote.name());
    Bytes bare = quote.evidence();
    bare.resize(quote.judged_size());
    EXPECT_TRUE(quote.accepts(bare));
    Bytes padded = bare;
    padded.resize(tdx::kMaxQuoteSize, 0xee);
    EXPECT_TRUE(quote.accepts(padded));
    padded.push_back(0xee);
    EXPECT_FALSE(quote.accepts(padded)) << "above the cap";
  }
}

}  // namespace tenzro::tee::test
