// SPDX-License-Identifier: Apache-2.0
// The TDX module beside its identity, each in its own respect.
#include "verify/tdx/enclave_checks.hpp"

#include <gtest/gtest.h>

#include "made/simulated_intel.hpp"

namespace tenzro::tee::tdx {
namespace {

/// Codes of what is wrong with the module of this quote under an identity with these attributes.
std::string module_codes(const simulated::QuoteSpec& spec, const ByteArray<8>& attributes, const ByteArray<8>& mask) {
  const Bytes bytes = test::IntelStage().maker.quote(spec);
  const auto quote = parse_quote(bytes);
  EXPECT_TRUE(quote);
  intel::TdxModuleIdentity identity;
  identity.version = read_td_report(*quote).tee_tcb_svn[1];
  identity.module.mr_signer = spec.td.mr_signer_seam;
  identity.module.attributes = attributes;
  identity.module.attributes_mask = mask;
  intel::TcbInfo info;
  info.tdx_module_identities = {identity};
  VerdictBuilder verdict(test::kNow);
  const bool good = judge_tdx_module(*quote, info, verdict);
  EXPECT_EQ(good, verdict.failure_count() == 0);
  std::string out;
  const VerificationResult result = std::move(verdict).finish(true, false);
  for (const Finding& failure : result.failures()) {
    if (failure.code != "verification_incomplete") {
      out += (out.empty() ? "" : ",") + failure.code;
    }
  }
  return out;
}

// ATTACK(T9): whatever the identity's mask leaves open, a module with attributes is refused, and so is one without
// those that its identity names.
TEST(TdxModule, HasNoAttributesAndThoseOfItsIdentity) {
  simulated::QuoteSpec spec = simulated::tdx_quote_spec();
  const ByteArray<8> none{};
  ByteArray<8> all{};
  all.fill(0xff);
  ByteArray<8> one{};
  one[0] = 1;
  ASSERT_GT(spec.td.tee_tcb_svn[1], 0);
  EXPECT_EQ(module_codes(spec, none, all), "");
  EXPECT_EQ(module_codes(spec, none, none), "");
  EXPECT_EQ(module_codes(spec, one, all), "tdx_module_attributes_mismatch");
  spec.td.seam_attributes = one;
  EXPECT_EQ(module_codes(spec, none, all), "tdx_module_attributes_mismatch");
  EXPECT_EQ(module_codes(spec, none, none), "tdx_module_attributes_mismatch") << "the mask does not look at it";
  EXPECT_EQ(module_codes(spec, one, all), "tdx_module_attributes_mismatch") << "even as its identity says";
}

}  // namespace
}  // namespace tenzro::tee::tdx
