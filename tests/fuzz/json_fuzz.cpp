// SPDX-License-Identifier: Apache-2.0
// Strict JSON: no crash, nothing accepted that nlohmann alone would refuse, exact slices of members.
#include "formats/json.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

constexpr json::Limits kLimits{.max_size = 1 << 16, .max_depth = 16, .max_values = 1 << 12};

/// The typed readers, on every value.
void read_as_everything(const json::Node& node) {
  const auto check = [](const auto& result) {
    if (!result) {
      require_decent(result.error());
    }
  };
  check(node.member("a"));
  check(node.optional_member("tcbInfo"));
  check(node.array(8));
  check(node.string(64));
  check(node.unsigned_integer(65535));
  check(node.hex<6>());
  check(node.time());
}

void check_members(ByteView input, const json::Value& value) {
  const auto members = json::raw_members(input, kLimits);
  require(members.has_value() == value.is_object(), "an object has members, and nothing else has");
  if (!members) {
    return require_decent(members.error());
  }
  require(members->size() == value.size(), "every member is found once");
  for (const auto& [name, slice] : *members) {
    require(within(input, slice), "a slice lies inside the text");
    const auto parsed = json::parse(slice, kLimits);
    require(parsed.has_value() && value.contains(name) && *parsed == value[name], "a slice is the member's value");
    read_as_everything(json::Node(*parsed, name));
  }
}

void run(ByteView input) {
  const auto value = json::parse(input, kLimits);
  if (!agree(value, json::parse(input, kLimits))) {
    return;
  }
  require(json::Value::accept(input.begin(), input.end()), "what is accepted here is JSON");
  const std::string written = value->dump();
  const auto again = json::parse(ByteView(reinterpret_cast<const std::uint8_t*>(written.data()), written.size()));
  require(again.has_value() && *again == *value, "written and read again, a value is the same");
  read_as_everything(json::Node(*value, "root"));
  check_members(input, *value);
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
