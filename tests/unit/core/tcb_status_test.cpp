// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tenzro/tee/claims.hpp"

namespace tenzro::tee {
namespace {

TEST(TcbStatus, RejectsWordsThatAreNotIntels) {
  for (const char* text : {"", "Unknown", "uptodate", "UpToDate ", "up_to_date", "OUT_OF_DATE"}) {
    const auto status = parse_tcb_status(text);
    ASSERT_FALSE(status.has_value()) << text;
    EXPECT_EQ(status.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(TcbStatus, ComesBackFromItsWord) {
  for (const char* text : {"UpToDate", "SWHardeningNeeded", "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded",
                           "OutOfDate", "OutOfDateConfigurationNeeded", "TDRelaunchAdvised",
                           "TDRelaunchAdvisedConfigurationNeeded", "Revoked", "NotSupported"}) {
    const auto status = parse_tcb_status(text);
    ASSERT_TRUE(status.has_value()) << text;
    EXPECT_EQ(to_string(*status), text);
  }
  EXPECT_EQ(to_string(TcbStatus::unknown), "Unknown");
}

}  // namespace
}  // namespace tenzro::tee
