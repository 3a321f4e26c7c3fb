// SPDX-License-Identifier: Apache-2.0
// SEV-SNP reports, alone or extended: every view inside the input, every reserved byte found.
#include "evidence/snp/certificate_table.hpp"
#include "evidence/snp/report.hpp"
#include "evidence/snp/tcb.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void check_report(ByteView input, const snp::Report& report) {
  for (const ByteView part :
       {ByteView(report.family_id()), ByteView(report.image_id()), ByteView(report.report_data()),
        ByteView(report.measurement()), ByteView(report.host_data()), ByteView(report.id_key_digest()),
        ByteView(report.author_key_digest()), ByteView(report.report_id()), ByteView(report.report_id_ma()),
        ByteView(report.chip_id()), report.signed_bytes(), report.signature()}) {
    require(within(input, part), "every part lies inside the report");
  }
  require(report.signed_bytes().size() == snp::kSignedSize, "672 bytes are signed");
  require(report.cpu_id().has_value() == (report.version() >= 3), "version 3 brought the processor's id");
  if (const auto at = report.nonzero_reserved()) {
    require(*at < input.size(), "a reserved byte lies inside the report");
  }
  if (const auto signature = report.signature_r_s()) {
    for (std::size_t i = 0; i < 48; ++i) {
      require((*signature)[47 - i] == report.signature()[i] && (*signature)[95 - i] == report.signature()[72 + i],
              "R and S are little-endian");
    }
  }
  if (const auto cpu = report.cpu_id()) {
    if (const auto product = snp::product_of(*cpu)) {
      const snp::Tcb tcb = snp::read_tcb(report.reported_tcb(), *product);
      require(at_most(tcb, tcb), "a TCB is not below itself");
    }
  }
}

void run(ByteView input) {
  const auto parts = snp::split_extended_report(input);
  if (!parts) {
    require_decent(parts.error());
    require(!snp::parse_report(input).has_value(), "a report is not shorter than a report");
    return;
  }
  require(parts->report.size() + parts->certificate_table.size() == input.size(), "nothing is lost between the parts");
  const auto report = snp::parse_report(parts->report);
  if (!agree(report, snp::parse_report(parts->report))) {
    return;
  }
  check_report(parts->report, *report);
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
