// SPDX-License-Identifier: Apache-2.0
// configfs-tsm as the kernel has it: generations, reports that are made when they are read, and writes whose fate is
// decided when the file is closed.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fakes/system.hpp"

namespace tenzro::tee::test {

class FakeTsm final : public FakeMount {
 public:
  static constexpr const char* kFolder = "/sys/kernel/config/tsm/report";
  static constexpr unsigned kHighestPrivilegeLevel = 3;
  static constexpr std::size_t kLargestInput = 64;

  /// What user space wrote, and what the driver made of it.
  struct Entry {
    Bytes input;
    unsigned privilege_level = 0;
    std::string service_provider, service_guid, service_manifest_version;
    std::uint64_t write_generation = 0, read_generation = 0;
    bool made = false;
    Bytes report, auxiliary, manifest;
  };

  /// Puts the interface into a machine, with configfs mounted.
  static std::shared_ptr<FakeTsm> into(FakeSystem& system, std::string provider) {
    auto tsm = std::make_shared<FakeTsm>();
    tsm->provider = std::move(provider);
    system.add_folder("/sys/kernel/config");
    system.add_file("/proc/self/mounts", "none /sys/kernel/config configfs rw,relatime 0 0\n");
    system.mount(kFolder, tsm);
    return tsm;
  }

  std::string provider;         ///< empty: no driver has registered
  std::size_t piece = 4096;     ///< the most that one read of a blob gives
  std::deque<int> mkdir_fails;  ///< errno of the next attempts to make an entry; 0: it succeeds
  bool privilege_levels = false, services = false, auxiliary = false;
  unsigned privilege_floor = 0;
  /// The driver: 0 and the blobs, or -errno.
  std::function<int(Entry&)> make_report;
  std::deque<int> report_fails;                ///< errno of the next reports; 0: it is made
  std::function<void(Entry&)> before_report;   ///< somebody else, who is faster
  std::map<std::string, int> attribute_fails;  ///< errno of opening an attribute
  std::string provider_text;                   ///< replaces what the attribute provider says
  std::string generation_text;                 ///< the same of generation
  bool drops_input = false;                    ///< the kernel does not take what is written

  std::map<std::string, Entry> entries;
  std::vector<std::string> names;     ///< of all entries that were ever made
  std::vector<Bytes> accepted_input;  ///< of all entries
  int reports = 0;

  int make_folder(const std::string& path) override {
    if (!mkdir_fails.empty()) {
      const int number = mkdir_fails.front();
      mkdir_fails.pop_front();
      if (number != 0) {
        return -number;
      }
    }
    if (provider.empty()) {
      return -ENXIO;
    }
    if (path.empty() || path.find('/') != std::string::npos) {
      return -EPERM;
    }
    if (!entries.try_emplace(path).second) {
      return -EEXIST;
    }
    names.push_back(path);
    return 0;
  }
  int remove_folder(const std::string& path) override { return entries.erase(path) == 1 ? 0 : -ENOENT; }
  device::PathKind kind(const std::string& path) override {
    if (path.empty() || entries.contains(path)) {
      return device::PathKind::folder;
    }
    const auto [entry, attribute] = split(path);
    return entry != nullptr && visible(attribute) ? device::PathKind::file : device::PathKind::none;
  }
  std::vector<std::string> list(const std::string& path) override {
    std::vector<std::string> out;
    if (path.empty()) {
      for (const auto& [name, entry] : entries) {
        out.push_back(name);
      }
    }
    return out;
  }
  int open(const std::string& path, int flags, std::unique_ptr<FakeOpenFile>& opened) override {
    const auto [entry, attribute] = split(path);
    if (entry == nullptr || !visible(attribute)) {
      return -ENOENT;
    }
    if (const auto fails = attribute_fails.find(attribute); fails != attribute_fails.end()) {
      return -fails->second;
    }
    const bool writing = (flags & O_ACCMODE) != O_RDONLY;
    if (writing != written_attributes().contains(attribute)) {
      return -EACCES;
    }
    if (attribute == "inblob") {
      opened = std::make_unique<Input>(*this, *entry);
    } else if (writing) {
      opened = std::make_unique<Setting>(*this, *entry, attribute);
    } else if (attribute == "outblob" || attribute == "auxblob" || attribute == "manifestblob") {
      opened = std::make_unique<Blob>(*this, *entry, attribute);
    } else {
      opened = std::make_unique<FakeContent>(text_of(*entry, attribute));
    }
    return 0;
  }

 private:
  /// Counts a write; the entry's report is stale from then on.
  static void advance(Entry& entry) { ++entry.write_generation; }

  /// Kept until it is closed; the kernel looks at it then, and tells nobody what it found.
  class Input final : public FakeOpenFile {
   public:
    Input(FakeTsm& tsm, Entry& entry) : tsm_(tsm), entry_(entry) {}
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() override {
      if (!bytes_.empty() && !tsm_.drops_input) {
        advance(entry_);
        entry_.input = bytes_;
        tsm_.accepted_input.push_back(bytes_);
      }
    }
    ssize_t write(ByteView bytes) override {
      if (bytes.size() > kLargestInput - bytes_.size()) {
        return -EFBIG;
      }
      bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
      return static_cast<ssize_t>(bytes.size());
    }

   private:
    FakeTsm& tsm_;
    Entry& entry_;
    Bytes bytes_;
  };

  /// A text attribute, which answers at once.
  class Setting final : public FakeOpenFile {
   public:
    Setting(FakeTsm& tsm, Entry& entry, std::string name) : tsm_(tsm), entry_(entry), name_(std::move(name)) {}
    ssize_t write(ByteView bytes) override {
      const std::string text(bytes.begin(), bytes.end());
      if (name_ == "privlevel") {
        const auto level = static_cast<unsigned>(std::stoul(text));
        if (level < tsm_.privilege_floor || level > kHighestPrivilegeLevel) {
          return -EINVAL;
        }
        entry_.privilege_level = level;
      } else if (name_ == "service_provider") {
        if (text != "svsm") {
          return -EINVAL;
        }
        entry_.service_provider = text;
      } else {
        (name_ == "service_guid" ? entry_.service_guid : entry_.service_manifest_version) = text;
      }
      advance(entry_);
      return static_cast<ssize_t>(bytes.size());
    }

   private:
    FakeTsm& tsm_;
    Entry& entry_;
    std::string name_;
  };

  /// Made at the first read; one that failed is tried again by the next read.
  class Blob final : public FakeOpenFile {
   public:
    Blob(FakeTsm& tsm, Entry& entry, std::string name) : tsm_(tsm), entry_(entry), name_(std::move(name)) {}
    ssize_t read(std::span<std::uint8_t> into) override {
      if (!content_) {
        if (const int result = tsm_.refresh(entry_); result < 0) {
          return result;
        }
        const Bytes& blob = name_ == "outblob"   ? entry_.report
                            : name_ == "auxblob" ? entry_.auxiliary
                                                 : entry_.manifest;
        content_.emplace(blob, tsm_.piece);
      }
      return content_->read(into);
    }

   private:
    FakeTsm& tsm_;
    Entry& entry_;
    std::string name_;
    std::optional<FakeContent> content_;
  };

  int refresh(Entry& entry) {
    if (entry.made && entry.read_generation == entry.write_generation) {
      return 0;
    }
    if (before_report) {
      before_report(entry);
    }
    if (entry.input.empty()) {
      return -EINVAL;
    }
    int failure = 0;
    if (!report_fails.empty()) {
      failure = report_fails.front();
      report_fails.pop_front();
    }
    if (failure != 0) {
      return -failure;
    }
    if (entry.input.size() != kLargestInput) {
      return -EINVAL;  // of both drivers, where the interface would take less
    }
    ++reports;
    if (const int result = make_report(entry); result < 0) {
      return result;
    }
    entry.made = true;
    entry.read_generation = entry.write_generation;
    return 0;
  }

  static const std::set<std::string>& written_attributes() {
    static const std::set<std::string> names = {"inblob", "privlevel", "service_provider", "service_guid",
                                                "service_manifest_version"};
    return names;
  }
  bool visible(const std::string& attribute) const {
    if (attribute == "privlevel" || attribute == "privlevel_floor") {
      return privilege_levels;
    }
    if (attribute.starts_with("service_") || attribute == "manifestblob") {
      return services;
    }
    if (attribute == "auxblob") {
      return auxiliary;
    }
    return attribute == "inblob" || attribute == "outblob" || attribute == "generation" || attribute == "provider";
  }
  Bytes text_of(const Entry& entry, const std::string& attribute) const {
    std::string text = std::to_string(privilege_floor);
    if (attribute == "provider") {
      text = provider_text.empty() ? provider : provider_text;
    } else if (attribute == "generation") {
      text = generation_text.empty() ? std::to_string(entry.write_generation) : generation_text;
    }
    text += "\n";
    return {text.begin(), text.end()};
  }
  std::pair<Entry*, std::string> split(const std::string& path) {
    const std::size_t slash = path.find('/');
    const auto entry = entries.find(path.substr(0, slash));
    if (slash == std::string::npos || entry == entries.end()) {
      return {nullptr, ""};
    }
    return {&entry->second, path.substr(slash + 1)};
  }
};

}  // namespace tenzro::tee::test
