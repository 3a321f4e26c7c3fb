// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/nitro/document.hpp"
#include "provider/nitro/nsm_device.hpp"
#include "provider/nitro/nsm_messages.hpp"
#include "tenzro/tee/nsm.hpp"

namespace tenzro::tee {

namespace {

constexpr unsigned kMaxIndex = 0xffff;

constexpr std::string_view kMayBeExtended = "the PCR may be extended, or may yet be: describe it before trying again";
constexpr std::string_view kMayBeLocked = "the PCRs may be locked, or may yet be: describe them before trying again";

Result<Bytes> ask(const std::shared_ptr<device::System>& machine, Bytes request, const Patience& patience,
                  std::string_view if_unanswered = {}) {
  return nitro::exchange(machine, std::move(request), O_RDWR, patience, if_unanswered);
}

Result<void> check_index(unsigned index) {
  if (index > kMaxIndex) {
    return Error(ErrorCode::invalid_argument, concat("PCR ", index, ": 0 to ", kMaxIndex, " can be asked for"));
  }
  return {};
}

Result<void> check_field(std::string_view name, const std::optional<Bytes>& field) {
  if (field && (field->empty() || field->size() > nitro::kMaxField)) {
    return Error(ErrorCode::invalid_argument,
                 concat(name, ": has ", field->size(), " bytes, 1 to ", nitro::kMaxField, " are possible"));
  }
  return {};
}

}  // namespace

NitroSecurityModule::NitroSecurityModule() : machine_(device::this_machine()) {}
NitroSecurityModule::NitroSecurityModule(std::shared_ptr<device::System> machine) : machine_(std::move(machine)) {}

Result<NsmDescription> NitroSecurityModule::describe(const Patience& patience) const {
  TENZRO_ASSIGN_OR_RETURN(const Bytes answer, ask(machine_, nitro::describe_nsm_request(), patience));
  return nitro::read_description(answer);
}

Result<NsmPcr> NitroSecurityModule::describe_pcr(unsigned index, const Patience& patience) const {
  TENZRO_RETURN_IF_ERROR(check_index(index));
  TENZRO_ASSIGN_OR_RETURN(const Bytes answer, ask(machine_, nitro::describe_pcr_request(index), patience));
  return nitro::read_pcr(answer);
}

Result<Bytes> NitroSecurityModule::extend_pcr(unsigned index, ByteView data, const Patience& patience) const {
  TENZRO_RETURN_IF_ERROR(check_index(index));
  TENZRO_ASSIGN_OR_RETURN(const Bytes answer,
                          ask(machine_, nitro::extend_pcr_request(index, data), patience, kMayBeExtended));
  return nitro::read_extended_pcr(answer);
}

Result<void> NitroSecurityModule::lock_pcr(unsigned index, const Patience& patience) const {
  TENZRO_RETURN_IF_ERROR(check_index(index));
  TENZRO_ASSIGN_OR_RETURN(const Bytes answer, ask(machine_, nitro::lock_pcr_request(index), patience, kMayBeLocked));
  return nitro::read_acknowledgement(answer, "LockPCR");
}

Result<void> NitroSecurityModule::lock_pcrs_below(unsigned end, const Patience& patience) const {
  TENZRO_RETURN_IF_ERROR(check_index(end));
  TENZRO_ASSIGN_OR_RETURN(const Bytes answer, ask(machine_, nitro::lock_pcrs_request(end), patience, kMayBeLocked));
  return nitro::read_acknowledgement(answer, "LockPCRs");
}

Result<Bytes> NitroSecurityModule::random(const Patience& patience) const {
  TENZRO_ASSIGN_OR_RETURN(const Bytes answer, ask(machine_, nitro::get_random_request(), patience));
  return nitro::read_random(answer);
}

Result<Bytes> NitroSecurityModule::attestation(const std::optional<Bytes>& user_data, const std::optional<Bytes>& nonce,
                                               const std::optional<Bytes>& public_key, const Patience& patience) const {
  TENZRO_RETURN_IF_ERROR(check_field("user data", user_data));
  TENZRO_RETURN_IF_ERROR(check_field("nonce", nonce));
  TENZRO_RETURN_IF_ERROR(check_field("public key", public_key));
  TENZRO_ASSIGN_OR_RETURN(const Bytes answer,
                          ask(machine_, nitro::attestation_request(user_data, nonce, public_key), patience));
  return nitro::read_document(answer);
}

}  // namespace tenzro::tee
