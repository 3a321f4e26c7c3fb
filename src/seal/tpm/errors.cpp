// SPDX-License-Identifier: Apache-2.0
// Source: TPM 2.0 Library, part 2, TPM_RC; TCG TSS 2.0 Overview and Common Structures, response codes.
#include "seal/tpm/errors.hpp"

#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>

#include "core/text.hpp"

namespace tenzro::tee::tpm {

namespace {

constexpr TSS2_RC kFormatOneNumbers = 0xf40;  // handle, session or parameter, and which

/// Linux's resource manager speaks for the TPM too, under a layer of its own.
bool is_of_tpm(TSS2_RC code) {
  const TSS2_RC layer = code & TSS2_RC_LAYER_MASK;
  return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER;
}

struct Meaning {
  ErrorCode code;
  std::string_view advice;
};

Meaning meaning_of(TSS2_RC code) {
  if (code == TSS2_ESYS_RC_RSP_AUTH_FAILED) {
    return {ErrorCode::hardware_failure,
            "; what comes from the TPM was altered on its way, or another program uses the same TPM without a resource "
            "manager"};
  }
  switch (tpm_code(code)) {
    case TPM2_RC_LOCKOUT:
      return {ErrorCode::not_available,
              "; the TPM is in lockout after wrong authorizations: wait, or have its owner end that "
              "(tpm2_dictionarylockout)"};
    case TPM2_RC_AUTH_FAIL:
    case TPM2_RC_BAD_AUTH:
    case TPM2_RC_AUTH_MISSING:
      return {ErrorCode::permission_denied, "; an authorization is set there, and none can be given"};
    case TPM2_RC_HIERARCHY:
      return {ErrorCode::not_available, "; the owner hierarchy is switched off"};
    case TPM2_RC_INITIALIZE:
      return {ErrorCode::not_available, "; nobody started the TPM up"};
    case TPM2_RC_OBJECT_MEMORY:
    case TPM2_RC_SESSION_MEMORY:
    case TPM2_RC_SESSION_HANDLES:
    case TPM2_RC_OBJECT_HANDLES:
    case TPM2_RC_CONTEXT_GAP:
      return {ErrorCode::not_available,
              "; others use up the TPM's memory: reach it through its resource manager "
              "(device:/dev/tpmrm0)"};
    case TPM2_RC_NV_SPACE:
      return {ErrorCode::not_available, "; the TPM has no room for another NV index"};
    case TPM2_RC_NV_RATE:
      return {ErrorCode::hardware_failure, "; the TPM limits writing to its memory: try again later"};
    default:
      return {ErrorCode::hardware_failure, ""};
  }
}

}  // namespace

TSS2_RC tpm_code(TSS2_RC code) noexcept {
  if (!is_of_tpm(code)) {
    return 0;
  }
  const TSS2_RC own = code & ~TSS2_RC_LAYER_MASK;
  return (own & TPM2_RC_FMT1) != 0 ? own & ~kFormatOneNumbers : own;
}

bool is_about_argument(TSS2_RC code) noexcept { return (tpm_code(code) & TPM2_RC_FMT1) != 0; }

Error tpm_error(std::string_view doing, TSS2_RC code) {
  const Meaning meaning = meaning_of(code);
  return Error(meaning.code, concat("TPM: ", doing, ": ", printable(Tss2_RC_Decode(code), 200), meaning.advice));
}

}  // namespace tenzro::tee::tpm
