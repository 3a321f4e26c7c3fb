// SPDX-License-Identifier: Apache-2.0
// A libnvidia-nscq.so.2 for tests, with declarations of its own for what crosses its border.
#include "fake_nscq.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace {

using tenzro::tee::test::FakeNscq;
using tenzro::tee::test::FakeSwitch;

FakeNscq* fake = nullptr;

struct CertificateByValue {
  std::uint8_t bytes[5120];
  std::uint32_t size;
};
struct ReportByValue {
  std::uint32_t size;
  std::uint8_t bytes[8192];
};
struct CreatedSession {
  std::int8_t rc;
  void* session;
};
static_assert(sizeof(CertificateByValue) == 5124 && sizeof(ReportByValue) == 8196 && sizeof(CreatedSession) == 16);

using AnyFunction = void (*)();

struct SessionOfFake {
  std::vector<std::uint8_t> input;
};

/// The id of a switch: its number, sixteen times.
struct Uuid {
  std::uint8_t bytes[16];
};
Uuid uuid_of(std::size_t index) {
  Uuid out;
  std::memset(out.bytes, static_cast<int>(index + 1), sizeof(out.bytes));
  return out;
}

template <class Value>
void call(AnyFunction callback, const Uuid& uuid, std::int8_t rc, Value value, void* user) {
  reinterpret_cast<void (*)(const Uuid*, std::int8_t, Value, void*)>(callback)(&uuid, rc, value, user);
}

void answer(const std::string& what, std::size_t index, const SessionOfFake& session, AnyFunction callback,
            void* user) {
  const FakeSwitch& one = fake->switches[index];
  const Uuid uuid = uuid_of(index);
  const auto rc = fake->callback_rc.find(what);
  const std::int8_t code = rc == fake->callback_rc.end() ? std::int8_t{0} : rc->second;
  if (what == "uuid") {
    call<const Uuid*>(callback, uuid, code, &uuid, user);
  } else if (what == "arch") {
    call<std::int8_t>(callback, uuid, code, one.architecture, user);
  } else if (what == "pcie_mode") {
    call<std::int8_t>(callback, uuid, code, one.pcie_mode, user);
  } else if (what == "certificate") {
    CertificateByValue value{};
    value.size = static_cast<std::uint32_t>(std::min(one.chain.size(), sizeof(value.bytes)));
    std::memcpy(value.bytes, one.chain.data(), value.size);
    value.size = fake->chain_size != 0 ? fake->chain_size : value.size;
    call<CertificateByValue>(callback, uuid, code, value, user);
  } else {
    const std::vector<std::uint8_t> report = one.report ? one.report(session.input) : std::vector<std::uint8_t>{};
    ReportByValue value{};
    value.size = static_cast<std::uint32_t>(std::min(report.size(), sizeof(value.bytes)));
    std::copy_n(report.begin(), value.size, value.bytes);
    value.size = fake->report_size != 0 ? fake->report_size : value.size;
    call<ReportByValue>(callback, uuid, code, value, user);
  }
}

}  // namespace

#define TENZRO_EXPORT extern "C" __attribute__((visibility("default")))

TENZRO_EXPORT void fake_nscq_use(FakeNscq* answers) { fake = answers; }

TENZRO_EXPORT CreatedSession nscq_session_create(std::uint32_t flags) {
  if (fake == nullptr || flags != 1) {
    return {-5, nullptr};
  }
  if (fake->session_rc < 0 || fake->no_session) {
    return {fake->session_rc, nullptr};
  }
  const std::scoped_lock lock(fake->mutex);
  ++fake->sessions;
  return {fake->session_rc, new SessionOfFake};
}

TENZRO_EXPORT void nscq_session_destroy(SessionOfFake* session) {
  delete session;
  const std::scoped_lock lock(fake->mutex);
  --fake->sessions;
}

TENZRO_EXPORT std::int8_t nscq_session_set_input(SessionOfFake* session, std::uint32_t flags, void* bytes,
                                                 std::uint32_t size) {
  if (flags != 0) {
    return -5;
  }
  session->input.assign(static_cast<std::uint8_t*>(bytes), static_cast<std::uint8_t*>(bytes) + size);
  return fake->input_rc;
}

TENZRO_EXPORT std::int8_t nscq_session_path_observe(SessionOfFake* session, const char* path, AnyFunction callback,
                                                    void* user, std::uint32_t flags) {
  if (fake->before) {
    fake->before(path);
  }
  if (flags != 0) {
    return -5;
  }
  const std::string_view all(path);
  const std::string what(all.substr(all.rfind('/') + 1));
  if (const auto rc = fake->path_rc.find(what); rc != fake->path_rc.end() && rc->second < 0) {
    return rc->second;
  }
  const auto times = fake->times.find(what);
  const bool everywhere = all == "/drv/nvswitch/{device}/uuid" || all == "/{nvswitch}/id/arch";
  bool found = everywhere;
  for (std::size_t index = 0; index < fake->switches.size(); ++index) {
    if (everywhere || all.starts_with("/" + fake->switches[index].label + "/config/")) {
      found = true;
      for (int i = 0; i < (times == fake->times.end() ? 1 : times->second); ++i) {
        answer(what, index, *session, callback, user);
      }
    }
  }
  const auto rc = fake->path_rc.find(what);
  return !found ? std::int8_t{-2} : (rc == fake->path_rc.end() ? std::int8_t{0} : rc->second);
}

TENZRO_EXPORT std::int8_t nscq_uuid_to_label(const Uuid* uuid, char* label, std::uint32_t flags) {
  if (flags != 0 || uuid->bytes[0] == 0 || uuid->bytes[0] > fake->switches.size()) {
    return -2;
  }
  const std::string& text = fake->switches[uuid->bytes[0] - 1U].label;
  std::memset(label, 0, 64);
  std::memcpy(label, text.data(), std::min<std::size_t>(text.size(), 64));
  return fake->label_rc;
}
