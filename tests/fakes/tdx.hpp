// SPDX-License-Identifier: Apache-2.0
// The TDX driver of a guest, and the quoting service of its host, byte by byte.
#pragma once
#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "crypto/digest.hpp"
#include "fakes/system.hpp"

namespace tenzro::tee::test {

inline void append_le(Bytes& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}
inline std::uint64_t le_at(ByteView bytes, std::size_t at, std::size_t size) {
  std::uint64_t out = 0;
  for (std::size_t i = size; i-- > 0;) {
    out = (out << 8) | bytes[at + i];
  }
  return out;
}

/// What the quoting service says. With every member as it is, an answer with this quote.
struct MadeAnswer {
  Bytes quote;
  Bytes id{};
  std::uint16_t major = 1, minor = 1;
  std::uint32_t type = 1, error = 0;
  std::optional<std::uint32_t> size{}, id_size{}, quote_size{}, length{};
  bool header_only = false;
  Bytes tail{};

  Bytes message() const {
    Bytes body;
    if (!header_only) {
      append_le(body, id_size.value_or(static_cast<std::uint32_t>(id.size())), 4);
      append_le(body, quote_size.value_or(static_cast<std::uint32_t>(quote.size())), 4);
      body.insert(body.end(), id.begin(), id.end());
      body.insert(body.end(), quote.begin(), quote.end());
    }
    body.insert(body.end(), tail.begin(), tail.end());
    Bytes out;
    append_le(out, major, 2);
    append_le(out, minor, 2);
    append_le(out, type, 4);
    append_le(out, size.value_or(static_cast<std::uint32_t>(16 + body.size())), 4);
    append_le(out, error, 4);
    out.insert(out.end(), body.begin(), body.end());
    return out;
  }
  /// With the length before it, big-endian.
  Bytes wire() const {
    const Bytes inner = message();
    const std::uint32_t size_before = length.value_or(static_cast<std::uint32_t>(inner.size()));
    Bytes out;
    for (std::size_t i = 4; i-- > 0;) {
      out.push_back(static_cast<std::uint8_t>(size_before >> (8 * i)));
    }
    out.insert(out.end(), inner.begin(), inner.end());
    return out;
  }
};

/// True when these are the 1052 bytes of a request for a quote over a TDREPORT of 1024 bytes.
inline bool is_quote_request(ByteView wire) {
  return wire.size() == 1052 && wire[0] == 0 && wire[1] == 0 && wire[2] == 0x04 && wire[3] == 0x18 &&
         le_at(wire, 4, 2) == 1 && le_at(wire, 6, 2) == 1 && le_at(wire, 8, 4) == 0 && le_at(wire, 12, 4) == 1048 &&
         le_at(wire, 16, 4) == 0 && le_at(wire, 20, 4) == 1024 && le_at(wire, 24, 4) == 0 && wire[28] == 0x81;
}

/// Listens on the vsock of a machine: takes one request a connection, and answers it.
struct FakeQuotingService {
  std::uint32_t port = 4050;
  int connect_fails = 0;        ///< errno
  std::size_t piece = 4096;     ///< the most that one read or write moves
  std::deque<int> read_fails;   ///< errno of the next reads; 0: it succeeds
  std::deque<int> write_fails;  ///< the same of writes
  std::function<void()> on_read = [] {};
  /// From the TDREPORT, the bytes that are sent; the connection ends behind them.
  std::function<Bytes(ByteView td_report)> answer;
  int requests = 0;

  static std::shared_ptr<FakeQuotingService> into(FakeSystem& system) {
    auto service = std::make_shared<FakeQuotingService>();
    system.vsock = [service](std::uint32_t cid, std::uint32_t port, std::unique_ptr<FakeOpenFile>& opened) {
      if (service->connect_fails != 0 || cid != 2 || port != service->port) {
        return service->connect_fails != 0 ? -service->connect_fails : -ECONNRESET;
      }
      opened = std::make_unique<Connection>(service);
      return 0;
    };
    return service;
  }

 private:
  class Connection final : public FakeOpenFile {
   public:
    explicit Connection(std::shared_ptr<FakeQuotingService> service) : service_(std::move(service)) {}
    ssize_t write(ByteView bytes) override {
      if (const int failure = next(service_->write_fails); failure != 0) {
        return -failure;
      }
      const std::size_t size = std::min(bytes.size(), service_->piece);
      request_.insert(request_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      return static_cast<ssize_t>(size);
    }
    ssize_t read(std::span<std::uint8_t> into) override {
      service_->on_read();
      if (const int failure = next(service_->read_fails); failure != 0) {
        return -failure;
      }
      if (!answer_) {
        if (!is_quote_request(request_)) {
          return 0;  // what the service does with nonsense
        }
        ++service_->requests;
        answer_.emplace(service_->answer(ByteView(request_).subspan(28)), service_->piece);
      }
      return answer_->read(into);
    }

   private:
    static int next(std::deque<int>& failures) {
      if (failures.empty()) {
        return 0;
      }
      const int out = failures.front();
      failures.pop_front();
      return out;
    }
    std::shared_ptr<FakeQuotingService> service_;
    Bytes request_;
    std::optional<FakeContent> answer_;
  };
};

/// A TD and its driver.
struct FakeTdx {
  std::array<ByteArray<48>, 4> registers{};
  int report_fails = 0;  ///< errno
  std::uint8_t report_type = 0x81;
  bool other_report_data = false;

  bool legacy = false;              ///< takes the requests that mainline drivers do not know
  bool read_write_numbers = false;  ///< ... under the numbers of _IOWR and _IOW
  std::deque<int> quote_fails;      ///< errno of the next requests for a quote; 0: it succeeds
  std::deque<std::uint64_t> quote_status;
  std::function<Bytes(ByteView td_report)> answer;  ///< what the host puts behind the header of the buffer
  std::optional<std::uint32_t> answer_size{};       ///< what it says of its size
  int extend_fails = 0;
  std::function<void()> before_extend = [] {};

  static std::shared_ptr<FakeTdx> into(FakeSystem& system, const std::string& path = "/dev/tdx_guest") {
    auto tdx = std::make_shared<FakeTdx>();
    for (std::size_t i = 0; i < tdx->registers.size(); ++i) {
      tdx->registers[i].fill(static_cast<std::uint8_t>(0x10 + i));
    }
    system.add_device(path, [tdx] { return std::make_unique<Device>(tdx); });
    return tdx;
  }

  void extend(std::size_t index, ByteView digest) {
    registers.at(index) = crypto::sha384({registers.at(index), digest});
  }

 private:
  class Device final : public FakeOpenFile {
   public:
    explicit Device(std::shared_ptr<FakeTdx> tdx) : tdx_(std::move(tdx)) {}
    int ioctl(unsigned long request, void* argument) override {
      if (request == 0xc4405401) {
        return report(static_cast<std::uint8_t*>(argument));
      }
      if (tdx_->legacy && request == (tdx_->read_write_numbers ? 0xc0105404 : 0x80105404)) {
        return quote(static_cast<const std::uint8_t*>(argument));
      }
      if (tdx_->legacy && request == (tdx_->read_write_numbers ? 0x40315403 : 0x80315403)) {
        return extend(static_cast<const std::uint8_t*>(argument));
      }
      return -ENOTTY;
    }

   private:
    int report(std::uint8_t* argument) {
      if (tdx_->report_fails != 0) {
        return -tdx_->report_fails;
      }
      std::uint8_t* const out = argument + 64;
      std::fill_n(out, 1024, std::uint8_t{0});
      out[0] = tdx_->report_type;
      std::copy_n(argument, 64, out + 128);
      if (tdx_->other_report_data) {
        out[191] ^= 1;
      }
      for (std::size_t i = 0; i < tdx_->registers.size(); ++i) {
        std::ranges::copy(tdx_->registers[i], out + 720 + 48 * i);
      }
      return 0;
    }
    int quote(const std::uint8_t* argument) {
      if (!tdx_->quote_fails.empty()) {
        const int failure = tdx_->quote_fails.front();
        tdx_->quote_fails.pop_front();
        if (failure != 0) {
          return -failure;
        }
      }
      std::uint64_t address = 0, size = 0;
      std::memcpy(&address, argument, 8);
      std::memcpy(&size, argument + 8, 8);
      if (size != 16384) {
        return -EINVAL;
      }
      const std::span<std::uint8_t> buffer(reinterpret_cast<std::uint8_t*>(address), size);
      const bool clean = std::ranges::all_of(buffer.subspan(24 + 1052), [](std::uint8_t byte) { return byte == 0; });
      if (le_at(buffer, 0, 8) != 1 || le_at(buffer, 8, 8) != 0 || le_at(buffer, 16, 4) != 1052 ||
          le_at(buffer, 20, 4) != 0 || !is_quote_request(buffer.subspan(24, 1052)) || !clean) {
        return -EINVAL;
      }
      std::uint64_t status = 0;
      if (!tdx_->quote_status.empty()) {
        status = tdx_->quote_status.front();
        tdx_->quote_status.pop_front();
      }
      std::memcpy(buffer.data() + 8, &status, 8);
      if (status != 0) {
        return 0;
      }
      const Bytes made = tdx_->answer(buffer.subspan(24 + 28, 1024));
      const std::uint32_t made_size = tdx_->answer_size.value_or(static_cast<std::uint32_t>(made.size()));
      std::memcpy(buffer.data() + 20, &made_size, 4);
      std::ranges::copy(made, buffer.begin() + 24);
      return 0;
    }
    int extend(const std::uint8_t* argument) {
      if (tdx_->extend_fails != 0) {
        return -tdx_->extend_fails;
      }
      const std::uint8_t index = argument[48];
      if (index < 2 || index > 3) {
        return -EINVAL;
      }
      tdx_->extend(index, ByteView(argument, 48));
      return 0;
    }
    std::shared_ptr<FakeTdx> tdx_;
  };
};

}  // namespace tenzro::tee::test
