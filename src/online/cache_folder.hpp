// SPDX-License-Identifier: Apache-2.0
// The folder in which documents outlive the process: one file a document, written whole or not at all.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "online/fetched_document.hpp"

namespace tenzro::tee::online {

/// Each file is a "tenzro-collateral/1" bundle of one document, named by a hash of what it is. Nothing in it is
/// believed: what is read back is parsed anew and its signature checked. Threads: all members may be called from
/// several threads at once, and the folder may be shared with other processes.
class CacheFolder {
 public:
  /// path: empty for none.
  explicit CacheFolder(std::filesystem::path path) : path_(std::move(path)) {}

  /// Makes the folder (0700) where there is none. Why it cannot be used; empty when it can, or when there is no folder.
  /// It must be ours, and nobody else may be able to write into it.
  std::string problem() const;

  /// A genuine document that fits the request; nothing when there is no such file, or it holds anything else.
  std::optional<FetchedDocument> load(std::string_view key, const CollateralRequest& request) const;

  /// Replaces the file, unless it holds a genuine document with a higher number. A failure only means that the document
  /// will be fetched again.
  void store(std::string_view key, const CollateralRequest& request, const FetchedDocument& fetched) const;

 private:
  std::filesystem::path path_;
};

}  // namespace tenzro::tee::online
