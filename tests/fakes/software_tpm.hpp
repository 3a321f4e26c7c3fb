// SPDX-License-Identifier: Apache-2.0
// A TPM 2.0 that is a program (swtpm), in a folder of its own: started, restarted and stopped by a test.
#pragma once
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "support/temporary_folder.hpp"
#include "tenzro/tee/bytes.hpp"

extern char** environ;

namespace tenzro::tee::test {

/// A descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  int get() const { return number_; }

 private:
  int number_;
};

inline Descriptor unix_socket() { return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }
inline sockaddr_un unix_address(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  if (path.size() >= sizeof out.sun_path) {
    throw std::runtime_error("the temporary folder's name is too long for a socket: " + path);
  }
  std::ranges::copy(path, std::begin(out.sun_path));
  return out;
}
/// Who connects from now on waits until it is accepted.
inline Descriptor listen_at(const std::string& path) {
  Descriptor out = unix_socket();
  const sockaddr_un address = unix_address(path);
  ::unlink(path.c_str());
  if (::bind(out.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(out.get(), 16) != 0) {
    throw std::runtime_error("no socket at " + path);
  }
  return out;
}
inline Descriptor connect_to(const std::string& path) {
  Descriptor out = unix_socket();
  const sockaddr_un address = unix_address(path);
  if (::connect(out.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("nobody listens at " + path);
  }
  return out;
}

/// One command or answer of a TPM, which say their size at offset 2; empty at the end.
inline Bytes receive_message(int descriptor) {
  Bytes out;
  std::size_t wanted = 10;
  while (out.size() < wanted) {
    const std::size_t have = out.size();
    out.resize(wanted);
    const ssize_t got = ::read(descriptor, out.data() + have, wanted - have);
    if (got <= 0) {
      return {};
    }
    out.resize(have + static_cast<std::size_t>(got));
    if (out.size() == 10 && wanted == 10) {
      wanted = std::size_t{out[2]} << 24U | std::size_t{out[3]} << 16U | std::size_t{out[4]} << 8U | out[5];
    }
  }
  return out;
}
inline bool send_message(int descriptor, ByteView message) {
  while (!message.empty()) {
    const ssize_t sent = ::write(descriptor, message.data(), message.size());
    if (sent <= 0) {
      return false;
    }
    message = message.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}
inline std::uint32_t command_code(ByteView command) {
  return command.size() < 10 ? 0
                             : std::uint32_t{command[6]} << 24U | std::uint32_t{command[7]} << 16U |
                                   std::uint32_t{command[8]} << 8U | command[9];
}

/// TPM2_PCR_Extend of the SHA-256 bank by a digest of that byte.
inline Bytes extend_command(unsigned pcr, std::uint8_t byte) {
  Bytes out = *from_hex("80020000004100000182000000000000000940000009000000000000000001000b");
  out[13] = static_cast<std::uint8_t>(pcr);
  out.insert(out.end(), 32, byte);
  return out;
}

class SoftwareTpm {
 public:
  SoftwareTpm() { start(); }
  SoftwareTpm(const SoftwareTpm&) = delete;
  SoftwareTpm& operator=(const SoftwareTpm&) = delete;
  ~SoftwareTpm() { stop(); }

  std::string socket_path() const { return folder_.file("tpm"); }
  std::string tcti() const { return concat("swtpm:path=", socket_path()); }

  /// As if the machine were switched off and on: PCRs are zero, what is persistent stays.
  void restart() {
    stop();
    start();
  }
  void stop() {
    if (process_ > 0) {
      ::kill(process_, SIGTERM);
      ::waitpid(process_, nullptr, 0);
      process_ = -1;
    }
  }
  Bytes ask(ByteView command) const {
    const Descriptor connection = connect_to(socket_path());
    return send_message(connection.get(), command) ? receive_message(connection.get()) : Bytes{};
  }
  void extend(unsigned pcr, std::uint8_t byte = 0x5a) const {
    EXPECT_EQ(to_hex(ByteView(ask(extend_command(pcr, byte))).subspan(6, 4)), "00000000");
  }

 private:
  /// The sockets listen before the program starts, so nobody has to wait for it.
  void start() {
    Descriptor server = listen_at(socket_path());
    Descriptor control = listen_at(socket_path() + ".ctrl");
    constexpr int kServer = 20, kControl = 21;
    const std::string state = "dir=" + folder_.path().string();
    const std::string server_option = concat("type=unixio,fd=", kServer);
    const std::string control_option = concat("type=unixio,fd=", kControl);
    // setpriv: it ends with the test, whatever ends that.
    const std::array<const char*, 15> words = {"setpriv",    "--pdeathsig",
                                               "TERM",       "swtpm",
                                               "socket",     "--tpm2",
                                               "--tpmstate", state.c_str(),
                                               "--server",   server_option.c_str(),
                                               "--ctrl",     control_option.c_str(),
                                               "--flags",    "startup-clear,not-need-init",
                                               nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, server.get(), kServer);
    posix_spawn_file_actions_adddup2(&actions, control.get(), kControl);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
      posix_spawn_file_actions_addopen(&actions, output, folder_.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                       0600);
    }
    const int failure =
        ::posix_spawnp(&process_, words[0], &actions, nullptr, const_cast<char* const*>(words.data()), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) {
      throw std::runtime_error("setpriv does not start: is util-linux installed?");
    }
    const Descriptor connection = connect_to(socket_path());
    // From here on only swtpm keeps them open: where it did not start, the connection ends.
    server = Descriptor();
    control = Descriptor();
    const Bytes get_random = *from_hex("80010000000c0000017b0008");
    if (!send_message(connection.get(), get_random) || receive_message(connection.get()).empty()) {
      throw std::runtime_error("swtpm does not start: is it installed (tools/setup.sh --test)?");
    }
  }

  TemporaryFolder folder_;
  pid_t process_ = -1;
};

/// Stands between a program and a TPM: sees what passes, and may change it.
class TpmProxy {
 public:
  explicit TpmProxy(std::string target) : target_(std::move(target)), server_(listen_at(folder_.file("tpm"))) {
    std::filesystem::create_symlink(target_ + ".ctrl", folder_.file("tpm.ctrl"));
    worker_ = std::thread([this] { serve(); });
  }
  TpmProxy(const TpmProxy&) = delete;
  TpmProxy& operator=(const TpmProxy&) = delete;
  ~TpmProxy() {
    ::shutdown(server_.get(), SHUT_RDWR);
    worker_.join();
  }
  std::string tcti() const { return concat("swtpm:path=", folder_.file("tpm")); }

  /// Before each command, on the proxy's thread: may change it, and ask the TPM something else.
  std::function<void(Bytes& command, const std::function<Bytes(ByteView)>& ask)> on_command;
  std::function<void(std::uint32_t code, Bytes& answer)> on_answer;
  /// Everything that passed, both ways.
  Bytes passed() {
    const std::scoped_lock lock(mutex_);
    return passed_;
  }

 private:
  void serve() {
    while (true) {
      const Descriptor client(::accept4(server_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client.get() < 0) {
        return;
      }
      const Descriptor tpm = connect_to(target_);
      const std::function<Bytes(ByteView)> ask = [&](ByteView command) {
        return send_message(tpm.get(), command) ? receive_message(tpm.get()) : Bytes{};
      };
      for (Bytes command = receive_message(client.get()); !command.empty(); command = receive_message(client.get())) {
        const std::uint32_t code = command_code(command);
        if (on_command) {
          on_command(command, ask);
        }
        Bytes answer = ask(command);
        if (on_answer) {
          on_answer(code, answer);
        }
        const std::scoped_lock lock(mutex_);
        passed_.insert(passed_.end(), command.begin(), command.end());
        passed_.insert(passed_.end(), answer.begin(), answer.end());
        if (!send_message(client.get(), answer)) {
          break;
        }
      }
    }
  }

  TemporaryFolder folder_;
  std::string target_;
  Descriptor server_;
  std::mutex mutex_;
  Bytes passed_;
  std::thread worker_;
};

}  // namespace tenzro::tee::test
