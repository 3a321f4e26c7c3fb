// SPDX-License-Identifier: Apache-2.0
#include "seal/kbs/rcar.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "seal/kbs/evidence.hpp"
#include "seal/kbs/jwe.hpp"
#include "seal/kbs/messages.hpp"

namespace tenzro::tee::kbs {

namespace {

using net::Fetched;
using net::FetchProblem;
using std::chrono::milliseconds;

constexpr int kKeyBits = 3072;
constexpr std::string_view kJson = "application/json";

/// A broker that does not keep to the protocol is no more than one that does not work.
Error off_protocol(const Error& error) {
  return {ErrorCode::io_failure, concat("the broker does not keep to the protocol: ", error.message())};
}

/// no: what a refusal means at this step.
Error not_answered(const Fetched& fetched, std::string_view no) {
  switch (fetched.problem) {
    case FetchProblem::unauthorized:
      return {ErrorCode::permission_denied, concat(no, ": ", reason_of(fetched.refused_body))};
    case FetchProblem::timed_out:
      return {ErrorCode::timed_out, concat("the broker did not answer in the time given: ", fetched.message)};
    case FetchProblem::cancelled:
      return {ErrorCode::cancelled, concat("the broker: ", fetched.message)};
    case FetchProblem::name_unresolved:
    case FetchProblem::connection_failed:
      return {ErrorCode::io_failure, concat("the broker cannot be reached: ", fetched.message)};
    case FetchProblem::tls_failed:
      return {ErrorCode::io_failure, concat("the broker is not the pinned one: ", fetched.message)};
    case FetchProblem::throttled:
    case FetchProblem::server_failed:
    case FetchProblem::refused:
    case FetchProblem::not_found:
      return {ErrorCode::io_failure,
              concat("the broker failed: ", fetched.message, ": ", reason_of(fetched.refused_body))};
    case FetchProblem::unknown:
    case FetchProblem::none:
    case FetchProblem::url_refused:
    case FetchProblem::cut_short:
    case FetchProblem::not_http:
    case FetchProblem::headers_too_large:
    case FetchProblem::body_too_large:
    case FetchProblem::redirected:
    case FetchProblem::encoded:
      break;
  }
  return {ErrorCode::io_failure, concat("the broker does not keep to the protocol: ", fetched.message)};
}

/// Threads: one thread at a time.
class Handshake {
 public:
  Handshake(TeeProvider& tee, const Broker& broker, const device::Waiting& waiting)
      : tee_(tee), broker_(broker), waiting_(waiting) {}

  /// Request and challenge: the session begins.
  Result<void> begin();
  /// Attestation: the broker comes to trust the key.
  Result<void> attest();
  Result<SecretBytes> resource(const std::string& name) const;

 private:
  milliseconds left() const {
    return std::chrono::ceil<milliseconds>(waiting_.until() - std::chrono::steady_clock::now());
  }
  Fetched send(std::string_view path, std::optional<std::string_view> body, std::size_t max_body) const;
  Result<AttestationReport> make_report(const ReportData& data) const;

  TeeProvider& tee_;
  const Broker& broker_;
  const device::Waiting& waiting_;
  std::string cookie_;  ///< "Cookie: kbs-session-id=..."; empty before there is one
  Challenge challenge_;
  std::optional<crypto::RecipientKey> key_;
};

Fetched Handshake::send(std::string_view path, std::optional<std::string_view> body, std::size_t max_body) const {
  net::HttpRequest request{.url = concat(broker_.url, "/kbs/v0/", path),
                           .accept = kJson,
                           .max_body = max_body,
                           .max_refused_body = max_body};
  if (!cookie_.empty()) {
    request.headers.push_back(cookie_);
  }
  if (body) {
    request.post = net::Posted{.content_type = kJson, .body = as_bytes(*body)};
  }
  return broker_.client.fetch(request, left(), waiting_.stop());
}

Result<void> Handshake::begin() {
  TENZRO_ASSIGN_OR_RETURN(const std::string_view name, tee_name(tee_.tee_type()));
  const Fetched answer = send("auth", auth_request(name), kMaxChallenge);
  if (!answer.ok()) {
    return not_answered(answer, "the broker does not begin a session");
  }
  auto challenge = parse_challenge(answer.body);
  if (!challenge) {
    return off_protocol(challenge.error());
  }
  const auto cookie = session_cookie(answer.headers);
  if (!cookie) {
    return off_protocol(cookie.error());
  }
  challenge_ = *std::move(challenge);
  cookie_ = concat("Cookie: ", *cookie);
  return {};
}

Result<AttestationReport> Handshake::make_report(const ReportData& data) const {
  AttestationRequest request(data);
  request.event_log = true;
  auto out = tee_.generate_attestation(request, {.at_most = left(), .stop = waiting_.stop()});
  if (!out && (out.error().code() == ErrorCode::not_available || out.error().code() == ErrorCode::permission_denied)) {
    // No event log here, or none for us. It is the broker that says whether it can do without.
    request.event_log = false;
    out = tee_.generate_attestation(request, {.at_most = left(), .stop = waiting_.stop()});
  }
  return out;
}

Result<void> Handshake::attest() {
  TENZRO_ASSIGN_OR_RETURN(key_, crypto::RecipientKey::generate(kKeyBits));
  TENZRO_ASSIGN_OR_RETURN(const crypto::RsaNumbers numbers, key_->numbers());
  TENZRO_ASSIGN_OR_RETURN(const ReportData data, ReportData::from_caller_data(bound_data(challenge_, numbers)));
  TENZRO_ASSIGN_OR_RETURN(const AttestationReport report, make_report(data));
  TENZRO_ASSIGN_OR_RETURN(json::Value evidence, tee_evidence(tee_.tee_type(), report));
  const Fetched answer = send("attest", attest_request(challenge_, numbers, std::move(evidence)), kMaxToken);
  if (!answer.ok()) {
    return not_answered(answer, "the broker did not accept this TEE's evidence");
  }
  if (const auto checked = check_token(answer.body); !checked) {
    return off_protocol(checked.error());
  }
  return {};
}

Result<SecretBytes> Handshake::resource(const std::string& name) const {
  const Fetched answer = send(concat("resource/", name), std::nullopt, kMaxJwe);
  if (answer.problem == FetchProblem::not_found) {
    return Error(ErrorCode::not_available,
                 concat("the broker has no resource ", name, ": ", reason_of(answer.refused_body)));
  }
  if (!answer.ok()) {
    return not_answered(answer, concat("the broker does not give ", name, " to this TEE"));
  }
  const auto jwe = parse_jwe(answer.body);
  if (!jwe) {
    return off_protocol(jwe.error());
  }
  auto content = open_jwe(*jwe, *key_);
  if (!content) {
    return off_protocol(content.error());
  }
  return content;
}

}  // namespace

Result<SecretBytes> fetch_resource(TeeProvider& tee, const Broker& broker, const std::string& resource,
                                   const device::Waiting& waiting) {
  Handshake handshake(tee, broker, waiting);
  TENZRO_RETURN_IF_ERROR(handshake.begin());
  TENZRO_RETURN_IF_ERROR(handshake.attest());
  return handshake.resource(resource);
}

}  // namespace tenzro::tee::kbs
