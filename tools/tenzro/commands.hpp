// SPDX-License-Identifier: Apache-2.0
// The commands: what each takes, and what each does.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "binding_options.hpp"
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

/// How vendors' services are asked.
struct OnlineArguments {
  std::optional<std::string> tcb_update{}, ca_file{};
};

struct VerifyArguments : BindingArguments, OnlineArguments {
  std::string report = "-";
  std::optional<std::string> platform{}, at{}, revocation{}, max_age{}, event_log{}, runtime_data{}, tpm_quote{},
      gpu_verifier{};
  std::vector<std::string> collateral{}, trust_anchors{};
  bool offline = false;
  bool allow_simulated = false;
  bool accept_paravisor = false;
  bool json = false;
  std::string output = "-";
};

struct AttestArguments : BindingArguments, OnlineArguments {
  bool random = false;
  std::optional<std::string> platform{}, format{}, timeout{};
  std::vector<std::string> simulated_claims{};
  bool with_collateral = false, with_event_log = false;
  std::string output = "-";
};

struct HardwareArguments : OnlineArguments {
  bool json = false, probe_network = false;
  std::string output = "-";
};

struct RtmrReadArguments {
  std::optional<unsigned> index{};
  bool json = false;
  std::string output = "-";
};

struct RtmrExtendArguments {
  unsigned index = 0;
  std::optional<std::string> digest_hex{}, file{};
};

/// Of seal and unseal.
struct SealArguments : OnlineArguments {
  std::string key_id{};
  std::string input = "-", output = "-";
  std::optional<std::string> root{}, scope{}, aad{}, generation{}, min_generation{}, config{}, threads{}, timeout{};
  bool raw = false, rewrap = false, force = false, measurement_covers_workload = false;
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

void add_attest(CLI::App& app, AttestArguments& arguments);
void add_hardware(CLI::App& app, HardwareArguments& arguments);
/// Its two subcommands come with it.
void add_rtmr(CLI::App& app, RtmrReadArguments& read, RtmrExtendArguments& extend);
void add_seal(CLI::App& app, SealArguments& arguments);
void add_unseal(CLI::App& app, SealArguments& arguments);
void add_verify(CLI::App& app, VerifyArguments& arguments);
void add_inspect(CLI::App& app, InspectArguments& arguments);
void add_measure(CLI::App& app, MeasureArguments& arguments);

int run_attest(const AttestArguments& arguments, const Globals& globals);
int run_hardware(const HardwareArguments& arguments, const Globals& globals);
int run_rtmr_read(const RtmrReadArguments& arguments);
int run_rtmr_extend(const RtmrExtendArguments& arguments, const Globals& globals);
int run_seal(const SealArguments& arguments, const Globals& globals);
int run_unseal(const SealArguments& arguments, const Globals& globals);
int run_verify(const VerifyArguments& arguments, const Globals& globals);
int run_inspect(const InspectArguments& arguments, const Globals& globals);
int run_measure(const MeasureArguments& arguments);

}  // namespace tenzro::cli
