// SPDX-License-Identifier: Apache-2.0
// Intel's collateral services on this machine: PCS or PCCS, over documents that a test makes or reads.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "online/server.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "support/temporary_folder.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {

inline const UtcTime kNow = *from_rfc3339("2026-06-01T12:00:00Z");

/// A chain as it stands in a response header: PEM, percent-encoded.
std::string header_value(const std::vector<Bytes>& chain);

/// What the service says for one kind of document; what is set replaces the proper answer's part.
struct Answer {
  Bytes body;
  std::string headers;  ///< whole lines
  std::string status = "200 OK";
  std::function<void(Connection&)> instead{};  ///< says everything by itself
};

/// Holds what passes by until it is opened.
/// Threads: all members may be called from several threads at once.
class Gate {
 public:
  ~Gate() { open(); }
  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  void pass();
  /// Returns once somebody is held.
  void wait_for_somebody();
  void open();
  bool is_open();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  std::size_t held_ = 0;
};

/// Threads: all members may be called from several threads at once.
class FakeIntel {
 public:
  enum class Style { pcs, old_pccs };  ///< an old PCCS gives revocation lists as hex text
  explicit FakeIntel(Style style = Style::pcs, std::optional<ServerIdentity> tls = {});

  /// Proper answers with these documents, each with the header that Intel's service sends.
  void serve(const std::vector<CollateralDocument>& documents);
  /// The same, but TCB info for this FMSPC only, beside that for others.
  void serve_platform(const ByteArray<6>& fmspc, const std::vector<CollateralDocument>& documents);
  void change(CollateralKind kind, const std::function<void(Answer&)>& how);
  /// Every kind.
  void change_all(const std::function<void(Answer&)>& how);
  const Server& server() const { return server_; }
  std::size_t requests(CollateralKind kind) const;

  /// Options that ask this service and nobody else, with a short deadline and a clock that stands at kNow.
  OnlineOptions options() const;

 private:
  void answer(Connection& to, const std::string& target);
  Answer proper_answer(const CollateralDocument& document) const;
  Style style_;
  std::mutex mutex_;
  std::map<CollateralKind, Answer> answers_;
  std::map<std::string, Answer> tcb_infos_;  // by FMSPC in hex, before answers_
  Server server_;
};

/// Verifiers that live as long as a test, one for each list of sources, as in a service: what one remembers meets what
/// its sources come to say later. They do not keep the sources alive. Threads: may be used from several threads at
/// once.
class LastingVerifiers {
 public:
  std::shared_ptr<const AttestationVerifier> of(const std::vector<std::shared_ptr<CollateralSource>>& sources);

 private:
  struct Entry {
    std::vector<std::weak_ptr<CollateralSource>> sources;
    std::shared_ptr<const AttestationVerifier> verifier;
  };
  std::mutex mutex_;
  std::vector<Entry> entries_;
};

/// A platform under a hierarchy of its own, with the collateral that judges it.
struct TestPlatform {
  std::shared_ptr<LastingVerifiers> verifiers = std::make_shared<LastingVerifiers>();
  simulated::TdxEvidenceMaker maker{"a hierarchy of the online tests"};
  simulated::QuoteSpec quote = simulated::tdx_quote_spec();
  simulated::CollateralSpec collateral{.issued = kNow - std::chrono::hours{24}};
  Bytes root = maker.hierarchy().root().certificate;
  Bytes issuer = maker.hierarchy().platform_ca().certificate;

  std::vector<CollateralDocument> documents() const { return maker.collateral(quote, collateral); }
  /// What a verifier asks for while it judges this platform now.
  CollateralRequest request(CollateralKind kind) const;
  VerificationResult judge(std::vector<std::shared_ptr<CollateralSource>> sources,
                           std::optional<UtcTime> at = kNow) const {
    return judge(std::move(sources), at, quote);
  }
  /// Another platform of the same hierarchy.
  VerificationResult judge(std::vector<std::shared_ptr<CollateralSource>> sources, std::optional<UtcTime> at,
                           const simulated::QuoteSpec& spec) const;
};

inline std::string describe(const VerificationResult& verdict) {
  std::string out;
  for (const Finding& failure : verdict.failures()) {
    out += failure.check + "/" + failure.code + ": " + failure.message + "\n";
  }
  return out;
}

inline std::shared_ptr<CollateralSource> source_of(const OnlineOptions& options) {
  auto source = online_collateral(options);
  EXPECT_TRUE(source) << (source ? "" : source.error().message());
  return *std::move(source);
}

}  // namespace tenzro::tee::test
