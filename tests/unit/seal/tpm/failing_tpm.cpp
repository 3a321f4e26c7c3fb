// SPDX-License-Identifier: Apache-2.0
#include "failing_tpm.hpp"

#include <tss2/tss2_mu.h>

#include <utility>

namespace tenzro::tee::test {

namespace {

std::string_view which;
int left = 0;
TSS2_RC instead = TSS2_RC_SUCCESS;
AlteredAnswers altered;

bool answers_now(std::string_view name) { return left > 0 && name == which && --left == 0; }

}  // namespace

void answer_tpm_call(std::string_view name, int number, TSS2_RC code) {
  which = name;
  left = number;
  instead = code;
}
bool was_tpm_call_answered() { return std::exchange(left, 0) == 0; }

Altered::Altered(AlteredAnswers answers) { altered = std::move(answers); }
Altered::~Altered() { altered = {}; }

}  // namespace tenzro::tee::test

using namespace tenzro::tee::test;

// The linker's names.
// NOLINTBEGIN(bugprone-reserved-identifier, bugprone-macro-parentheses)
#define WRAPPED(name, parameters, arguments)   \
  extern "C" TSS2_RC __real_##name parameters; \
  extern "C" TSS2_RC __wrap_##name parameters; \
  TSS2_RC __wrap_##name parameters { return answers_now(#name) ? instead : __real_##name arguments; }
// What a good answer gave is changed, where somebody wants that.
#define ALTERED(name, parameters, arguments, change, ...)                        \
  extern "C" TSS2_RC __real_##name parameters;                                   \
  extern "C" TSS2_RC __wrap_##name parameters;                                   \
  TSS2_RC __wrap_##name parameters {                                             \
    const TSS2_RC code = answers_now(#name) ? instead : __real_##name arguments; \
    if (code == TSS2_RC_SUCCESS && altered.change) {                             \
      altered.change(__VA_ARGS__);                                               \
    }                                                                            \
    return code;                                                                 \
  }

using Esys = ESYS_CONTEXT;
using Byte = unsigned char;
using Private = TPM2B_PRIVATE;
using Public = TPM2B_PUBLIC;
using Pcrs = TPML_PCR_SELECTION;

WRAPPED(Esys_Initialize, (Esys * *a, TSS2_TCTI_CONTEXT* b, TSS2_ABI_VERSION* c), (a, b, c))
ALTERED(Esys_GetCapability,
        (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, TPM2_CAP e, UINT32 f, UINT32 g, TPMI_YES_NO* h,
         TPMS_CAPABILITY_DATA** i),
        (a, b, c, d, e, f, g, h, i), capability, **i)
WRAPPED(Esys_TR_FromTPMPublic, (Esys * a, TPM2_HANDLE b, ESYS_TR c, ESYS_TR d, ESYS_TR e, ESYS_TR* f),
        (a, b, c, d, e, f))
ALTERED(Esys_TR_GetName, (Esys * a, ESYS_TR b, TPM2B_NAME** c), (a, b, c), name, **c)
WRAPPED(Esys_TRSess_SetAttributes, (Esys * a, ESYS_TR b, TPMA_SESSION c, TPMA_SESSION d), (a, b, c, d))
WRAPPED(Esys_StartAuthSession,
        (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, ESYS_TR f, const TPM2B_NONCE* g, TPM2_SE h,
         const TPMT_SYM_DEF* i, TPMI_ALG_HASH j, ESYS_TR* k),
        (a, b, c, d, e, f, g, h, i, j, k))
ALTERED(Esys_ReadPublic,
        (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, Public** f, TPM2B_NAME** g, TPM2B_NAME** h),
        (a, b, c, d, e, f, g, h), key, (*f)->publicArea)
WRAPPED(Esys_CreatePrimary,
        (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, const TPM2B_SENSITIVE_CREATE* f, const Public* g,
         const TPM2B_DATA* h, const Pcrs* i, ESYS_TR* j, Public** k, TPM2B_CREATION_DATA** l, TPM2B_DIGEST** m,
         TPMT_TK_CREATION** n),
        (a, b, c, d, e, f, g, h, i, j, k, l, m, n))
ALTERED(Esys_Create,
        (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, const TPM2B_SENSITIVE_CREATE* f, const Public* g,
         const TPM2B_DATA* h, const Pcrs* i, Private** j, Public** k, TPM2B_CREATION_DATA** l, TPM2B_DIGEST** m,
         TPMT_TK_CREATION** n),
        (a, b, c, d, e, f, g, h, i, j, k, l, m, n), created, (*k)->publicArea)
WRAPPED(Esys_Load,
        (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, const Private* f, const Public* g, ESYS_TR* h),
        (a, b, c, d, e, f, g, h))
ALTERED(Esys_Unseal, (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, TPM2B_SENSITIVE_DATA** f),
        (a, b, c, d, e, f), unsealed, *f)
ALTERED(Esys_PCR_Read, (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, const Pcrs* e, UINT32* f, Pcrs** g, TPML_DIGEST** h),
        (a, b, c, d, e, f, g, h), pcrs, **g, **h)
WRAPPED(Esys_PolicyRestart, (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e), (a, b, c, d, e))
WRAPPED(Esys_PolicyPCR, (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, const TPM2B_DIGEST* f, const Pcrs* g),
        (a, b, c, d, e, f, g))
WRAPPED(Esys_PolicyGetDigest, (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, TPM2B_DIGEST** f),
        (a, b, c, d, e, f))
ALTERED(Esys_NV_ReadPublic, (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, TPM2B_NV_PUBLIC** f, TPM2B_NAME** g),
        (a, b, c, d, e, f, g), index, (*f)->nvPublic)
WRAPPED(Esys_NV_DefineSpace,
        (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, const TPM2B_AUTH* f, const TPM2B_NV_PUBLIC* g,
         ESYS_TR* h),
        (a, b, c, d, e, f, g, h))
ALTERED(Esys_NV_Read,
        (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, ESYS_TR f, UINT16 g, UINT16 h, TPM2B_MAX_NV_BUFFER** i),
        (a, b, c, d, e, f, g, h, i), index_data, **i)
WRAPPED(Esys_NV_Increment, (Esys * a, ESYS_TR b, ESYS_TR c, ESYS_TR d, ESYS_TR e, ESYS_TR f), (a, b, c, d, e, f))
WRAPPED(Tss2_MU_TPM2B_PUBLIC_Marshal, (const Public* a, Byte* b, std::size_t c, std::size_t* d), (a, b, c, d))
WRAPPED(Tss2_MU_TPM2B_PRIVATE_Marshal, (const Private* a, Byte* b, std::size_t c, std::size_t* d), (a, b, c, d))
// Where it fails, too, it may have read all of it.
#define READS(name, Structure)                                                                         \
  extern "C" TSS2_RC __real_##name(const Byte* in, std::size_t size, std::size_t* at, Structure* out); \
  extern "C" TSS2_RC __wrap_##name(const Byte* in, std::size_t size, std::size_t* at, Structure* out); \
  TSS2_RC __wrap_##name(const Byte* in, std::size_t size, std::size_t* at, Structure* out) {           \
    const bool fails = answers_now(#name);                                                             \
    const TSS2_RC code = __real_##name(in, size, at, out);                                             \
    if (!fails && altered.unmarshalled) {                                                              \
      altered.unmarshalled(*at);                                                                       \
    }                                                                                                  \
    return fails ? instead : code;                                                                     \
  }
READS(Tss2_MU_TPM2B_PUBLIC_Unmarshal, Public)
READS(Tss2_MU_TPM2B_PRIVATE_Unmarshal, Private)
// NOLINTEND(bugprone-reserved-identifier, bugprone-macro-parentheses)
