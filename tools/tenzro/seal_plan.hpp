// SPDX-License-Identifier: Apache-2.0
// What the command line of `tenzro seal` and `tenzro unseal` says, in the library's words.
#pragma once
#include <memory>
#include <string>

#include "commands.hpp"
#include "tenzro/tee/provider.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::cli {

/// Which of the two, and what differs.
struct SealDirection {
  const char* command;
  const char* doing;
  bool seals;
};
inline constexpr SealDirection kSeal{"tenzro seal", "sealing", true};
inline constexpr SealDirection kUnseal{"tenzro unseal", "unsealing", false};

struct SealPlan {
  tee::SealKeyId key_id;
  tee::SealOptions options;
  bool generation_from_counter = false;
};

/// invalid_argument where one part of the command line is no good; the message says which.
tee::Result<SealPlan> seal_plan(const SealArguments& arguments, const SealDirection& direction);
/// From the command line and the environment, AWS's credentials among it.
tee::Result<tee::SealingNetwork> sealing_network(const SealArguments& arguments);
/// Of the file that --config names.
tee::Result<tee::SealingConfig> sealing_config(const std::string& path);
/// The TEE here; null where none is needed, or where automatic finds none: then the library says what else there is.
tee::Result<std::unique_ptr<tee::TeeProvider>> sealing_tee(tee::SealingSource root);

}  // namespace tenzro::cli
