// SPDX-License-Identifier: Apache-2.0
// Reading every format while memory runs out: what is read is what is read otherwise, or nothing.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "collateral/bundle.hpp"
#include "collateral/nvidia/key_set.hpp"
#include "collateral/nvidia/rim.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/tpm_quote.hpp"
#include "faults/failing_memory.hpp"
#include "formats/json.hpp"
#include "formats/jwt.hpp"
#include "formats/ocsp.hpp"
#include "formats/pem.hpp"
#include "provider/nitro/nsm_messages.hpp"
#include "support/alterations.hpp"
#include "tenzro/tee/inspect.hpp"
#include "tenzro/tee/measure.hpp"
#include "tenzro/tee/report.hpp"
#include "tenzro/tee/seal.hpp"
#include "x509/certificate.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::test {
namespace {

Bytes content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

template <class T>
std::string told(const Result<T>& read, const std::string& what = {}) {
  return read ? "yes: " + what : "no: " + read.error().message();
}

/// Every seed of a fuzz target, good ones and broken ones.
void expect_safe(const std::string& target, const std::function<std::string(const Bytes&)>& read,
                 Losses losses = Losses::none) {
  FaultPoints all;
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(TENZRO_FUZZ_SEEDS) / target)) {
    if (!entry.is_regular_file()) {
      continue;
    }
    const Bytes input = content_of(entry.path());
    SCOPED_TRACE(entry.path().string());
    const FaultPoints points =
        expect_safe_without_memory([&] { return [&] { return read(input); }; }, "", stride(61), losses);
    all.tried += points.tried;
    all.refused += points.refused;
    ++inputs;
  }
  EXPECT_GT(inputs, 0U) << target;
  EXPECT_GT(all.tried, 0U) << target;
  std::cout << target << ": " << inputs << " inputs, " << all.tried << " lacks of memory, " << all.refused
            << " refusals\n";
}

std::string_view text_of(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

TEST(ParseWithoutMemory, Formats) {
  expect_safe("json", [](const Bytes& input) {
    const auto value = json::parse(input);
    const MemoryAgain again;
    return told(value, value ? value->dump(-1, ' ', false, json::Value::error_handler_t::replace) : "");
  });
  expect_safe("pem_der", [](const Bytes& input) {
    const auto certificate = x509::Certificate::parse(input);
    return told(certificate, certificate ? (*certificate)->info().subject : "") + ";" +
           std::to_string(pem::split(text_of(input)).has_value());
  });
  expect_safe("crl", [](const Bytes& input) {
    const auto list = x509::RevocationList::parse(input);
    return told(list, list ? std::to_string((*list)->revokes(Bytes{1})) : "");
  });
  expect_safe("ocsp", [](const Bytes& input) { return told(ocsp::parse_response(input)); });
  expect_safe("jwt", [](const Bytes& input) {
    const auto token = jwt::parse(text_of(input));
    return told(token, token ? to_hex(token->payload) : "");
  });
  expect_safe("jwks", [](const Bytes& input) { return told(nvidia::parse_key_set(input)); });
  expect_safe("rim", [](const Bytes& input) {
    const auto rim = nvidia::parse_rim(input);
    return told(rim, rim ? rim->product + std::to_string(rim->digest_matches) + to_hex(rim->signed_info) : "");
  });
  expect_safe("tpm_quote", [](const Bytes& input) { return told(azure::parse_tpm_quote(input)); });
}

TEST(ParseWithoutMemory, Evidence) {
  for (const std::string target : {"quote", "snp_report", "nitro_document", "spdm_report", "device_evidence", "report",
                                   "hcl_report", "certificate_table"}) {
    expect_safe(target, [](const Bytes& input) {
      const auto report = parse_report(input);
      const MemoryAgain again;
      return told(report, report ? to_json(*report) : "");
    });
  }
  expect_safe("event_log", [](const Bytes& input) {
    const auto registers = measure_event_log(input);
    return told(registers);
  });
}

TEST(ParseWithoutMemory, CollateralAndInspection) {
  expect_safe("collateral", [](const Bytes& input) {
    const auto contents = collateral::read_contents(input, "seed");
    const MemoryAgain again;
    return told(contents, contents ? collateral::bundle_to_json(contents->documents) : "");
  });
  for (const std::string target : {"tcb_info", "qe_identity", "report", "rim", "sealed_container", "nras_answer"}) {
    expect_safe(
        target,
        [](const Bytes& input) {
          const auto shown = inspect(input);
          return told(shown, shown ? shown->json : "");
        },
        Losses::of_json);
  }
}

TEST(ParseWithoutMemory, SealingConfiguration) {
  constexpr std::string_view kText =
      R"({"snp":{"min_tcb":"0a0000000000001b","measurement_covers_workload":true},)"
      R"("tpm":{"pcrs":[4,7],"counter":25165825},"kms":{"region":"eu-west-1","key_id":"arn:aws:kms:eu-west-1:1:key/a"}})";
  const auto read = [&] { return told(SealingConfig::from_json(kText)); };
  const FaultPoints points = expect_safe_without_memory([&] { return read; }, "", 1);
  std::cout << "sealing configuration: " << points.tried << " lacks of memory\n";
}

// Encoding, with libcbor.
TEST(ParseWithoutMemory, RequestToTheNitroSecurityModule) {
  const auto write = [] {
    return "yes: " + to_hex(nitro::attestation_request(Bytes(64, 1), Bytes(32, 2), Bytes(91, 3)));
  };
  const FaultPoints points = expect_safe_without_memory([&] { return write; }, "yes", 1);
  EXPECT_GT(points.tried, 0U);
  std::cout << "request to the NSM: " << points.tried << " lacks of memory\n";
}

}  // namespace
}  // namespace tenzro::tee::test
