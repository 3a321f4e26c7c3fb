// SPDX-License-Identifier: Apache-2.0
#include "seal/sealer.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "seal/kbs/root.hpp"
#include "seal/kms/root.hpp"
#include "seal/tpm/root.hpp"

namespace tenzro::tee {

namespace {

constexpr std::size_t kSecretSize = 32;
constexpr unsigned kMostThreads = 256;

Error no_source(std::string_view why, std::string_view instead) {
  return Error(ErrorCode::not_available, concat("no sealing source here: ", why, "; use one of: ", instead));
}

constexpr std::string_view kNeedsBroker =
    "a key broker (root kbs, configured under \"kbs\"), a TPM (root tpm, configured under \"tpm\")";

bool shows_hardware() {
  const auto findings = survey_tee_hardware();
  return std::ranges::any_of(findings, [](const ProbeFinding& finding) { return finding.present; });
}

/// The root that automatic stands for.
Result<SealingSource> choose(SealingPlace place, const SealingConfig& config) {
  if (place.tee() == nullptr) {
    if (config.tpm && !shows_hardware()) {
      return SealingSource::tpm;
    }
    return no_source(config.tpm ? "this machine shows TEE hardware, where a TPM is used only when it is asked for"
                                : "no TEE was found, and no TPM is configured",
                     "a TEE that seals (AMD SEV-SNP), a TPM (root tpm, configured under \"tpm\")");
  }
  const TeeProvider& tee = *place.tee();
  if (tee.simulated()) {
    if (shows_hardware()) {
      return no_source("this machine shows TEE hardware, where a simulated root is used only when it is asked for",
                       "the hardware's provider, root simulated");
    }
    return SealingSource::simulated;
  }
  switch (tee.tee_type()) {
    case Platform::amd_sev_snp:
      return SealingSource::snp;
    case Platform::aws_nitro:
      if (config.kms) {
        return SealingSource::kms;
      }
      return no_source("a Nitro enclave has no secret of its own", "AWS KMS (root kms, configured under \"kms\")");
    case Platform::intel_tdx:
      if (config.kbs) {
        return SealingSource::kbs;
      }
      return no_source("a TDX guest has no secret of its own", kNeedsBroker);
    case Platform::nvidia_gpu:
      return no_source("an NVIDIA GPU has no secret for sealing", "the root of the CPU's TEE");
    case Platform::unknown:
    case Platform::intel_sgx:
    case Platform::aws_nitro_tpm:
      break;
  }
  return no_source(concat(to_string(tee.tee_type()), " has none"), kNeedsBroker);
}

/// The provider, when it is of one of these platforms.
Result<TeeProvider*> tee_of(SealingPlace place, std::initializer_list<Platform> platforms, std::string_view root,
                            std::string_view instead) {
  if (place.tee() == nullptr || std::ranges::find(platforms, place.tee()->tee_type()) == platforms.end()) {
    return no_source(concat("root ", root, " needs another platform than ",
                            place.tee() == nullptr ? std::string_view("none") : place.tee()->provider_name()),
                     instead);
  }
  return place.tee();
}

template <class Entry>
Result<Entry> configured(const std::optional<Entry>& entry, std::string_view name) {
  if (!entry) {
    return Error(ErrorCode::invalid_argument,
                 concat("root ", name, ": nothing is configured under \"", name, "\" of the sealing configuration"));
  }
  return *entry;
}

}  // namespace

Result<void> check_options(const SealOptions& options) {
  if (options.associated_data.size() > kMaxSealAssociatedData) {
    return Error(ErrorCode::invalid_argument,
                 concat("associated data: ", options.associated_data.size(), " bytes, at most ", kMaxSealAssociatedData,
                        "; give a hash of it"));
  }
  if (options.threads > kMostThreads) {
    return Error(ErrorCode::invalid_argument, concat("threads: ", options.threads, ", at most ", kMostThreads));
  }
  if (options.log2_chunk < 14 || options.log2_chunk > 24) {
    return Error(ErrorCode::invalid_argument,
                 concat("log2_chunk is ", options.log2_chunk, ", expected 14 to 24 (16 KiB to 16 MiB)"));
  }
  return {};
}

Result<SealingRoot> Sealer::ask(SealingRequest request, SealingPlace place, const SealOptions& options) {
  TENZRO_RETURN_IF_ERROR(check_options(options));
  const SealingConfig config = options.config.value_or(SealingConfig{});
  SealingSource source = options.root;
  if (source == SealingSource::automatic) {
    TENZRO_ASSIGN_OR_RETURN(source, choose(place, config));
  }
  request.scope = options.scope;
  request.measurement_covers_workload = options.measurement_covers_workload;
  const auto checked = [](Result<SealingRoot> root) -> Result<SealingRoot> {
    if (root && root->secret.size() != kSecretSize) {
      return Error(ErrorCode::internal, concat("a sealing root gave ", root->secret.size(), " bytes, expected 32"));
    }
    return root;
  };
  switch (source) {
    case SealingSource::automatic:
      break;
    case SealingSource::snp: {
      TENZRO_ASSIGN_OR_RETURN(TeeProvider* const tee,
                              tee_of(place, {Platform::amd_sev_snp}, "snp", "the root of this machine's own TEE"));
      if (tee->simulated()) {
        return no_source("root snp needs SEV-SNP hardware, this is a simulation", "root simulated");
      }
      request.entry = config.snp.value_or(SnpSealingEntry{});
      return checked(tee->sealing_root({}, request, options.patience));
    }
    case SealingSource::simulated:
      if (place.tee() == nullptr || !place.tee()->simulated()) {
        return no_source("root simulated needs a simulated TEE", "the root of this machine's own TEE");
      }
      return checked(place.tee()->sealing_root({}, request, options.patience));
    case SealingSource::kms: {
      TENZRO_ASSIGN_OR_RETURN(TeeProvider* const tee,
                              tee_of(place, {Platform::aws_nitro}, "kms", "the root of this machine's own TEE"));
      TENZRO_ASSIGN_OR_RETURN(const KmsSealingEntry entry, configured(config.kms, "kms"));
      request.entry = entry;
      return checked(kms::find_root(*tee, request, entry, options.network, options.patience));
    }
    case SealingSource::kbs: {
      TENZRO_ASSIGN_OR_RETURN(TeeProvider* const tee, tee_of(place, {Platform::intel_tdx, Platform::amd_sev_snp}, "kbs",
                                                             "the root of this machine's own TEE"));
      TENZRO_ASSIGN_OR_RETURN(const KbsSealingEntry entry, configured(config.kbs, "kbs"));
      request.entry = entry;
      return checked(kbs::find_root(*tee, request, entry, options.network, options.patience));
    }
    case SealingSource::tpm: {
      TENZRO_ASSIGN_OR_RETURN(const TpmSealingEntry entry, configured(config.tpm, "tpm"));
      request.entry = entry;
      return checked(tpm::find_root(request, entry, options.patience));
    }
  }
  return Error(ErrorCode::internal, "no such sealing source");
}

Result<SealingRoot> Sealer::root_to_seal(const SealKeyId& key_id, SealingPlace place, const SealOptions& options) {
  SealingRequest request;
  request.key_id = key_id.str();
  return ask(std::move(request), place, options);
}

Result<SealingRoot> Sealer::root_to_unseal(const SealKeyId& key_id, SealingPlace place, const SealOptions& options,
                                           StoredDerivation stored) {
  SealingRequest request;
  request.key_id = key_id.str();
  request.stored_tag = std::move(stored.vendor_tag);
  request.stored_metadata = std::move(stored.metadata);
  auto root = ask(std::move(request), place, options);
  if (!root && root.error().code() == ErrorCode::malformed_input) {
    // A tag or metadata that no root wrote: altered, like any other byte of the header.
    return Error(ErrorCode::authentication_failed, root.error().message());
  }
  return root;
}

Result<SealingRoot> Sealer::root_of_raw(const SealKeyId& key_id, SealingPlace place, const SealOptions& options) {
  if (options.generation != 0 || options.min_generation != 0) {
    return Error(ErrorCode::invalid_argument,
                 "a small message has no header to hold a generation; seal a container (seal_stream)");
  }
  SealingRequest request;
  request.key_id = key_id.str();
  request.raw = true;
  return ask(std::move(request), place, options);
}

}  // namespace tenzro::tee
