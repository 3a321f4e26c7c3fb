// SPDX-License-Identifier: Apache-2.0
// From nlohmann's parse events to a value, refusing what nlohmann lets through.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.hpp"

namespace tenzro::tee::json {

/// How far the parser has read. The parser does not tell its handler, so the input iterator writes it here.
struct Progress {
  const char* at = nullptr;
};

/// The SAX handler of one parse. Keeps its place in a list of open containers, so that nothing recurses.
/// Threads: one thread at a time.
class Builder final : public nlohmann::json_sax<Value> {
 public:
  Builder(std::string_view text, const Limits& limits, const Progress& progress)
      : text_(text), limits_(limits), progress_(progress) {}

  Value&& take() && { return std::move(root_); }
  /// Where and why the parse stopped, once a handler or the parser has refused.
  Error refusal() const;

  bool null() override;
  bool boolean(bool value) override;
  bool number_integer(std::int64_t value) override;
  bool number_unsigned(std::uint64_t value) override;
  bool number_float(double value, const std::string& text) override;
  bool string(std::string& value) override;
  bool binary(Value::binary_t& value) override;
  bool start_object(std::size_t elements) override;
  bool key(std::string& name) override;
  bool end_object() override;
  bool start_array(std::size_t elements) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string& last_token,
                   const nlohmann::detail::exception& exception) override;

 private:
  bool refuse(std::string problem);
  bool refuse_number(std::string problem);
  /// Puts the value where it belongs; null when there are too many.
  Value* add(Value&& value);
  bool open(Value&& container);

  std::string_view text_;
  const Limits& limits_;
  const Progress& progress_;
  Value root_;
  std::vector<Value*>
      open_;  // an element of a container does not move while it is open: its parent gains none meanwhile
  Value* member_ = nullptr;  // where the value of the name just read goes
  std::size_t values_ = 0;
  std::string problem_;
  std::size_t offset_ = 0;
};

/// malformed_input: "json: line 2, column 7: problem".
Error refused_at(std::string_view text, std::size_t offset, std::string_view problem);

}  // namespace tenzro::tee::json
