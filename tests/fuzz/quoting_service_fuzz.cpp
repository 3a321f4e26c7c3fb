// SPDX-License-Identifier: Apache-2.0
// What the host's quoting service answers a guest with.
#include "provider/tdx/quoting_service.hpp"

#include "evidence/tdx/quote.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void run(ByteView input) {
  const auto quote = tdx::read_quote_answer(input);
  if (!agree(quote, tdx::read_quote_answer(input))) {
    require(quote.error().code() == ErrorCode::hardware_failure, "it is the host that failed");
    return;
  }
  require(quote->size() <= tdx::kMaxQuoteSize && quote->size() + 24 <= input.size(), "a quote is a part of its answer");
  require(std::ranges::equal(*quote, input.last(quote->size())), "and its end");
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
