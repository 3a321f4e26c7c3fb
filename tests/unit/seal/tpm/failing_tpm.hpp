// SPDX-License-Identifier: Apache-2.0
// Calls to tpm2-tss that fail, or answer what no good TPM does, when a test says so. The program is linked with --wrap
// for each function that is named in failing_tpm.cpp; what tpm2-tss calls inside stays as it is.
#pragma once
#include <tss2/tss2_esys.h>

#include <functional>
#include <string_view>

namespace tenzro::tee::test {

/// From now on the call with this number (the first is 1) of the function so named is answered with code, and not made.
/// While no request is under way.
void answer_tpm_call(std::string_view name, int number, TSS2_RC code);
/// False while that call was not asked for. None is answered any more after this.
bool was_tpm_call_answered();

/// What is done to good answers; nothing where it is empty.
struct AlteredAnswers {
  std::function<void(TPMS_CAPABILITY_DATA&)> capability = {};
  std::function<void(TPMS_NV_PUBLIC&)> index = {};
  std::function<void(TPM2B_MAX_NV_BUFFER&)> index_data = {};
  std::function<void(TPML_PCR_SELECTION&, TPML_DIGEST&)> pcrs = {};
  std::function<void(TPMT_PUBLIC&)> created = {};  ///< the sealed object
  std::function<void(TPMT_PUBLIC&)> key = {};      ///< a persistent one
  std::function<void(TPM2B_NAME&)> name = {};
  std::function<void(TPM2B_SENSITIVE_DATA*&)> unsealed = {};
  std::function<void(std::size_t&)> unmarshalled = {};  ///< how many bytes were read
};
/// In force as long as this lives.
class Altered {
 public:
  explicit Altered(AlteredAnswers answers);
  Altered(const Altered&) = delete;
  Altered& operator=(const Altered&) = delete;
  ~Altered();
};

}  // namespace tenzro::tee::test
