// SPDX-License-Identifier: Apache-2.0
#include "online/cache_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "collateral/bundle.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::online {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFile = kMaxCollateralFile;  ///< a document of the largest size, in base64

/// Owns an open file.
class File {
 public:
  explicit File(int fd) noexcept : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  File& operator=(File&&) = delete;
  ~File() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int fd() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

std::string system_text(int number) { return std::generic_category().message(number); }

/// As mkdir -p with mode 0700 for what is new.
bool make_folders(const fs::path& path) {
  fs::path so_far;
  for (const fs::path& part : path) {
    so_far /= part;
    if (::mkdir(so_far.c_str(), 0700) != 0 && errno != EEXIST && errno != EACCES && errno != EROFS) {
      return false;
    }
  }
  return true;
}

Result<File> open_folder(const fs::path& path) {
  const auto refused = [&path](std::string_view why) {
    return Error(ErrorCode::io_failure, concat(printable(path.native(), 4096), ": ", why));
  };
  if (!make_folders(path)) {
    return refused(system_text(errno));
  }
  File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) {
    return refused(system_text(errno));
  }
  struct stat status{};
  if (::fstat(folder.fd(), &status) != 0 || status.st_uid != ::geteuid()) {
    return refused("belongs to somebody else");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return refused("others may write into it");
  }
  return folder;
}

std::string file_name(std::string_view key) { return to_hex(crypto::sha256(as_bytes(key))) + ".json"; }

std::optional<Bytes> read_all(int folder, const std::string& name) {
  const File file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat status{};
  if (!file || ::fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
      static_cast<std::uintmax_t>(status.st_size) > kMaxFile) {
    return std::nullopt;
  }
  Bytes out(static_cast<std::size_t>(status.st_size));
  for (std::size_t have = 0; have < out.size();) {
    const ssize_t got = ::read(file.fd(), out.data() + have, out.size() - have);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return std::nullopt;
    }
    have += static_cast<std::size_t>(got);
  }
  return out;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put <= 0) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return ::fsync(fd) == 0;
}

Result<UtcTime> fetched_at(ByteView text) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(text, {.max_size = kMaxFile}));
  const json::Node root(value, "cache");
  TENZRO_ASSIGN_OR_RETURN(const json::Node documents, root.member("documents"));
  TENZRO_ASSIGN_OR_RETURN(const auto elements, documents.array(1));
  if (elements.empty()) {
    return documents.wrong("one document");
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node time, elements.front().member("fetched_at"));
  return time.time();
}

Result<FetchedDocument> read_document(ByteView text, const CollateralRequest& request) {
  TENZRO_ASSIGN_OR_RETURN(collateral::Contents contents, collateral::parse_bundle(text, {}));
  TENZRO_ASSIGN_OR_RETURN(const UtcTime time, fetched_at(text));
  CollateralDocument& document = contents.documents.front();  // fetched_at() has seen that there is one
  if (document.kind != request.kind) {
    return Error(ErrorCode::malformed_input, "a document of another kind");
  }
  TENZRO_ASSIGN_OR_RETURN(FetchedDocument out, examine(std::move(document), time, request));
  // Manifests have no date that would be too late one day for a damaged one.
  if (request.kind == CollateralKind::rim && !is_genuine(out, request)) {
    return Error(ErrorCode::malformed_input, "a damaged document");
  }
  return out;
}

std::optional<FetchedDocument> load_from(int folder, const std::string& name, const CollateralRequest& request) {
  const auto text = read_all(folder, name);
  if (!text) {
    return std::nullopt;
  }
  auto fetched = read_document(*text, request);
  if (!fetched || !fetched->fits || !is_genuine(*fetched, request)) {
    return std::nullopt;
  }
  return *std::move(fetched);
}

}  // namespace

std::string CacheFolder::problem() const {
  if (path_.empty()) {
    return {};
  }
  const auto folder = open_folder(path_);
  if (!folder) {
    return folder.error().message();
  }
  if (::faccessat(folder->fd(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return concat(printable(path_.native(), 4096), ": ", system_text(errno));
  }
  return {};
}

std::optional<FetchedDocument> CacheFolder::load(std::string_view key, const CollateralRequest& request) const {
  if (path_.empty()) {
    return std::nullopt;
  }
  const auto folder = open_folder(path_);
  return folder ? load_from(folder->fd(), file_name(key), request) : std::nullopt;
}

void CacheFolder::store(std::string_view key, const CollateralRequest& request, const FetchedDocument& fetched) const {
  if (path_.empty()) {
    return;
  }
  const auto folder = open_folder(path_);
  if (!folder) {
    return;
  }
  const std::string name = file_name(key);
  const File lock(::openat(folder->fd(), concat(".", name, ".lock").c_str(),
                           O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600));
  // Another thread or process that writes this document has something as good; waiting for it could take for ever.
  if (!lock || ::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    return;
  }
  const auto there = load_from(folder->fd(), name, request);
  if (there && lower(fetched.number, there->number)) {
    return;
  }
  const std::string text = collateral::bundle_to_json({fetched.document}, fetched.fetched_at);
  // Under the lock one name is enough, and what a killed process left behind is overwritten.
  const std::string temporary = concat(".", name, ".new");
  {
    const File file(
        ::openat(folder->fd(), temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file || !write_all(file.fd(), text)) {
      ::unlinkat(folder->fd(), temporary.c_str(), 0);
      return;
    }
  }
  if (::renameat(folder->fd(), temporary.c_str(), folder->fd(), name.c_str()) == 0) {
    ::fsync(folder->fd());
  }
}

}  // namespace tenzro::tee::online
