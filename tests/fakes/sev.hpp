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

#include "crypto/digest.hpp"
#include "fakes/system.hpp"
#include "made/snp.hpp"

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
  std::vector<Request> requests;    ///< of every kind
  std::vector<Bytes> key_requests;  ///< those for derived keys, as they came

  /// Derived keys. What is mixed in is the firmware's own knowledge of the guest: the fields of its report.
  std::string chip = "this chip";
  bool vlek_loaded = false;
  std::uint32_t key_status = 0;  ///< of the firmware, while the driver says that all went well
  std::function<void(Bytes& response)> alter_key = [](Bytes&) {};

  bool malformed = false;  ///< a request was not byte for byte what the driver and the firmware take

  static std::shared_ptr<FakeSev> into(FakeSystem& system) {
    auto sev = std::make_shared<FakeSev>();
    system.add_device("/dev/sev-guest", [sev, &system] { return std::make_unique<Device>(sev, system); });
    return sev;
  }

 private:
  static constexpr std::uint32_t kInvalidParameters = 0x16, kInvalidKey = 0x27;

  class Device final : public FakeOpenFile {
   public:
    Device(std::shared_ptr<FakeSev> sev, FakeSystem& system) : sev_(std::move(sev)), system_(system) {}

    int ioctl(unsigned long number, void* argument) override {
      const bool extended = number == 0xc0205302;
      const bool for_key = number == 0xc0205301;
      if (number != 0xc0205300 && !for_key && (!extended || !sev_->knows_extended)) {
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
      const ByteView body(request, for_key ? 32 : extended ? 112 : 96);
      const std::uint32_t room = extended ? static_cast<std::uint32_t>(le(body, 104, 4)) : 0;
      sev_->requests.push_back({.number = number, .certificate_room = room, .at = system_.slept});
      if (for_key) {
        sev_->key_requests.emplace_back(body.begin(), body.end());
      }
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
      if (for_key) {
        return answer_key(body, response);
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
        copy_at(out, 0x20, report(body.first(64), static_cast<std::uint32_t>(asked)));
      }
      std::ranges::copy(out, response);
    }
    Bytes report(ByteView report_data, std::uint32_t level) const {
      Bytes out = snp_report_over(report_data, level);
      sev_->alter(out);
      return out;
    }

    /// MSG_KEY_REQ. Source: AMD publication 56860, and the firmware's own source of August 2023.
    int answer_key(ByteView body, std::uint8_t* response) {
      const std::uint64_t key_select = le(body, 0, 4) >> 1;
      const std::uint64_t fields = le(body, 8, 8);
      const std::uint64_t level = le(body, 16, 4), svn = le(body, 20, 4);
      const ByteView tcb = body.subspan(24);
      // Nobody but a mistaken caller leaves the choice of the key to the firmware, or asks the migration agent's.
      if ((body[0] & 1) != 0 || (key_select != 1 && key_select != 2) || !zero(body.subspan(4, 4)) || fields > 0x3f) {
        sev_->malformed = true;
      }
      const Bytes guest = report(Bytes(64), sev_->vmpl);
      const ByteView view(guest);
      const ByteView committed = view.subspan(snp_at::kCommittedTcb, 8);
      std::uint32_t answered = sev_->key_status;
      if (sev_->malformed || level < sev_->vmpl || level > 3 ||
          ((fields & 16) != 0 && svn > le(guest, snp_at::kGuestSvn, 4)) ||
          ((fields & 32) != 0 && !std::ranges::equal(tcb, committed, std::less_equal<>()))) {
        answered = kInvalidParameters;
      } else if (key_select == 2 && !sev_->vlek_loaded) {
        answered = kInvalidKey;
      }
      Bytes out(64);
      put_le_at(out, 0, answered, 4);
      if (answered == 0) {
        const bool author = (le(guest, snp_at::kKeyInfo, 4) & 1) != 0;
        Bytes mixed(sev_->chip.begin(), sev_->chip.end());
        const auto mix = [&mixed](ByteView part, bool selected = true) {
          mixed.push_back(selected ? 1 : 0);
          if (selected) {
            mixed.insert(mixed.end(), part.begin(), part.end());
          }
        };
        mix(Bytes{static_cast<std::uint8_t>(key_select)});  // another root key, not a label of one
        mix(body.subspan(8, 8));
        mix(body.subspan(16, 4));
        mix(view.subspan(snp_at::kHostData, 32));
        mix(view.subspan(author ? snp_at::kAuthorKeyDigest : snp_at::kIdKeyDigest, 48));
        mix(view.subspan(snp_at::kPolicy, 8), (fields & 1) != 0);
        mix(view.subspan(snp_at::kImageId, 16), (fields & 2) != 0);
        mix(view.subspan(snp_at::kFamilyId, 16), (fields & 4) != 0);
        mix(view.subspan(snp_at::kMeasurement, 48), (fields & 8) != 0);
        mix(body.subspan(20, 4), (fields & 16) != 0);
        mix(tcb, (fields & 32) != 0);
        copy_at(out, 0x20, crypto::sha256(mixed));
      }
      sev_->alter_key(out);
      std::ranges::copy(out, response);
      return 0;
    }

    std::shared_ptr<FakeSev> sev_;
    FakeSystem& system_;
  };
};

}  // namespace tenzro::tee::test
