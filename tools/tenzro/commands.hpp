// SPDX-License-Identifier: Apache-2.0
// The commands: what each takes, and what each does.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "failure.hpp"

namespace CLI {
class App;
}

namespace tenzro::cli {

/// Options that every command takes.
struct Globals {
  bool verbose = false;
  bool quiet = false;
};

struct VerifyArguments {
  std::string report = "-";
  // Given and empty is not the same as not given: an empty value is refused, never ignored.
  std::optional<std::string> user_data{}, user_data_hex{}, user_data_file{}, nonce_hex{}, max_age{};
  std::optional<std::string> platform{}, at{}, revocation{}, tcb_update{}, ca_file{}, event_log{}, runtime_data{},
      tpm_quote{}, gpu_verifier{};
  std::vector<std::string> collateral{}, trust_anchors{};
  bool offline = false;
  bool allow_simulated = false;
  bool accept_paravisor = false;
  bool json = false;
  std::string output = "-";
};

struct InspectArguments {
  std::string file = "-";
  bool json = false;
  std::string output = "-";
};

struct MeasureArguments {
  std::string kind{};
  std::string file = "-";
  bool json = false;
  std::string output = "-";
};

void add_verify(CLI::App& app, VerifyArguments& arguments);
void add_inspect(CLI::App& app, InspectArguments& arguments);
void add_measure(CLI::App& app, MeasureArguments& arguments);

int run_verify(const VerifyArguments& arguments, const Globals& globals);
int run_inspect(const InspectArguments& arguments, const Globals& globals);
int run_measure(const MeasureArguments& arguments);

}  // namespace tenzro::cli
