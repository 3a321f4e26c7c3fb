// SPDX-License-Identifier: Apache-2.0
#include "device/configfs_tsm.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "device/configfs_entry.hpp"
#include "device/files.hpp"
#include "device/pause.hpp"

namespace tenzro::tee::device {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Entry = ConfigfsEntry;

constexpr int kRaceAttempts = 5;
constexpr milliseconds kFirstDelay{100};
constexpr milliseconds kLongestDelay{2000};

/// Why no entry could be made, without the folder's name.
Error entry_error(int number) {
  switch (number) {
    case ENXIO:
      return {ErrorCode::not_available,
              "no driver has registered there: load the module tdx_guest (Intel TDX) or sev-guest (AMD SEV-SNP)"};
    case EACCES:
    case EPERM:
      return {ErrorCode::permission_denied,
              "only root may make entries there: run as root, or have the administrator give this user the folder"};
    case EROFS:
      return {ErrorCode::permission_denied,
              "mounted read-only, as in most containers: mount configfs writable, or run outside of the container"};
    case EEXIST:
      return {ErrorCode::io_failure, "every name that was tried is taken already"};
    default:
      return errno_error("no entry could be made there", number);
  }
}

Result<Entry> make_entry(System& system) {
  std::optional<Entry> entry;
  if (const int result = Entry::make(system, kTsmReports, entry); result < 0) {
    return entry_error(-result).with_context(kTsmReports);
  }
  return *std::move(entry);
}

template <class T>
Result<T> read_number(const Entry& entry, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const std::string text, entry.read(name));
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error(ErrorCode::io_failure,
                 concat(entry.attribute(name), ": expected a decimal number, got '", printable(text), "'"));
  }
  return value;
}

/// Whether a report may be asked for now.
bool may_ask(const TsmRequest& request, const Waiting& waiting) {
  return !waiting.over() && (!request.keep_distance || request.keep_distance(waiting));
}

/// 0 or -errno; -ECANCELED when the waiting was over. Begins anew after an interruption, which the driver reports when
/// a signal came while the host was at work.
int read_blob(const Entry& entry, std::string_view name, const TsmRequest& request, const Waiting& waiting,
              Bytes& into) {
  System& system = entry.system();
  const Descriptor file(system, system.open(entry.attribute(name), O_RDONLY));
  if (!file.open()) {
    return -file.error();
  }
  into.clear();
  std::array<std::uint8_t, 4096> piece{};
  while (true) {
    const ssize_t count = system.read(file.number(), piece);
    if (count == -EINTR) {
      if (!may_ask(request, waiting)) {
        return -ECANCELED;
      }
      continue;
    }
    if (count <= 0) {
      return static_cast<int>(count);
    }
    if (static_cast<std::size_t>(count) > kMaxTsmBlob - into.size()) {
      return -EFBIG;
    }
    into.insert(into.end(), piece.begin(), piece.begin() + count);
  }
}

/// The same, with patience for another request of this guest.
int read_report(const Entry& entry, const TsmRequest& request, const Waiting& waiting, Bytes& into) {
  System& system = entry.system();
  const auto until = system.now() + request.busy_patience;
  for (milliseconds delay = kFirstDelay;; delay = std::min(delay * 2, kLongestDelay)) {
    const int result = read_blob(entry, "outblob", request, waiting, into);
    if ((result != -EBUSY && result != -EAGAIN) || system.now() >= until) {
      return result;
    }
    if (!pause(system, delay, waiting) || !may_ask(request, waiting)) {
      return -ECANCELED;
    }
  }
}

/// The level that was written; nothing where the provider knows none.
Result<std::optional<unsigned>> write_privilege_level(const Entry& entry, unsigned least) {
  if (!entry.has("privlevel")) {
    return std::optional<unsigned>();
  }
  TENZRO_ASSIGN_OR_RETURN(const auto floor, read_number<unsigned>(entry, "privlevel_floor"));
  const unsigned level = std::max(least, floor);
  TENZRO_RETURN_IF_ERROR(entry.write("privlevel", as_bytes(std::to_string(level))));
  return std::optional(level);
}

/// How many attributes were written.
Result<unsigned> write_service(const Entry& entry, const TsmService& service) {
  if (!entry.has("service_provider")) {
    return Error(ErrorCode::not_available,
                 concat(kTsmReports, ": no reports of services: they need Linux 6.10 or later, on top of an SVSM"));
  }
  unsigned written = 0;
  for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"service_provider", service.provider},
                                    {"service_guid", service.guid},
                                    {"service_manifest_version", service.manifest_version}}) {
    if (!value.empty()) {
      TENZRO_RETURN_IF_ERROR(entry.write(name, as_bytes(value)));
      ++written;
    }
  }
  return written;
}

/// Nothing when somebody else wrote to the entry meanwhile, or the kernel dropped what we wrote.
Result<std::optional<TsmAnswer>> ask_once(System& system, const TsmRequest& request, const Waiting& waiting) {
  if (waiting.over()) {
    return waiting.error(kTsmReports);
  }
  TENZRO_ASSIGN_OR_RETURN(Entry entry, make_entry(system));
  TENZRO_ASSIGN_OR_RETURN(const std::string provider, entry.read("provider"));
  if (provider != request.provider) {
    return Error(ErrorCode::not_available,
                 concat(kTsmReports, ": its provider is '", printable(provider), "', not '", request.provider, "'"));
  }
  TENZRO_ASSIGN_OR_RETURN(auto generation, read_number<std::uint64_t>(entry, "generation"));
  TsmAnswer answer;
  if (request.service) {
    TENZRO_ASSIGN_OR_RETURN(const unsigned written, write_service(entry, *request.service));
    generation += written;
  }
  if (request.privilege_level) {
    TENZRO_ASSIGN_OR_RETURN(answer.privilege_level, write_privilege_level(entry, *request.privilege_level));
    generation += answer.privilege_level ? 1U : 0U;
  }
  // Before the writing: the shorter an entry holds a request, the fewer can write to it meanwhile.
  if (!may_ask(request, waiting)) {
    return waiting.error(kTsmReports);
  }
  TENZRO_RETURN_IF_ERROR(entry.write("inblob", request.report_data));
  ++generation;

  int result = read_report(entry, request, waiting, answer.report);
  if (result == 0) {
    // Reading on would have the kernel make another report, at once, for whoever wrote.
    TENZRO_ASSIGN_OR_RETURN(const auto so_far, read_number<std::uint64_t>(entry, "generation"));
    if (so_far != generation) {
      return std::optional<TsmAnswer>();
    }
  }
  if (result == 0 && entry.has("auxblob")) {
    result = read_blob(entry, "auxblob", request, waiting, answer.auxiliary);
  }
  if (result == 0 && request.service) {
    result = read_blob(entry, "manifestblob", request, waiting, answer.manifest);
  }
  if (result == -ECANCELED) {
    return waiting.error(kTsmReports);
  }
  TENZRO_ASSIGN_OR_RETURN(const auto now, read_number<std::uint64_t>(entry, "generation"));
  if (now != generation) {
    return std::optional<TsmAnswer>();  // an error may be the other writer's doing just as well
  }
  if (result < 0) {
    return request.read_error(-result).with_context(kTsmReports);
  }
  return std::optional(std::move(answer));
}

bool configfs_is_mounted(System& system) {
  constexpr std::size_t kLimit = std::size_t{1} << 20;
  const auto mounts = read_file(system, "/proc/self/mounts", kLimit);
  return !mounts || as_text(*mounts).find(" /sys/kernel/config configfs ") != std::string_view::npos;
}

std::string why_absent(System& system) {
  if (system.kind("/sys/kernel/config") != PathKind::folder) {
    return "not there: the kernel has no configfs: modprobe configfs, then mount -t configfs none /sys/kernel/config";
  }
  if (!configfs_is_mounted(system)) {
    return "not there: configfs is not mounted: mount -t configfs none /sys/kernel/config";
  }
  return "not there: needs a TDX or SEV-SNP guest with Linux 6.7 or later, and its module loaded: modprobe tdx_guest, "
         "or modprobe sev-guest";
}

}  // namespace

TsmState tsm_state(System& system) {
  TsmState out;
  if (system.kind(std::string(kTsmReports)) != PathKind::folder) {
    out.why_not = why_absent(system);
    return out;
  }
  out.present = true;
  std::optional<Entry> entry;
  if (const int result = Entry::make(system, kTsmReports, entry); result < 0) {
    out.may_have_driver = result != -ENXIO && result != -ENOENT;
    out.why_not = entry_error(-result).message();
    return out;
  }
  out.may_have_driver = true;
  const auto provider = entry->read("provider");
  if (!provider || provider->empty()) {
    out.why_not = concat("an entry does not say whose it is: ", provider ? "empty" : provider.error().message());
    return out;
  }
  out.provider = printable(*provider);
  out.usable = true;
  return out;
}

TsmState tsm_state(const std::shared_ptr<System>& system, std::chrono::milliseconds patience) {
  if (system->kind(std::string(kTsmReports)) != PathKind::folder) {
    return tsm_state(*system);
  }
  // A queue of its own: a request that is under way must not make this one look as if it waited for its turn only.
  const auto answer = system->queue("survey of configfs-tsm")
                          .run<TsmState>(kTsmReports, {.at_most = patience},
                                         [system](const Waiting&) { return Result<TsmState>(tsm_state(*system)); });
  if (answer) {
    return *answer;
  }
  if (answer.error().code() != ErrorCode::timed_out) {
    return tsm_state(*system);  // no thread for it
  }
  TsmState out;
  out.present = out.may_have_driver = out.busy = true;
  out.why_not = "busy: a report is being made for somebody else; ask again when it is done";
  return out;
}

Result<TsmAnswer> request_tsm_report(System& system, const TsmRequest& request, const Waiting& waiting) {
  for (int attempt = 0; attempt < kRaceAttempts; ++attempt) {
    if (attempt > 0 && !pause(system, kFirstDelay * attempt, waiting)) {
      return waiting.error(kTsmReports);
    }
    TENZRO_ASSIGN_OR_RETURN(auto answer, ask_once(system, request, waiting));
    if (answer) {
      return *std::move(answer);
    }
  }
  return Error(ErrorCode::io_failure,
               concat(kTsmReports, ": another program wrote to the entry of this request each of ", kRaceAttempts,
                      " times, or the kernel did not take what was written"));
}

}  // namespace tenzro::tee::device
