// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/nscq.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::uint32_t kMountDevices = 1;
constexpr std::size_t kMaxSwitches = 64;

Error return_error(std::string_view what, nscq::Return rc) {
  const auto error = [&](ErrorCode code, std::string_view words) {
    return Error(code, concat(what, ": ", words, " (NSCQ error ", int{rc}, ")"));
  };
  switch (rc) {
    case -1:
      return error(ErrorCode::unsupported, "this library does not implement it");
    case -2:
      return error(ErrorCode::hardware_failure, "no switch of that id");
    case -3:
      return error(ErrorCode::hardware_failure, "the switch cannot be reached");
    case -4:
      return error(ErrorCode::hardware_failure, "an answer did not fit");
    case -5:
      return error(ErrorCode::hardware_failure, "an answer was not understood");
    case -6:
      return error(ErrorCode::not_available,
                   "the driver is of another version than the library: install the libnvidia-nscq of the driver");
    case -7:
      return error(ErrorCode::hardware_failure, "the driver failed");
    case -8:
      return error(ErrorCode::timed_out, "the switch did not answer its driver in time");
    default:
      return error(ErrorCode::hardware_failure, "it failed");
  }
}

// What callbacks write to. They are called from C: nothing here throws, and nothing allocates.

/// Of every switch that has it.
template <class Value, std::size_t Limit>
struct Gathered {
  std::array<Value, Limit> values{};
  std::size_t count = 0;
  nscq::Return worst = 0;

  /// Warnings come with a value.
  void add(nscq::Return rc, const Value* value) noexcept {
    worst = std::min(worst, rc);
    if (rc < 0 || value == nullptr) {
      return;
    }
    if (count < values.size()) {
      values.at(count) = *value;
    }
    ++count;
  }
};
using GatheredUuids = Gathered<nscq::Uuid, kMaxSwitches>;
using GatheredNumbers = Gathered<std::int8_t, kMaxSwitches>;
using OneCertificate = Gathered<nscq::Certificate, 1>;
using OneReport = Gathered<nscq::AttestationReport, 1>;

void take_uuid(const nscq::Uuid* /*device*/, nscq::Return rc, const nscq::Uuid* uuid, void* user) noexcept {
  static_cast<GatheredUuids*>(user)->add(rc, uuid);
}
void take_number(const nscq::Uuid* /*device*/, nscq::Return rc, std::int8_t number, void* user) noexcept {
  static_cast<GatheredNumbers*>(user)->add(rc, &number);
}
// By value, as the library passes them: NOLINTNEXTLINE(performance-unnecessary-value-param)
void take_certificate(const nscq::Uuid* /*device*/, nscq::Return rc, nscq::Certificate value, void* user) noexcept {
  static_cast<OneCertificate*>(user)->add(rc, &value);
}
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void take_report(const nscq::Uuid* /*device*/, nscq::Return rc, nscq::AttestationReport value, void* user) noexcept {
  static_cast<OneReport*>(user)->add(rc, &value);
}

template <class Value, std::size_t Limit>
Result<void> expect_one(const std::string& path, const Gathered<Value, Limit>& gathered) {
  if (gathered.worst < 0) {
    return return_error(path, gathered.worst);
  }
  if (gathered.count != 1) {
    return Error(ErrorCode::hardware_failure, concat(path, ": ", gathered.count, " answers, expected 1"));
  }
  return {};
}

Result<Bytes> bytes_of(const std::string& path, ByteView buffer, std::uint32_t size) {
  if (size == 0 || size > buffer.size()) {
    return Error(ErrorCode::hardware_failure,
                 concat(path, ": an answer of ", size, " bytes, expected 1 to ", buffer.size()));
  }
  return Bytes(buffer.begin(), buffer.begin() + size);
}

std::string config_path(const std::string& label, std::string_view what) {
  return concat("/", label, "/config/", what);
}

}  // namespace

template <class Value>
Result<void> Nscq::observe(const std::string& path, nscq::Callback<Value> callback, void* user) {
  const nscq::Return rc =
      functions_.path_observe(session_, path.c_str(), reinterpret_cast<nscq::AnyCallback>(callback), user, 0);
  return rc < 0 ? Result<void>(return_error(path, rc)) : Result<void>();
}

Result<std::shared_ptr<Nscq>> Nscq::open(std::shared_ptr<device::Library> library) {
  auto out = std::make_shared<Nscq>(OpenOnly{}, std::move(library));
  nscq::Functions& functions = out->functions_;
  const bool complete = out->find("nscq_session_create", functions.session_create) &&
                        out->find("nscq_session_destroy", functions.session_destroy) &&
                        out->find("nscq_session_path_observe", functions.path_observe) &&
                        out->find("nscq_session_set_input", functions.set_input) &&
                        out->find("nscq_uuid_to_label", functions.uuid_to_label);
  if (!complete) {
    return Error(ErrorCode::unsupported, concat(kNscqLibrary, ": it has no ", out->missing_));
  }
  const nscq::SessionResult result = functions.session_create(kMountDevices);
  if (result.rc < 0) {
    return return_error("nscq_session_create", result.rc);
  }
  if (result.session == nullptr) {
    return Error(ErrorCode::hardware_failure, "nscq_session_create: no session, and no error");
  }
  out->session_ = result.session;
  return out;
}

Nscq::~Nscq() {
  if (session_ != nullptr) {
    functions_.session_destroy(session_);
  }
}

Result<std::vector<std::string>> Nscq::switches() {
  constexpr std::string_view kPath = "/drv/nvswitch/{device}/uuid";
  GatheredUuids found;
  TENZRO_RETURN_IF_ERROR(observe<const nscq::Uuid*>(std::string(kPath), take_uuid, &found));
  if (found.worst < 0) {
    return return_error(kPath, found.worst);
  }
  if (found.count > kMaxSwitches) {
    return Error(ErrorCode::hardware_failure, concat(kPath, ": ", found.count, " switches, at most ", kMaxSwitches));
  }
  std::vector<std::string> out;
  for (const nscq::Uuid& uuid : std::span(found.values).first(found.count)) {
    nscq::Label label{};
    if (const nscq::Return rc = functions_.uuid_to_label(&uuid, &label, 0); rc < 0) {
      return return_error("nscq_uuid_to_label", rc);
    }
    std::string text(label.text.begin(), std::ranges::find(label.text, '\0'));
    // It becomes part of paths.
    const bool plain = std::ranges::all_of(text, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    });
    if (text.empty() || !plain) {
      return Error(ErrorCode::hardware_failure, concat("nscq_uuid_to_label: the label \"", printable(text), "\""));
    }
    out.push_back(std::move(text));
  }
  return out;
}

Result<std::int8_t> Nscq::architecture() {
  constexpr std::string_view kPath = "/{nvswitch}/id/arch";
  GatheredNumbers found;
  TENZRO_RETURN_IF_ERROR(observe<std::int8_t>(std::string(kPath), take_number, &found));
  if (found.worst < 0) {
    return return_error(kPath, found.worst);
  }
  const auto all = std::span(found.values).first(std::min(found.count, kMaxSwitches));
  if (all.empty() || std::ranges::any_of(all, [&](std::int8_t one) { return one != all.front(); })) {
    return Error(ErrorCode::hardware_failure,
                 concat(kPath, all.empty() ? ": no answer" : ": switches of several architectures"));
  }
  return all.front();
}

Result<std::int8_t> Nscq::pcie_mode(const std::string& label) {
  const std::string path = config_path(label, "pcie_mode");
  GatheredNumbers found;
  TENZRO_RETURN_IF_ERROR(observe<std::int8_t>(path, take_number, &found));
  TENZRO_RETURN_IF_ERROR(expect_one(path, found));
  return found.values.front();
}

Result<Bytes> Nscq::certificate_chain(const std::string& label) {
  const std::string path = config_path(label, "certificate");
  const auto found = std::make_unique<OneCertificate>();
  TENZRO_RETURN_IF_ERROR(observe<nscq::Certificate>(path, take_certificate, found.get()));
  TENZRO_RETURN_IF_ERROR(expect_one(path, *found));
  return bytes_of(path, found->values.front().chain, found->values.front().size);
}

Result<Bytes> Nscq::report(const std::string& label, std::span<const std::uint8_t, 32> nonce) {
  ByteArray<32> input{};  // the library takes a pointer to what it might change
  std::ranges::copy(nonce, input.begin());
  if (const nscq::Return rc = functions_.set_input(session_, 0, input.data(), static_cast<std::uint32_t>(input.size()));
      rc < 0) {
    return return_error("nscq_session_set_input", rc);
  }
  const std::string path = config_path(label, "attestation_report");
  const auto found = std::make_unique<OneReport>();
  TENZRO_RETURN_IF_ERROR(observe<nscq::AttestationReport>(path, take_report, found.get()));
  TENZRO_RETURN_IF_ERROR(expect_one(path, *found));
  return bytes_of(path, found->values.front().report, found->values.front().size);
}

std::string_view trusted_nvlink_words(std::int8_t mode) noexcept {
  switch (mode) {
    case 0:
      return "disabled";
    case 1:
      return "enabled, not locked";
    case 2:
      return "failure";
    case nscq::kTrustedNvlinkLocked:
      return "locked";
    default:
      return "unknown";
  }
}

}  // namespace tenzro::tee::nvidia
