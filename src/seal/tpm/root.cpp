// SPDX-License-Identifier: Apache-2.0
// Source: TPM 2.0 Library, part 3, TPM2_Create, TPM2_Load, TPM2_Unseal.
#include "seal/tpm/root.hpp"

#include <string.h>
#include <tss2/tss2_mu.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "seal/tpm/derivation.hpp"
#include "seal/tpm/errors.hpp"
#include "seal/tpm/pcr_policy.hpp"
#include "seal/tpm/sealed_object.hpp"
#include "seal/tpm/visit.hpp"

namespace tenzro::tee::tpm {

namespace {

constexpr std::size_t kSecretSize = 32;
/// Of sealing, where PCRs change between their reading and the check that what was sealed opens.
constexpr unsigned kAttempts = 4;
constexpr std::string_view kTpm = "the TPM";

struct WipeAndFree {
  void operator()(TPM2B_SENSITIVE_DATA* data) const noexcept {
    explicit_bzero(data, sizeof *data);
    Esys_Free(data);
  }
};

/// What tpm2-tss wants in a structure of its own, wiped at the end.
struct Sensitive {
  Sensitive() = default;
  Sensitive(const Sensitive&) = delete;
  Sensitive& operator=(const Sensitive&) = delete;
  ~Sensitive() { explicit_bzero(&value, sizeof value); }
  TPM2B_SENSITIVE_CREATE value{};
};

/// tpm2-tss decrypts into buffers on its stack, and leaves them as they are.
[[gnu::noinline]] void wipe_stack() {
  std::array<std::uint8_t, std::size_t{64} << 10> below;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  explicit_bzero(below.data(), below.size());
}

/// And into the buffer of its last answer, which only a later, longer one overwrites: a list of properties does.
void wipe_traces(const Tpm& tpm) {
  wipe_stack();
  constexpr UINT32 kProperties = 16;
  EsysMemory<TPMS_CAPABILITY_DATA> unused;
  TPMI_YES_NO more = TPM2_NO;
  Esys_GetCapability(tpm.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES, TPM2_PT_FIXED,
                     kProperties, &more, Into(unused));
}

bool wants_authorization(TSS2_RC code) {
  const TSS2_RC own = tpm_code(code);
  return own == TPM2_RC_AUTH_FAIL || own == TPM2_RC_BAD_AUTH || own == TPM2_RC_AUTH_MISSING;
}

Error altered(std::string_view why) {
  return Error(ErrorCode::authentication_failed, concat("unseal: the TPM's object that is stored with the data ", why));
}

/// A structure of the TPM's as it travels.
template <class T>
Result<Bytes> marshalled(TSS2_RC (*marshal)(const T*, std::uint8_t*, std::size_t, std::size_t*), const T& value) {
  std::array<std::uint8_t, sizeof(T)> buffer{};
  std::size_t size = 0;
  if (const TSS2_RC code = marshal(&value, buffer.data(), buffer.size(), &size); code != TSS2_RC_SUCCESS) {
    return tpm_error("writing down a sealed object", code);
  }
  return Bytes(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
}

template <class T>
Result<T> unmarshalled(TSS2_RC (*unmarshal)(const std::uint8_t*, std::size_t, std::size_t*, T*), ByteView bytes) {
  T out{};
  std::size_t size = 0;
  if (unmarshal(bytes.data(), bytes.size(), &size, &out) != TSS2_RC_SUCCESS || size != bytes.size()) {
    return altered("cannot be read");
  }
  return out;
}

Result<SealedObject> create(const Visit& here, const SecretBytes& secret, const ByteArray<32>& policy) {
  Sensitive sensitive;
  TPM2B_SENSITIVE_DATA& data = sensitive.value.sensitive.data;
  data.size = static_cast<UINT16>(secret.size());
  std::ranges::copy(secret.reveal(), std::begin(data.buffer));
  TPM2B_PUBLIC wanted{};
  wanted.publicArea.type = TPM2_ALG_KEYEDHASH;
  wanted.publicArea.nameAlg = TPM2_ALG_SHA256;
  wanted.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT;
  wanted.publicArea.authPolicy.size = static_cast<UINT16>(policy.size());
  std::ranges::copy(policy, std::begin(wanted.publicArea.authPolicy.buffer));
  wanted.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;

  TENZRO_RETURN_IF_ERROR(use_session(here.tpm, here.session, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
  const TPM2B_DATA no_data{};
  const TPML_PCR_SELECTION no_pcrs{};
  EsysMemory<TPM2B_PRIVATE> private_area;
  EsysMemory<TPM2B_PUBLIC> public_area;
  EsysMemory<TPM2B_CREATION_DATA> creation;
  EsysMemory<TPM2B_DIGEST> creation_hash;
  EsysMemory<TPMT_TK_CREATION> ticket;
  const TSS2_RC code = Esys_Create(here.tpm.get(), here.key.handle.get(), here.session.get(), ESYS_TR_NONE,
                                   ESYS_TR_NONE, &sensitive.value, &wanted, &no_data, &no_pcrs, Into(private_area),
                                   Into(public_area), Into(creation), Into(creation_hash), Into(ticket));
  wipe_stack();
  if (code != TSS2_RC_SUCCESS) {
    return tpm_error("sealing under its storage root key", code);
  }
  SealedObject out;
  out.parent_name = here.key.name;
  TENZRO_ASSIGN_OR_RETURN(out.public_area, marshalled(Tss2_MU_TPM2B_PUBLIC_Marshal, *public_area));
  TENZRO_ASSIGN_OR_RETURN(out.private_area, marshalled(Tss2_MU_TPM2B_PRIVATE_Marshal, *private_area));
  TENZRO_ASSIGN_OR_RETURN(const auto made_policy, sealed_policy(out.public_area));
  if (made_policy != policy) {
    return Error(ErrorCode::hardware_failure, "TPM: sealing: the object has another policy than was asked for");
  }
  return out;
}

/// authentication_failed: of another TPM, altered, or the PCRs are not those of sealing.
Result<SecretBytes> open(const Visit& here, const TpmSealingEntry& entry, const SealedObject& object,
                         const device::Waiting& waiting) {
  if (object.parent_name != here.key.name) {
    return altered("is of another TPM or storage root key, or this TPM's owner was changed since");
  }
  TENZRO_ASSIGN_OR_RETURN(const TPM2B_PUBLIC public_area,
                          unmarshalled(Tss2_MU_TPM2B_PUBLIC_Unmarshal, object.public_area));
  TENZRO_ASSIGN_OR_RETURN(const TPM2B_PRIVATE private_area,
                          unmarshalled(Tss2_MU_TPM2B_PRIVATE_Unmarshal, object.private_area));
  TENZRO_ASSIGN_OR_RETURN(const ByteArray<32> policy, sealed_policy(object.public_area));

  TENZRO_RETURN_IF_ERROR(use_session(here.tpm, here.session, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT));
  ESYS_TR loaded = ESYS_TR_NONE;
  TSS2_RC code = Esys_Load(here.tpm.get(), here.key.handle.get(), here.session.get(), ESYS_TR_NONE, ESYS_TR_NONE,
                           &private_area, &public_area, &loaded);
  if (code != TSS2_RC_SUCCESS) {
    return is_about_argument(code) && !wants_authorization(code)
               ? altered("was altered, or was never made under its storage root key")
               : tpm_error("loading what was sealed", code);
  }
  const Handle handle(here.tpm, loaded, Handle::Kind::transient);
  TENZRO_ASSIGN_OR_RETURN(const Handle session, start_session(here.tpm, here.key, TPM2_SE_POLICY));
  std::unique_ptr<TPM2B_SENSITIVE_DATA, WipeAndFree> data;
  const PolicyUse use{.session = session,
                      .pcrs = entry.pcrs,
                      .policy = policy,
                      .attributes = TPMA_SESSION_ENCRYPT,
                      .doing = "unsealing",
                      .if_others =
                          "their values are not those of sealing, so the TPM does not unseal: other firmware, "
                          "boot loader, kernel or settings were started"};
  const auto opened = under_policy(here.tpm, use, waiting, [&] {
    TPM2B_SENSITIVE_DATA* made = nullptr;
    const TSS2_RC answer = Esys_Unseal(here.tpm.get(), handle.get(), session.get(), ESYS_TR_NONE, ESYS_TR_NONE, &made);
    data.reset(made);
    return answer;
  });
  wipe_traces(here.tpm);
  TENZRO_RETURN_IF_ERROR(opened);
  if (data == nullptr || data->size != kSecretSize) {
    return altered(concat("holds something else than ", kSecretSize, " bytes"));
  }
  SecretBytes secret(kSecretSize);
  std::copy_n(std::begin(data->buffer), kSecretSize, secret.fill().begin());
  return secret;
}

struct Sealed {
  SecretBytes secret;
  std::string metadata;
};

/// The secret is ours: a TPM with bad randomness would give one that its maker knows.
Result<Sealed> seal_fresh(device::System& machine, const TpmSealingEntry& entry, const device::Waiting& waiting) {
  TENZRO_ASSIGN_OR_RETURN(const Visit here, visit(machine, entry));
  SecretBytes secret(kSecretSize);
  crypto::fill_random(secret.fill());
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    TENZRO_ASSIGN_OR_RETURN(const ByteArray<32> policy, policy_of_now(here.tpm, here.session, entry.pcrs));
    TENZRO_ASSIGN_OR_RETURN(const SealedObject object, create(here, secret, policy));
    // What does not open now never will: better known before the data are gone.
    const auto opened = open(here, entry, object, waiting);
    if (opened && crypto::equal_constant_time(opened->reveal(), secret.reveal())) {
      return Sealed{.secret = std::move(secret), .metadata = metadata_of(object)};
    }
    if (!opened && opened.error().code() != ErrorCode::authentication_failed) {
      return opened.error();
    }
  }
  return Error(ErrorCode::hardware_failure, concat("TPM: what was just sealed to PCRs ", text_of_pcrs(entry.pcrs),
                                                   " does not open: do they change all the time? Choose others"));
}

Result<void> check_request(const SealingRequest& request) {
  if (request.raw) {
    return Error(ErrorCode::invalid_argument,
                 "root tpm: the TPM's object is kept beside the data, and the raw format has no room for it; seal a "
                 "container");
  }
  if (request.scope != SealScope::measurement) {
    return Error(ErrorCode::invalid_argument,
                 "root tpm: it binds to PCRs, which are measurements; scope signer has no meaning for it");
  }
  return {};
}

}  // namespace

Result<SealingRoot> find_root(const SealingRequest& request, const TpmSealingEntry& entry, const Patience& patience) {
  TENZRO_RETURN_IF_ERROR(check_request(request));
  TENZRO_RETURN_IF_ERROR(check_entry(entry));
  const std::shared_ptr<device::System> machine = device::this_machine();
  const VendorTag tag = derivation_of(*machine, entry);
  const bool unseals = !request.stored_tag.empty();
  if (unseals) {
    TENZRO_ASSIGN_OR_RETURN(const VendorTag stored, VendorTag::parse(request.stored_tag));
    TENZRO_RETURN_IF_ERROR(demand_same_derivation(stored, tag));
  }
  TENZRO_RETURN_IF_ERROR(demand_statement(*machine, entry));
  device::RequestQueue& queue = machine->queue(entry.tcti);
  if (!unseals) {
    TENZRO_ASSIGN_OR_RETURN(Sealed sealed,
                            queue.run<Sealed>(kTpm, patience, [machine, entry](const device::Waiting& waiting) {
                              return seal_fresh(*machine, entry, waiting);
                            }));
    return SealingRoot{
        .secret = std::move(sealed.secret), .vendor_tag = tag.text(), .metadata = std::move(sealed.metadata)};
  }
  TENZRO_ASSIGN_OR_RETURN(const SealedObject object, parse_metadata(request.stored_metadata));
  TENZRO_ASSIGN_OR_RETURN(
      SecretBytes secret,
      queue.run<SecretBytes>(kTpm, patience,
                             [machine, entry, object](const device::Waiting& waiting) -> Result<SecretBytes> {
                               TENZRO_ASSIGN_OR_RETURN(const Visit here, visit(*machine, entry));
                               return open(here, entry, object, waiting);
                             }));
  return SealingRoot{.secret = std::move(secret), .vendor_tag = tag.text(), .metadata = request.stored_metadata};
}

}  // namespace tenzro::tee::tpm
