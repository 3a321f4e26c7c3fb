// SPDX-License-Identifier: Apache-2.0
// Source: TPM 2.0 Library, part 3, TPM2_PCR_Read and TPM2_PolicyPCR (how the policy digest is extended).
#include "seal/tpm/pcr_policy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "seal/tpm/derivation.hpp"
#include "seal/tpm/errors.hpp"

namespace tenzro::tee::tpm {

namespace {

constexpr std::size_t kSelectSize = 3;  // bytes for 24 PCRs
/// Something else on this machine may extend PCRs, but not for ever.
constexpr unsigned kAttempts = 16;

using PcrValue = ByteArray<32>;
using PcrValues = std::map<unsigned, PcrValue>;

TPML_PCR_SELECTION selection_of(const std::vector<unsigned>& pcrs) {
  TPML_PCR_SELECTION out{};
  out.count = 1;
  out.pcrSelections[0].hash = TPM2_ALG_SHA256;
  out.pcrSelections[0].sizeofSelect = kSelectSize;
  for (const unsigned pcr : pcrs) {
    out.pcrSelections[0].pcrSelect[pcr / 8] |= static_cast<BYTE>(1U << (pcr % 8));
  }
  return out;
}

/// The PCRs of an answer of TPM2_PCR_Read, in order.
std::vector<unsigned> selected(const TPML_PCR_SELECTION& selection) {
  std::vector<unsigned> out;
  if (selection.count == 1 && selection.pcrSelections[0].hash == TPM2_ALG_SHA256 &&
      selection.pcrSelections[0].sizeofSelect == kSelectSize) {
    for (unsigned pcr = 0; pcr < kSelectSize * 8; ++pcr) {
      const unsigned byte = selection.pcrSelections[0].pcrSelect[pcr / 8];
      if ((byte >> (pcr % 8) & 1U) != 0) {
        out.push_back(pcr);
      }
    }
  }
  return out;
}

struct Reading {
  PcrValues values;
  bool changed = false;  ///< while it was read
};

/// A TPM gives eight values at a time.
Result<Reading> read_once(const Tpm& tpm, const Handle& session, const std::vector<unsigned>& pcrs) {
  Reading out;
  std::optional<UINT32> counter;
  std::vector<unsigned> missing = pcrs;
  while (!missing.empty()) {
    const TPML_PCR_SELECTION wanted = selection_of(missing);
    UINT32 updates = 0;
    EsysMemory<TPML_PCR_SELECTION> given;
    EsysMemory<TPML_DIGEST> values;
    const TSS2_RC code = Esys_PCR_Read(tpm.get(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE, &wanted, &updates,
                                       Into(given), Into(values));
    if (code != TSS2_RC_SUCCESS) {
      return tpm_error("reading PCRs", code);
    }
    out.changed = out.changed || (counter && *counter != updates);
    counter = updates;
    const std::vector<unsigned> got = selected(*given);
    if (got.empty()) {
      return Error(ErrorCode::not_available,
                   concat("the TPM has no PCR ", missing.front(),
                          " in its SHA-256 bank; have the firmware's set-up allocate that bank (tpm2_pcrallocate)"));
    }
    if (values->count != got.size()) {
      return Error(ErrorCode::hardware_failure, "TPM: reading PCRs: other values came than were asked for");
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
      const TPM2B_DIGEST& value = values->digests[i];
      PcrValue& kept = out.values[got[i]];
      if (value.size != kept.size() || std::erase(missing, got[i]) != 1) {
        return Error(ErrorCode::hardware_failure, "TPM: reading PCRs: other values came than were asked for");
      }
      std::copy_n(std::begin(value.buffer), kept.size(), kept.begin());
    }
  }
  return out;
}

bool all_are(const PcrValue& value, std::uint8_t byte) {
  return std::ranges::all_of(value, [byte](std::uint8_t one) { return one == byte; });
}

Result<void> demand_meaning(const PcrValues& values) {
  for (const auto& [pcr, value] : values) {
    if (all_are(value, 0xff)) {
      return Error(ErrorCode::not_available,
                   concat("PCR ", pcr, " holds no measurement (all its bits are set): choose others"));
    }
  }
  if (std::ranges::all_of(values, [](const auto& value) { return all_are(value.second, 0); })) {
    return Error(
        ErrorCode::not_available,
        "nothing was measured into the chosen PCRs since the TPM started, so they would bind to nothing: choose "
        "others, or a firmware and boot loader that measure");
  }
  return {};
}

ByteArray<32> policy_of(const PcrValues& values, const std::vector<unsigned>& pcrs) {
  Bytes joined;
  for (const auto& [pcr, value] : values) {
    joined.insert(joined.end(), value.begin(), value.end());
  }
  // TPM2_CC_PolicyPCR, then TPML_PCR_SELECTION as it is sent.
  ByteArray<14> command{0, 0, 0x01, 0x7f, 0, 0, 0, 1, 0, 0x0b, kSelectSize};
  const TPML_PCR_SELECTION selection = selection_of(pcrs);
  std::copy_n(std::begin(selection.pcrSelections[0].pcrSelect), kSelectSize, command.begin() + 11);
  return crypto::sha256({ByteArray<32>{}, command, crypto::sha256(joined)});
}

}  // namespace

Result<ByteArray<32>> policy_of_now(const Tpm& tpm, const Handle& session, const std::vector<unsigned>& pcrs) {
  TENZRO_RETURN_IF_ERROR(use_session(tpm, session, TPMA_SESSION_AUDIT));
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    TENZRO_ASSIGN_OR_RETURN(const Reading reading, read_once(tpm, session, pcrs));
    if (!reading.changed) {
      TENZRO_RETURN_IF_ERROR(demand_meaning(reading.values));
      return policy_of(reading.values, pcrs);
    }
  }
  return Error(ErrorCode::hardware_failure, "TPM: reading PCRs: they changed each time while they were read");
}

Result<void> under_policy(const Tpm& tpm, const PolicyUse& use, const device::Waiting& waiting,
                          const std::function<TSS2_RC()>& command) {
  const TPML_PCR_SELECTION selection = selection_of(use.pcrs);
  const TPM2B_DIGEST values_of_now{};
  const ESYS_TR session = use.session.get();
  TSS2_RC code = TSS2_RC_SUCCESS;
  for (unsigned attempt = 0; attempt < kAttempts && !waiting.over(); ++attempt) {
    code = Esys_PolicyRestart(tpm.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE);
    if (code == TSS2_RC_SUCCESS) {
      code = Esys_PolicyPCR(tpm.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &values_of_now, &selection);
    }
    EsysMemory<TPM2B_DIGEST> policy;
    if (code == TSS2_RC_SUCCESS) {
      code = Esys_PolicyGetDigest(tpm.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, Into(policy));
    }
    if (code != TSS2_RC_SUCCESS) {
      return tpm_error("showing it its PCRs", code);
    }
    const Error others(ErrorCode::authentication_failed, concat("PCRs ", text_of_pcrs(use.pcrs), ": ", use.if_others));
    if (!std::ranges::equal(ByteView(policy->buffer, std::min<std::size_t>(policy->size, sizeof policy->buffer)),
                            use.policy)) {
      return others;
    }
    TENZRO_RETURN_IF_ERROR(use_session(tpm, use.session, use.attributes));
    code = command();
    if (code == TSS2_RC_SUCCESS) {
      return {};
    }
    if (tpm_code(code) == TPM2_RC_POLICY_FAIL) {
      return others;
    }
    if (tpm_code(code) != TPM2_RC_PCR_CHANGED) {
      return tpm_error(use.doing, code);
    }
  }
  return waiting.over() ? waiting.error("the TPM") : tpm_error(use.doing, code);
}

}  // namespace tenzro::tee::tpm
