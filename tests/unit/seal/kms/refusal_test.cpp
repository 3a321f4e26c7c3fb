// SPDX-License-Identifier: Apache-2.0
#include "seal/kms/refusal.hpp"

#include <gtest/gtest.h>

#include "support/vectors.hpp"

namespace tenzro::tee::kms {
namespace {

using net::FetchProblem;

net::Fetched refused(std::string_view body, FetchProblem problem = FetchProblem::refused) {
  net::Fetched out;
  out.problem = problem;
  out.message = "refused: https://kms.eu-west-1.amazonaws.com/: HTTP status 400";
  out.refused_body.assign(body.begin(), body.end());
  return out;
}
Error explained(std::string_view body) { return explain_refusal(refused(body), "Decrypt"); }

TEST(KmsRefusal, QuotesWhatKmsSaysOfTheKey) {
  const Error error = explained(
      R"({"__type":"AccessDeniedException","Message":"User: arn:aws:sts::1:assumed-role/r/s is not authorized"})");
  EXPECT_EQ(error.code(), ErrorCode::permission_denied);
  EXPECT_EQ(error.message(),
            "AWS KMS refused Decrypt (AccessDeniedException): the key's policy does not let this caller, or this "
            "enclave, use it; compare its condition on PCRs (kms:RecipientAttestation:...) with this enclave's; it "
            "says: User: arn:aws:sts::1:assumed-role/r/s is not authorized");
}

TEST(KmsRefusal, QuotesNothingWhereKmsSaysNothing) {
  for (const char* body : {R"({"__type":"DisabledException"})", R"({"__type":"DisabledException","message":""})"}) {
    const Error error = explained(body);
    EXPECT_EQ(error.code(), ErrorCode::not_available);
    EXPECT_EQ(error.message().find("it says"), std::string::npos) << error.message();
  }
}

TEST(KmsRefusal, HasACodeForEachKind) {
  using enum ErrorCode;
  for (const auto& [name, code] : {std::pair("AccessDeniedException", permission_denied),
                                   {"InvalidCiphertextException", authentication_failed},
                                   {"IncorrectKeyException", authentication_failed},
                                   {"NotFoundException", not_available},
                                   {"DisabledException", not_available},
                                   {"KMSInvalidStateException", not_available},
                                   {"InvalidKeyUsageException", invalid_argument},
                                   {"InvalidSignatureException", permission_denied},
                                   {"ExpiredTokenException", permission_denied},
                                   {"UnrecognizedClientException", permission_denied},
                                   {"ThrottlingException", io_failure},
                                   {"KMSInternalException", io_failure},
                                   {"ValidationException", io_failure},
                                   {"NobodyKnowsThisException", io_failure}}) {
    for (const std::string prefix : {"", "com.amazonaws.kms#", "com.amazon.coral.service#"}) {
      const Error error = explained(R"({"__type":")" + prefix + name + R"("})");
      EXPECT_EQ(error.code(), code) << name;
      EXPECT_NE(error.message().find(name), std::string::npos) << error.message();
      EXPECT_EQ(error.message().find("coral"), std::string::npos);
    }
  }
}

TEST(KmsRefusal, TakesTheNameFromTheHeaderWhenTheBodyHasNone) {
  for (const std::string value : {"DisabledException", "DisabledException:http://internal.amazon.com/coral/"}) {
    net::Fetched answer = refused("{}");
    answer.headers.emplace_back("x-amzn-errortype", value);
    EXPECT_EQ(explain_refusal(answer, "Decrypt").code(), ErrorCode::not_available);
  }
}

// A wrong signature is answered with the text that should have been signed, and that holds the session token.
TEST(KmsRefusal, QuotesNothingThatMayHoldCredentials) {
  for (const std::string name : {"InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature",
                                 "UnrecognizedClientException", "ExpiredTokenException", "SomethingNew"}) {
    const Error error = explained(R"({"__type":")" + name + R"(","message":"x-amz-security-token:FwoGZXIvYXdz"})");
    EXPECT_EQ(error.message().find("FwoGZ"), std::string::npos) << error.message();
  }
  EXPECT_EQ(explained(R"({"__type":"InvalidSignatureException"})").message(),
            "AWS KMS refused Decrypt (InvalidSignatureException): the signature does not fit: the secret access key is "
            "wrong, or this machine's clock is (AWS grants it minutes)");
}

TEST(KmsRefusal, BoundsAndEscapesWhatItQuotes) {
  const Error error =
      explained(R"({"__type":"DisabledException","message":"a\n\u001b[2J)" + std::string(5000, 'x') + R"("})");
  EXPECT_LT(error.message().size(), 500U);
  EXPECT_NE(error.message().find("a\\x0a\\x1b[2Jxxx"), std::string::npos) << error.message();
  const Error unknown = explained(R"({"__type":")" + std::string(5000, '\\') + "\"}");
  EXPECT_LT(unknown.message().size(), 500U);
}

TEST(KmsRefusal, SaysTheStatusWhereNothingElseIsKnown) {
  for (const std::string body :
       {"", "<html>", "[]", "{", R"({"__type":7})", R"({"message":"text"})", R"({"__type":""})"}) {
    const Error error = explained(body);
    EXPECT_EQ(error.code(), ErrorCode::io_failure);
    EXPECT_EQ(error.message(),
              "AWS KMS refused Decrypt (refused: https://kms.eu-west-1.amazonaws.com/: HTTP status 400)");
  }
}

TEST(KmsRefusal, TellsWhoeverCannotReachItHow) {
  for (const auto& [problem, code, hint] : {std::tuple(FetchProblem::connection_failed, ErrorCode::io_failure, true),
                                            std::tuple(FetchProblem::name_unresolved, ErrorCode::io_failure, true),
                                            std::tuple(FetchProblem::tls_failed, ErrorCode::io_failure, false),
                                            std::tuple(FetchProblem::body_too_large, ErrorCode::io_failure, false),
                                            std::tuple(FetchProblem::timed_out, ErrorCode::timed_out, false),
                                            std::tuple(FetchProblem::cancelled, ErrorCode::cancelled, false)}) {
    // Whatever came with it is no answer of KMS's.
    const Error error =
        explain_refusal(refused(R"({"__type":"InvalidCiphertextException"})", problem), "GenerateDataKey");
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.message().find("TENZRO_KMS_ENDPOINT") != std::string::npos, hint) << error.message();
    EXPECT_TRUE(error.message().starts_with("AWS KMS, GenerateDataKey: refused: https://kms.")) << error.message();
  }
}

}  // namespace
}  // namespace tenzro::tee::kms
