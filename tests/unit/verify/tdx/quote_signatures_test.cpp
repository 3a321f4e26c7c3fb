// SPDX-License-Identifier: Apache-2.0
// The certification data of a quote, before anything in it is believed.
#include "verify/tdx/quote_signatures.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "fakes/failing_openssl.hpp"
#include "made/simulated_intel.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::tdx {
namespace {

std::vector<Finding> failures_of(VerdictBuilder&& verdict) {
  std::vector<Finding> out;
  const VerificationResult result = std::move(verdict).finish(true, false);
  for (const Finding& failure : result.failures()) {
    if (failure.code != "verification_incomplete") {
      out.push_back(failure);
    }
  }
  return out;
}

std::string pem(std::string_view label, const Bytes& der) {
  std::string out = "-----BEGIN " + std::string(label) + "-----\n";
  const std::string text = to_base64(der);
  for (std::size_t i = 0; i < text.size(); i += 64) {
    out += text.substr(i, 64) + "\n";
  }
  return out + "-----END " + std::string(label) + "-----\n";
}

/// Why the chain is not read; "" where it is.
std::string problem_of(const std::string& data, std::uint16_t type = 5) {
  Memory memory{MemoryLimits{}};
  Recollection recall(memory);
  Quote quote;
  quote.certification_type = type;
  quote.certification_data = test::view(data);
  VerdictBuilder verdict(test::kNow);
  const bool read = read_pck_chain(quote, {}, recall, verdict).has_value();
  const auto failures = failures_of(std::move(verdict));
  EXPECT_EQ(read, failures.empty());
  return failures.empty() ? "" : failures.front().code + ": " + failures.front().message;
}

TEST(PckChain, IsThreeCertificatesAndNothingElse) {
  const test::IntelStage stage;
  const Bytes leaf = stage.maker.pck_certificate(stage.quote);
  const Bytes root = stage.maker.hierarchy().root().certificate;
  const std::string one = pem("CERTIFICATE", leaf);
  const std::string last = pem("CERTIFICATE", root);
  EXPECT_EQ(problem_of(one + one + last), "");
  EXPECT_TRUE(problem_of(one + one + last, 4).starts_with("unsupported_certification_data_type: ")) << "another type";
  EXPECT_EQ(problem_of(one + last), "malformed_certification_data: the PCK chain has 2 certificates, 3 belong there");
  EXPECT_TRUE(problem_of(one + pem("X509 CRL", leaf) + last).starts_with("malformed_certification_data: pem: "));
  EXPECT_TRUE(problem_of(one + pem("CERTIFICATE", {0x30, 0x00}) + last).starts_with("certificate_malformed: "));
  EXPECT_EQ(problem_of(std::string((std::size_t{16} << 10) + 1, '\n')),
            "malformed_certification_data: the PCK chain has 16385 bytes, at most 16384 are accepted");
}

TEST(QuoteSignature, IsNotBlamedOnTheQuoteWhereOpensslFails) {
  const test::IntelStage stage;
  const Bytes bytes = stage.maker.quote(stage.quote);
  const auto quote = parse_quote(bytes);
  ASSERT_TRUE(quote);
  const auto code_when_failing = [&](std::string_view function) {
    VerdictBuilder verdict(test::kNow);
    test::fail_openssl_call(function.empty() ? 0 : 1, function);
    const bool good = judge_quote_signature(*quote, verdict);
    test::fail_openssl_call(0);
    const auto failures = failures_of(std::move(verdict));
    EXPECT_EQ(good, failures.empty());
    return failures.empty() ? std::string() : failures.front().code;
  };
  EXPECT_EQ(code_when_failing(""), "");
  EXPECT_THROW(static_cast<void>(code_when_failing("EVP_PKEY_new")), std::bad_alloc) << "nothing else makes it fail";
  EXPECT_EQ(code_when_failing("EVP_PKEY_verify"), "quote_signature_invalid");
}

// An OpenSSL that is set up without the curve. In a process of its own: the curve is made once, and stays.
TEST(QuoteSignature, IsNotBlamedOnTheQuoteWhereOpensslHasNoCurve) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        test::fail_openssl_call(1, "EVP_PKEY_paramgen");
        VerdictBuilder verdict(test::kNow);
        const test::IntelStage stage;
        const Bytes bytes = stage.maker.quote(stage.quote);
        const auto quote = parse_quote(bytes);
        const bool good = quote && judge_quote_signature(*quote, verdict);
        const auto failures = failures_of(std::move(verdict));
        std::_Exit(!good && failures.size() == 1 && failures.front().code == "crypto_failure" ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tenzro::tee::tdx
