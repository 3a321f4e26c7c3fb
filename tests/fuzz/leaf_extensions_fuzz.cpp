// SPDX-License-Identifier: Apache-2.0
// AMD's extensions of VCEK and VLEK certificates. The input names the kind of leaf in its first byte (bit 0: VLEK; the
// rest: product); after that each extension has a byte for its OID, one for its length, and its value.
#include <array>
#include <span>
#include <vector>

#include "evidence/snp/certificate_extensions.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

constexpr std::array<std::string_view, 16> kOids = {
    "1.3.6.1.4.1.3704.1.1",   "1.3.6.1.4.1.3704.1.2",   "1.3.6.1.4.1.3704.1.3.1",  "1.3.6.1.4.1.3704.1.3.2",
    "1.3.6.1.4.1.3704.1.3.3", "1.3.6.1.4.1.3704.1.3.4", "1.3.6.1.4.1.3704.1.3.5",  "1.3.6.1.4.1.3704.1.3.6",
    "1.3.6.1.4.1.3704.1.3.7", "1.3.6.1.4.1.3704.1.3.8", "1.3.6.1.4.1.3704.1.3.9",  "1.3.6.1.4.1.3704.1.4",
    "1.3.6.1.4.1.3704.1.5",   "1.3.6.1.4.1.3704.1.6",   "1.3.6.1.4.1.3704.1.3.10", "2.5.29.19"};

std::vector<snp::NamedExtension> extensions_in(ByteView input) {
  std::vector<snp::NamedExtension> out;
  while (input.size() >= 2) {
    const std::size_t size = std::min<std::size_t>(input[1], input.size() - 2);
    out.push_back({kOids.at(input[0] % kOids.size()), input.subspan(2, size)});
    input = input.subspan(2 + size);
  }
  return out;
}

void run(ByteView input) {
  if (input.empty()) {
    return;
  }
  const bool vlek = (input[0] & 1) != 0;
  const auto product = static_cast<snp::Product>((input[0] >> 1) % 3);
  const auto extensions = extensions_in(input.subspan(1));
  const auto leaf = snp::read_leaf_extensions(extensions, product, vlek);
  if (!agree(leaf, snp::read_leaf_extensions(extensions, product, vlek))) {
    return;
  }
  const bool turin = product == snp::Product::turin;
  require(leaf->hwid.has_value() != vlek && leaf->csp_id.has_value() == vlek,
          "a VCEK names a chip, a VLEK a provider, and neither both");
  require(vlek || leaf->hwid->size() == (turin ? 8U : 64U), "a chip id has its product's length");
  require(!vlek || !leaf->csp_id->empty(), "a provider has a name");
  require(leaf->tcb.fmc.has_value() == turin, "the FMC came with Turin");
  require(!leaf->product_name.empty() && leaf->product_name.size() <= 64, "a product's name is short");
  // What is read may stand there once.
  for (std::size_t i = 0; i < extensions.size(); ++i) {
    std::vector<snp::NamedExtension> twice = extensions;
    twice.push_back(extensions[i]);
    const bool known = extensions[i].oid != kOids[13] && extensions[i].oid != kOids[15];
    require(snp::read_leaf_extensions(twice, product, vlek).has_value() != known, "nothing that is read stands twice");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
