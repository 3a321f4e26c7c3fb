// SPDX-License-Identifier: Apache-2.0
// Collateral files of every form.
#include "collateral/bundle.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void run(ByteView input) {
  const auto contents = collateral::read_contents(input, "fuzz");
  if (!agree(contents, collateral::read_contents(input, "fuzz"))) {
    return;
  }
  require(!contents->form.empty(), "a recognised form has a name");
  const std::string bundle = collateral::bundle_to_json(contents->documents);
  const auto again =
      collateral::parse_bundle({reinterpret_cast<const std::uint8_t*>(bundle.data()), bundle.size()}, "bundle");
  require(again.has_value(), "a bundle that was written can be read");
  require(again->documents.size() == contents->documents.size(), "a bundle keeps every document");
  for (std::size_t i = 0; i < again->documents.size(); ++i) {
    const auto& before = contents->documents[i];
    const auto& after = again->documents[i];
    require(before.kind != CollateralKind::unknown, "every document has a kind");
    require(before.kind == after.kind && before.body == after.body && before.issuer_chain == after.issuer_chain,
            "a bundle keeps a document as it is");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
