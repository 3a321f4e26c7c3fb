// SPDX-License-Identifier: Apache-2.0
#include "verdict_text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "device_names.hpp"
#include "inspection_text.hpp"

namespace tenzro::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What the short form shows of the claims; -v shows all.
constexpr auto kMainClaims = std::to_array<std::string_view>({
    // Nitro
    "module_id",
    "timestamp",
    "pcrs",
    "nitrotpm_pcrs",
    "user_data",
    "nonce",
    // TDX and SGX
    "mr_td",
    "rtmr0",
    "rtmr1",
    "rtmr2",
    "rtmr3",
    "mr_enclave",
    "mr_signer",
    "isv_prod_id",
    "isv_svn",
    "report_data",
    "fmspc",
    "debug",
    "trailing_bytes",
    // NVIDIA
    "device_type",
    "hwmodel",
    "ueid",
    "driver_version",
    "vbios_version",
    "mode",
    "measurements",
    "secure_boot",
    "cc_feature",
    "dev_tools",
    // SEV-SNP, Azure
    "measurement",
    "reported_tcb",
    "host_data",
    "id_key_digest",
    "chip_id",
    "product",
    "signing_key",
    "csp_id",
    "vmpl",
    "azure_runtime_data_sha256",
    "vtpm_pcrs",
});

/// PCRs that say nothing are left out of the short form.
Json without_zeros(const Json& value) {
  if (!value.is_object()) {
    return value;
  }
  Json out = Json::object();
  for (const auto& [name, member] : value.items()) {
    if (!member.is_string() || member.get_ref<const std::string&>().find_first_not_of('0') != std::string::npos) {
      out[name] = member;
    }
  }
  return out;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) {
    out.append(width - out.size(), ' ');
  }
  return out;
}

/// Equal ones become one where the first stood. text: what may begin with a device's name; key: all else that must be
/// equal.
template <typename Said, typename Text, typename Key>
std::vector<Folded<Said>> folded(const std::vector<Said>& all, std::string_view separator, Text text, Key key) {
  std::vector<Folded<Said>> out;
  std::map<std::pair<std::string_view, decltype(key(all.front()))>, std::size_t> seen;
  for (const Said& one : all) {
    const Attributed what = attributed(text(one), separator);
    const auto [place, is_new] = seen.try_emplace({what.rest, key(one)}, out.size());
    // What no device is named for stays as it is, even when it is said twice.
    if (is_new || !what.device || out[place->second].devices.empty()) {
      out.push_back({&one, what.rest, {}});
      place->second = out.size() - 1;
    }
    if (what.device) {
      out[place->second].devices.push_back(*what.device);
    }
  }
  return out;
}

std::vector<Folded<tee::Finding>> folded(const std::vector<tee::Finding>& findings) {
  return folded(
      findings, ": ", [](const tee::Finding& one) { return std::string_view(one.message); },
      [](const tee::Finding& one) { return std::pair<std::string_view, std::string_view>(one.code, one.check); });
}

std::vector<Folded<tee::Check>> folded(const std::vector<tee::Check>& checks) {
  return folded(
      checks, ".", [](const tee::Check& one) { return std::string_view(one.id); },
      [](const tee::Check& one) {
        return std::tuple<tee::CheckStatus, std::string_view, std::string_view, std::string_view>(
            one.status, one.expected, one.actual, one.source);
      });
}

class Writer {
 public:
  Writer(const tee::VerificationResult& verdict, const Painter& painter) : verdict_(verdict), painter_(painter) {}

  void verdict_line() {
    out_ += verdict_.valid() ? painter_(Style::good, "PASSED") : painter_(Style::bad, "FAILED");
    out_ += "  " + std::string(to_string(verdict_.platform()));
    if (verdict_.simulated()) {
      out_ += "  " + painter_(Style::caution, "*** SIMULATED: PROVES NOTHING ***");
    }
    if (verdict_.trust_anchors() == tee::TrustAnchors::custom) {
      out_ += "  " + painter_(Style::caution, "(custom trust anchors)");
    }
    if (!verdict_.valid() && !verdict_.failures().empty()) {
      out_ += "  " + safe_text(verdict_.failures().front().code);
      if (const std::size_t all = folded(verdict_.failures()).size(); all > 1) {
        out_ += " and " + std::to_string(all - 1) + " more";
      }
    }
    out_ += "\n";
  }

  void findings(std::string_view title, const std::vector<tee::Finding>& findings, Style style) {
    if (findings.empty()) {
      return;
    }
    heading(title);
    for (const Folded<tee::Finding>& one : folded(findings)) {
      const tee::Finding& finding = *one.first;
      out_ += "  " + painter_(style, safe_text(finding.code)) + " (" + safe_text(finding.check) +
              "): " + safe_text(one.text(": ")) + "\n";
      if (const tee::FindingHelp* help = tee::find_help(finding.code); help != nullptr) {
        out_ += "    -> " + std::string(help->advice) + "\n";
      }
    }
  }

  void summary() {
    heading("Result");
    answer("Platform match", verdict_.platform_verified());
    answer("Signature valid", verdict_.signature_verified());
    answer("Cert chain OK", verdict_.certificate_chain_verified());
    answer("Fresh report", verdict_.freshness_verified());
    answer("User data match", verdict_.user_data_verified());
    if (verdict_.nonce_verified()) {
      answer("Nonce match", verdict_.nonce_verified());
    }
    if (verdict_.policy_verified()) {
      answer("Policy holds", verdict_.policy_verified());
    }
    line("Firmware", verdict_.firmware_version());
    line("Judged as of", tee::to_rfc3339(verdict_.verified_at()));
    if (verdict_.valid()) {
      line("Good until", tee::to_rfc3339(verdict_.valid_until()));
    }
  }

  /// Of several devices, one line each: all that they say stands in the document.
  void devices() {
    if (verdict_.devices().size() < 2) {
      return;
    }
    heading("Devices");
    for (std::size_t i = 0, gpus = 0, switches = 0; i < verdict_.devices().size(); ++i) {
      const tee::VerificationResult& device = verdict_.devices()[i];
      const auto* claims =
          device.claims_for_display() ? std::get_if<tee::NvidiaClaims>(&*device.claims_for_display()) : nullptr;
      if (claims == nullptr) {
        continue;
      }
      const std::string name =
          claims->device_type == "nvswitch" ? "SWITCH-" + std::to_string(switches++) : "GPU-" + std::to_string(gpus++);
      out_ +=
          "  " + padded(name, 11) + (device.valid() ? painter_(Style::good, "passed") : painter_(Style::bad, "FAILED"));
      for (const auto& [label, value] : {std::pair("", claims->hwmodel), std::pair("driver ", claims->driver_version),
                                         std::pair("VBIOS ", claims->vbios_version),
                                         std::pair("measurements ", std::string(to_string(claims->measurements)))}) {
        out_ += value.empty() ? "" : "  " + (label + safe_text(value));
      }
      out_ += "\n";
    }
  }

  void checks(bool all) {
    bool first = true;
    for (const Folded<tee::Check>& one : folded(verdict_.checks())) {
      const tee::Check& check = *one.first;
      const bool one_of_many = verdict_.devices().size() > 1 && check.status == tee::CheckStatus::pass;
      if ((check.status == tee::CheckStatus::unpinned || one_of_many) && !all) {
        continue;
      }
      if (std::exchange(first, false)) {
        heading("Checks");
      }
      // Of one device, the id as it stands in the document.
      out_ += "  " + status(check.status) + "  " + safe_text(one.text(one.devices.size() > 1 ? ": " : ".")) + "\n";
      if (check.status == tee::CheckStatus::skipped) {
        detail("why", check.actual);
        continue;
      }
      const bool failed = check.status == tee::CheckStatus::fail;
      if (failed || all) {
        detail("expected", check.expected);
        detail("found", check.actual);
      }
      if (failed) {
        detail("demanded by", check.source);
      }
    }
  }

  void tcb() {
    if (!verdict_.tcb()) {
      return;
    }
    const tee::TcbVerdict& tcb = *verdict_.tcb();
    heading("TCB");
    line("Status", to_string(tcb.status));
    if (tcb.launch_status) {
      line("At launch", to_string(*tcb.launch_status));
    }
    if (tcb.current_status) {
      line("Now", to_string(*tcb.current_status));
    }
    std::string advisories;
    for (const std::string& id : tcb.advisory_ids) {
      advisories += (advisories.empty() ? "" : ", ") + id;
    }
    line("Advisories", advisories.empty() ? "none" : advisories);
    if (tcb.date) {
      line("Level date", tee::to_rfc3339(*tcb.date));
    }
    if (tcb.evaluation_data_number) {
      line("Evaluation no.", std::to_string(*tcb.evaluation_data_number));
    }
    if (tcb.collateral_expires) {
      line("Collateral until", tee::to_rfc3339(*tcb.collateral_expires));
    }
  }

  void claims(bool all) {
    // From the document, so that people and programs see the same names and values.
    const Json document = Json::parse(to_json(verdict_), nullptr, false);
    if (!document.is_object() || !document.contains("claims")) {
      return;
    }
    const Json& claims = document["claims"];
    if (!claims.is_object() || claims.empty()) {
      return;
    }
    heading(verdict_.valid() ? "Claims" : "Claims (not proven)");
    for (const auto& [name, value] : claims.items()) {
      const bool says_something = !value.is_string() || !value.get_ref<const std::string&>().empty();
      if (says_something && (all || std::ranges::find(kMainClaims, name) != kMainClaims.end())) {
        append_value(out_, name, all ? value : without_zeros(value), 1);
      }
    }
  }

  void certificates() {
    if (verdict_.certificates().empty()) {
      return;
    }
    heading("Certificate chain");
    std::size_t index = 0;
    for (const tee::CertificateInfo& certificate : verdict_.certificates()) {
      out_ += "  [" + std::to_string(index++) + "] Subject: " + safe_text(certificate.subject) + "\n";
      out_ += "      Issuer:  " + safe_text(certificate.issuer) + "\n";
      out_ += "      Valid:   " + tee::to_rfc3339(certificate.not_before) + " to " +
              tee::to_rfc3339(certificate.not_after) + "\n";
    }
  }

  void unpinned() {
    if (verdict_.unpinned().empty()) {
      return;
    }
    heading("Not pinned by any policy");
    std::string names;
    for (const std::string& name : verdict_.unpinned()) {
      names += (names.empty() ? "" : ", ") + safe_text(name);
    }
    out_ += "  " + names + "\n";
  }

  std::string take() && { return std::move(out_); }

 private:
  static constexpr std::size_t kLabelWidth = 18;

  void heading(std::string_view title) { out_ += "\n" + painter_(Style::heading, title) + "\n"; }
  void line(std::string_view label, std::string_view value) {
    if (!value.empty()) {
      out_ += "  " + padded(label, kLabelWidth) + safe_text(value) + "\n";
    }
  }
  void answer(std::string_view label, std::optional<bool> yes) {
    out_ += "  " + padded(label, kLabelWidth);
    if (!yes) {
      out_ += "not asked\n";
      return;
    }
    out_ += (*yes ? painter_(Style::good, "yes") : painter_(Style::bad, "no")) + "\n";
  }
  void detail(std::string_view label, const std::string& value) {
    if (!value.empty()) {
      out_ += "          " + padded(std::string(label) + ":", 13) + safe_text(value) + "\n";
    }
  }
  std::string status(tee::CheckStatus status) const {
    switch (status) {
      case tee::CheckStatus::fail:
        return painter_(Style::bad, "FAIL    ");
      case tee::CheckStatus::pass:
        return painter_(Style::good, "pass    ");
      case tee::CheckStatus::unpinned:
        return "unpinned";
      case tee::CheckStatus::skipped:
        return painter_(Style::caution, "skipped ");
    }
    return painter_(Style::bad, "FAIL    ");
  }

  const tee::VerificationResult& verdict_;
  const Painter& painter_;
  std::string out_;
};

}  // namespace

std::string verdict_text(const tee::VerificationResult& verdict, const Globals& globals, const Painter& painter) {
  Writer writer(verdict, painter);
  writer.verdict_line();
  if (!globals.quiet) {
    writer.findings("Failures", verdict.failures(), Style::bad);
    writer.findings("Warnings", verdict.warnings(), Style::caution);
    writer.summary();
    writer.devices();
    writer.checks(globals.verbose);
    writer.tcb();
    writer.claims(globals.verbose);
    writer.certificates();
    if (globals.verbose) {
      writer.unpinned();
    }
  }
  return std::move(writer).take();
}

}  // namespace tenzro::cli
