// SPDX-License-Identifier: Apache-2.0
// A key broker that speaks Trustee's RCAR handshake over TLS, and looks closely at what it is told.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "made/jwe.hpp"
#include "online/server.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

/// What a test may have a broker do.
struct BrokerBehaviour {
  Bytes resource = Bytes(32, 0x5e);
  std::string nonce{};  ///< empty: another each time
  std::string hash{};   ///< "sha512": asks for that one
  std::string cookie_attributes = "; Path=/kbs; HttpOnly";
  JweParts jwe_parts{};
  std::function<nlohmann::ordered_json(nlohmann::ordered_json)> alter_jwe{};
  /// Sends something else than the answer that stands in its second parameter; path: "auth", "attest", "resource/...".
  /// True when it has.
  std::function<bool(Connection&, std::string_view answer, std::string_view path)> answer_otherwise{};
};

/// Good, unless a test changes something. Threads: all members may be called from several threads at once.
class KeyBroker {
 public:
  static constexpr std::string_view kResource = "default/keys/one";

  explicit KeyBroker(const ServerIdentity& identity = make_identity("localhost", true));

  std::string url() const { return server_->url(); }
  std::size_t requests(std::string_view part = {}) const { return server_->requests(part); }
  /// What a genuine broker would have refused; empty when nothing.
  std::string complaints() const;
  /// Of each session that was attested: the report data in the quote.
  std::vector<Bytes> report_data() const;
  Bytes last_quote() const;
  bool last_had_event_log() const;

  template <class Change>
  void change(Change change) {
    const std::lock_guard lock(mutex_);
    change(behaviour_);
  }

 private:
  struct Session {
    std::string nonce, cookie;
    crypto::PkeyPtr key;  ///< once it was attested
  };
  void handle(Connection& to, const std::string& target);
  std::string auth(const Connection& from);
  std::string attest(const Connection& from);
  std::string get(const Connection& from, std::string_view name);
  Session* session_of(const Connection& from);
  void complain(const std::string& what) { complaints_ += what + "\n"; }
  void expect(bool holds, const std::string& what);

  mutable std::mutex mutex_;
  BrokerBehaviour behaviour_;
  std::vector<Session> sessions_;
  std::vector<Bytes> report_data_;
  std::string complaints_;
  Bytes quote_;
  bool had_event_log_ = false;
  std::unique_ptr<Server> server_;  ///< last: its threads use the others
};

}  // namespace tenzro::tee::test
