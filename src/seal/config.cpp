// SPDX-License-Identifier: Apache-2.0
// The sealing configuration's JSON.
#include <algorithm>
#include <array>
#include <charconv>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/json.hpp"
#include "seal/kbs/root.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee {

namespace {

using json::Node;

constexpr std::size_t kMaxText = std::size_t{64} << 10;
constexpr std::size_t kMaxContext = 64;

Error wrong(const Node& node, std::string_view expected) {
  return Error(ErrorCode::invalid_argument, concat(node.path(), ": expected ", expected));
}

/// A member of another type or range is the caller's mistake, not a broken input.
template <class T>
Result<T> as_argument(Result<T> read) {
  if (!read) {
    return Error(ErrorCode::invalid_argument, read.error().message());
  }
  return read;
}

Result<void> only_members(const Node& node, std::span<const std::string_view> known) {
  if (!node.value().is_object()) {
    return wrong(node, "an object");
  }
  for (const auto& [name, unused] : node.value().items()) {
    if (std::ranges::find(known, name) == known.end()) {
      std::string names;
      for (const std::string_view one : known) {
        names += concat(names.empty() ? "" : ", ", one);
      }
      return Error(ErrorCode::invalid_argument,
                   concat(node.path(), ": no member \"", printable(name), "\" is known; there are ", names));
    }
  }
  return {};
}

/// Reads a member into target when it is there.
template <class T, class Read>
Result<void> take(const Node& node, std::string_view name, T& target, Read read) {
  TENZRO_ASSIGN_OR_RETURN(const auto member, as_argument(node.optional_member(name)));
  if (member) {
    TENZRO_ASSIGN_OR_RETURN(target, as_argument(read(*member)));
  }
  return {};
}

Result<std::string> text_of(const Node& node) {
  TENZRO_ASSIGN_OR_RETURN(std::string text, node.string());
  if (text.empty()) {
    return wrong(node, "a text that is not empty");
  }
  return text;
}

Result<std::uint8_t> boolean_of(const Node& node) {
  if (!node.value().is_boolean()) {
    return wrong(node, "true or false");
  }
  return static_cast<std::uint8_t>(node.value().get<bool>() ? 1 : 0);
}

Result<void> take_boolean(const Node& node, std::string_view name, bool& target) {
  std::uint8_t read = target ? 1 : 0;
  TENZRO_RETURN_IF_ERROR(take(node, name, read, boolean_of));
  target = read != 0;
  return {};
}

/// "0x81000001", between these two.
auto handle_between(std::uint32_t least, std::uint32_t most) {
  return [least, most](const Node& node) -> Result<std::uint32_t> {
    TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string());
    std::uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const bool hex = text.starts_with("0x") && text.size() == 10;
    // Eight digits are never too many; none leaves 0, which is in no range.
    const char* const at = std::from_chars(text.data() + std::min<std::size_t>(2, text.size()), end, value, 16).ptr;
    if (!hex || at != end || value < least || value > most) {
      return wrong(
          node,
          concat("a handle like \"0x",
                 to_hex(ByteArray<4>{static_cast<std::uint8_t>(least >> 24U), static_cast<std::uint8_t>(least >> 16U),
                                     static_cast<std::uint8_t>(least >> 8U), static_cast<std::uint8_t>(least)}),
                 "\" of this range"));
    }
    return value;
  };
}

Result<SnpSealingEntry> read_snp(const Node& node) {
  static constexpr std::array<std::string_view, 7> kMembers = {
      "key", "vmpl", "measurement_covers_workload", "id_key_digest", "author_key_digest", "min_tcb", "min_svn"};
  TENZRO_RETURN_IF_ERROR(only_members(node, kMembers));
  SnpSealingEntry out;
  std::string key = "vcek";
  TENZRO_RETURN_IF_ERROR(take(node, "key", key, text_of));
  if (key != "vcek" && key != "vlek") {
    return Error(ErrorCode::invalid_argument, concat(node.path(), ".key: expected \"vcek\" or \"vlek\""));
  }
  out.vlek = key == "vlek";
  TENZRO_RETURN_IF_ERROR(take(node, "vmpl", out.vmpl, [](const Node& n) -> Result<std::optional<std::uint32_t>> {
    TENZRO_ASSIGN_OR_RETURN(const std::uint64_t vmpl, n.unsigned_integer(3));
    return std::optional(static_cast<std::uint32_t>(vmpl));
  }));
  TENZRO_RETURN_IF_ERROR(take_boolean(node, "measurement_covers_workload", out.measurement_covers_workload));
  const auto digest = [](const Node& n) -> Result<std::optional<ByteArray<48>>> {
    TENZRO_ASSIGN_OR_RETURN(const auto bytes, n.hex<48>());
    if (std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) {
      return wrong(n, "a digest that is not zero: no key has that one");
    }
    return std::optional(bytes);
  };
  TENZRO_RETURN_IF_ERROR(take(node, "id_key_digest", out.id_key_digest, digest));
  TENZRO_RETURN_IF_ERROR(take(node, "author_key_digest", out.author_key_digest, digest));
  if (out.id_key_digest && out.author_key_digest) {
    return Error(ErrorCode::invalid_argument,
                 concat(node.path(), ": id_key_digest or author_key_digest, not both: only one of them is in the key"));
  }
  TENZRO_RETURN_IF_ERROR(take(node, "min_tcb", out.min_tcb, [](const Node& n) -> Result<std::optional<ByteArray<8>>> {
    TENZRO_ASSIGN_OR_RETURN(const auto bytes, n.hex<8>());
    return std::optional(bytes);
  }));
  TENZRO_RETURN_IF_ERROR(take(node, "min_svn", out.min_svn, [](const Node& n) -> Result<std::uint32_t> {
    TENZRO_ASSIGN_OR_RETURN(const std::uint64_t svn, n.unsigned_integer(0xffffffff));
    return static_cast<std::uint32_t>(svn);
  }));
  return out;
}

Result<KmsSealingEntry> read_kms(const Node& node) {
  static constexpr std::array<std::string_view, 3> kMembers = {"region", "key_id", "encryption_context"};
  TENZRO_RETURN_IF_ERROR(only_members(node, kMembers));
  KmsSealingEntry out;
  TENZRO_RETURN_IF_ERROR(take(node, "region", out.region, text_of));
  TENZRO_RETURN_IF_ERROR(take(node, "key_id", out.key_id, text_of));
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (out.region.empty() || out.region.size() > 32 || !std::ranges::all_of(out.region, plain)) {
    return Error(ErrorCode::invalid_argument, concat(node.path(), ".region: expected one like \"eu-west-1\""));
  }
  if (!out.key_id.starts_with("arn:")) {
    return Error(ErrorCode::invalid_argument, concat(node.path(), ".key_id: expected the ARN of a KMS key"));
  }
  TENZRO_RETURN_IF_ERROR(take(node, "encryption_context", out.encryption_context,
                              [](const Node& n) -> Result<std::map<std::string, std::string>> {
                                if (!n.value().is_object() || n.value().size() > kMaxContext) {
                                  return wrong(n, "an object of at most 64 texts");
                                }
                                std::map<std::string, std::string> context;
                                for (const auto& [name, unused] : n.value().items()) {
                                  TENZRO_ASSIGN_OR_RETURN(const Node value, n.member(name));
                                  TENZRO_ASSIGN_OR_RETURN(context[name], value.string());
                                  if (name.empty() || name.starts_with("tenzro-")) {
                                    return wrong(n, "names that are not empty and do not begin with \"tenzro-\"");
                                  }
                                }
                                return context;
                              }));
  return out;
}

Result<KbsSealingEntry> read_kbs(const Node& node) {
  static constexpr std::array<std::string_view, 4> kMembers = {"url", "ca_file", "pinned_key", "resource"};
  TENZRO_RETURN_IF_ERROR(only_members(node, kMembers));
  KbsSealingEntry out;
  TENZRO_RETURN_IF_ERROR(take(node, "url", out.url, text_of));
  TENZRO_RETURN_IF_ERROR(take(node, "resource", out.resource, text_of));
  TENZRO_RETURN_IF_ERROR(take(node, "ca_file", out.ca_file, text_of));
  TENZRO_RETURN_IF_ERROR(take(node, "pinned_key", out.pinned_key, [](const Node& n) -> Result<Bytes> {
    TENZRO_ASSIGN_OR_RETURN(const std::string text, n.string());
    auto bytes = from_base64(text);
    if (!bytes || bytes->empty()) {
      return wrong(n, "base64 of a DER public key");
    }
    return bytes;
  }));
  if (!out.url.starts_with("https://")) {
    return Error(ErrorCode::invalid_argument, concat(node.path(), ".url: expected an https:// URL"));
  }
  if (!kbs::is_resource_name(out.resource)) {
    return Error(ErrorCode::invalid_argument, concat(node.path(), ".resource: expected \"repository/type/tag\""));
  }
  if (out.ca_file.empty() == out.pinned_key.empty()) {
    return Error(
        ErrorCode::invalid_argument,
        concat(node.path(), ": the broker's TLS identity must be pinned: by ca_file or pinned_key, one of them"));
  }
  return out;
}

Result<std::vector<unsigned>> read_pcrs(const Node& node) {
  TENZRO_ASSIGN_OR_RETURN(const auto elements, node.array(24));
  std::vector<unsigned> out;
  for (const Node& element : elements) {
    TENZRO_ASSIGN_OR_RETURN(const std::uint64_t pcr, element.unsigned_integer(23));
    if (!out.empty() && pcr <= out.back()) {
      return wrong(element, "ascending numbers");
    }
    out.push_back(static_cast<unsigned>(pcr));
  }
  return out;
}

Result<TpmSealingEntry> read_tpm(const Node& node) {
  static constexpr std::array<std::string_view, 6> kMembers = {"handle",          "template", "pcrs",
                                                               "allow_host_vtpm", "tcti",     "counter"};
  TENZRO_RETURN_IF_ERROR(only_members(node, kMembers));
  TpmSealingEntry out;
  TENZRO_RETURN_IF_ERROR(take(node, "handle", out.handle, handle_between(0x81000000, 0x81ffffff)));
  TENZRO_RETURN_IF_ERROR(take(node, "template", out.key_template, text_of));
  TENZRO_RETURN_IF_ERROR(take(node, "pcrs", out.pcrs, read_pcrs));
  TENZRO_RETURN_IF_ERROR(take_boolean(node, "allow_host_vtpm", out.allow_host_vtpm));
  TENZRO_RETURN_IF_ERROR(take(node, "tcti", out.tcti, text_of));
  TENZRO_RETURN_IF_ERROR(take(node, "counter", out.counter, handle_between(0x01000000, 0x01ffffff)));
  if (out.handle.has_value() != out.key_template.empty()) {
    return Error(ErrorCode::invalid_argument,
                 concat(node.path(), ": handle of a storage root key, or template \"ecc-p256\": exactly one of them"));
  }
  if (!out.key_template.empty() && out.key_template != "ecc-p256") {
    return Error(ErrorCode::invalid_argument, concat(node.path(), ".template: the only one is \"ecc-p256\""));
  }
  if (out.pcrs.empty()) {
    return Error(ErrorCode::invalid_argument,
                 concat(node.path(), ".pcrs: expected at least one; without PCRs any software on this TPM may unseal"));
  }
  return out;
}

Result<json::Value> parse_text(std::string_view text) { return json::parse(as_bytes(text), {.max_size = kMaxText}); }

Result<SealingConfig> read_config(const Node& root) {
  static constexpr std::array<std::string_view, 4> kMembers = {"snp", "kms", "kbs", "tpm"};
  TENZRO_RETURN_IF_ERROR(only_members(root, kMembers));
  SealingConfig out;
  const auto optionally = [](auto read) {
    return [read](const Node& node) -> Result<std::optional<typename decltype(read(node))::value_type>> {
      TENZRO_ASSIGN_OR_RETURN(auto entry, read(node));
      return std::optional(std::move(entry));
    };
  };
  TENZRO_RETURN_IF_ERROR(take(root, "snp", out.snp, optionally(read_snp)));
  TENZRO_RETURN_IF_ERROR(take(root, "kms", out.kms, optionally(read_kms)));
  TENZRO_RETURN_IF_ERROR(take(root, "kbs", out.kbs, optionally(read_kbs)));
  TENZRO_RETURN_IF_ERROR(take(root, "tpm", out.tpm, optionally(read_tpm)));
  return out;
}

}  // namespace

Result<SealingConfig> SealingConfig::from_json(std::string_view text) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, parse_text(text));
  return read_config(Node(value, "sealing"));
}

Result<SealingConfig> SealingConfig::from_file_text(std::string_view text) {
  static constexpr std::array<std::string_view, 1> kMembers = {"sealing"};
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, parse_text(text));
  const Node root(value, "configuration");
  TENZRO_RETURN_IF_ERROR(only_members(root, kMembers));
  TENZRO_ASSIGN_OR_RETURN(const auto sealing, root.optional_member("sealing"));
  return sealing ? read_config(Node(sealing->value(), "sealing")) : SealingConfig{};
}

}  // namespace tenzro::tee
