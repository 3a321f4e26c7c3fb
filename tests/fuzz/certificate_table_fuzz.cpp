// SPDX-License-Identifier: Apache-2.0
// Certificate tables of extended SEV-SNP reports: all content inside the table and behind its entries.
#include "evidence/snp/certificate_table.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void run(ByteView input) {
  const auto table = snp::parse_certificate_table(input);
  if (!agree(table, snp::parse_certificate_table(input))) {
    return;
  }
  for (const ByteView content : {table->ark, table->ask, table->vcek, table->vlek, table->crl, table->platform_info}) {
    require(within(input, content), "content lies inside the table");
    require(content.empty() || content.data() >= input.data() + 48, "content lies behind its own entry and the end");
  }
  require(table->unknown_entries <= snp::kMaxTableEntries, "entries are bounded");
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
