// SPDX-License-Identifier: Apache-2.0
// What a TPM's sealed object is kept as beside the data: the metadata, and the public area in it (which is tried on the
// input itself too).
#include "fuzz_target.hpp"
#include "seal/tpm/sealed_object.hpp"

namespace tenzro::tee::fuzz {
namespace {

void run(ByteView input) {
  const auto policy = tpm::sealed_policy(input);
  if (agree(policy, tpm::sealed_policy(input))) {
    require(input.size() == 80, "there is one shape");
    require(same(input.subspan(12, 32), *policy), "the policy stands where it does");
  }
  const auto object = tpm::parse_metadata(text_of(input));
  if (agree(object, tpm::parse_metadata(text_of(input)))) {
    require(object->private_area.size() <= 2 + tpm::kMaxPrivateArea, "what is kept is bounded");
    require(tpm::sealed_policy(object->public_area).has_value(), "the public area is of the one shape");
    const std::string written = tpm::metadata_of(*object);
    const auto again = tpm::parse_metadata(written);
    require(again.has_value() && again->public_area == object->public_area &&
                again->private_area == object->private_area && again->parent_name == object->parent_name,
            "what is written reads the same");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
