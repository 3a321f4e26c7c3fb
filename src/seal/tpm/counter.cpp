// SPDX-License-Identifier: Apache-2.0
// A generation counter in a TPM's non-volatile memory. Source: TPM 2.0 Library, part 1, "NV Counter Index", part 3,
// TPM2_NV_DefineSpace, TPM2_NV_Increment, TPM2_NV_Read.
//
// The index is read and counted up by policy alone, that of the entry's PCRs when it was made: other systems on the
// same machine can do neither, and nobody knows an authorization, since there is none. The policy is no secret, and the
// owner may always remove the index. But a TPM begins each new counter above every count that it ever had, so whoever
// removes one and makes another cannot make a generation come back. That is why the value is taken as it is read, and
// why an index that is new is counted up once, which sets it.
//
// Who controls what goes to and from the TPM from the start, and puts a storage key of their own in the place of its,
// can still answer in its stead (storage_key.hpp); who only listens, or alters what passes, cannot.
#include <algorithm>
#include <utility>

#include "core/byte_reader.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "device/pause.hpp"
#include "seal/tpm/derivation.hpp"
#include "seal/tpm/errors.hpp"
#include "seal/tpm/pcr_policy.hpp"
#include "seal/tpm/visit.hpp"

namespace tenzro::tee {

namespace tpm {
namespace {

constexpr TPMA_NV kCounter =
    (TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT) | TPMA_NV_POLICYWRITE | TPMA_NV_POLICYREAD | TPMA_NV_NO_DA;
constexpr std::uint16_t kSize = 8;
constexpr std::string_view kTpm = "the TPM";
constexpr std::chrono::milliseconds kBetweenWrites{200};

/// The index in one connection.
struct Index {
  Handle handle;
  ByteArray<32> policy{};
  bool written = false;
};

/// Nothing where there is none.
Result<std::optional<Index>> find_index(const Visit& here, std::uint32_t number) {
  const std::string which = text_of_handle(number);
  ESYS_TR found = ESYS_TR_NONE;
  TSS2_RC code = Esys_TR_FromTPMPublic(here.tpm.get(), number, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &found);
  if (tpm_code(code) == TPM2_RC_HANDLE) {
    return std::optional<Index>{};
  }
  if (code != TSS2_RC_SUCCESS) {
    return tpm_error(concat("looking for the counter ", which), code);
  }
  Index out{.handle = Handle(here.tpm, found, Handle::Kind::persistent)};
  EsysMemory<TPM2B_NV_PUBLIC> area;
  EsysMemory<TPM2B_NAME> name;
  code = Esys_NV_ReadPublic(here.tpm.get(), found, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, Into(area), Into(name));
  if (code != TSS2_RC_SUCCESS) {
    return tpm_error(concat("looking at the counter ", which), code);
  }
  const TPMS_NV_PUBLIC& index = area->nvPublic;
  if ((index.attributes & ~TPMA_NV_WRITTEN) != kCounter || index.nameAlg != TPM2_ALG_SHA256 ||
      index.dataSize != kSize || index.authPolicy.size != out.policy.size()) {
    return Error(ErrorCode::invalid_argument,
                 concat("the TPM's NV index ", which,
                        " is there and is no counter of ours (a counter that is read and written by policy alone): "
                        "choose another, or remove that one (tpm2_nvundefine)"));
  }
  std::copy_n(std::begin(index.authPolicy.buffer), out.policy.size(), out.policy.begin());
  out.written = (index.attributes & TPMA_NV_WRITTEN) != 0;
  return std::optional(std::move(out));
}

Result<void> define(const Visit& here, const TpmSealingEntry& entry, std::uint32_t number) {
  TENZRO_ASSIGN_OR_RETURN(const ByteArray<32> policy, policy_of_now(here.tpm, here.session, entry.pcrs));
  TPM2B_NV_PUBLIC wanted{};
  wanted.nvPublic.nvIndex = number;
  wanted.nvPublic.nameAlg = TPM2_ALG_SHA256;
  wanted.nvPublic.attributes = kCounter;
  wanted.nvPublic.dataSize = kSize;
  wanted.nvPublic.authPolicy.size = static_cast<UINT16>(policy.size());
  std::ranges::copy(policy, std::begin(wanted.nvPublic.authPolicy.buffer));
  const TPM2B_AUTH no_authorization{};
  TENZRO_RETURN_IF_ERROR(use_session(here.tpm, here.session, TPMA_SESSION_DECRYPT));
  ESYS_TR made = ESYS_TR_NONE;
  const TSS2_RC code = Esys_NV_DefineSpace(here.tpm.get(), ESYS_TR_RH_OWNER, here.session.get(), ESYS_TR_NONE,
                                           ESYS_TR_NONE, &no_authorization, &wanted, &made);
  const Handle closed(here.tpm, made, Handle::Kind::persistent);
  if (tpm_code(code) == TPM2_RC_BAD_AUTH || tpm_code(code) == TPM2_RC_AUTH_FAIL) {
    return Error(ErrorCode::permission_denied, concat("the TPM's owner hierarchy has an authorization, so the counter ",
                                                      text_of_handle(number), " cannot be made"));
  }
  if (code != TSS2_RC_SUCCESS && tpm_code(code) != TPM2_RC_NV_DEFINED) {
    return tpm_error(concat("making the counter ", text_of_handle(number)), code);
  }
  return {};
}

/// One visit's work with the counter.
class CounterWork {
 public:
  static Result<CounterWork> begin(device::System& machine, const TpmSealingEntry& entry,
                                   const device::Waiting& waiting) {
    TENZRO_ASSIGN_OR_RETURN(Visit here, visit(machine, entry));
    TENZRO_ASSIGN_OR_RETURN(auto index, find_index(here, *entry.counter));
    if (!index) {
      return Error(ErrorCode::not_available, concat("the TPM has no counter ", text_of_handle(*entry.counter),
                                                    ": it was never made there, or removed, or this is another TPM"));
    }
    TENZRO_ASSIGN_OR_RETURN(Handle session, start_session(here.tpm, here.key, TPM2_SE_POLICY));
    return CounterWork(machine, entry, waiting, std::move(here), *std::move(index), std::move(session));
  }

  bool written() const noexcept { return index_.written; }

  Result<std::uint64_t> read() {
    EsysMemory<TPM2B_MAX_NV_BUFFER> data;
    TENZRO_RETURN_IF_ERROR(run("reading the counter", TPMA_SESSION_ENCRYPT, [&] {
      return Esys_NV_Read(here_.tpm.get(), index_.handle.get(), index_.handle.get(), session_.get(), ESYS_TR_NONE,
                          ESYS_TR_NONE, kSize, 0, Into(data));
    }));
    ByteReader reader("counter", ByteView(data->buffer, std::min<std::size_t>(data->size, sizeof data->buffer)));
    TENZRO_ASSIGN_OR_RETURN(const std::uint64_t value, reader.be<std::uint64_t>("value"));
    TENZRO_RETURN_IF_ERROR(reader.expect_end());
    return value;
  }

  Result<void> increment() {
    return run("counting up", 0, [&] {
      while (true) {
        const TSS2_RC code = Esys_NV_Increment(here_.tpm.get(), index_.handle.get(), index_.handle.get(),
                                               session_.get(), ESYS_TR_NONE, ESYS_TR_NONE);
        if (tpm_code(code) != TPM2_RC_NV_RATE || !device::pause(machine_, kBetweenWrites, waiting_)) {
          return code;
        }
      }
    });
  }

 private:
  CounterWork(device::System& machine, const TpmSealingEntry& entry, const device::Waiting& waiting, Visit here,
              Index index, Handle session)
      : machine_(machine),
        entry_(entry),
        waiting_(waiting),
        here_(std::move(here)),
        index_(std::move(index)),
        session_(std::move(session)) {}

  Result<void> run(std::string_view doing, TPMA_SESSION attributes, const std::function<TSS2_RC()>& command) {
    const PolicyUse use{.session = session_,
                        .pcrs = entry_.pcrs,
                        .policy = index_.policy,
                        .attributes = attributes,
                        .doing = doing,
                        .if_others =
                            "their selection or values are not those under which the counter was made; where "
                            "that is as it should be, remove it (tpm2_nvundefine): the next one goes on "
                            "above it"};
    return under_policy(here_.tpm, use, waiting_, command);
  }

  device::System& machine_;
  const TpmSealingEntry& entry_;
  const device::Waiting& waiting_;
  Visit here_;
  Index index_;
  Handle session_;
};

/// So that it is there and holds a value.
Result<std::uint64_t> prepare(device::System& machine, const TpmSealingEntry& entry, const device::Waiting& waiting) {
  {
    TENZRO_ASSIGN_OR_RETURN(const Visit here, visit(machine, entry));
    TENZRO_ASSIGN_OR_RETURN(const auto index, find_index(here, *entry.counter));
    if (!index) {
      TENZRO_RETURN_IF_ERROR(define(here, entry, *entry.counter));
    }
  }
  TENZRO_ASSIGN_OR_RETURN(CounterWork work, CounterWork::begin(machine, entry, waiting));
  if (!work.written()) {
    TENZRO_RETURN_IF_ERROR(work.increment());
  }
  return work.read();
}

Result<std::uint64_t> read_counter(device::System& machine, const TpmSealingEntry& entry,
                                   const device::Waiting& waiting) {
  TENZRO_ASSIGN_OR_RETURN(CounterWork work, CounterWork::begin(machine, entry, waiting));
  if (!work.written()) {
    return Error(ErrorCode::not_available,
                 concat("the TPM's counter ", text_of_handle(*entry.counter), " was never counted up"));
  }
  return work.read();
}

Result<std::uint64_t> advance_counter(device::System& machine, const TpmSealingEntry& entry,
                                      const device::Waiting& waiting, std::uint64_t generation) {
  TENZRO_ASSIGN_OR_RETURN(CounterWork work, CounterWork::begin(machine, entry, waiting));
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t before, work.read());
  if (before >= generation || generation - before > 1) {
    return Error(ErrorCode::invalid_argument, concat("the TPM's counter is at ", before, " and goes to ", generation,
                                                     " in no single step: does another program use it?"));
  }
  TENZRO_RETURN_IF_ERROR(work.increment());
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t after, work.read());
  if (after != generation) {
    return Error(ErrorCode::hardware_failure, concat("the TPM's counter went from ", before, " to ", after,
                                                     " in one step: does another program use it?"));
  }
  return after;
}

class TpmCounter final : public GenerationCounter {
 public:
  using Work = std::function<Result<std::uint64_t>(const device::Waiting&)>;
  TpmCounter(std::shared_ptr<device::System> machine, TpmSealingEntry entry, Patience patience)
      : machine_(std::move(machine)), entry_(std::move(entry)), patience_(std::move(patience)) {}

  Result<void> make() {
    return ask([machine = machine_, entry = entry_](const auto& waiting) { return prepare(*machine, entry, waiting); })
        .and_then([](std::uint64_t) { return Result<void>{}; });
  }
  /// It is there, and was counted up once at least.
  Result<void> find() {
    return read().and_then([](std::uint64_t) { return Result<void>{}; });
  }
  Result<std::uint64_t> read() override {
    return ask(
        [machine = machine_, entry = entry_](const auto& waiting) { return read_counter(*machine, entry, waiting); });
  }
  Result<void> advance_to(std::uint64_t generation) override {
    return ask([machine = machine_, entry = entry_, generation](const auto& waiting) {
             return advance_counter(*machine, entry, waiting, generation);
           })
        .and_then([](std::uint64_t) { return Result<void>{}; });
  }

 private:
  Result<std::uint64_t> ask(Work work) {
    return machine_->queue(entry_.tcti)
        .run<std::uint64_t>(kTpm, patience_, std::move(work), "read the counter: it may have been counted up");
  }

  std::shared_ptr<device::System> machine_;
  TpmSealingEntry entry_;
  Patience patience_;
};

}  // namespace
}  // namespace tpm

Result<std::unique_ptr<GenerationCounter>> open_tpm_counter(const TpmSealingEntry& entry, MissingCounter missing,
                                                            const Patience& patience) {
  TENZRO_RETURN_IF_ERROR(tpm::check_entry(entry));
  if (!entry.counter) {
    return Error(ErrorCode::invalid_argument, "tpm: no counter is configured: name an NV index under \"counter\"");
  }
  const std::shared_ptr<device::System> machine = device::this_machine();
  TENZRO_RETURN_IF_ERROR(tpm::demand_statement(*machine, entry));
  auto counter = std::make_unique<tpm::TpmCounter>(machine, entry, patience);
  TENZRO_RETURN_IF_ERROR(missing == MissingCounter::make ? counter->make() : counter->find());
  return std::unique_ptr<GenerationCounter>(std::move(counter));
}

}  // namespace tenzro::tee
