// SPDX-License-Identifier: Apache-2.0
#include "online/key_broker.hpp"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>

#include <algorithm>

#include "evidence/tdx/quote.hpp"

namespace tenzro::tee::test {
namespace {

using nlohmann::json;

crypto::PkeyPtr key_of_numbers(const Bytes& modulus, const Bytes& exponent) {
  const crypto::BignumPtr n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const crypto::BignumPtr e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  const crypto::Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const crypto::Handle<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* raw = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, parameters.get());
  return crypto::PkeyPtr(raw);
}

/// What the quote must carry, written out by hand.
Bytes bound_to(const std::string& nonce, const json& key, bool sha512) {
  const std::string text = R"({"additional-evidence":"","nonce":")" + nonce + R"(","tee-pubkey":{"alg":")" +
                           key.at("alg").get<std::string>() + R"(","e":")" + key.at("e").get<std::string>() +
                           R"(","kty":")" + key.at("kty").get<std::string>() + R"(","n":")" +
                           key.at("n").get<std::string>() + R"("}})";
  Bytes out(64);
  (sha512 ? SHA512 : SHA384)(as_bytes(text).data(), text.size(), out.data());
  return out;
}

std::string refusal(std::string_view status, const std::string& detail) {
  const json body = {{"type", "https://github.com/confidential-containers/kbs/errors/Test"}, {"detail", detail}};
  return http_answer(body.dump(), "Content-Type: application/json\r\n", status);
}

}  // namespace

KeyBroker::KeyBroker(const ServerIdentity& identity) {
  server_ =
      std::make_unique<Server>([this](Connection& to, const std::string& target) { handle(to, target); }, identity);
}

std::string KeyBroker::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}
std::vector<Bytes> KeyBroker::report_data() const {
  const std::lock_guard lock(mutex_);
  return report_data_;
}
Bytes KeyBroker::last_quote() const {
  const std::lock_guard lock(mutex_);
  return quote_;
}
bool KeyBroker::last_had_event_log() const {
  const std::lock_guard lock(mutex_);
  return had_event_log_;
}

void KeyBroker::expect(bool holds, const std::string& what) {
  if (!holds) {
    complain(what);
  }
}

void KeyBroker::handle(Connection& to, const std::string& target) {
  constexpr std::string_view kPrefix = "/kbs/v0/";
  std::string answer;
  decltype(behaviour_.answer_otherwise) otherwise;
  const std::string path = target.starts_with(kPrefix) ? target.substr(kPrefix.size()) : std::string();
  {
    const std::lock_guard lock(mutex_);
    otherwise = behaviour_.answer_otherwise;
    try {
      if (path == "auth") {
        answer = auth(to);
      } else if (path == "attest") {
        answer = attest(to);
      } else if (path.starts_with("resource/")) {
        answer = get(to, std::string_view(path).substr(9));
      } else {
        complain("unknown path " + target);
        answer = refusal("404 Not Found", "no such path");
      }
    } catch (const json::exception& e) {
      complain(path + ": " + e.what());
      answer = refusal("401 Unauthorized", "malformed");
    }
  }
  if (!otherwise || !otherwise(to, answer, path)) {
    to.send(answer);
  }
}

std::string KeyBroker::auth(const Connection& from) {
  const json request = json::parse(from.body);
  expect(from.method == "POST", "auth is no POST");
  expect(from.head.find("Content-Type: application/json") != std::string::npos, "auth is no JSON");
  expect(from.head.find("Cookie:") == std::string::npos, "auth has a cookie");
  expect(request.size() == 3 && request.contains("extra-params"), "auth has other members");
  if (request.at("version") != "0.4.0" || request.at("tee") != "tdx") {
    complain("auth of another version or TEE");
    return refusal("401 Unauthorized", "KBS Client Protocol Version Mismatch");
  }
  const std::string number = std::to_string(sessions_.size());
  sessions_.push_back({.nonce = behaviour_.nonce.empty()
                                    ? to_base64(Bytes(32, static_cast<std::uint8_t>(sessions_.size())))
                                    : behaviour_.nonce,
                       .cookie = std::string(32 - number.size(), 'c') + number,
                       .key = nullptr});
  json challenge = {{"nonce", sessions_.back().nonce}, {"extra-params", ""}};
  if (!behaviour_.hash.empty()) {
    challenge["extra-params"] = {{"selected-hash-algorithm", behaviour_.hash}};
  }
  return http_answer(challenge.dump(), "Content-Type: application/json\r\nSet-Cookie: kbs-session-id=" +
                                           sessions_.back().cookie + behaviour_.cookie_attributes + "\r\n");
}

KeyBroker::Session* KeyBroker::session_of(const Connection& from) {
  const auto found = std::ranges::find_if(sessions_, [&from](const Session& session) {
    return (from.head + "\r\n").find("\r\nCookie: kbs-session-id=" + session.cookie + "\r\n") != std::string::npos;
  });
  expect(found != sessions_.end(), "no session");
  return found == sessions_.end() ? nullptr : &*found;
}

std::string KeyBroker::attest(const Connection& from) {
  Session* const session = session_of(from);
  const json request = json::parse(from.body);
  expect(from.method == "POST", "attest is no POST");
  expect(request.size() == 2 && request.at("runtime-data").size() == 2 && request.at("tee-evidence").size() == 2,
         "attest has other members");
  const json& key = request.at("runtime-data").at("tee-pubkey");
  expect(key.size() == 4 && key.at("kty") == "RSA" && key.at("alg") == "RSA-OAEP-256", "another kind of key");
  if (session == nullptr || request.at("runtime-data").at("nonce") != session->nonce) {
    complain("another nonce");
    return refusal("401 Unauthorized", "the nonce is another");
  }
  expect(request.at("tee-evidence").at("additional_evidence") == "", "additional evidence");
  const json& evidence = request.at("tee-evidence").at("primary_evidence");
  quote_ = from_base64(evidence.at("quote").get<std::string>()).value();
  had_event_log_ = !evidence.at("cc_eventlog").is_null();
  expect(evidence.size() == 2 && (!had_event_log_ || from_base64(evidence.at("cc_eventlog").get<std::string>())),
         "the event log is no base64");
  const auto quote = tdx::parse_quote(quote_);
  const Bytes expected = bound_to(session->nonce, key, behaviour_.hash == "sha512");
  if (!quote || !quote->is_tdx() || !std::ranges::equal(tdx::read_td_report(*quote).report_data, expected)) {
    complain("the quote is bound to something else");
    return refusal("401 Unauthorized", "REPORT_DATA is different");
  }
  report_data_.push_back(expected);
  session->key = key_of_numbers(from_base64url(key.at("n").get<std::string>()).value(),
                                from_base64url(key.at("e").get<std::string>()).value());
  expect(EVP_PKEY_get_bits(session->key.get()) == 3072, "a key of another size");
  return http_answer(R"({"token":"eyJhbGciOiJSUzM4NCJ9.e30.c2ln"})");
}

std::string KeyBroker::get(const Connection& from, std::string_view name) {
  const Session* const session = session_of(from);
  expect(from.method == "GET" && from.body.empty(), "the resource is not asked by GET");
  if (session == nullptr || session->key == nullptr) {
    complain("a resource before the attestation");
    return refusal("401 Unauthorized", "not attested");
  }
  if (name != kResource) {
    return refusal("404 Not Found", "no such resource");
  }
  nlohmann::ordered_json jwe = made_jwe(session->key.get(), behaviour_.resource, behaviour_.jwe_parts);
  if (behaviour_.alter_jwe) {
    jwe = behaviour_.alter_jwe(std::move(jwe));
  }
  return http_answer(jwe.dump());
}

}  // namespace tenzro::tee::test
