// SPDX-License-Identifier: Apache-2.0
// `tenzro inspect`: text and document, from files and pipes.
#include <gtest/gtest.h>

#include <iterator>

#include "cli/evidence.hpp"

namespace tenzro::tee::test {
namespace {

TEST(CliInspect, SaysThatNothingWasVerified) {
  const Scratch scratch;
  const std::string path = scratch.write("report.json", simulated_report());
  const Outcome text = run_tenzro({"inspect", path});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_TRUE(text.out.starts_with("report (decoded, not verified)\n")) << text.out;
  const Json document = run_tenzro({"inspect", path, "--json"}).json();
  EXPECT_EQ(document.begin().key(), "kind");
  EXPECT_EQ(document["kind"], "report");
  EXPECT_EQ(std::next(document.begin()).key(), "verified");
  EXPECT_EQ(document["verified"], false);
}

TEST(CliInspect, ShowsEveryMemberAsKeyAndValue) {
  const Scratch scratch;
  const Foreign foreign;
  const Outcome text = run_tenzro({"inspect", scratch.write("quote", foreign.quote())});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  for (const std::string line :
       {"\nheader:\n  version: 4\n", "\nclaims:\n", "\n  mr_td: ", "\ncertificates:\n  0:\n    subject: ",
        "\ncertification_data_name: pck_chain\n", "\n      fmspc: "}) {
    EXPECT_NE(text.out.find(line), std::string::npos) << line << " is not in\n" << text.out;
  }
}

TEST(CliInspect, ReadsStandardInput) {
  const Foreign foreign;
  const Outcome outcome = run({.arguments = {"inspect", "-", "--json"}, .stdin_bytes = foreign.quote()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["kind"], "tdx_quote");
}

TEST(CliInspect, MalformedQuoteIsUnreadable) {
  const Scratch scratch;
  Bytes quote = Foreign().quote();
  quote.resize(700);
  const Outcome outcome = run_tenzro({"inspect", scratch.write("quote", quote)});
  EXPECT_EQ(outcome.exit_code, 3);
  expect_one_clear_line(outcome.err);
}

}  // namespace
}  // namespace tenzro::tee::test
