// SPDX-License-Identifier: Apache-2.0
#include "seal/kms/refusal.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/text.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::kms {

namespace {

constexpr std::size_t kMaxQuoted = 300;
constexpr json::Limits kLimits = {.max_size = kMaxRefusal, .max_depth = 8, .max_values = 64};

enum class Quote : std::uint8_t { no, yes };

struct Meaning {
  std::string_view name;
  ErrorCode code;
  std::string_view sentence;
  Quote quote = Quote::no;  ///< yes only where KMS never repeats parts of the request's headers
};

constexpr std::string_view kUnknownCaller =
    "AWS does not know these credentials; check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN";
constexpr std::string_view kWrongSignature =
    "the signature does not fit: the secret access key is wrong, or this machine's clock is (AWS grants it minutes)";
constexpr std::string_view kExpired =
    "the credentials have expired, or this machine's clock is wrong; give a new session token";
constexpr std::string_view kTooOften = "AWS is asked too often; try again later";
constexpr std::string_view kFailed = "KMS failed; try again later";

// Source: AWS KMS API reference, "Common errors" and those of Decrypt and GenerateDataKey.
constexpr auto kMeanings = std::to_array<Meaning>({
    {"AccessDeniedException", ErrorCode::permission_denied,
     "the key's policy does not let this caller, or this enclave, use it; compare its condition on PCRs "
     "(kms:RecipientAttestation:...) with this enclave's",
     Quote::yes},
    {"InvalidCiphertextException", ErrorCode::authentication_failed,
     "the stored data key does not belong to this KMS key and encryption context, or was altered"},
    {"IncorrectKeyException", ErrorCode::authentication_failed,
     "the stored data key was made under another KMS key than the configured one"},
    {"NotFoundException", ErrorCode::not_available, "there is no such key in this account and region", Quote::yes},
    {"DisabledException", ErrorCode::not_available, "the key is disabled", Quote::yes},
    {"KMSInvalidStateException", ErrorCode::not_available, "the key's state does not allow this", Quote::yes},
    {"InvalidKeyUsageException", ErrorCode::invalid_argument, "the key is not one for symmetric encryption",
     Quote::yes},
    {"InvalidArnException", ErrorCode::invalid_argument, "the key's ARN is wrong", Quote::yes},
    {"UnsupportedOperationException", ErrorCode::not_available, "the key, or KMS there, cannot do this", Quote::yes},
    {"ValidationException", ErrorCode::io_failure,
     "KMS does not take the request; an attestation document of a simulated enclave, or an old one, is refused so",
     Quote::yes},
    {"UnrecognizedClientException", ErrorCode::permission_denied, kUnknownCaller},
    {"InvalidClientTokenId", ErrorCode::permission_denied, kUnknownCaller},
    {"InvalidAccessKeyId", ErrorCode::permission_denied, kUnknownCaller},
    {"MissingAuthenticationToken", ErrorCode::permission_denied, kUnknownCaller},
    {"MissingAuthenticationTokenException", ErrorCode::permission_denied, kUnknownCaller},
    {"NotAuthorized", ErrorCode::permission_denied, kUnknownCaller},
    {"OptInRequired", ErrorCode::permission_denied, kUnknownCaller},
    {"IncompleteSignature", ErrorCode::permission_denied, kWrongSignature},
    {"IncompleteSignatureException", ErrorCode::permission_denied, kWrongSignature},
    {"InvalidSignatureException", ErrorCode::permission_denied, kWrongSignature},
    {"SignatureDoesNotMatch", ErrorCode::permission_denied, kWrongSignature},
    {"RequestExpired", ErrorCode::permission_denied, kExpired},
    {"ExpiredToken", ErrorCode::permission_denied, kExpired},
    {"ExpiredTokenException", ErrorCode::permission_denied, kExpired},
    {"ThrottlingException", ErrorCode::io_failure, kTooOften},
    {"LimitExceededException", ErrorCode::io_failure, kTooOften},
    {"KeyUnavailableException", ErrorCode::io_failure, kFailed},
    {"KMSInternalException", ErrorCode::io_failure, kFailed},
    {"DependencyTimeoutException", ErrorCode::io_failure, kFailed},
    {"InternalFailure", ErrorCode::io_failure, kFailed},
    {"ServiceUnavailable", ErrorCode::io_failure, kFailed},
});

struct Refusal {
  std::string name, message;
};

std::string text_of(const json::Node& node, std::string_view name) {
  const auto member = node.optional_member(name);
  if (!member || !*member) {
    return {};
  }
  const auto text = (*member)->string(kMaxRefusal);
  return text ? *text : std::string();
}

/// {"__type":"com.amazonaws.kms#NotFoundException","message":"..."}: either part may be missing, or be spelt otherwise.
Refusal read(const net::Fetched& answer) {
  Refusal out;
  if (const auto value = json::parse(answer.refused_body, kLimits); value && value->is_object()) {
    const json::Node root(*value, "kms refusal");
    out.name = text_of(root, "__type");
    out.message = text_of(root, "message");
    if (out.message.empty()) {
      out.message = text_of(root, "Message");
    }
  }
  if (out.name.empty()) {
    out.name = answer.header("x-amzn-errortype").value_or("");
  }
  out.name.erase(std::min(out.name.find(':'), out.name.size()));
  out.name.erase(0, out.name.find('#') + 1);
  return out;
}

bool is_answer(net::FetchProblem problem) {
  using enum net::FetchProblem;
  return problem == not_found || problem == unauthorized || problem == throttled || problem == refused ||
         problem == server_failed;
}

Error unreachable(const net::Fetched& answer, std::string_view operation) {
  using enum net::FetchProblem;
  const bool nowhere = answer.problem == name_unresolved || answer.problem == connection_failed;
  const std::string_view hint =
      nowhere ? "; an enclave has no network but vsock: run vsock-proxy on its parent and set TENZRO_KMS_ENDPOINT to "
                "vsock://3:PORT"
              : "";
  ErrorCode code = ErrorCode::io_failure;
  if (answer.problem == timed_out || answer.problem == cancelled) {
    code = answer.problem == timed_out ? ErrorCode::timed_out : ErrorCode::cancelled;
  }
  return Error(code, concat("AWS KMS, ", operation, ": ", answer.message, hint));
}

}  // namespace

Error explain_refusal(const net::Fetched& answer, std::string_view operation) {
  if (!is_answer(answer.problem)) {
    return unreachable(answer, operation);
  }
  const Refusal refusal = read(answer);
  const auto* const meaning = std::ranges::find(kMeanings, refusal.name, &Meaning::name);
  if (meaning == kMeanings.end()) {
    return Error(ErrorCode::io_failure,
                 concat("AWS KMS refused ", operation, " (", answer.message,
                        refusal.name.empty() ? "" : concat(", ", printable(refusal.name, 64)), ")"));
  }
  const bool quote = meaning->quote == Quote::yes && !refusal.message.empty();
  return Error(meaning->code, concat("AWS KMS refused ", operation, " (", meaning->name, "): ", meaning->sentence,
                                     quote ? concat("; it says: ", printable(refusal.message, kMaxQuoted)) : ""));
}

}  // namespace tenzro::tee::kms
