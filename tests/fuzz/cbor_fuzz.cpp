// SPDX-License-Identifier: Apache-2.0
// CBOR: skipping and reading step by step take the same inputs, and what one strictness takes the looser one takes too.
#include "formats/cbor.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

constexpr cbor::Form kLoose = {.shortest_heads = false, .indefinite_containers = true};

bool skips(ByteView input, cbor::Form form) {
  cbor::Reader in("item", input, form);
  const auto skipped = in.skip("value");
  const auto end = in.expect_end();
  if (!skipped) {
    require_decent(skipped.error());
    return false;
  }
  require(in.offset() + in.rest().size() == input.size(), "what is not read is left");
  if (!end) {
    require_decent(end.error());
  }
  return end.has_value();
}

/// One item; false when it was refused. depth: how many containers are open.
bool read_item(ByteView input, cbor::Reader& in, std::size_t depth) {
  require(depth <= cbor::kMaxDepth, "nesting is bounded");
  const auto type = in.peek("value");
  if (!type) {
    return false;
  }
  const bool map = *type == cbor::Type::map;
  if (!map && *type != cbor::Type::array) {
    const auto key = in.key("value");
    require(!key || (key->type == *type && within(input, key->bytes)), "every string lies inside the input");
    return key.has_value();
  }
  if (!(map ? in.enter_map("value") : in.enter_array("value"))) {
    return false;
  }
  cbor::KeySet keys;
  while (true) {
    const auto step = in.next("value");
    if (!step || *step == cbor::Step::end) {
      return step.has_value();
    }
    if (map) {
      const auto key = in.key("key");
      if (!key || !keys.add("map", *key)) {
        return false;
      }
    }
    if (!read_item(input, in, depth + 1)) {
      return false;
    }
  }
}

void run(ByteView input) {
  const bool loose = skips(input, kLoose);
  cbor::Reader in("item", input, kLoose);
  require(loose == (read_item(input, in, 0) && in.expect_end().has_value()), "skipping and reading agree");
  require(loose || !skips(input, {}), "the strict form takes nothing that the loose one refuses");
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
