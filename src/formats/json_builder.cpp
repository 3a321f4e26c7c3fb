// SPDX-License-Identifier: Apache-2.0
#include "formats/json_builder.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace tenzro::tee::json {

namespace {

constexpr int kNumberOverflow = 406;                                         // nlohmann's id of its out_of_range error
constexpr std::string_view kUnexpectedNumber = "unexpected number literal";  // nlohmann's words
constexpr std::string_view kExpectedInteger = "expected an integer of 64 bits without fraction or exponent";

/// The cause in nlohmann's "... syntax error while parsing value - CAUSE; last read: '...'".
std::string_view cause_of(std::string_view what) {
  if (const auto start = what.find(" - "); start != std::string_view::npos) {
    what.remove_prefix(start + 3);
  }
  return what.substr(0, what.find("; last read"));
}

}  // namespace

Error refused_at(std::string_view text, std::size_t offset, std::string_view problem) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return Error(ErrorCode::malformed_input,
               concat("json: line ", line, ", column ", before.size() - line_start + 1, ": ", problem));
}

Error Builder::refusal() const { return refused_at(text_, offset_, problem_); }

bool Builder::refuse(std::string problem) {
  const auto read = static_cast<std::size_t>(progress_.at - text_.data());
  offset_ = read == 0 ? 0 : read - 1;
  problem_ = std::move(problem);
  return false;
}

bool Builder::refuse_number(std::string problem) {
  refuse(std::move(problem));
  // The end of a number is noticed at the character behind it, which may be on another line.
  if (offset_ > 0 && (text_[offset_] < '0' || text_[offset_] > '9')) {
    --offset_;
  }
  return false;
}

Value* Builder::add(Value&& value) {
  if (++values_ > limits_.max_values) {
    refuse(concat("more than ", limits_.max_values, " values"));
    return nullptr;
  }
  if (open_.empty()) {
    root_ = std::move(value);
    return &root_;
  }
  if (auto* const array = open_.back()->get_ptr<Value::array_t*>()) {
    return &array->emplace_back(std::move(value));
  }
  *member_ = std::move(value);
  return member_;
}

bool Builder::open(Value&& container) {
  if (open_.size() >= limits_.max_depth) {
    return refuse(concat("nested deeper than ", limits_.max_depth));
  }
  Value* const placed = add(std::move(container));
  if (placed == nullptr) {
    return false;
  }
  open_.push_back(placed);
  return true;
}

bool Builder::null() { return add(Value(nullptr)) != nullptr; }
bool Builder::boolean(bool value) { return add(Value(value)) != nullptr; }
bool Builder::number_integer(std::int64_t value) { return add(Value(value)) != nullptr || refuse_number(problem_); }
bool Builder::number_unsigned(std::uint64_t value) { return add(Value(value)) != nullptr || refuse_number(problem_); }

// Integers beyond 64 bits arrive here too.
bool Builder::number_float(double /*value*/, const std::string& /*text*/) {
  return refuse_number(std::string(kExpectedInteger));
}

bool Builder::string(std::string& value) {
  if (value.find('\0') != std::string::npos) {
    return refuse("NUL in a string");
  }
  return add(Value(std::move(value))) != nullptr;
}

bool Builder::binary(Value::binary_t& /*value*/) { return refuse("binary value"); }

bool Builder::start_object(std::size_t /*elements*/) { return open(Value(Value::value_t::object)); }

bool Builder::key(std::string& name) {
  if (name.find('\0') != std::string::npos) {
    return refuse("NUL in a member name");
  }
  auto& members = open_.back()->get_ref<Value::object_t&>();
  const auto [member, is_new] = members.try_emplace(name);
  if (!is_new) {
    return refuse(concat("duplicate member \"", printable(name), "\""));
  }
  member_ = &member->second;
  return true;
}

bool Builder::start_array(std::size_t /*elements*/) { return open(Value(Value::value_t::array)); }

bool Builder::end_object() {
  open_.pop_back();
  return true;
}

bool Builder::end_array() {
  open_.pop_back();
  return true;
}

bool Builder::parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                          const nlohmann::detail::exception& exception) {
  if (exception.id == kNumberOverflow) {
    return refuse_number(std::string(kExpectedInteger));
  }
  std::string cause = printable(cause_of(exception.what()), 200);
  return cause.starts_with(kUnexpectedNumber) ? refuse_number(std::move(cause)) : refuse(std::move(cause));
}

}  // namespace tenzro::tee::json
