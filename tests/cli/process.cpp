// SPDX-License-Identifier: Apache-2.0
#include "cli/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace tenzro::tee::test {
namespace {

constexpr uid_t kNobody = 65534;

std::string content_of(int fd) {
  std::string out;
  std::array<char, 4096> buffer{};
  lseek(fd, 0, SEEK_SET);
  for (ssize_t n = 0; (n = read(fd, buffer.data(), buffer.size())) > 0;) {
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return out;
}

/// Everything between fork and exec: only calls that are safe there.
[[noreturn]] void become_program(const Run& what, int program, int in, int out, int err, char* const* arguments,
                                 char* const* environment) {
  dup2(in, STDIN_FILENO);
  what.out == Stdout::closed ? close(STDOUT_FILENO) : dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  // Whatever the tests were started with: in the background, or to outlive a terminal.
  for (const int number : {SIGPIPE, SIGINT, SIGHUP}) {
    std::signal(number, SIG_DFL);
  }
  if (what.as_ordinary_user && geteuid() == 0) {
    if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0) {
      _exit(126);
    }
  }
  if (what.without_threads) {
    const struct rlimit none{};
    if (setrlimit(RLIMIT_NPROC, &none) != 0) {
      _exit(126);
    }
  }
  alarm(what.hangs_after);  // survives exec: a hang ends the test, not the machine
  fexecve(program, arguments, environment);
  _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) {
    out.push_back(text.data());
  }
  out.push_back(nullptr);
  return out;
}

struct Pseudoterminal {
  int master = -1, slave = -1;
};
Pseudoterminal open_terminal() {
  Pseudoterminal out;
  out.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (out.master < 0 || grantpt(out.master) != 0 || unlockpt(out.master) != 0) {
    return out;
  }
  out.slave = open(ptsname(out.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  return out;
}

std::string drain_terminal(int master) {
  std::string out;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(master, buffer.data(), buffer.size())) > 0;) {
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return out;
}

int open_stdout(Stdout kind) {
  if (kind == Stdout::full_disk) {
    return open("/dev/full", O_WRONLY | O_CLOEXEC);
  }
  if (kind == Stdout::closed_pipe) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    close(ends[0]);
    return ends[1];
  }
  return memfd_create("stdout", MFD_CLOEXEC);
}

}  // namespace

Json Outcome::json() const {
  EXPECT_TRUE(out.ends_with('\n'));
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1) << out;
  Json document = Json::parse(out, nullptr, false);
  EXPECT_FALSE(document.is_discarded()) << out;
  return document;
}

bool has_terminals() {
  const Pseudoterminal terminal = open_terminal();
  close(terminal.master);
  close(terminal.slave);
  return terminal.slave >= 0;
}

Outcome run(const Run& what) {
  const char* const file = what.machine.empty() ? TENZRO_PROGRAM : TENZRO_PROGRAM_ON_FAKE_MACHINE;
  const int program = open(file, O_RDONLY | O_CLOEXEC);
  EXPECT_GE(program, 0) << file;
  std::array<int, 2> in{-1, -1};
  EXPECT_EQ(pipe2(in.data(), O_CLOEXEC), 0);
  Pseudoterminal terminal;
  if (what.out == Stdout::terminal) {
    terminal = open_terminal();
  }
  const int out = what.out == Stdout::terminal ? terminal.slave : open_stdout(what.out);
  const int err = memfd_create("stderr", MFD_CLOEXEC);

  std::vector<std::string> arguments = {"tenzro"};
  arguments.insert(arguments.end(), what.arguments.begin(), what.arguments.end());
  // No test asks a real service: nobody listens on port 1 of this machine.
  std::vector<std::string> environment = {"TERM=xterm"};
  for (const std::string service : {"PCCS", "KDS", "RIM", "OCSP", "NRAS"}) {
    const std::string variable = "TENZRO_" + service + "_URL=";
    if (std::none_of(what.environment.begin(), what.environment.end(),
                     [&](const std::string& one) { return one.starts_with(variable); })) {
      environment.push_back(variable + "http://127.0.0.1:1");
    }
  }
  environment.push_back("TENZRO_TEST_MACHINE=" + what.machine);
  // Of the build whose checks can be removed: the program goes without the same one as the test
  // (tools/removed_checks.sh).
  for (const std::string name : {"TENZRO_REMOVED_CHECK", "TENZRO_CHECKS_FIRED"}) {
    if (const char* const value = std::getenv(name.c_str()); value != nullptr) {
      environment.push_back(name + "=" + value);
    }
  }
  environment.insert(environment.end(), what.environment.begin(), what.environment.end());
  const std::vector<char*> argument_list = pointers(arguments);
  const std::vector<char*> environment_list = pointers(environment);

  const pid_t child = fork();
  if (child == 0) {
    become_program(what, program, in[0], out, err, argument_list.data(), environment_list.data());
  }
  close(program);
  close(in[0]);
  // The program may end before it has read everything; that must not end us.
  std::signal(SIGPIPE, SIG_IGN);
  std::thread feeder([&what, end = in[1]] {
    ByteView rest = what.stdin_bytes ? ByteView(*what.stdin_bytes) : ByteView();
    while (!rest.empty()) {
      const ssize_t n = write(end, rest.data(), rest.size());
      if (n <= 0) {
        break;
      }
      rest = rest.subspan(static_cast<std::size_t>(n));
    }
    close(end);
  });
  Outcome result;
  if (what.out == Stdout::terminal) {
    close(out);
    result.out = drain_terminal(terminal.master);
    close(terminal.master);
  }
  int status = 0;
  struct rusage usage{};
  EXPECT_EQ(wait4(child, &status, 0, &usage), child);
  feeder.join();

  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (what.out == Stdout::captured) {
    result.out = content_of(out);
  }
  result.err = content_of(err);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  result.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  result.peak_memory = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  if (what.out != Stdout::terminal) {
    close(out);
  }
  close(err);
  return result;
}

Outcome run_tenzro(std::vector<std::string> arguments) { return run({.arguments = std::move(arguments)}); }

Scratch::Scratch() { std::filesystem::permissions(path(), std::filesystem::perms(0755)); }

std::string Scratch::write(const std::string& name, ByteView content) const {
  return write(name, std::string_view(reinterpret_cast<const char*>(content.data()), content.size()));
}

std::string Scratch::write(const std::string& name, std::string_view content) const {
  std::ofstream out(path() / name, std::ios::binary);
  out << content << std::flush;
  EXPECT_TRUE(out.good()) << name;
  return (path() / name).string();
}

std::string Scratch::zeros(const std::string& name, std::size_t size) const {
  const std::string path = write(name, std::string_view());
  std::filesystem::resize_file(path, size);
  return path;
}

void expect_one_clear_line(const std::string& err) {
  EXPECT_TRUE(err.starts_with("tenzro: ")) << err;
  EXPECT_TRUE(err.ends_with('\n')) << err;
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  EXPECT_NE(err.find("; "), std::string::npos) << "says nothing of what to do: " << err;
  EXPECT_TRUE(std::all_of(err.begin(), err.end(), [](char c) { return c == '\n' || (c >= 0x20 && c <= 0x7e); })) << err;
}

}  // namespace tenzro::tee::test
