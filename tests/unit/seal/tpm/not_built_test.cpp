// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "seal/sealer.hpp"

namespace tenzro::tee {
namespace {

TEST(WithoutTpm, SaysWhatToInstall) {
  const TpmSealingEntry entry{.key_template = "ecc-p256", .pcrs = {7}, .allow_host_vtpm = true, .counter = 0x01800001};
  SealOptions options;
  options.root = SealingSource::tpm;
  options.config = SealingConfig{.snp = {}, .kms = {}, .kbs = {}, .tpm = entry};
  const auto root = Sealer::root_to_seal(*SealKeyId::parse("a"), SealingPlace::without_tee(), options);
  const auto counter = open_tpm_counter(entry, MissingCounter::make);
  ASSERT_FALSE(root || counter);
  for (const Error& error : {root.error(), counter.error()}) {
    EXPECT_EQ(error.code(), ErrorCode::not_available);
    EXPECT_NE(error.message().find("libtss2-dev"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace tenzro::tee
