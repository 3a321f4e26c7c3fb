// SPDX-License-Identifier: Apache-2.0
// The driver of a SEV-SNP guest's device, which looks at every byte that it is given.
#pragma once
#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fake_system.hpp"
#include "made_snp.hpp"

namespace tenzro::tee::test {

/// A report over these data, for this VMPL.
inline Bytes snp_report_over(ByteView report_data, std::uint32_t vmpl = 0, const MadeSnpReport& made = {}) {
  Bytes out = made.bytes();
  copy_at(out, snp_at::kReportData, report_data);
  put_le_at(out, snp_at::kVmpl, vmpl, 4);
  return out;
}

struct FakeSev {
  /// What the driver or the host makes of a request instead of answering it.
  struct Refusal {
    int number = 0;  ///< errno
    std::uint32_t firmware_error = 0xff, vmm_error = 0;
    std::uint32_t certificate_bytes = 0;  ///< written back: what an extended request needs
  };

  std::uint32_t vmpl = 0;        ///< of the kernel
  Bytes certificates;            ///< what the host supplies
  std::deque<Refusal> refusals;  ///< of the next requests; errno 0: none
  std::uint32_t status = 0;      ///< of the firmware, while the driver says that all went well
  std::uint32_t report_size = snp::kReportSize;
  bool knows_extended = true;
  std::function<void(Bytes& report)> alter = [](Bytes&) {};

  struct Request {
    unsigned long number = 0;
    std::uint32_t certificate_room = 0;
    std::chrono::milliseconds at{};
    bool operator==(const Request&) const = default;
  };
  std::vector<Request> requests;
  bool malformed = false;  ///< a request was not byte for byte what the driver and the firmware take

  static std::shared_ptr<FakeSev> into(FakeSystem& system) {
    auto sev = std::make_shared<FakeSev>();
    system.add_device("/dev/sev-guest", [sev, &system] { return std::make_unique<Device>(sev, system); });
    return sev;
  }

 private:
  static constexpr std::uint32_t kInvalidParameters = 0x16;

  class Device final : public FakeOpenFile {
   public:
    Device(std::shared_ptr<FakeSev> sev, FakeSystem& system) : sev_(std::move(sev)), system_(system) {}

    int ioctl(unsigned long number, void* argument) override {
      const bool extended = number == 0xc0205302;
      if (number != 0xc0205300 && (!extended || !sev_->knows_extended)) {
        return -ENOTTY;
      }
      // msg_version, 7 bytes of padding, two addresses, exitinfo2, which the kernel presets.
      Bytes wrapper(32);
      std::memcpy(wrapper.data(), argument, wrapper.size());
      const std::uint32_t preset = 0xff;
      std::memcpy(static_cast<std::uint8_t*>(argument) + 24, &preset, 4);
      if (wrapper[0] != 1 || !zero(ByteView(wrapper).subspan(1, 7)) || !zero(ByteView(wrapper).subspan(24))) {
        return refuse(-EINVAL);
      }
      auto* const request = pointer(wrapper, 8);
      auto* const response = pointer(wrapper, 16);
      if (request == nullptr || response == nullptr) {
        return refuse(-EINVAL);
      }
      const ByteView body(request, extended ? 112 : 96);
      const std::uint32_t room = extended ? static_cast<std::uint32_t>(le(body, 104, 4)) : 0;
      sev_->requests.push_back({.number = number, .certificate_room = room, .at = system_.slept});
      if (extended && (room > 16384 || room % 4096 != 0 || le(body, 96, 8) % 4096 != 0 || !zero(body.subspan(108)))) {
        return refuse(-EINVAL);
      }
      if (!sev_->refusals.empty()) {
        const Refusal refusal = sev_->refusals.front();
        sev_->refusals.pop_front();
        if (refusal.number != 0) {
          std::memcpy(static_cast<std::uint8_t*>(argument) + 24, &refusal.firmware_error, 4);
          std::memcpy(static_cast<std::uint8_t*>(argument) + 28, &refusal.vmm_error, 4);
          if (extended && refusal.certificate_bytes != 0) {
            std::memcpy(request + 104, &refusal.certificate_bytes, 4);
          }
          return -refusal.number;
        }
      }
      answer(body, response);
      if (extended && room != 0) {
        auto* const into = reinterpret_cast<std::uint8_t*>(le(body, 96, 8));
        std::fill_n(into, room, std::uint8_t{0});
        std::ranges::copy(sev_->certificates, into);
      }
      return 0;
    }

   private:
    static bool zero(ByteView bytes) {
      return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
    }
    static std::uint64_t le(ByteView bytes, std::size_t at, std::size_t size) {
      std::uint64_t out = 0;
      for (std::size_t i = size; i-- > 0;) {
        out = (out << 8) | bytes[at + i];
      }
      return out;
    }
    static std::uint8_t* pointer(ByteView bytes, std::size_t at) {
      return reinterpret_cast<std::uint8_t*>(le(bytes, at, 8));
    }
    int refuse(int result) {
      sev_->malformed = true;
      return result;
    }
    void answer(ByteView body, std::uint8_t* response) {
      const std::uint64_t asked = le(body, 64, 4);
      Bytes out(4000);
      std::uint32_t answered = sev_->status;
      if (asked < sev_->vmpl || asked > 3 || !zero(body.subspan(68, 28))) {
        answered = kInvalidParameters;
      }
      put_le_at(out, 0, answered, 4);
      if (answered == 0) {
        put_le_at(out, 4, sev_->report_size, 4);
        Bytes report = snp_report_over(body.first(64), static_cast<std::uint32_t>(asked));
        sev_->alter(report);
        copy_at(out, 0x20, report);
      }
      std::ranges::copy(out, response);
    }

    std::shared_ptr<FakeSev> sev_;
    FakeSystem& system_;
  };
};

}  // namespace tenzro::tee::test
