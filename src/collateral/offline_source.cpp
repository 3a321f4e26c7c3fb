// SPDX-License-Identifier: Apache-2.0
// Collateral from files and folders: read once, kept apart per document, offered whole.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "collateral/bundle.hpp"
#include "collateral/contents_source.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFilesPerFolder = 4096;
constexpr std::size_t kMaxLooseCertificates = 1024;
constexpr std::size_t kMaxTotalBytes = std::size_t{64} << 20;

Error cannot_read(const fs::path& path, std::string_view why) {
  return Error(ErrorCode::io_failure, concat(printable(path.native(), 4096), ": ", why));
}

std::string system_text(int number) { return std::generic_category().message(number); }

/// Owns an open file.
class File {
 public:
  explicit File(int fd) noexcept : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

std::string_view file_type_name(mode_t mode) {
  if (S_ISSOCK(mode)) {
    return "a socket";
  }
  if (S_ISFIFO(mode)) {
    return "a pipe";
  }
  if (S_ISDIR(mode)) {
    return "a folder";
  }
  return "a device";
}

/// A regular file of at most kMaxCollateralFile bytes. Anything else is never opened: opening a device can act on
/// it, and a pipe can wait for ever.
Result<Bytes> read_regular_file(const fs::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return cannot_read(path, system_text(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return cannot_read(path, concat("is ", file_type_name(status.st_mode), ", a regular file is needed"));
  }
  const File file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.fd() < 0) {
    return cannot_read(path, system_text(errno));
  }
  // What was looked at may have been replaced by now.
  if (::fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return cannot_read(path, "is no regular file");
  }
  Bytes out;
  constexpr std::size_t kChunk = std::size_t{64} << 10;
  for (;;) {
    const std::size_t have = out.size();
    out.resize(have + kChunk);
    const ssize_t got = ::read(file.fd(), out.data() + have, kChunk);
    if (got < 0 && errno == EINTR) {
      out.resize(have);
      continue;
    }
    if (got < 0) {
      return cannot_read(path, system_text(errno));
    }
    out.resize(have + static_cast<std::size_t>(got));
    if (got == 0) {
      return out;
    }
    if (out.size() > kMaxCollateralFile) {
      return Error(ErrorCode::malformed_input,
                   concat(printable(path.native(), 4096), ": has more than ", kMaxCollateralFile, " bytes"));
    }
  }
}

/// A file, as far as can be known, in which there may be anything.
bool may_be_file(const fs::path& path) {
  std::error_code unknown;
  const fs::file_type type = fs::status(path, unknown).type();
  return type == fs::file_type::regular || type == fs::file_type::none || type == fs::file_type::unknown;
}

class OfflineSource final : public collateral::ContentsSource {
 public:
  std::vector<Finding> warnings() const override { return warnings_; }

  /// A folder, or a file that must be good.
  Result<void> add(const fs::path& path) {
    std::error_code error;
    const bool folder = fs::is_directory(path, error);
    if (folder) {
      return add_folder(path);
    }
    return add_file(path);
  }

 private:
  Result<void> add_folder(const fs::path& folder) {
    TENZRO_ASSIGN_OR_RETURN(const auto files, list_files(folder));
    for (const fs::path& file : files) {
      auto added = add_file(file);
      if (added) {
        continue;
      }
      // What could not be read may be the very list that revokes: it must not be as if it were not there.
      const bool unread = added.error().code() == ErrorCode::io_failure && may_be_file(file);
      if (unread || total_ > kMaxTotalBytes) {
        return added;
      }
      warnings_.push_back(
          {.check = "tcb", .code = "collateral_ignored", .message = concat("file skipped: ", added.error().message())});
    }
    return {};
  }

  /// Sorted, so that the same folder gives the same documents in the same order everywhere.
  static Result<std::vector<fs::path>> list_files(const fs::path& folder) {
    std::vector<fs::path> out;
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      std::error_code unknown_type;
      if (entry->is_directory(unknown_type)) {
        continue;
      }
      if (out.size() == kMaxFilesPerFolder) {
        return cannot_read(folder, concat("holds more than ", kMaxFilesPerFolder, " files"));
      }
      out.push_back(entry->path());
    }
    if (error) {
      return cannot_read(folder, error.message());
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  Result<void> add_file(const fs::path& path) {
    TENZRO_ASSIGN_OR_RETURN(const Bytes bytes, read_regular_file(path));
    if (certificate_count() > kMaxLooseCertificates) {
      return Error(ErrorCode::malformed_input,
                   concat(printable(path.native(), 4096), ": the collateral files hold more than ",
                          kMaxLooseCertificates, " certificates in all; name fewer"));
    }
    total_ += bytes.size();
    if (total_ > kMaxTotalBytes) {
      return Error(ErrorCode::malformed_input,
                   concat(printable(path.native(), 4096), ": the collateral files hold more than ", kMaxTotalBytes,
                          " bytes in all; name fewer"));
    }
    TENZRO_ASSIGN_OR_RETURN(auto contents, collateral::read_contents(bytes, printable(path.native(), 4096)));
    keep(std::move(contents));
    return {};
  }

  std::vector<Finding> warnings_;
  std::size_t total_ = 0;
};

}  // namespace

std::string_view to_string(CollateralKind kind) noexcept {
  switch (kind) {
    case CollateralKind::unknown:
      return "unknown";
    case CollateralKind::tcb_info:
      return "tcb_info";
    case CollateralKind::qe_identity:
      return "qe_identity";
    case CollateralKind::root_crl:
      return "root_crl";
    case CollateralKind::pck_crl:
      return "pck_crl";
    case CollateralKind::amd_chain:
      return "amd_chain";
    case CollateralKind::amd_crl:
      return "amd_crl";
    case CollateralKind::nitro_crl:
      return "nitro_crl";
    case CollateralKind::rim:
      return "rim";
    case CollateralKind::ocsp:
      return "ocsp";
    case CollateralKind::jwks:
      return "jwks";
  }
  return "unknown";
}

Result<std::shared_ptr<CollateralSource>> offline_collateral(const std::vector<fs::path>& files_or_folders) {
  auto source = std::make_shared<OfflineSource>();
  for (const fs::path& path : files_or_folders) {
    TENZRO_RETURN_IF_ERROR(source->add(path));
  }
  return std::shared_ptr<CollateralSource>(std::move(source));
}

std::shared_ptr<CollateralSource> no_collateral() { return std::make_shared<OfflineSource>(); }

}  // namespace tenzro::tee
