// SPDX-License-Identifier: Apache-2.0
#include "limbo/limbo.hpp"

#include <chrono>
#include <exception>
#include <fstream>
#include <iterator>
#include <vector>

#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/pem.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee::limbo {

namespace {

using nlohmann::json;

// Certificates between leaf and anchor where a case sets no limit of its own; no vendor's chain has more than four.
constexpr std::size_t kMaxIntermediates = 6;

Error broken(std::string_view what, std::string_view expected) {
  return Error(ErrorCode::malformed_input, concat(what, ": expected ", expected));
}

/// Older files write null where newer ones write [] or leave the member out.
Result<std::vector<std::string>> texts(const json& testcase, const char* name) {
  std::vector<std::string> out;
  const auto at = testcase.find(name);
  if (at == testcase.end() || at->is_null()) {
    return out;
  }
  if (!at->is_array()) {
    return broken(name, "an array of PEM texts");
  }
  for (const json& item : *at) {
    if (!item.is_string()) {
      return broken(name, "an array of PEM texts");
    }
    out.push_back(item.get<std::string>());
  }
  return out;
}

/// One certificate or list, as strictly read as a vendor's and no larger than one may be.
Result<Bytes> one_block(const std::string& text, std::string_view label, std::size_t max_der) {
  TENZRO_ASSIGN_OR_RETURN(auto blocks, pem::split(text, {.max_blocks = 1, .max_der = max_der}));
  if (blocks.size() != 1 || blocks[0].label != label) {
    return broken("PEM", label);
  }
  return std::move(blocks[0].der);
}

Result<x509::CertificatePtr> certificate(const std::string& text) {
  TENZRO_ASSIGN_OR_RETURN(const Bytes der, one_block(text, "CERTIFICATE", x509::kMaxCertificateSize));
  return x509::Certificate::parse(der);
}

Result<std::vector<x509::CertificatePtr>> certificates(const json& testcase, const char* name) {
  std::vector<x509::CertificatePtr> out;
  TENZRO_ASSIGN_OR_RETURN(const auto all, texts(testcase, name));
  for (const std::string& text : all) {
    TENZRO_ASSIGN_OR_RETURN(auto parsed, certificate(text));
    out.push_back(std::move(parsed));
  }
  return out;
}

Result<UtcTime> time_of(const json& testcase) {
  const auto at = testcase.find("validation_time");
  if (at == testcase.end() || at->is_null()) {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }
  if (!at->is_string()) {
    return broken("validation_time", "an RFC 3339 text");
  }
  return from_rfc3339(at->get<std::string>());
}

Result<std::size_t> depth_of(const json& testcase) {
  const auto at = testcase.find("max_chain_depth");
  if (at == testcase.end() || at->is_null()) {
    return kMaxIntermediates;
  }
  if (!at->is_number_unsigned()) {
    return broken("max_chain_depth", "an integer of 0 or more");
  }
  return std::min(at->get<std::size_t>(), std::size_t{100});
}

Result<x509::PathAnswer> check(const json& testcase) {
  if (!testcase.is_object()) {
    return broken("testcase", "an object");
  }
  const auto leaf = testcase.find("peer_certificate");
  if (leaf == testcase.end() || !leaf->is_string()) {
    return broken("peer_certificate", "a PEM text");
  }
  x509::PathQuestion question;
  TENZRO_ASSIGN_OR_RETURN(question.leaf, certificate(leaf->get<std::string>()));
  TENZRO_ASSIGN_OR_RETURN(question.untrusted, certificates(testcase, "untrusted_intermediates"));
  TENZRO_ASSIGN_OR_RETURN(const auto anchors, certificates(testcase, "trusted_certs"));
  question.anchors = anchors;
  question.check_anchor_signature = true;
  TENZRO_ASSIGN_OR_RETURN(question.moment.at, time_of(testcase));
  TENZRO_ASSIGN_OR_RETURN(question.max_intermediates, depth_of(testcase));
  TENZRO_ASSIGN_OR_RETURN(const auto lists, texts(testcase, "crls"));
  for (const std::string& text : lists) {
    TENZRO_ASSIGN_OR_RETURN(const Bytes der, one_block(text, "X509 CRL", x509::kMaxCrlSize));
    TENZRO_ASSIGN_OR_RETURN(auto list, x509::RevocationList::parse(der));
    if (!question.revocation_lists) {
      question.revocation_lists.emplace();
    }
    question.revocation_lists->push_back(std::move(list));
  }
  return check_path(question);
}

}  // namespace

Result<json> load(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return Error(ErrorCode::io_failure, concat(file.string(), ": cannot be read"));
  }
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded() || !document.is_object()) {
    return broken(file.string(), "a JSON object");
  }
  const auto version = document.find("version");
  if (version == document.end() || *version != 1) {
    return broken(file.string(), "\"version\": 1");
  }
  const auto cases = document.find("testcases");
  if (cases == document.end() || !cases->is_array()) {
    return broken(file.string(), "an array \"testcases\"");
  }
  for (const json& testcase : *cases) {
    const bool named = testcase.is_object() && testcase.contains("id") && testcase["id"].is_string();
    if (!named) {
      return broken(file.string(), "an \"id\" in each test case");
    }
  }
  return std::move(*cases);
}

Answer judge(const json& testcase) {
  Answer out;
  try {
    out.id = testcase.value("id", "");
    const auto answer = check(testcase);
    if (!answer) {
      out.reason = answer.error().message();
      return out;
    }
    for (const Finding& finding : answer->failures) {
      if (!out.reason.empty()) {
        out.reason += "; ";
      }
      out.reason += concat(finding.code, ": ", finding.message);
    }
    out.success = answer->failures.empty() && answer->anchored;
  } catch (const std::exception& e) {
    out.success = false;
    out.reason = e.what();
  }
  return out;
}

std::string_view to_text(bool success) { return success ? "SUCCESS" : "FAILURE"; }

}  // namespace tenzro::tee::limbo
