// SPDX-License-Identifier: Apache-2.0
// The machine that these tests run on, and TPMs in it.
#pragma once
#include <tss2/tss2_esys.h>

#include "fakes/software_tpm.hpp"
#include "fakes/system.hpp"
#include "seal/tpm/visit.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::test {

/// In place of the library's this_machine(): a guest.
FakeSystem& machine();
/// No guest, for as long as this lives.
class BareMetal {
 public:
  BareMetal() { set(0); }
  BareMetal(const BareMetal&) = delete;
  BareMetal& operator=(const BareMetal&) = delete;
  ~BareMetal() { set(1U << 31U); }

 private:
  static void set(std::uint32_t ecx) { machine().cpuid_leaves[{1, 0}].ecx = ecx; }
};

/// The PCRs of the tests, 7 and 11, hold something.
class MeasuringTpm : public SoftwareTpm {
 public:
  MeasuringTpm() { measure(); }
  void measure() const {
    extend(7, 1);
    extend(11, 2);
  }
};

inline TpmSealingEntry entry_for(std::string tcti) {
  TpmSealingEntry out;
  out.key_template = "ecc-p256";
  out.pcrs = {7, 11};
  out.allow_host_vtpm = true;
  out.tcti = std::move(tcti);
  return out;
}

/// A connection with the owner's rights, for what an administrator does.
class Administrator {
 public:
  explicit Administrator(const SoftwareTpm& tpm) : tpm_(*tpm::Tpm::connect(machine(), tpm.tcti())) {}
  ESYS_CONTEXT* get() const { return tpm_.get(); }
  const tpm::Tpm& tpm() const { return tpm_; }

  /// A primary key of this kind, made persistent.
  void make_persistent(const TPM2B_PUBLIC& area, std::uint32_t handle, std::string_view authorization = {}) {
    TPM2B_SENSITIVE_CREATE sensitive{};
    sensitive.sensitive.userAuth.size = static_cast<UINT16>(authorization.size());
    std::ranges::copy(authorization, std::begin(sensitive.sensitive.userAuth.buffer));
    const TPM2B_DATA no_data{};
    const TPML_PCR_SELECTION no_pcrs{};
    ESYS_TR made = ESYS_TR_NONE, stays = ESYS_TR_NONE;
    ASSERT_EQ(Esys_CreatePrimary(get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                                 &area, &no_data, &no_pcrs, &made, nullptr, nullptr, nullptr, nullptr),
              0U);
    const tpm::Handle flushed(tpm_, made, tpm::Handle::Kind::transient);
    ASSERT_EQ(
        Esys_EvictControl(get(), ESYS_TR_RH_OWNER, made, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, handle, &stays),
        0U);
    Esys_TR_Close(get(), &stays);
  }
  void set_owner_authorization(std::string_view authorization) {
    TPM2B_AUTH wanted{};
    wanted.size = static_cast<UINT16>(authorization.size());
    std::ranges::copy(authorization, std::begin(wanted.buffer));
    ASSERT_EQ(Esys_HierarchyChangeAuth(get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &wanted),
              0U);
  }
  void define_index(const TPMS_NV_PUBLIC& area) {
    TPM2B_NV_PUBLIC wanted{};
    wanted.nvPublic = area;
    ESYS_TR made = ESYS_TR_NONE;
    ASSERT_EQ(Esys_NV_DefineSpace(get(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                                  &wanted, &made),
              0U);
    Esys_TR_Close(get(), &made);
  }
  void remove_index(std::uint32_t index) {
    ESYS_TR found = ESYS_TR_NONE;
    ASSERT_EQ(Esys_TR_FromTPMPublic(get(), index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &found), 0U);
    ASSERT_EQ(Esys_NV_UndefineSpace(get(), ESYS_TR_RH_OWNER, found, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE), 0U);
  }
  /// Transient objects and sessions.
  std::vector<TPM2_HANDLE> left_behind() const {
    std::vector<TPM2_HANDLE> out;
    for (const TPM2_HANDLE first : {TPM2_TRANSIENT_FIRST, TPM2_LOADED_SESSION_FIRST, TPM2_POLICY_SESSION_FIRST}) {
      tpm::EsysMemory<TPMS_CAPABILITY_DATA> data;
      TPMI_YES_NO more = TPM2_NO;
      EXPECT_EQ(Esys_GetCapability(get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, first, 16, &more,
                                   tpm::Into(data)),
                0U);
      const TPML_HANDLE& found = data->data.handles;
      out.insert(out.end(), std::begin(found.handle), std::begin(found.handle) + found.count);
    }
    // Sessions of both kinds are listed under either.
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

 private:
  tpm::Tpm tpm_;
};

/// What a resource manager does where a connection ends: tpm2-tss cannot, once an answer was not what it should be.
inline void flush_everything(const SoftwareTpm& tpm) {
  const auto handles = Administrator(tpm).left_behind();
  for (const TPM2_HANDLE handle : handles) {
    Bytes command = *from_hex("80010000000e00000165");
    for (unsigned shift = 32; shift > 0; shift -= 8) {
      command.push_back(static_cast<std::uint8_t>(handle >> (shift - 8)));
    }
    EXPECT_EQ(to_hex(tpm.ask(command)), "80010000000a00000000");
  }
}

inline TPM2B_PUBLIC rsa_storage_key() {
  TPM2B_PUBLIC out{};
  TPMT_PUBLIC& area = out.publicArea;
  area.type = TPM2_ALG_RSA;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                          TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  TPMS_RSA_PARMS& rsa = area.parameters.rsaDetail;
  rsa.symmetric.algorithm = TPM2_ALG_AES;
  rsa.symmetric.keyBits.aes = 128;
  rsa.symmetric.mode.aes = TPM2_ALG_CFB;
  rsa.scheme.scheme = TPM2_ALG_NULL;
  rsa.keyBits = 2048;
  return out;
}
inline TPM2B_PUBLIC ecc_storage_key() {
  TPM2B_PUBLIC out = rsa_storage_key();
  TPMT_PUBLIC& area = out.publicArea;
  area.type = TPM2_ALG_ECC;
  const TPMT_SYM_DEF_OBJECT symmetric = area.parameters.rsaDetail.symmetric;
  area.parameters = {};
  area.parameters.eccDetail.symmetric = symmetric;
  area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
  area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
  area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  return out;
}

}  // namespace tenzro::tee::test
