// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/errors.hpp"

#include <gtest/gtest.h>
#include <tss2/tss2_esys.h>

namespace tenzro::tee::tpm {
namespace {

TEST(TpmErrors, LookThroughWhatAnErrorIsAbout) {
  EXPECT_EQ(tpm_code(TPM2_RC_HANDLE | TPM2_RC_H | TPM2_RC_1), static_cast<TSS2_RC>(TPM2_RC_HANDLE));
  EXPECT_EQ(tpm_code(TPM2_RC_POLICY_FAIL | TPM2_RC_S | TPM2_RC_1), static_cast<TSS2_RC>(TPM2_RC_POLICY_FAIL));
  EXPECT_EQ(tpm_code(TPM2_RC_INTEGRITY | TPM2_RC_P | TPM2_RC_2), static_cast<TSS2_RC>(TPM2_RC_INTEGRITY));
  EXPECT_EQ(tpm_code(TSS2_RESMGR_TPM_RC_LAYER | TPM2_RC_PCR_CHANGED), static_cast<TSS2_RC>(TPM2_RC_PCR_CHANGED));
  EXPECT_EQ(tpm_code(TSS2_ESYS_RC_RSP_AUTH_FAILED), 0U);
  EXPECT_EQ(tpm_code(TSS2_TCTI_RC_IO_ERROR), 0U);
  EXPECT_TRUE(is_about_argument(TPM2_RC_INTEGRITY | TPM2_RC_P | TPM2_RC_1));
  EXPECT_FALSE(is_about_argument(TPM2_RC_LOCKOUT));
  EXPECT_FALSE(is_about_argument(TSS2_TCTI_RC_IO_ERROR));
}

TEST(TpmErrors, SayWhatToDo) {
  const Error lockout = tpm_error("unsealing", TPM2_RC_LOCKOUT);
  EXPECT_EQ(lockout.code(), ErrorCode::not_available);
  EXPECT_NE(lockout.message().find("lockout"), std::string::npos);
  EXPECT_EQ(tpm_error("a", TPM2_RC_BAD_AUTH | TPM2_RC_S | TPM2_RC_1).code(), ErrorCode::permission_denied);
  EXPECT_EQ(tpm_error("a", TPM2_RC_AUTH_FAIL | TPM2_RC_S | TPM2_RC_1).code(), ErrorCode::permission_denied);
  EXPECT_EQ(tpm_error("a", TPM2_RC_INITIALIZE).code(), ErrorCode::not_available);
  EXPECT_EQ(tpm_error("a", TPM2_RC_OBJECT_MEMORY).code(), ErrorCode::not_available);
  EXPECT_EQ(tpm_error("a", TPM2_RC_NV_SPACE).code(), ErrorCode::not_available);
  EXPECT_EQ(tpm_error("a", TPM2_RC_FAILURE).code(), ErrorCode::hardware_failure);
  EXPECT_EQ(tpm_error("a", TSS2_TCTI_RC_IO_ERROR).code(), ErrorCode::hardware_failure);
  const Error altered = tpm_error("unsealing", TSS2_ESYS_RC_RSP_AUTH_FAILED);
  EXPECT_EQ(altered.code(), ErrorCode::hardware_failure);
  EXPECT_NE(altered.message().find("altered"), std::string::npos);
}

}  // namespace
}  // namespace tenzro::tee::tpm
