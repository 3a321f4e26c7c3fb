// SPDX-License-Identifier: Apache-2.0
#include "seal/kms/client.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/recipient_key.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/nitro/kms_answer.hpp"
#include "formats/json.hpp"
#include "seal/kms/refusal.hpp"
#include "seal/kms/sigv4.hpp"
#include "seal/length_prefix.hpp"

namespace tenzro::tee::kms {

namespace {

using std::chrono::milliseconds;

constexpr int kRecipientBits = 2048;
constexpr std::string_view kContentType = "application/x-amz-json-1.1";
constexpr std::string_view kService = "AWS KMS";

/// What is left of it; a day where it has no end.
milliseconds rest_of(const device::Waiting& waiting) {
  const auto left = waiting.until() - std::chrono::steady_clock::now();
  constexpr milliseconds kLongest = std::chrono::hours{24};
  return left > kLongest ? kLongest : std::chrono::ceil<milliseconds>(left);
}

/// Its own document is the one thing by which an enclave sees that its host reads its memory.
Result<void> look_at(const AttestationReport& report, ByteView recipient) {
  const auto document = nitro::parse_document(report.evidence);
  if (!document) {
    return Error(ErrorCode::hardware_failure, concat("the enclave's own document: ", document.error().message()));
  }
  if (document->kind != nitro::Kind::enclave || !document->public_key ||
      !std::ranges::equal(*document->public_key, recipient)) {
    return Error(ErrorCode::hardware_failure,
                 "the enclave's own document does not carry the public key that was asked");
  }
  if (nitro::is_debug(*document)) {
    return Error(ErrorCode::not_available,
                 "no sealing source here: this enclave runs in debug mode, where its host may read what it does and "
                 "PCR0 to PCR2 are zero; start it without --debug-mode");
  }
  return {};
}

Error wrong_answer(std::string_view operation, std::string_view why) {
  return Error(ErrorCode::io_failure, concat(kService, " answered ", operation, " with what it never does: ", why));
}

}  // namespace

struct Client::Question {
  std::string_view operation;                ///< "Decrypt"
  json::Value body = json::Value::object();  ///< what the operation has for itself
};

Client::Client(TeeProvider& enclave, std::shared_ptr<device::System> machine, std::string region, std::string key_arn,
               std::shared_ptr<const AwsCredentials> credentials, Endpoint endpoint, net::HttpClient http)
    : enclave_(&enclave),
      machine_(std::move(machine)),
      region_(std::move(region)),
      key_arn_(std::move(key_arn)),
      credentials_(std::move(credentials)),
      endpoint_(std::move(endpoint)),
      http_(std::move(http)) {}

Result<Client> Client::make(TeeProvider& enclave, std::shared_ptr<device::System> machine, const std::string& region,
                            std::string key_arn, const SealingNetwork& network) {
  TENZRO_ASSIGN_OR_RETURN(Endpoint endpoint, find_endpoint(region, network.kms_endpoint, enclave.simulated()));
  if (network.aws == nullptr || network.aws->access_key_id.empty() || network.aws->secret_access_key.size() == 0) {
    return Error(ErrorCode::not_available,
                 "AWS KMS needs credentials; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for a role, "
                 "AWS_SESSION_TOKEN");
  }
  const auto connect = [machine](std::uint32_t cid, std::uint32_t port, milliseconds timeout) {
    return machine->connect_vsock(cid, port, timeout, timeout);
  };
  TENZRO_ASSIGN_OR_RETURN(net::HttpClient http, net::HttpClient::make({.ca_file = network.ca_file,
                                                                       .proxy = network.proxy,
                                                                       .no_proxy = network.no_proxy,
                                                                       .max_body = nitro::kMaxKmsAnswer,
                                                                       .vsock = connect}));
  return Client(enclave, std::move(machine), region, std::move(key_arn), network.aws, std::move(endpoint),
                std::move(http));
}

Result<Bytes> Client::post(const Question& question, const std::string& body, const device::Waiting& waiting) const {
  const std::string target = concat("TrentService.", question.operation);
  const sigv4::Call call = {
      .host = endpoint_.host, .target = target, .content_type = kContentType, .body = as_bytes(body)};
  const sigv4::Scope scope = {
      .time = std::chrono::floor<std::chrono::seconds>(machine_->wall_clock()), .region = region_, .service = "kms"};
  TENZRO_ASSIGN_OR_RETURN(auto headers, sigv4::sign(call, *credentials_, scope));
  if (waiting.over()) {
    return waiting.error(kService);
  }
  net::Fetched answer = http_.fetch({.url = endpoint_.url,
                                     .post = net::Posted{.content_type = kContentType, .body = as_bytes(body)},
                                     .headers = std::move(headers),
                                     .max_refused_body = kMaxRefusal,
                                     .dial = endpoint_.dial},
                                    rest_of(waiting), waiting.stop());
  if (!answer.ok()) {
    return explain_refusal(answer, question.operation);
  }
  return std::move(answer.body);
}

Result<DataKey> Client::ask(const Question& question, const EncryptionContext& context,
                            const device::Waiting& waiting) const {
  if (waiting.over()) {
    return waiting.error(kService);
  }
  TENZRO_ASSIGN_OR_RETURN(const auto recipient, crypto::RecipientKey::generate(kRecipientBits));
  TENZRO_ASSIGN_OR_RETURN(const Bytes spki, recipient.spki());
  AttestationRequest request(EvidenceNonce::from_challenge(Challenge::random()));
  request.public_key = spki;
  if (waiting.over()) {
    return waiting.error(kService);
  }
  TENZRO_ASSIGN_OR_RETURN(
      const AttestationReport report,
      enclave_->generate_attestation(request, {.at_most = rest_of(waiting), .stop = waiting.stop()}));
  TENZRO_RETURN_IF_ERROR(look_at(report, spki));

  json::Value body = question.body;
  body["KeyId"] = key_arn_;
  body["EncryptionContext"] = context;
  body["Recipient"] = {{"KeyEncryptionAlgorithm", "RSAES_OAEP_SHA_256"},
                       {"AttestationDocument", to_base64(report.evidence)}};
  std::string text;
  try {
    text = body.dump();
  } catch (const json::Value::exception&) {
    return Error(ErrorCode::invalid_argument, "kms: the key id and the encryption context must be UTF-8");
  }
  TENZRO_ASSIGN_OR_RETURN(const Bytes said, post(question, text, waiting));

  const auto answer = nitro::parse_kms_answer(said);
  if (!answer) {
    return wrong_answer(question.operation, answer.error().message());
  }
  if (answer->key_id != key_arn_) {
    return wrong_answer(question.operation, answer->key_id.empty()
                                                ? "no KeyId"
                                                : concat("the KeyId ", printable(answer->key_id, 200), ", asked was ",
                                                         printable(key_arn_)));
  }
  auto key =
      recipient.open(answer->for_recipient.encrypted_key, answer->for_recipient.iv, answer->for_recipient.ciphertext);
  if (!key) {
    return wrong_answer(question.operation, key.error().message());
  }
  if (key->size() != kDataKeySize) {
    return wrong_answer(question.operation, concat("a key of ", key->size(), " bytes, expected ", kDataKeySize));
  }
  return DataKey{.key = *std::move(key), .ciphertext_blob = answer->ciphertext_blob};
}

Result<DataKey> Client::generate_data_key(const EncryptionContext& context, const device::Waiting& waiting) const {
  const Question question{.operation = "GenerateDataKey", .body = {{"KeySpec", "AES_256"}}};
  TENZRO_ASSIGN_OR_RETURN(DataKey out, ask(question, context, waiting));
  if (out.ciphertext_blob.empty()) {
    return wrong_answer(question.operation, "no CiphertextBlob");
  }
  return out;
}

Result<SecretBytes> Client::decrypt(ByteView ciphertext_blob, const EncryptionContext& context,
                                    const device::Waiting& waiting) const {
  const Question question{
      .operation = "Decrypt",
      .body = {{"CiphertextBlob", to_base64(ciphertext_blob)}, {"EncryptionAlgorithm", "SYMMETRIC_DEFAULT"}}};
  TENZRO_ASSIGN_OR_RETURN(DataKey out, ask(question, context, waiting));
  return std::move(out.key);
}

}  // namespace tenzro::tee::kms
