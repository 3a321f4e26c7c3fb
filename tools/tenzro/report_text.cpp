// SPDX-License-Identifier: Apache-2.0
#include "report_text.hpp"

#include <cstddef>
#include <vector>

namespace tenzro::cli {
namespace {

constexpr std::size_t kNameWidth = 18;

void line(std::string& out, std::string_view name, const std::string& value) {
  out += "  ";
  out += name;
  out.append(kNameWidth - name.size(), ' ');
  out += value + "\n";
}

std::string size_of_hex(const std::string& hex) { return std::to_string(hex.size() / 2) + " bytes"; }

/// "(64 bytes) 68656c6c6f00..."
std::string data_value(const std::string& hex) { return "(" + size_of_hex(hex) + ") " + hex; }

}  // namespace

std::string report_text(const tee::AttestationReport& report, std::string_view made_by, const Painter& painter) {
  std::string out = painter(Style::heading, "Attestation report") + "\n";
  line(out, "Platform",
       std::string(to_string(report.platform)) +
           (report.simulated ? "  " + painter(Style::caution, "*** SIMULATED: PROVES NOTHING ***") : ""));
  line(out, "Made by", safe_text(made_by));
  if (!report.firmware_version.empty()) {
    line(out, "Firmware", safe_text(report.firmware_version));
  }
  // Evidence of several devices has several of both.
  if (!report.report_data_hex.empty()) {
    line(out, "Report data", data_value(report.report_data_hex));
  }
  if (!report.signature_hex.empty()) {
    line(out, "Signature", size_of_hex(report.signature_hex));
  }
  line(out, "Cert chain", std::to_string(tee::evidence_certificates(report).size()) + " certificates");
  line(out, "Evidence", std::to_string(report.evidence.size()) + " bytes");
  if (!report.event_log.empty()) {
    line(out, "Event log", std::to_string(report.event_log.size()) + " bytes");
  }
  line(out, "Collateral", report.collateral.empty() ? "not enclosed" : "enclosed");
  return out;
}

}  // namespace tenzro::cli
