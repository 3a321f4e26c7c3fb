// SPDX-License-Identifier: Apache-2.0
// Quotes of every version and body type, made here, altered.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "made/simulated_intel.hpp"
#include "support/accepted_quote.hpp"

namespace tenzro::tee::test {
namespace {

AcceptedQuote made(std::uint16_t version, tdx::BodyType type, Bytes trailing) {
  IntelStage stage;
  if (type == tdx::BodyType::sgx_report) {
    stage.quote = simulated::sgx_quote_spec();
  }
  stage.quote.version = version;
  stage.quote.body_type = type;
  stage.quote.trailing = std::move(trailing);
  if (type == tdx::BodyType::td_report_15 || type == tdx::BodyType::td_report_15_extended) {
    stage.quote.td.tee_tcb_svn2 = stage.quote.td.tee_tcb_svn;
    stage.quote.td.mr_service_td = ByteArray<48>{};
  }
  return {"version " + std::to_string(version) + ", body type " + std::to_string(static_cast<int>(type)),
          AttestationVerifier(std::make_shared<FixedSource>(stage.made_documents())), stage.options(),
          stage.report().evidence};
}

std::vector<AcceptedQuote> made_quotes() {
  std::vector<AcceptedQuote> out;
  out.push_back(made(3, tdx::BodyType::sgx_report, {}));
  out.push_back(made(4, tdx::BodyType::td_report_10, Bytes(70, 0)));
  out.push_back(made(4, tdx::BodyType::sgx_report, {}));
  out.push_back(made(5, tdx::BodyType::sgx_report, {}));
  out.push_back(made(5, tdx::BodyType::td_report_10, {}));
  out.push_back(made(5, tdx::BodyType::td_report_15, {}));
  out.push_back(made(5, tdx::BodyType::td_report_15_extended, Bytes(3, 0xff)));
  return out;
}

TEST(MadeQuotes, RefuseEverySingleBitFlip) { expect_every_flip_refused(made_quotes()); }
TEST(MadeQuotes, RefuseEveryTruncation) { expect_every_truncation_refused(made_quotes()); }
TEST(MadeQuotes, RefuseBytesAddedInsideTheirLengths) { expect_additions_refused(made_quotes()); }
TEST(MadeQuotes, IgnoreTheirUnsignedTail) { expect_tail_ignored(made_quotes()); }

}  // namespace
}  // namespace tenzro::tee::test
