// SPDX-License-Identifier: Apache-2.0
// Every finding that the sources can make is explained, and nothing else is; the document says the same.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "tenzro/tee/finding.hpp"

namespace tenzro::tee {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = TENZRO_PROJECT_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The sources of the rooms that make findings, comments taken out. The verdict's own member names are no findings.
std::string sources() {
  std::string out;
  for (const std::string_view room : {"verify", "x509", "collateral", "online"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / "src" / room)) {
      const std::string extension = entry.path().extension();
      if ((extension == ".cpp" || extension == ".hpp") && entry.path().filename() != "verdict_json.cpp") {
        out += read(entry.path());
      }
    }
  }
  return std::regex_replace(out, std::regex("//[^\n]*"), "");
}

std::set<std::string> literals(const std::string& text, const std::string& pattern) {
  std::set<std::string> out;
  const std::regex literal(pattern);
  for (auto at = std::sregex_iterator(text.begin(), text.end(), literal); at != std::sregex_iterator(); ++at) {
    out.insert(at->str(1));
  }
  return out;
}

/// Words in the sources that look like finding codes and are none. A new one belongs here or in the catalogue.
const std::set<std::string> kOtherWords = {
    // Ids of checks, and claims.
    "allow_advisories", "attestation_key_binding", "attestation_key_type", "certificate_chain", "certification_data",
    "evaluation_data_number", "event_log", "isv_prod_id", "isv_svn", "min_tcb_date", "min_tcb_eval_number",
    "mr_config_id", "mr_enclave", "mr_owner", "mr_owner_config", "mr_seam", "mr_service_td", "mr_signer", "mr_td",
    "pck_chain", "pck_extension", "platform_instance_id", "qe_report_signature", "qe_vendor_id", "quote_signature",
    "runtime_data", "device_evidence", "tcb_grace", "tcb_status", "td_attributes", "tdx_module", "tpm_quote",
    "trailing_bytes", "trust_anchors", "user_data", "document_chain", "document_signature", "max_age", "module_id",
    "nitrotpm_pcrs", "public_key", "unknown_fields",
    // Kinds and members of collateral, fields of certificates.
    "collateral_bundle", "dcap_collateral", "documents", "fetched_at", "issuer_chain", "pck_certificate_chain",
    "event_type", "pck_crl", "pck_crl_issuer_chain", "qe_identity", "qe_identity_issuer_chain", "qe_identity_signature",
    "relative_name", "root_ca_crl", "root_crl", "signature_algorithm", "tcb_info", "tcb_info_issuer_chain",
    "tcb_info_signature", "to_be_signed", "version_or_serial",
    // Files of roots.
    "amd_ark_genoa", "amd_ark_milan", "amd_ark_turin", "aws_nitro_enclaves_root_g1", "intel_sgx_root_ca",
    "nvidia_corim_signing_root_ca", "nvidia_device_identity_ca", "nvidia_device_identity_ca_l1b", "simulated_amd_ark",
    "simulated_aws_root", "simulated_intel_root", "simulated_nvidia_device_root", "simulated_nvidia_rim_root",
    // SEV-SNP: checks, members of reports and policies, files of intermediates.
    "amd_chain", "amd_crl", "nitro_crl", "author_key_digest", "certificate_chip", "certificate_tcb", "chip_id",
    "ciphertext_hiding_dram", "ciphertext_hiding_dram_en", "csp_id", "csp_ids", "current_mit_vector", "cxl_allow",
    "ecc_en", "family_id", "firmware_version", "guest_svn", "host_data", "id_key_digest", "image_id",
    "iommu_write_safe", "launch_mit_vector", "leaf_extensions", "measurement_covers_workload", "mem_aes_256_xts",
    "min_tcb", "page_swap_disable", "min_committed_version", "min_current_version", "policy_bit", "rapl_dis",
    "report_id", "report_signature", "report_version", "reserved_bytes", "signing_key", "single_socket", "smt_en",
    "tio_en", "tsme_en", "vtpm_pcrs", "alias_check_complete", "platform_info",
    // Statuses of certificates.
    "on_hold",
    // Key sets of NVIDIA's remote attestation service, and its tokens.
    "key_ops", "token_signature", "token_key", "token_time", "token_nonce", "evidence_list", "claims_version",
    "signature",
    // Devices of NVIDIA: checks, rules, members of the answers of its services.
    "deny_driver_version", "deny_vbios_version", "device_chain", "device_count", "device_id", "device_name",
    "distinct_devices", "driver_version", "evidence_nonce", "firmware_id", "min_driver_version", "min_vbios_version",
    "one_mode", "one_nonce", "rim_format", "secure_boot", "vbios_version",
    // The one TCB status that is never a reason.
    "tcb_up_to_date"};

/// Codes that the sources put together from a word and an ending.
std::set<std::string> composed(const std::string& text) {
  std::set<std::string> out = {"event_log_not_supported",    "runtime_data_not_supported",
                               "tpm_quote_not_supported",    "device_evidence_not_supported",
                               "tcb_info_signature_invalid", "qe_identity_signature_invalid"};
  for (const std::string& claim : literals(text, "expect_one_of\\(\\s*\"([a-z0-9_]+)\"")) {
    out.insert(claim + "_not_allowed");
  }
  return out;
}

std::set<std::string> codes_in_sources() {
  const std::string text = sources();
  std::set<std::string> out = composed(text);
  for (const std::string& word : literals(text, "\"([a-z0-9]+(?:_[a-z0-9]+)+)\"")) {
    if (!kOtherWords.contains(word)) {
      out.insert(word);
    }
  }
  const std::string checks =
      "format|platform|signature|chain|revocation|freshness|user_data|nonce|event_log|tcb|policy|device";
  for (const std::string& word : literals(text, "\\{\\s*\"(?:" + checks + ")\",\\s*\"([a-z0-9_]+)\"")) {
    if (!kOtherWords.contains(word)) {
      out.insert(word);
    }
  }
  return out;
}

TEST(FindingCatalogue, ExplainsEveryCodeOfTheSources) {
  for (const std::string& code : codes_in_sources()) {
    EXPECT_NE(find_help(code), nullptr) << code << " is neither explained nor among the words that are no codes";
  }
}

TEST(FindingCatalogue, ExplainsNothingThatTheSourcesCannotSay) {
  const std::set<std::string> codes = codes_in_sources();
  for (const FindingHelp& help : finding_catalogue()) {
    EXPECT_TRUE(codes.contains(std::string(help.code))) << help.code;
  }
}

// A new ending needs its own line in composed().
TEST(FindingCatalogue, KnowsTheEndingsOfComposedCodes) {
  EXPECT_EQ(literals(sources(), "\"(_[a-z0-9_]+)\""),
            (std::set<std::string>{"_not_allowed", "_not_supported", "_signature_invalid"}));
}

TEST(FindingCatalogue, SpeaksInSentences) {
  for (const FindingHelp& help : finding_catalogue()) {
    EXPECT_GT(help.meaning.size(), 15U) << help.code;
    EXPECT_GT(help.advice.size(), 15U) << help.code;
    for (const std::string_view text : {help.meaning, help.advice}) {
      EXPECT_FALSE(text.ends_with('.')) << text;
      EXPECT_EQ(text.find_first_of("\n|"), std::string_view::npos) << text;
    }
  }
}

TEST(FindingCatalogue, FindsOnlyWholeCodes) {
  for (const std::string_view code : {"", "a", "zzz", "certificate_expire", "certificate_expired ", "Simulated"}) {
    EXPECT_EQ(find_help(code), nullptr) << code;
  }
  ASSERT_NE(find_help("replay_not_ruled_out"), nullptr);
  EXPECT_NE(find_help("replay_not_ruled_out")->advice.find("--user-data"), std::string_view::npos);
}

// docs/verification.md is written from the catalogue: TENZRO_UPDATE_GOLDEN=1 writes it anew.
TEST(FindingCatalogue, IsWhatTheDocumentSays) {
  const fs::path path = kRoot / "docs" / "verification.md";
  const std::string begin = "<!-- written from src/core/finding_catalogue.cpp -->\n";
  const std::string end = "<!-- end of the table -->\n";
  const std::string document = read(path);
  const std::size_t from = document.find(begin);
  const std::size_t to = document.find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  std::string table = "| code | what it means | what to do |\n|---|---|---|\n";
  for (const FindingHelp& help : finding_catalogue()) {
    table +=
        "| `" + std::string(help.code) + "` | " + std::string(help.meaning) + " | " + std::string(help.advice) + " |\n";
  }
  const std::string expected = document.substr(0, from + begin.size()) + table + document.substr(to);
  if (std::getenv("TENZRO_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << expected;
    return;
  }
  EXPECT_TRUE(document == expected) << "docs/verification.md differs from the catalogue; run this test with "
                                       "TENZRO_UPDATE_GOLDEN=1";
}

}  // namespace
}  // namespace tenzro::tee
