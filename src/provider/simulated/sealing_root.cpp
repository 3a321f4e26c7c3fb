// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/sealing_root.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "core/vendor_tag.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "device/files.hpp"

namespace tenzro::tee::simulated {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kUuidSize = 16;
constexpr std::size_t kFileSize = kUuidSize + 32;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

/// pad32 of the label.
constexpr ByteArray<32> kDomain = [] {
  ByteArray<32> out{};
  std::ranges::copy(std::string_view("tenzro-sim-seal-v1"), out.begin());
  return out;
}();

/// Owns an open file.
class File {
 public:
  explicit File(int number) noexcept : number_(number) {}
  File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  File& operator=(File&&) = delete;
  ~File() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  int number() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

 private:
  int number_;
};

/// A path and its errors.
struct Place {
  fs::path path;

  std::string text() const { return printable(path.native(), 4096); }
  Error refused(std::string_view why) const {
    return Error(ErrorCode::io_failure, concat("simulated sealing root: ", text(), " ", why));
  }
  /// A state folder that is not there is no missing TEE.
  Error failed(int number) const {
    const Error error = device::errno_error(concat("simulated sealing root: ", text()), number);
    return error.code() == ErrorCode::not_available ? Error(ErrorCode::io_failure, error.message()) : error;
  }
};

Result<fs::path> state_folder(device::System& machine) {
  const auto variable = [&machine](const char* name) { return fs::path(machine.environment(name).value_or("")); };
  if (fs::path own = variable("TENZRO_STATE_DIR"); !own.empty()) {
    return own;
  }
  // XDG base directory specification: a relative path there is to be ignored.
  if (const fs::path base = variable("XDG_STATE_HOME"); base.is_absolute()) {
    return base / "tenzro";
  }
  if (const fs::path home = variable("HOME"); home.is_absolute()) {
    return home / ".local" / "state" / "tenzro";
  }
  return Error(ErrorCode::not_available,
               "no sealing source here: the simulated root stands in a file, and no folder is named for it; set "
               "TENZRO_STATE_DIR (or XDG_STATE_HOME, or HOME)");
}

/// As mkdir -p, with mode 0700 for what is new.
Result<File> open_folder(const Place& folder) {
  fs::path so_far;
  for (const fs::path& part : folder.path) {
    so_far /= part;
    if (::mkdir(so_far.c_str(), S_IRWXU) != 0 && errno != EEXIST && errno != EACCES && errno != EROFS) {
      return folder.failed(errno);
    }
  }
  File opened(::open(folder.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) {
    return folder.failed(errno);
  }
  struct stat status{};
  if (::fstat(opened.number(), &status) != 0) {
    return folder.failed(errno);
  }
  if (status.st_uid != ::geteuid()) {
    return folder.refused("belongs to somebody else; name a folder of your own in TENZRO_STATE_DIR");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return folder.refused("can be written by others: chmod go-w");
  }
  return opened;
}

Result<void> write_all(int file, ByteView bytes, const Place& place) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put <= 0) {
      return place.failed(put < 0 ? errno : EIO);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  if (::fsync(file) != 0) {
    return place.failed(errno);
  }
  return {};
}

/// A UUID of version 4, variant 1 (RFC 9562, 5.4).
bool is_uuid(ByteView bytes) { return (bytes[6] & 0xf0U) == 0x40U && (bytes[8] & 0xc0U) == 0x80U; }

SecretBytes make_content() {
  SecretBytes out(kFileSize);
  const auto bytes = out.fill();
  crypto::fill_random(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
  return out;
}

/// Under a name of its own first, then linked: nobody ever sees half a file, and nobody's file is replaced. That there
/// is one by now is as good.
Result<void> make_file(const File& folder, const Place& place) {
  ByteArray<8> unique{};
  crypto::fill_random(unique);
  const std::string name(kSealingFile);
  const std::string temporary = concat(".", name, ".", to_hex(unique));
  const SecretBytes content = make_content();
  Result<void> made;
  {
    const File file(::openat(folder.number(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             S_IRUSR | S_IWUSR));
    if (!file) {
      return place.failed(errno);
    }
    made = write_all(file.number(), content.reveal(), place);
  }
  if (made && ::linkat(folder.number(), temporary.c_str(), folder.number(), name.c_str(), 0) != 0 && errno != EEXIST) {
    made = place.failed(errno);
  }
  ::unlinkat(folder.number(), temporary.c_str(), 0);
  if (made && ::fsync(folder.number()) != 0) {
    made = place.failed(errno);
  }
  return made;
}

Result<SecretBytes> read_content(const File& file, const Place& place) {
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) {
    return place.failed(errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return place.refused("is no file, and is not replaced; move it away, and what was sealed under it is lost");
  }
  if (status.st_uid != ::geteuid()) {
    return place.refused("belongs to somebody else, who may know it");
  }
  if ((status.st_mode & kOthers) != 0) {
    return place.refused("can be read or written by others: chmod 600, if nobody has read it");
  }
  // One more byte than there may be, since the file may have grown since.
  SecretBytes room(kFileSize + 1);
  std::size_t have = 0;
  while (have < room.size()) {
    const ssize_t got = ::read(file.number(), room.fill().subspan(have).data(), room.size() - have);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return place.failed(errno);
    }
    if (got == 0) {
      break;
    }
    have += static_cast<std::size_t>(got);
  }
  if (have != kFileSize || !is_uuid(room.reveal())) {
    return place.refused(
        "is no root: expected a UUID of version 4 and 32 bytes; it is not replaced: move it away, and what was sealed "
        "under it is lost");
  }
  return room;
}

/// 48 bytes, and one more that does not count.
Result<SecretBytes> content_of(const File& folder, const Place& place) {
  for (const bool may_make : {true, false}) {
    const File file(::openat(folder.number(), std::string(kSealingFile).c_str(),
                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (file) {
      return read_content(file, place);
    }
    if (errno == ELOOP) {
      return place.refused("is a link, which is not followed; name the folder of its file in TENZRO_STATE_DIR");
    }
    if (errno != ENOENT || !may_make) {
      return place.failed(errno);
    }
    TENZRO_RETURN_IF_ERROR(make_file(folder, place));
  }
  return place.failed(ENOENT);
}

}  // namespace

Result<SealingRoot> find_root(device::System& machine, const SealingRequest& request, const Patience& patience) {
  const VendorTag tag{std::string(kSealingTag)};
  if (!request.stored_tag.empty()) {
    const auto stored = VendorTag::parse(request.stored_tag);
    if (!stored) {
      return Error(ErrorCode::authentication_failed, concat("unseal: ", stored.error().message()));
    }
    TENZRO_RETURN_IF_ERROR(demand_same_derivation(*stored, tag));
  }
  if (const device::Waiting waiting(patience); waiting.over()) {
    return waiting.error("simulation");
  }
  TENZRO_ASSIGN_OR_RETURN(const fs::path path, state_folder(machine));
  TENZRO_ASSIGN_OR_RETURN(const File folder, open_folder({path}));
  TENZRO_ASSIGN_OR_RETURN(const SecretBytes content, content_of(folder, {path / kSealingFile}));
  SecretBytes secret(std::size_t{32});
  auto digest = crypto::sha256({kDomain, content.reveal().first(kFileSize)});
  std::ranges::copy(digest, secret.fill().begin());
  explicit_bzero(digest.data(), digest.size());
  return SealingRoot{.secret = std::move(secret), .vendor_tag = tag.text()};
}

}  // namespace tenzro::tee::simulated
