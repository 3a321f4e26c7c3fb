// SPDX-License-Identifier: Apache-2.0
// The exact bytes of an object's members. Runs over texts that parse() has accepted, and so need not check them again.

#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::json {

namespace {

using Members = std::vector<std::pair<std::string, ByteView>>;

bool is_space(std::uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool opens(std::uint8_t c) { return c == '{' || c == '['; }
bool closes(std::uint8_t c) { return c == '}' || c == ']'; }

/// A well-formed text, read token by token. Bounds hold even where the text is not what was promised.
class Scanner {
 public:
  explicit Scanner(ByteView text) : text_(text) {}

  bool at_end() const noexcept { return at_ == text_.size(); }
  std::uint8_t peek() const noexcept { return at_end() ? 0 : text_[at_]; }

  void skip_space() {
    while (!at_end() && is_space(text_[at_])) {
      ++at_;
    }
  }
  /// The one expected character, with the white space before it.
  bool skip(std::uint8_t expected) {
    skip_space();
    if (peek() != expected) {
      return false;
    }
    ++at_;
    return true;
  }
  /// A string with its quotes.
  ByteView string() {
    const std::size_t start = at_;
    skip_string();
    return text_.subspan(start, at_ - start);
  }
  ByteView value() {
    skip_space();
    const std::size_t start = at_;
    if (peek() == '"') {
      skip_string();
    } else if (opens(peek())) {
      skip_container();
    } else {
      skip_scalar();
    }
    return text_.subspan(start, at_ - start);
  }

 private:
  void skip_string() {
    if (!at_end()) {
      ++at_;
    }
    while (!at_end()) {
      const std::uint8_t c = text_[at_++];
      if (c == '"') {
        return;
      }
      if (c == '\\' && !at_end()) {
        ++at_;
      }
    }
  }
  void skip_container() {
    std::size_t depth = 0;
    while (!at_end()) {
      const std::uint8_t c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      ++at_;
      if (opens(c)) {
        ++depth;
      }
      if (closes(c) && --depth == 0) {
        return;
      }
    }
  }
  void skip_scalar() {
    while (!at_end() && !is_space(text_[at_]) && text_[at_] != ',' && !closes(text_[at_])) {
      ++at_;
    }
  }

  ByteView text_;
  std::size_t at_ = 0;
};

/// quoted: a JSON string with its quotes.
Result<std::string> unescaped(ByteView quoted, const Limits& limits) {
  TENZRO_ASSIGN_OR_RETURN(const Value name, parse(quoted, limits));
  return Node(name, "member name").string(quoted.size());
}

/// text: an object that parse() accepts.
Result<Members> scan(ByteView text, const Limits& limits) {
  const Error broken(ErrorCode::internal, "json: members are not where the parser found them");
  Scanner in(text);
  if (!in.skip('{')) {
    return Error(ErrorCode::malformed_input, "json: expected an object");
  }
  Members out;
  if (in.skip('}')) {
    return out;
  }
  do {
    in.skip_space();
    TENZRO_ASSIGN_OR_RETURN(std::string name, unescaped(in.string(), limits));
    if (!in.skip(':')) {
      return broken;
    }
    out.emplace_back(std::move(name), in.value());
  } while (in.skip(','));
  if (!in.skip('}')) {
    return broken;
  }
  return out;
}

}  // namespace

Result<ParsedObject> parse_object(ByteView text, const Limits& limits) {
  TENZRO_ASSIGN_OR_RETURN(Value value, parse(text, limits));
  TENZRO_ASSIGN_OR_RETURN(Members members, scan(text, limits));
  return ParsedObject{std::move(value), std::move(members)};
}

Result<Members> raw_members(ByteView text, const Limits& limits) {
  TENZRO_ASSIGN_OR_RETURN(ParsedObject parsed, parse_object(text, limits));
  return std::move(parsed.members);
}

}  // namespace tenzro::tee::json
