// SPDX-License-Identifier: Apache-2.0
// Runs the built command and says what came of it.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

using Json = nlohmann::ordered_json;

enum class Stdout { captured, full_disk, closed, closed_pipe, terminal };

struct Run {
  std::vector<std::string> arguments;
  std::optional<Bytes> stdin_bytes{};      ///< through a pipe; absent: standard input is empty
  std::vector<std::string> environment{};  ///< "NAME=value", besides TERM and a service that never answers
  Stdout out = Stdout::captured;
  std::string machine{};          ///< the made-up one that it runs on (fake_machine/machines.hpp); empty: this one
  bool as_ordinary_user = false;  ///< gives up root before the program starts
  unsigned hangs_after = 60;      ///< seconds: whoever takes longer is ended by SIGALRM
  bool without_threads = false;   ///< the system has no second thread for the program; of an ordinary user only
};

struct Outcome {
  int exit_code = -1;  ///< 128 + signal when one ended it
  std::string out, err;
  double cpu_seconds = 0;
  std::size_t peak_memory = 0;  ///< bytes

  Json json() const;  ///< of out, which must be one document and one line end
};

Outcome run(const Run& what);
/// Whether this system has pseudoterminals for Stdout::terminal; a bare chroot without devpts has none.
bool has_terminals();
/// The same with nothing but arguments.
Outcome run_tenzro(std::vector<std::string> arguments);

/// A folder that goes away with its owner, readable for the ordinary user that some tests become.
class Scratch {
 public:
  Scratch();
  std::filesystem::path operator/(const std::string& name) const { return path() / name; }
  const std::filesystem::path& path() const noexcept { return folder_.path(); }
  std::string write(const std::string& name, ByteView content) const;  ///< its path
  std::string write(const std::string& name, std::string_view content) const;
  std::string zeros(const std::string& name, std::size_t size) const;  ///< sparse

 private:
  TemporaryFolder folder_;
};

/// "tenzro: <what>: <why>; <what to do>", one line, printable.
void expect_one_clear_line(const std::string& err);

}  // namespace tenzro::tee::test
