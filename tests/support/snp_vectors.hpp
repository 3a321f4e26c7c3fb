// SPDX-License-Identifier: Apache-2.0
// The real SEV-SNP evidence of the manifest, taken out of the forms in which other projects keep it.
#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "evidence/snp/report.hpp"
#include "formats/pem.hpp"
#include "vectors.hpp"

namespace tenzro::tee::test {

inline const nlohmann::json& snp_manifest() {
  static const nlohmann::json manifest =
      have_vectors() ? vector_manifest("sev-snp/manifest.json") : nlohmann::json::object();
  return manifest;
}

/// The entries of one list of the manifest; none without the real vectors.
inline std::vector<nlohmann::json> snp_entries(const std::string& list) {
  return snp_manifest().value(list, std::vector<nlohmann::json>{});
}
inline std::vector<std::string> snp_ids(const std::string& list) {
  std::vector<std::string> out;
  for (const nlohmann::json& one : snp_entries(list)) {
    out.push_back(one["id"]);
  }
  return out;
}
inline nlohmann::json snp_entry(const std::string& list, const std::string& id) {
  for (nlohmann::json& one : snp_entries(list)) {
    if (one["id"] == id) {
      return one;
    }
  }
  ADD_FAILURE() << "no " << id << " in " << list;
  return {};
}

/// Base64, of either alphabet, with or without padding, with line ends.
inline Bytes lenient_base64(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == '='; });
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  auto bytes = from_base64(text);
  EXPECT_TRUE(bytes.has_value()) << (bytes ? "" : bytes.error().message());
  return bytes ? *std::move(bytes) : Bytes();
}

/// The evidence of one case in a form that a verifier is given: a report, an extended report, or a paravisor's blob.
inline Bytes snp_evidence(const nlohmann::json& one) {
  const std::string file = one["files"][0];
  const std::string path = "sev-snp/" + file;
  if (file.ends_with("evidence-v1.json")) {
    return lenient_base64(read_vector_json(path)["hcl_report"]);
  }
  if (file.ends_with("evidence-genoa.json")) {
    return read_vector_json(path)["report"].get<Bytes>();
  }
  if (file.ends_with("sevsnp-tsm-report.json")) {
    const nlohmann::json json = read_vector_json(path);
    Bytes out = lenient_base64(json["outblob"]);
    const Bytes table = lenient_base64(json["auxblob"]);
    out.insert(out.end(), table.begin(), table.end());
    return out;
  }
  Bytes bytes = read_vector(path);
  const std::string text(bytes.begin(), bytes.end());
  if (file.ends_with(".hex")) {
    return from_hex(text).value();
  }
  if (file.ends_with(".txt")) {
    constexpr std::string_view kBegin = "-----BEGIN REPORT-----";
    const std::size_t begin = text.find(kBegin) + kBegin.size();
    return lenient_base64(text.substr(begin, text.find("-----END REPORT-----") - begin));
  }
  return bytes;
}

/// The 1184 bytes of the report inside.
inline Bytes snp_report(const nlohmann::json& one) {
  Bytes bytes = snp_evidence(one);
  if (bytes.size() >= 4 && bytes[0] == 'H') {
    bytes.erase(bytes.begin(), bytes.begin() + 32);
  }
  bytes.resize(snp::kReportSize);
  return bytes;
}

inline std::vector<Bytes> certificates_in(const Bytes& file) {
  const std::string text(file.begin(), file.end());
  if (!text.starts_with("-----BEGIN")) {
    return {file};
  }
  std::vector<Bytes> out;
  std::vector<pem::Block> blocks = pem::split(text).value();
  for (pem::Block& block : blocks) {
    out.push_back(std::move(block.der));
  }
  return out;
}

/// The certificates that come with a case, leaf first; none where they stand in the evidence itself.
inline std::vector<Bytes> snp_certificates(const nlohmann::json& one) {
  const std::string first = one["files"][0];
  if (first.ends_with("evidence-v1.json")) {
    return {lenient_base64(read_vector_json("sev-snp/" + first)["vcek"])};
  }
  if (first.ends_with("evidence-genoa.json")) {
    const std::string pem = read_vector_json("sev-snp/" + first)["vcek"];
    return certificates_in(Bytes(pem.begin(), pem.end()));
  }
  if (one["files"].size() < 2) {
    return {};
  }
  return certificates_in(read_vector("sev-snp/" + one["files"][1].get<std::string>()));
}

}  // namespace tenzro::tee::test
