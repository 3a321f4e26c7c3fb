// SPDX-License-Identifier: Apache-2.0
// What the Nitro Security Module answers, taken for the answer to each request.
#include "evidence/nitro/document.hpp"
#include "fuzz_target.hpp"
#include "provider/nitro/nsm_messages.hpp"

namespace tenzro::tee::fuzz {
namespace {

template <class Read>
void read_twice(Read read, ByteView input) {
  const auto first = read(input);
  if (!agree(first, read(input))) {
    const ErrorCode code = first.error().code();
    require(code == ErrorCode::hardware_failure || code == ErrorCode::malformed_input, "the module, or its answer");
  }
}

void run(ByteView input) {
  read_twice(nitro::read_description, input);
  read_twice(nitro::read_random, input);
  read_twice(nitro::read_pcr, input);
  read_twice(nitro::read_extended_pcr, input);
  read_twice([](ByteView in) { return nitro::read_acknowledgement(in, "LockPCR"); }, input);
  read_twice(nitro::read_document, input);
  if (const auto document = nitro::read_document(input)) {
    require(document->size() <= nitro::kMaxDocumentSize && document->size() < input.size(),
            "a document is a part of its answer");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
