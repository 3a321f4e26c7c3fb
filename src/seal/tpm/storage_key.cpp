// SPDX-License-Identifier: Apache-2.0
// Source: TCG TPM v2.0 Provisioning Guidance, 7.5.1 (templates of storage root keys); TPM 2.0 Library, part 1,
// "Storage Parent".
#include "seal/tpm/storage_key.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "core/try.hpp"
#include "seal/tpm/derivation.hpp"
#include "seal/tpm/errors.hpp"

namespace tenzro::tee::tpm {

namespace {

constexpr TPMA_OBJECT kStorageKey = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                                    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
constexpr TPMI_AES_KEY_BITS kLeastAesBits = 128;
constexpr TPMI_RSA_KEY_BITS kLeastRsaBits = 2048;

TPM2B_PUBLIC ecc_template() {
  TPM2B_PUBLIC out{};
  TPMT_PUBLIC& area = out.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = kStorageKey | TPMA_OBJECT_NODA;
  TPMS_ECC_PARMS& ecc = area.parameters.eccDetail;
  ecc.symmetric.algorithm = TPM2_ALG_AES;
  ecc.symmetric.keyBits.aes = kLeastAesBits;
  ecc.symmetric.mode.aes = TPM2_ALG_CFB;
  ecc.scheme.scheme = TPM2_ALG_NULL;
  ecc.curveID = TPM2_ECC_NIST_P256;
  ecc.kdf.scheme = TPM2_ALG_NULL;
  return out;
}

/// A key that never leaves its TPM, has no other use than keeping, and is strong enough for it.
bool keeps(const TPMT_PUBLIC& area) {
  constexpr TPMA_OBJECT kLooked = kStorageKey | TPMA_OBJECT_SIGN_ENCRYPT;
  if ((area.objectAttributes & kLooked) != kStorageKey || area.nameAlg != TPM2_ALG_SHA256) {
    return false;
  }
  const auto protects = [](const TPMT_SYM_DEF_OBJECT& symmetric) {
    return symmetric.algorithm == TPM2_ALG_AES && symmetric.keyBits.aes >= kLeastAesBits &&
           symmetric.mode.aes == TPM2_ALG_CFB;
  };
  if (area.type == TPM2_ALG_ECC) {
    const TPMI_ECC_CURVE curve = area.parameters.eccDetail.curveID;
    return protects(area.parameters.eccDetail.symmetric) &&
           (curve == TPM2_ECC_NIST_P256 || curve == TPM2_ECC_NIST_P384 || curve == TPM2_ECC_NIST_P521);
  }
  return area.type == TPM2_ALG_RSA && protects(area.parameters.rsaDetail.symmetric) &&
         area.parameters.rsaDetail.keyBits >= kLeastRsaBits;
}

Result<StorageKey> checked(const Tpm& tpm, Handle handle, const TPMT_PUBLIC& area, std::string_view which) {
  if (!keeps(area)) {
    return Error(ErrorCode::not_available,
                 concat("the key ", which,
                        " is no storage root key: expected a restricted decryption key, ECC on a "
                        "NIST curve or RSA of at least 2048 bits, named by SHA-256, with AES-CFB, "
                        "fixed to its TPM and made by it"));
  }
  EsysMemory<TPM2B_NAME> name;
  if (const TSS2_RC code = Esys_TR_GetName(tpm.get(), handle.get(), Into(name)); code != TSS2_RC_SUCCESS) {
    return tpm_error("naming its storage root key", code);
  }
  StorageKey out{.handle = std::move(handle)};
  if (name->size != out.name.size()) {
    return Error(ErrorCode::internal, concat("the name of a storage root key has ", name->size, " bytes, expected 34"));
  }
  std::copy_n(std::begin(name->name), out.name.size(), out.name.begin());
  return out;
}

Result<StorageKey> find_persistent(const Tpm& tpm, std::uint32_t number) {
  const std::string which = text_of_handle(number);
  ESYS_TR found = ESYS_TR_NONE;
  TSS2_RC code = Esys_TR_FromTPMPublic(tpm.get(), number, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &found);
  if (tpm_code(code) == TPM2_RC_HANDLE) {
    return Error(ErrorCode::not_available,
                 concat("the TPM has no persistent key ", which,
                        "; make one (tpm2_createprimary, tpm2_evictcontrol), or use template \"ecc-p256\""));
  }
  if (code != TSS2_RC_SUCCESS) {
    return tpm_error(concat("looking for its key ", which), code);
  }
  Handle handle(tpm, found, Handle::Kind::persistent);
  EsysMemory<TPM2B_PUBLIC> area;
  EsysMemory<TPM2B_NAME> name;
  EsysMemory<TPM2B_NAME> qualified;
  code = Esys_ReadPublic(tpm.get(), found, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, Into(area), Into(name),
                         Into(qualified));
  if (code != TSS2_RC_SUCCESS) {
    return tpm_error(concat("reading its key ", which), code);
  }
  return checked(tpm, std::move(handle), area->publicArea, which);
}

Result<StorageKey> make_from_template(const Tpm& tpm) {
  const TPM2B_PUBLIC wanted = ecc_template();
  const TPM2B_SENSITIVE_CREATE nothing_sensitive{};
  const TPM2B_DATA no_data{};
  const TPML_PCR_SELECTION no_pcrs{};
  ESYS_TR made = ESYS_TR_NONE;
  EsysMemory<TPM2B_PUBLIC> area;
  EsysMemory<TPM2B_CREATION_DATA> creation;
  EsysMemory<TPM2B_DIGEST> creation_hash;
  EsysMemory<TPMT_TK_CREATION> ticket;
  const TSS2_RC code = Esys_CreatePrimary(tpm.get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                          &nothing_sensitive, &wanted, &no_data, &no_pcrs, &made, Into(area),
                                          Into(creation), Into(creation_hash), Into(ticket));
  if (tpm_code(code) == TPM2_RC_BAD_AUTH || tpm_code(code) == TPM2_RC_AUTH_FAIL) {
    return Error(ErrorCode::permission_denied,
                 "the TPM's owner hierarchy has an authorization, so no key can be made from the template; have its "
                 "owner make a storage root key persistent, and name it by \"handle\"");
  }
  if (code != TSS2_RC_SUCCESS) {
    return tpm_error("making a storage root key", code);
  }
  return checked(tpm, Handle(tpm, made, Handle::Kind::transient), area->publicArea, "made from the template");
}

}  // namespace

Result<StorageKey> open_storage_key(const Tpm& tpm, const TpmSealingEntry& entry) {
  return entry.handle ? find_persistent(tpm, *entry.handle) : make_from_template(tpm);
}

}  // namespace tenzro::tee::tpm
