// SPDX-License-Identifier: Apache-2.0
// SEV-SNP reports, alone, extended or inside Azure's blobs, decoded.
#include <algorithm>
#include <optional>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "evidence/claims_json.hpp"
#include "evidence/hcl_report.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "evidence/snp/claims.hpp"
#include "evidence/snp/silicon_line.hpp"
#include "evidence/snp/tcb.hpp"
#include "evidence/tpm_quote.hpp"
#include "formats/pem.hpp"
#include "inspect/attributes.hpp"
#include "inspect/describe.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

ByteArray<8> wire(std::uint64_t value) {
  ByteArray<8> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.at(i) = static_cast<std::uint8_t>(value >> (8 * i));
  }
  return out;
}

/// How the bytes of a TCB are to be read: by the processor's family, and where the report does not name the processor
/// (version 2), as the chip id of its time or of Turin's has it.
struct TcbLayout {
  bool family_1a = false;
  bool assumed = false;
};
std::optional<TcbLayout> tcb_layout(const snp::Report& report) {
  constexpr std::uint8_t kFamily19 = 0x19;
  constexpr std::uint8_t kFamily1a = 0x1a;
  constexpr std::size_t kShortChipId = 8;
  if (const auto cpu = report.cpu_id()) {
    const bool known = cpu->family == kFamily19 || cpu->family == kFamily1a;
    return known ? std::optional(TcbLayout{cpu->family == kFamily1a, false}) : std::nullopt;
  }
  const bool is_short =
      std::ranges::all_of(report.chip_id().subspan<kShortChipId>(), [](std::uint8_t byte) { return byte == 0; });
  return TcbLayout{is_short && !report.chip_id_masked(), true};
}

/// By component where the layout is known.
Json describe_tcb(const ByteArray<8>& bytes, const std::optional<TcbLayout>& layout) {
  Json out = {{"raw", to_hex(bytes)}};
  if (!layout) {
    return out;
  }
  const snp::Tcb tcb = snp::read_tcb(bytes, layout->family_1a ? snp::Product::turin : snp::Product::genoa);
  if (tcb.fmc) {
    out["fmc"] = *tcb.fmc;
  }
  out["bootloader"] = tcb.bootloader;
  out["tee"] = tcb.tee;
  out["snp"] = tcb.snp;
  out["microcode"] = tcb.microcode;
  return out;
}

Json describe_tcbs(const snp::Report& report) {
  const auto layout = tcb_layout(report);
  Json out = Json::object();
  out["layout"] = !layout             ? "unknown, the processor is of no known family"
                  : layout->assumed   ? layout->family_1a ? "assumed: family 1Ah, by the short chip id"
                                                          : "assumed: family 19h, the report names no processor"
                  : layout->family_1a ? "family 1Ah"
                                      : "family 19h";
  out["current"] = describe_tcb(report.current_tcb(), layout);
  out["reported"] = describe_tcb(report.reported_tcb(), layout);
  out["committed"] = describe_tcb(report.committed_tcb(), layout);
  out["launch"] = describe_tcb(report.launch_tcb(), layout);
  return out;
}

Json describe_report_body(const snp::Report& report) {
  const auto cpu = report.cpu_id();
  Json out = Json::object();
  out["claims"] = evidence::claims_json(snp::snp_claims(report));
  out["policy_set"] = snp_policy_names(wire(report.policy()));
  out["policy_abi"] = concat((report.policy() >> 8) & 0xff, ".", report.policy() & 0xff);
  out["platform_info_set"] = snp_platform_info_names(wire(report.platform_info()));
  if (cpu) {
    const auto line = snp::silicon_line_of(*cpu);
    out["processor"] = {{"family", cpu->family}, {"model", cpu->model}, {"stepping", cpu->stepping}};
    out["silicon_line"] = line ? Json(to_string(*line)) : Json();
  }
  out["tcb"] = describe_tcbs(report);
  out["firmware_version"] = {{"current", to_string(report.current_version())},
                             {"committed", to_string(report.committed_version())}};
  out["key_info"] = {{"signing_key", static_cast<unsigned>(report.signing_key())},
                     {"author_key_enabled", report.author_key_enabled()},
                     {"chip_key_masked", report.chip_key_masked()}};
  out["signature_algorithm"] = report.signature_algorithm();
  out["signature"] = to_hex(report.signature());
  if (const auto at = report.nonzero_reserved()) {
    out["nonzero_reserved_byte"] = *at;
  }
  return out;
}

/// DER as it stands, or what the PEM blocks hold: one thing by itself, several in a list.
Json describe_content(ByteView content, Json (*describe)(ByteView der)) {
  if (!trimmed(as_text(content)).starts_with("-----BEGIN")) {
    return describe(content);
  }
  const auto blocks = pem::split(trimmed(as_text(content)));
  if (!blocks) {
    return undecoded(blocks.error());
  }
  if (blocks->size() == 1) {
    return describe(blocks->front().der);
  }
  Json out = Json::array();
  for (const pem::Block& block : *blocks) {
    out.push_back(describe(block.der));
  }
  return out;
}

Json describe_list(ByteView der) {
  const auto list = describe_crl(der);
  return list ? *list : undecoded(list.error());
}

Json describe_table(ByteView bytes) {
  const auto table = snp::parse_certificate_table(bytes);
  if (!table) {
    return undecoded(table.error());
  }
  Json out = Json::object();
  const auto add = [&out](const char* name, ByteView content, Json (*describe)(ByteView der)) {
    if (!content.empty()) {
      out[name] = describe_content(content, describe);
    }
  };
  add("vcek", table->vcek, describe_certificate);
  add("vlek", table->vlek, describe_certificate);
  add("ask", table->ask, describe_certificate);
  add("ark", table->ark, describe_certificate);
  add("crl", table->crl, describe_list);
  if (table->unknown_entries > 0) {
    out["unknown_entries"] = table->unknown_entries;
  }
  return out;
}

Json describe_runtime_claims(const azure::HclReport& blob) {
  Json out = Json::object();
  out["hcl_version"] = blob.version;
  out["sha256"] = to_hex(crypto::sha256(blob.runtime_claims));
  const auto value = json::parse(blob.runtime_claims);
  out["claims"] = value ? Json(*value) : undecoded(value.error());
  return out;
}

}  // namespace

Result<Json> describe_snp_report(ByteView evidence) {
  TENZRO_ASSIGN_OR_RETURN(const snp::ExtendedReport parts, snp::split_extended_report(evidence));
  TENZRO_ASSIGN_OR_RETURN(const snp::Report report, snp::parse_report(parts.report));
  Json out = describe_report_body(report);
  if (!parts.certificate_table.empty()) {
    out["certificate_table"] = describe_table(parts.certificate_table);
  }
  return out;
}

Result<Json> describe_hcl_report(ByteView evidence) {
  TENZRO_ASSIGN_OR_RETURN(const azure::HclReport blob, azure::parse_hcl_report(evidence));
  Json out = Json::object();
  if (blob.kind == azure::HclKind::snp) {
    TENZRO_ASSIGN_OR_RETURN(const snp::Report report, snp::parse_report(blob.hardware_report));
    out = describe_report_body(report);
  } else {
    out["hardware"] = "intel-tdx";
  }
  out["runtime_data"] = describe_runtime_claims(blob);
  return out;
}

}  // namespace tenzro::tee::inspect_detail
