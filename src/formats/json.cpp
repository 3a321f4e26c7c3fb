// SPDX-License-Identifier: Apache-2.0
// Strict JSON on nlohmann's parser, which by itself keeps the last of two equal names, turns long integers into
// doubles, takes a byte-order mark, takes a NUL byte for the end of the text and knows no depth limit.
#include "formats/json.hpp"

#include <cstddef>
#include <iterator>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/json_builder.hpp"

namespace tenzro::tee::json {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kShownPath = 200;

/// Reads the text and leaves word of how far it has come.
class TrackingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  TrackingIterator(const char* at, Progress* progress) : at_(at), progress_(progress) {}
  char operator*() const { return *at_; }
  TrackingIterator& operator++() {
    progress_->at = ++at_;
    return *this;
  }
  friend bool operator==(const TrackingIterator& a, const TrackingIterator& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  Progress* progress_;
};

/// Nobody writes so much white space. The parser keeps it for its messages, many times over.
constexpr std::size_t kMaxBlank = 4096;

/// Where more than kMaxBlank white space characters stand in a row, line ends or tabs among them (in a string there may
/// be spaces only); npos when nowhere.
std::size_t find_long_blank(std::string_view text) {
  std::size_t start = 0;
  bool has_control = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool control = c == '\t' || c == '\n' || c == '\r';
    if (!control && c != ' ') {
      start = at + 1;
      has_control = false;
      continue;
    }
    has_control |= control;
    if (has_control && at - start >= kMaxBlank) {
      return start;
    }
  }
  return std::string_view::npos;
}

std::string joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : concat(path, ".", name);
}

}  // namespace

Result<Value> parse(ByteView text, const Limits& limits) {
  if (text.size() > limits.max_size) {
    return Error(ErrorCode::malformed_input,
                 concat("json: ", text.size(), " bytes, expected at most ", limits.max_size));
  }
  const std::string_view chars = as_text(text);
  if (chars.starts_with(kByteOrderMark)) {
    return refused_at(chars, 0, "byte-order mark");
  }
  if (const auto nul = chars.find('\0'); nul != std::string_view::npos) {
    return refused_at(chars, nul, "NUL byte");
  }

  if (const auto blank = find_long_blank(chars); blank != std::string_view::npos) {
    return refused_at(chars, blank, concat("more than ", kMaxBlank, " characters of white space in a row"));
  }

  Progress progress{chars.data()};
  Builder builder(chars, limits, progress);
  const char* const end = chars.data() + chars.size();
  if (!Value::sax_parse(TrackingIterator(chars.data(), &progress), TrackingIterator(end, &progress), &builder,
                        Value::input_format_t::json, true)) {
    return builder.refusal();
  }
  return std::move(builder).take();
}

Error Node::wrong(std::string_view expected) const {
  return Error(ErrorCode::malformed_input,
               concat(path_.empty() ? "json" : printable(path_, kShownPath), ": expected ", expected));
}

Result<Node> Node::member(std::string_view name) const {
  TENZRO_ASSIGN_OR_RETURN(std::optional<Node> found, optional_member(name));
  if (found) {
    return *std::move(found);
  }
  return wrong(concat("a member \"", printable(name), "\""));
}

Result<std::optional<Node>> Node::optional_member(std::string_view name) const {
  const auto* const members = value_->get_ptr<const Value::object_t*>();
  if (members == nullptr) {
    return wrong("an object");
  }
  const auto found = members->find(name);
  if (found == members->end()) {
    return std::optional<Node>();
  }
  return std::optional(Node(found->second, joined(path_, name)));
}

bool Node::has(std::string_view name) const {
  const auto* const members = value_->get_ptr<const Value::object_t*>();
  return members != nullptr && members->find(name) != members->end();
}

Result<std::vector<Node>> Node::array(std::size_t max_size) const {
  const auto* const elements = value_->get_ptr<const Value::array_t*>();
  if (elements == nullptr) {
    return wrong("an array");
  }
  if (elements->size() > max_size) {
    return wrong(concat("an array of at most ", max_size, " elements"));
  }
  std::vector<Node> out;
  out.reserve(elements->size());
  for (std::size_t i = 0; i < elements->size(); ++i) {
    out.emplace_back((*elements)[i], concat(path_, "[", i, "]"));
  }
  return out;
}

Result<std::string> Node::string(std::size_t max_size) const {
  const auto* const text = value_->get_ptr<const Value::string_t*>();
  if (text == nullptr) {
    return wrong("a string");
  }
  if (text->size() > max_size) {
    return wrong(concat("a string of at most ", max_size, " bytes"));
  }
  return *text;
}

Result<std::uint64_t> Node::unsigned_integer(std::uint64_t max) const {
  const auto* const number = value_->get_ptr<const Value::number_unsigned_t*>();
  if (number == nullptr || *number > max) {
    return wrong(concat("an unsigned integer up to ", max));
  }
  return *number;
}

Result<UtcTime> Node::time() const {
  const auto* const text = value_->get_ptr<const Value::string_t*>();
  if (text == nullptr) {
    return wrong("an RFC 3339 time");
  }
  auto parsed = from_rfc3339(*text);
  if (!parsed) {
    return wrong("an RFC 3339 time");
  }
  return parsed;
}

Result<Bytes> Node::hex_bytes(std::size_t size) const {
  const auto* const text = value_->get_ptr<const Value::string_t*>();
  if (text == nullptr || text->size() / 2 != size) {
    return wrong(concat(size, " bytes in hex"));
  }
  auto bytes = from_hex(*text);
  if (!bytes) {
    return wrong(concat(size, " bytes in hex"));
  }
  return bytes;
}

}  // namespace tenzro::tee::json
