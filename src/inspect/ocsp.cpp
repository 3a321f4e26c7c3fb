// SPDX-License-Identifier: Apache-2.0
// OCSP responses, decoded.
#include <string>

#include "core/try.hpp"
#include "inspect/describe.hpp"
#include "x509/ocsp.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

std::string_view name_of(ocsp::IdHash hash) {
  switch (hash) {
    case ocsp::IdHash::unknown:
      break;
    case ocsp::IdHash::sha1:
      return "sha1";
    case ocsp::IdHash::sha256:
      return "sha256";
    case ocsp::IdHash::sha384:
      return "sha384";
  }
  return "unknown";
}

std::string_view name_of(ocsp::AnswerStatus status) {
  switch (status) {
    case ocsp::AnswerStatus::unknown:
      break;
    case ocsp::AnswerStatus::good:
      return "good";
    case ocsp::AnswerStatus::revoked:
      return "revoked";
  }
  return "unknown";
}

Json describe_answer(const ocsp::SingleResponse& answer) {
  Json out = Json::object();
  out["serial"] = to_hex(answer.id.serial);
  out["id_hash"] = name_of(answer.id.hash);
  out["issuer_name_hash"] = to_hex(answer.id.issuer_name_hash);
  out["issuer_key_hash"] = to_hex(answer.id.issuer_key_hash);
  out["status"] = name_of(answer.status);
  if (answer.revoked_at) {
    out["revoked_at"] = to_rfc3339(*answer.revoked_at);
    out["reason"] = answer.reason ? Json(ocsp::reason_name(*answer.reason)) : Json();
  }
  out["this_update"] = to_rfc3339(answer.this_update);
  out["next_update"] = answer.next_update ? Json(to_rfc3339(*answer.next_update)) : Json();
  return out;
}

}  // namespace

Result<Json> describe_ocsp_response(ByteView der) {
  TENZRO_ASSIGN_OR_RETURN(const x509::OcspResponsePtr response, x509::OcspResponse::parse(der));
  Json out = Json::object();
  out["response_status"] = ocsp::to_string(response->status());
  out["sha256"] = to_hex(response->sha256());
  if (response->status() != ocsp::ResponseStatus::successful) {
    return out;
  }
  out["responder"] = response->responder();
  out["produced_at"] = to_rfc3339(response->produced_at());
  out["nonce"] = response->nonce() ? Json(to_hex(*response->nonce())) : Json();
  Json answers = Json::array();
  for (const ocsp::SingleResponse& answer : response->answers()) {
    answers.push_back(describe_answer(answer));
  }
  out["answers"] = std::move(answers);
  Json certificates = Json::array();
  for (const ByteView certificate : response->certificates()) {
    certificates.push_back(describe_certificate(certificate));
  }
  out["certificates"] = std::move(certificates);
  return out;
}

}  // namespace tenzro::tee::inspect_detail
