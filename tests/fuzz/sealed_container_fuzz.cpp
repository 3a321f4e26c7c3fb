// SPDX-License-Identifier: Apache-2.0
// Containers and small messages of a hostile disk, under a root that is there.
#include <algorithm>

#include "fuzz_target.hpp"
#include "seal/container_header.hpp"
#include "support/fixed_root.hpp"
#include "tenzro/tee/inspect.hpp"

namespace tenzro::tee::fuzz {
namespace {

/// Whatever the bytes are: refused with one of three codes, or the header is what a writer writes.
void read_header(ByteView input) {
  const auto parsed = seal_format::parse_header(input);
  if (!parsed) {
    const ErrorCode code = parsed.error().code();
    require(code == ErrorCode::malformed_input || code == ErrorCode::unsupported, "a broken header, or a new one");
    return;
  }
  require(parsed->size() <= input.size() && parsed->size() <= kMaxSealedHeader, "a header is within its input");
  const auto written = seal_format::write_header(parsed->header);
  require(written.has_value(), "what was read can be written");
  require(written->size() <= parsed->without_commitment.size(), "more padding is the only other way to write it");
  require(inspect(input).has_value(), "and shown");
}

/// Nothing but what this root sealed may open, and nothing here was.
void open_all(ByteView input) {
  test::FixedRoot tee(Bytes(32, 0x77), "simulated");
  const SealKeyId id = test::key_id("a");
  test::BytesInput in(input);
  test::BytesOutput out;
  require(!unseal_stream(id, in, out, tee, test::fixed_options()).has_value(), "nobody sealed this");
  require(out.written.empty(), "nothing comes of it");
  require(!SealedReader::open(id, input, tee, test::fixed_options()).has_value(), "nobody sealed this");
  require(!unseal(id, input, tee, test::fixed_options()).has_value(), "nobody sealed this");
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::read_header({data, size});
  tenzro::tee::fuzz::open_all({data, size});
  return 0;
}
