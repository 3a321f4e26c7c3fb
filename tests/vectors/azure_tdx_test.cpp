// SPDX-License-Identifier: Apache-2.0
// A real Azure TD: its quote, and the paravisor's blob that the quote's report data vouch for.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "crypto/digest.hpp"
#include "evidence/hcl_report.hpp"
#include "support/accepted_quote.hpp"
#include "support/tdx_case.hpp"

namespace tenzro::tee::test {
namespace {

using Codes = std::set<std::string>;

Codes codes_of(const std::vector<Finding>& findings) {
  Codes out;
  for (const Finding& finding : findings) {
    out.insert(finding.code);
  }
  return out;
}

constexpr std::size_t kHardwareReportAt = 0x20, kDataAt = 0x4c0, kClaimsAt = 0x4d4;

class AzureTd : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real evidence here";
    }
    one_ = tdx_case("v4-azure-outofdate");
    report_ = report_of(one_);
    verifier_ = std::make_unique<const AttestationVerifier>(verifier_for(one_));
    blob_ = read_vector("tdx/azure/hcl_report.bin");
    const auto parsed = azure::parse_hcl_report(blob_);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
    ASSERT_EQ(parsed->kind, azure::HclKind::tdx);
    claims_.assign(parsed->runtime_claims.begin(), parsed->runtime_claims.end());
  }

  VerificationResult judge(const Bytes& runtime_data, VerifyOptions options) const {
    AttestationReport report = report_;
    report.runtime_data = runtime_data;
    return verifier_->verify(report, options.at(time_of(one_)).with_policy(allowing_policy(one_)));
  }
  VerificationResult judge(const Bytes& runtime_data) const {
    return judge(runtime_data, VerifyOptions::unbound_replay_possible());
  }

  nlohmann::json one_;
  AttestationReport report_;
  std::unique_ptr<const AttestationVerifier> verifier_;
  Bytes blob_, claims_;
};

TEST_F(AzureTd, IsVouchedForByItsQuote) {
  const VerificationResult verdict = judge(blob_);
  EXPECT_TRUE(verdict.valid()) << codes(verdict.failures());
  EXPECT_TRUE(has_code(verdict.warnings(), "vtpm_quote_missing")) << "no quote of its vTPM is among the vectors";
  EXPECT_TRUE(has_code(verdict.warnings(), "replay_not_ruled_out"));
  const auto& claims = std::get<TdxClaims>(*verdict.claims_for_display());
  ASSERT_TRUE(claims.azure.has_value());
  EXPECT_EQ(claims.azure->runtime_data, std::string(claims_.begin(), claims_.end()));
  EXPECT_EQ(claims.azure->runtime_data_sha256, crypto::sha256(claims_));
  EXPECT_TRUE(std::ranges::equal(claims.azure->runtime_data_sha256, ByteView(claims.report_data.value).first(32)));
  EXPECT_TRUE(claims.azure->vtpm_pcrs.empty());
  EXPECT_EQ(to_json(judge(claims_)), to_json(verdict)) << "the JSON by itself says the same";

  const VerificationResult without = judge({});
  EXPECT_TRUE(without.valid());
  EXPECT_FALSE(std::get<TdxClaims>(*without.claims_for_display()).azure.has_value());
}

TEST_F(AzureTd, IsHeldToTheDefaultsLikeAnyTd) {
  AttestationReport report = report_;
  report.runtime_data = blob_;
  const VerificationResult verdict = verifier_->verify(report, options_for(one_));
  EXPECT_EQ(codes_of(verdict.failures()), Codes{"tcb_out_of_date"});
}

// The report data are the paravisor's: they answer nobody's challenge.
TEST_F(AzureTd, AnswersByItsRuntimeDataOnly) {
  const auto report_data =
      ReportData::from_caller_data(from_hex(one_["fields"]["reportdata"].get<std::string>()).value());
  ASSERT_TRUE(report_data.has_value());
  EXPECT_EQ(codes_of(judge(blob_, VerifyOptions::bound_to_caller_data(*report_data)).failures()),
            Codes{"paravisor_not_accepted"});
  VerifyOptions accepting = VerifyOptions::bound_to_caller_data(*report_data);
  const VerificationResult verdict = judge(blob_, accepting.accept_paravisor());
  EXPECT_EQ(codes_of(verdict.failures()), Codes{"user_data_mismatch"});
  EXPECT_EQ(verdict.user_data_verified(), false);
  EXPECT_FALSE(verdict.freshness_verified() || verdict.verified().has_value());
  // Its user data are 64 zeros, which nobody can ask for.
  const auto claims = azure::parse_runtime_claims(claims_);
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->user_data, ByteArray<64>{});
  EXPECT_FALSE(ReportData::from_caller_data(Bytes(64)).has_value());
}

TEST_F(AzureTd, RegistersNeedAQuote) {
  PolicyRules rules = allowing_policy(one_).rules();
  auto& entry = std::get<TdxRules>(rules.any_of[0]);
  entry.vtpm_pcrs[4] = {Bytes(32, 4)};
  AttestationReport report = report_;
  report.runtime_data = blob_;
  const auto judged = [&] {
    return verifier_->verify(report, options_for(one_).with_policy(Policy::from_rules(rules).value()));
  };
  EXPECT_EQ(codes_of(judged().failures()), Codes{"paravisor_not_pinned"});
  entry.mr_td = std::vector{std::get<TdxClaims>(*judge(blob_).claims_for_display()).mr_td};
  EXPECT_EQ(codes_of(judged().failures()), Codes{"vtpm_quote_missing"});
  // A quote of another machine's vTPM, under a key that these runtime data do not name.
  report.tpm_quote = read_vector("sev-snp/s10_azure_hcl_v2/tpm-quote-v1.json");
  EXPECT_EQ(codes_of(judged().failures()), (Codes{"tpm_quote_signature_invalid", "vtpm_quote_missing"}));
}

// ATTACK(B8)
TEST_F(AzureTd, TakesNoForeignRuntimeData) {
  const Bytes foreign = read_vector("sev-snp/s10_azure_hcl_v2/hcl-report.bin");
  const auto parsed = azure::parse_hcl_report(foreign);
  ASSERT_TRUE(parsed.has_value());
  const Bytes foreign_claims(parsed->runtime_claims.begin(), parsed->runtime_claims.end());
  Bytes relabelled = foreign;
  relabelled[kDataAt + 8] = 4;  // says TDX
  std::fill(relabelled.begin() + kHardwareReportAt + 1024, relabelled.begin() + kDataAt, 0);
  for (const Bytes& given : {foreign, foreign_claims, relabelled}) {
    const VerificationResult verdict = judge(given);
    EXPECT_EQ(codes_of(verdict.failures()), Codes{"runtime_data_mismatch"}) << codes(verdict.failures());
    EXPECT_FALSE(std::get<TdxClaims>(*verdict.claims_for_display()).azure.has_value());
  }
}

// And these runtime data belong to no other quote.
TEST_F(AzureTd, ItsRuntimeDataServeNoOtherQuote) {
  std::size_t judged = 0;
  for (const nlohmann::json& other : tdx_cases()) {
    AttestationReport report = report_of(other);
    if (other["expect"]["result"] != "accept" || report.platform != Platform::intel_tdx) {
      continue;
    }
    report.runtime_data = blob_;
    const VerificationResult verdict = verifier_for(other).verify(report, options_for(other));
    EXPECT_EQ(codes_of(verdict.failures()), Codes{"runtime_data_mismatch"}) << other["id"];
    ++judged;
  }
  EXPECT_GE(judged, 3U);
}

// ATTACK(P2): every bit of the runtime data counts.
TEST_F(AzureTd, RefusesEveryFlippedBitOfTheClaims) {
  const std::size_t step = stride();
  const std::size_t count = (claims_.size() * 8 + step - 1) / step;
  EXPECT_EQ(count_accepted(count,
                           [&](std::size_t i) {
                             const std::size_t bit = (i * step + i % step) % (claims_.size() * 8);
                             Bytes altered = claims_;
                             altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
                             const VerificationResult verdict = judge(altered);
                             const Codes found = codes_of(verdict.failures());
                             return verdict.valid() || found != Codes{"runtime_data_mismatch"};
                           }),
            0U);
}

// ATTACK(P2): of the blob the claims and the numbers around them count; its TDREPORT proves nothing here, since its
// MAC is the machine's own. What it says changes no word of the verdict.
TEST_F(AzureTd, FlippedBitsOfTheBlobAreRefusedOrChangeNothing) {
  const std::string expected = to_json(judge(blob_));
  const std::size_t end = kClaimsAt + claims_.size();
  for (std::size_t byte = 0; byte < blob_.size(); byte += byte < kHardwareReportAt || byte >= kDataAt ? 1 : 29) {
    Bytes altered = blob_;
    altered[byte] ^= static_cast<std::uint8_t>(1U << (byte % 8));
    const VerificationResult verdict = judge(altered);
    const bool of_td_report = byte >= kHardwareReportAt && byte < kHardwareReportAt + 1024;
    if (of_td_report) {
      EXPECT_EQ(to_json(verdict), expected) << byte;
      continue;
    }
    // A change of the mark makes it a text of its own, one of the version or kind a blob that is not known.
    const Codes found = codes_of(verdict.failures());
    const bool in_claims = byte < 4 || (byte >= kClaimsAt && byte < end);
    EXPECT_EQ(found.size(), 1U) << byte << codes(verdict.failures());
    EXPECT_TRUE(found.contains("runtime_data_mismatch") || (!in_claims && found.contains("runtime_data_malformed")))
        << byte << codes(verdict.failures());
  }
}

// ATTACK(P1)
TEST_F(AzureTd, RefusesEveryTruncationAndExtension) {
  for (std::size_t size = 1; size < claims_.size(); size += 7) {
    const VerificationResult verdict =
        judge(Bytes(claims_.begin(), claims_.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_EQ(codes_of(verdict.failures()), Codes{"runtime_data_mismatch"}) << size;
  }
  for (std::size_t more = 1; more <= 64; ++more) {
    Bytes longer = claims_;
    longer.resize(longer.size() + more, more % 2 == 0 ? 0 : ' ');
    EXPECT_EQ(codes_of(judge(longer).failures()), Codes{"runtime_data_mismatch"}) << more;
  }
  const std::size_t end = kClaimsAt + claims_.size();
  for (std::size_t size = 4; size < end; size += 13) {
    const VerificationResult verdict = judge(Bytes(blob_.begin(), blob_.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_EQ(codes_of(verdict.failures()), Codes{"runtime_data_malformed"}) << size;
  }
}

}  // namespace
}  // namespace tenzro::tee::test
