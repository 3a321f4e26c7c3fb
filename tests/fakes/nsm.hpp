// SPDX-License-Identifier: Apache-2.0
// A Nitro Security Module behind its device: 32 PCRs that lock, and documents that hold the locked ones.
#pragma once
#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/digest.hpp"
#include "fakes/system.hpp"
#include "formats/cbor.hpp"
#include "made/cbor.hpp"
#include "provider/simulated/nitro_evidence.hpp"

namespace tenzro::tee::test {

class FakeNsm {
 public:
  static constexpr const char* kDevice = "/dev/nsm";
  static constexpr unsigned kPcrs = 32, kBootPcrs = 16;
  struct Pcr {
    bool locked = false;
    Bytes value = Bytes(48);
  };
  /// struct nsm_raw, as the driver copies it in.
  struct Raw {
    std::uint64_t request = 0, request_size = 0, response = 0, response_size = 0;
  };
  struct Seen {
    unsigned long code = 0;
    Bytes request;
    std::uint64_t capacity = 0;
    bool operator==(const Seen&) const = default;
  };

  static std::shared_ptr<FakeNsm> into(FakeSystem& system) {
    auto nsm = std::make_shared<FakeNsm>();
    nsm->clock_ = &system;
    const auto defaults = simulated::NitroDocumentSpec::default_pcrs();
    for (unsigned index = 0; index < kBootPcrs; ++index) {
      const auto value = defaults.find(index);
      nsm->pcrs.at(index) = {.locked = true, .value = value == defaults.end() ? Bytes(48) : value->second};
    }
    system.add_device(kDevice, [nsm] { return std::make_unique<Device>(nsm); });
    return nsm;
  }

  std::array<Pcr, kPcrs> pcrs{};
  std::deque<int> ioctl_fails;                        ///< errno of the next requests; 0: answered
  std::optional<Bytes> answer;                        ///< in place of the module's own
  std::optional<std::uint64_t> response_size;         ///< what is written back, in place of the true size
  std::uint64_t device_capacity = ~std::uint64_t{0};  ///< more is cut off, and nobody is told
  std::string error;                                  ///< the module's word for what it refuses, whatever is asked
  std::function<void()> before;                       ///< each request
  std::function<void(simulated::NitroDocumentSpec&)> alter = [](simulated::NitroDocumentSpec&) {};
  std::optional<Bytes> document;  ///< in place of a good one
  Bytes random = Bytes(256, 0xa7);

  std::vector<Seen> seen() {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }

  std::map<unsigned, Bytes> locked_pcrs() const {
    std::map<unsigned, Bytes> out;
    for (unsigned index = 0; index < kPcrs; ++index) {
      if (pcrs.at(index).locked) {
        out[index] = pcrs.at(index).value;
      }
    }
    return out;
  }

 private:
  /// What a request says, whatever it is.
  struct Asked {
    std::string name;
    std::map<std::string, std::uint64_t> numbers;
    std::map<std::string, Bytes> bytes;
  };

  class Device final : public FakeOpenFile {
   public:
    explicit Device(std::shared_ptr<FakeNsm> nsm) : nsm_(std::move(nsm)) {}
    int ioctl(unsigned long request, void* argument) override { return nsm_->ioctl(request, argument); }

   private:
    std::shared_ptr<FakeNsm> nsm_;
  };

  int ioctl(unsigned long code, void* argument) {
    Raw raw;
    std::memcpy(&raw, argument, sizeof(raw));
    Bytes request(raw.request_size);
    std::memcpy(request.data(), reinterpret_cast<const void*>(raw.request), request.size());
    {
      const std::scoped_lock lock(mutex_);
      seen_.push_back({.code = code, .request = request, .capacity = raw.response_size});
    }
    if (before) {
      before();
    }
    if (!ioctl_fails.empty()) {
      const int number = ioctl_fails.front();
      ioctl_fails.pop_front();
      if (number != 0) {
        return -number;
      }
    }
    const Bytes response = answer ? *answer : respond(request);
    const std::size_t copied = std::min<std::uint64_t>({response.size(), raw.response_size, device_capacity});
    std::memcpy(reinterpret_cast<void*>(raw.response), response.data(), copied);
    raw.response_size = response_size.value_or(copied);
    std::memcpy(argument, &raw, sizeof(raw));
    return 0;
  }

  static Asked read(const Bytes& request) {
    Asked out;
    cbor::Reader in("request", request);
    if (in.peek("request").value() == cbor::Type::text_string) {
      out.name = in.text_string("request").value();
      return out;
    }
    in.enter_map("request").value();
    static_cast<void>(in.next("request").value());
    out.name = in.text_string("name").value();
    in.enter_map("fields").value();
    while (in.next("fields").value() == cbor::Step::item) {
      const std::string name(in.text_string("field").value());
      switch (in.peek("value").value()) {
        case cbor::Type::unsigned_integer:
          out.numbers[name] = in.unsigned_integer("value").value();
          break;
        case cbor::Type::byte_string: {
          const ByteView bytes = in.byte_string("value").value();
          out.bytes[name] = Bytes(bytes.begin(), bytes.end());
          break;
        }
        default:
          in.null("value").value();
      }
    }
    return out;
  }

  static Bytes failure(std::string_view name) { return cbor_map({{cbor_text("Error"), cbor_text(name)}}); }
  static Bytes success(std::string_view name, const CborPairs& fields) {
    return cbor_map({{cbor_text(name), cbor_map(fields)}});
  }

  Bytes respond(const Bytes& request) {
    const Asked asked = read(request);
    if (!error.empty()) {
      return failure(error);
    }
    if (asked.name == "DescribeNSM") {
      return describe();
    }
    if (asked.name == "GetRandom") {
      return success(asked.name, {{cbor_text("random"), cbor_bytes(random)}});
    }
    if (asked.name == "Attestation") {
      return success(asked.name, {{cbor_text("document"), cbor_bytes(document ? *document : make_document(asked))}});
    }
    if (asked.name == "LockPCRs") {
      if (asked.numbers.at("range") > kPcrs) {
        return failure("InvalidArgument");
      }
      for (unsigned index = 0; index < asked.numbers.at("range"); ++index) {
        pcrs.at(index).locked = true;
      }
      return cbor_text(asked.name);
    }
    return with_pcr(asked);
  }

  Bytes with_pcr(const Asked& asked) {
    const std::uint64_t index = asked.numbers.at("index");
    if (index >= kPcrs) {
      return failure("InvalidIndex");
    }
    Pcr& pcr = pcrs.at(index);
    if (asked.name == "DescribePCR") {
      return success(asked.name, {{cbor_text("lock"), Bytes{static_cast<std::uint8_t>(pcr.locked ? 0xf5 : 0xf4)}},
                                  {cbor_text("data"), cbor_bytes(pcr.value)}});
    }
    if (pcr.locked) {
      return failure("ReadOnlyIndex");
    }
    if (asked.name == "LockPCR") {
      pcr.locked = true;
      return cbor_text(asked.name);
    }
    if (asked.name != "ExtendPCR") {
      return failure("InvalidOperation");
    }
    const auto value = crypto::sha384({pcr.value, asked.bytes.at("data")});
    pcr.value.assign(value.begin(), value.end());
    return success(asked.name, {{cbor_text("data"), cbor_bytes(pcr.value)}});
  }

  Bytes describe() const {
    std::vector<Bytes> locked;
    for (const auto& [index, value] : locked_pcrs()) {
      locked.push_back(cbor_unsigned(index));
    }
    return success("DescribeNSM", {{cbor_text("version_major"), cbor_unsigned(1)},
                                   {cbor_text("version_minor"), cbor_unsigned(2)},
                                   {cbor_text("version_patch"), cbor_unsigned(0)},
                                   {cbor_text("module_id"), cbor_text("i-0123456789abcdef0-enc0123456789abcdef")},
                                   {cbor_text("max_pcrs"), cbor_unsigned(kPcrs)},
                                   {cbor_text("locked_pcrs"), cbor_array(locked)},
                                   {cbor_text("digest"), cbor_text("SHA384")}});
  }

  Bytes make_document(const Asked& asked) const {
    static const simulated::NitroEvidenceMaker maker;
    simulated::NitroDocumentSpec spec;
    spec.timestamp = clock_->wall_clock();
    spec.pcrs = locked_pcrs();
    const auto field = [&asked](const std::string& name) {
      const auto found = asked.bytes.find(name);
      return found == asked.bytes.end() ? std::nullopt : std::optional(found->second);
    };
    spec.user_data = field("user_data");
    spec.nonce = field("nonce");
    spec.public_key = field("public_key");
    alter(spec);
    return maker.document(spec);
  }

  FakeSystem* clock_ = nullptr;
  std::mutex mutex_;
  std::vector<Seen> seen_;
};

}  // namespace tenzro::tee::test
