// SPDX-License-Identifier: Apache-2.0
// What the fake libnvidia-nscq answers. Tests hand it one of these by its function fake_nscq_use; null takes it back.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tenzro::tee::test {

struct FakeSwitch {
  std::string label = "SWX-00000001";
  std::int8_t architecture = 2, pcie_mode = 3;
  std::string chain{};  ///< PEM
  std::function<std::vector<std::uint8_t>(const std::vector<std::uint8_t>& nonce)> report{};
};

struct FakeNscq {
  std::vector<FakeSwitch> switches{};
  std::int8_t session_rc = 0;
  bool no_session = false;                           ///< success, and a null session
  std::map<std::string, std::int8_t> path_rc{};      ///< by the last part of a path: what asking for it fails with
  std::map<std::string, std::int8_t> callback_rc{};  ///< likewise: what the callback is given
  std::map<std::string, int> times{};                ///< likewise: how often the callback is called; 1 if not here
  std::int8_t input_rc = 0, label_rc = 0;
  std::uint32_t chain_size = 0, report_size = 0;          ///< what is said in place of the true size, unless 0
  std::function<void(const std::string& path)> before{};  ///< each observation

  std::mutex mutex{};
  int sessions = 0;  ///< open ones; under the mutex
  int open_sessions() {
    const std::scoped_lock lock(mutex);
    return sessions;
  }
};

using FakeNscqUse = void (*)(FakeNscq* fake);

}  // namespace tenzro::tee::test
