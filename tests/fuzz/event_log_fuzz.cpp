// SPDX-License-Identifier: Apache-2.0
// Event logs: views inside the input, an end inside it, and registers that only extends change.
#include "evidence/tdx/event_log.hpp"

#include "fuzz_target.hpp"
#include "measure/tdx/event_log.hpp"
#include "tenzro/tee/inspect.hpp"

namespace tenzro::tee::fuzz {
namespace {

void check_events(ByteView input, const tdx::EventLog& log) {
  for (const tdx::LoggedEvent& event : log.events) {
    if (log.form == tdx::EventLogForm::ccel) {
      require(within(input, event.data) && event.name.empty(), "every part lies inside the log");
    }
    require(!event.extends() || (event.digest && *event.rtmr < 4), "what extends a register has a digest");
    require(event.rtmr || !event.extends(), "nothing extends MRTD");
    const auto covered = tdx::covered_data(event);
    require(!covered || (event.extends() && within(event.data, *covered)), "what is covered is part of the event");
  }
}

void run(ByteView input) {
  const auto log = tdx::parse_event_log(input);
  if (!agree(log, tdx::parse_event_log(input))) {
    return;
  }
  check_events(input, *log);
  require(log->end_offset <= input.size() && log->unread_bytes <= input.size() - log->end_offset,
          "a log ends inside its bytes");
  const auto registers = tdx::replay(*log);
  static_cast<void>(tdx::has_usual_separators(*log));
  if (log->form == tdx::EventLogForm::ccel) {
    const auto bare = tdx::parse_event_log(input.first(log->end_offset));
    require(bare && bare->events.size() == log->events.size() && tdx::replay(*bare) == registers,
            "what follows the end changes nothing");
    require(inspect(input).has_value(), "what parses can be shown");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
