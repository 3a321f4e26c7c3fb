// SPDX-License-Identifier: Apache-2.0
// One table of evidence, good and attacked, of every platform, through both doors: what the library judges and what the
// command prints are the same document to the byte, and the exit code follows from its findings.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>

#include "cli/contract.hpp"
#include "cli/process.hpp"
#include "support/findings.hpp"
#include "support/nvidia_vectors.hpp"
#include "support/snp_vectors.hpp"
#include "tenzro/tee/inspect.hpp"
#include "tenzro/tee/report.hpp"
#include "tenzro/tee/verifier.hpp"
#if TENZRO_TEE_SIMULATION
#include "provider/simulated/nitro_evidence.hpp"
#include "provider/simulated/nvidia_evidence.hpp"
#include "provider/simulated/snp_evidence.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#endif

namespace tenzro::tee::test {
namespace {

/// One question, as somebody asks it at either door.
struct Question {
  std::string name;
  Bytes input;  ///< as a file holds it
  std::string at;
  std::vector<std::string> collateral{};
  std::optional<Platform> platform{};
  std::optional<Bytes> user_data{}, nonce{};
  std::optional<Revocation> revocation{};
  std::optional<int> max_age{};
  std::vector<std::string> trust_anchors{};
  bool allow_simulated = false, accept_paravisor = false, nras = false;
  std::optional<std::string> event_log{}, runtime_data{}, tpm_quote{};
  /// What both must find, besides agreeing; empty: accepted. Not asked where the table only compares.
  std::optional<Codes> failures{};
};

Bytes text_bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<std::string> arguments_of(const Question& question, const std::string& file) {
  std::vector<std::string> out = {"verify", "--offline", "--json", "--at", question.at};
  const auto add = [&](const char* option, const std::string& value) { out.insert(out.end(), {option, value}); };
  for (const std::string& path : question.collateral) {
    add("--collateral", path);
  }
  if (question.platform) {
    add("--platform", std::string(to_string(*question.platform)));
  }
  if (question.user_data) {
    add("--user-data-hex", to_hex(*question.user_data));
  }
  if (question.nonce) {
    add("--nonce-hex", to_hex(*question.nonce));
  }
  if (question.revocation) {
    add("--revocation", *question.revocation == Revocation::off       ? "off"
                        : *question.revocation == Revocation::require ? "require"
                                                                      : "if-available");
  }
  if (question.max_age) {
    add("--max-age", std::to_string(*question.max_age));
  }
  for (const std::string& path : question.trust_anchors) {
    add("--trust-anchor", path);
  }
  for (const auto& [option, path] :
       {std::pair{"--event-log", &question.event_log}, std::pair{"--runtime-data", &question.runtime_data},
        std::pair{"--tpm-quote", &question.tpm_quote}}) {
    if (*path) {
      add(option, **path);
    }
  }
  if (question.nras) {
    add("--gpu-verifier", "nras");
  }
  if (question.allow_simulated) {
    out.emplace_back("--allow-simulated");
  }
  if (question.accept_paravisor) {
    out.emplace_back("--accept-paravisor");
  }
  out.push_back(file);
  return out;
}

VerifyOptions options_of(const Question& question) {
  VerifyOptions options =
      question.user_data
          ? VerifyOptions::bound_to_caller_data(ReportData::from_caller_data(*question.user_data).value())
          : VerifyOptions::unbound_replay_possible();
  options.at(from_rfc3339(question.at).value());
  if (question.platform) {
    options.require_platform(*question.platform);
  }
  if (question.nonce) {
    options.expect_nonce(EvidenceNonce::from_caller_data(*question.nonce).value());
  }
  if (question.revocation) {
    options.revocation(*question.revocation);
  }
  if (question.max_age) {
    options.max_age(std::chrono::seconds{*question.max_age});
  }
  if (!question.trust_anchors.empty()) {
    std::vector<Bytes> anchors;
    for (const std::string& path : question.trust_anchors) {
      std::vector<Bytes> in_file = read_certificates(read_file(path)).value();
      std::ranges::move(in_file, std::back_inserter(anchors));
    }
    options.replace_trust_anchors(std::move(anchors));
  }
  if (question.nras) {
    options.gpu_verifier(GpuVerifier::nras);
  }
#if TENZRO_TEE_SIMULATION
  if (question.allow_simulated) {
    options.accept_simulated(InsecureSimulation::for_development_only());
  }
#endif
  if (question.accept_paravisor || question.runtime_data || question.tpm_quote) {
    options.accept_paravisor();
  }
  return options;
}

/// The promise of the exit codes, told anew: 4 where nothing but documents is missing.
int exit_code_of(const VerificationResult& verdict) {
  if (verdict.valid()) {
    return 0;
  }
  const Codes missing = {"collateral_missing", "collateral_unreachable", "revocation_missing"};
  const Codes found = codes_in(verdict.failures());
  return std::ranges::includes(missing, found) ? 4 : 1;
}

/// Every question at both doors, with one verifier for each set of files as a service would have it.
class BothDoors : public testing::Test {
 protected:
  Outcome ask(const Question& question) {
    SCOPED_TRACE(question.name);
    ++asked_;
    const Outcome outcome = run_tenzro(arguments_of(question, scratch_.write("evidence", question.input)));
    auto report = parse_report(question.input);
    if (!report) {
      EXPECT_EQ(outcome.exit_code, 3) << outcome.out << outcome.err;
      EXPECT_EQ(question.failures.value_or(Codes{"unreadable"}), Codes{"unreadable"});
      ++unreadable_;
      return outcome;
    }
    for (const auto& [path, into] :
         {std::pair{&question.event_log, &report->event_log}, std::pair{&question.runtime_data, &report->runtime_data},
          std::pair{&question.tpm_quote, &report->tpm_quote}}) {
      if (*path) {
        *into = read_file(**path);
      }
    }
    const VerificationResult verdict = verifier(question.collateral).verify(*report, options_of(question));
    EXPECT_EQ(outcome.out, to_json(verdict) + "\n");
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.exit_code, exit_code_of(verdict)) << outcome.out;
    const Json document = outcome.json();
    expect_contract(document);
    EXPECT_EQ(codes_in(document, "failures"), codes_in(verdict.failures()));
    EXPECT_EQ(codes_in(document, "warnings"), codes_in(verdict.warnings()));
    if (question.failures) {
      EXPECT_EQ(codes_in(verdict.failures()), *question.failures) << words_in(verdict.failures());
    }
    ++(verdict.valid() ? accepted_ : refused_);
    return outcome;
  }

  void expect_counts(std::size_t accepted, std::size_t refused) const {
    EXPECT_GE(accepted_, accepted);
    EXPECT_GE(refused_, refused);
    EXPECT_EQ(accepted_ + refused_ + unreadable_, asked_);
  }

  Scratch scratch_;

 private:
  AttestationVerifier& verifier(const std::vector<std::string>& files) {
    auto [found, is_new] = verifiers_.try_emplace(files, nullptr);
    if (is_new) {
      const auto source =
          files.empty() ? no_collateral()
                        : offline_collateral(std::vector<std::filesystem::path>(files.begin(), files.end())).value();
      found->second = std::make_unique<AttestationVerifier>(source);
    }
    return *found->second;
  }

  std::map<std::vector<std::string>, std::unique_ptr<AttestationVerifier>> verifiers_;
  std::size_t asked_ = 0, accepted_ = 0, refused_ = 0, unreadable_ = 0;
};

// --- Genuine evidence, and what its manifests make of it. tests/cli/vectors_test.cpp has the quotes of TDX and SGX.

class GenuineEvidence : public BothDoors {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real evidence here";
    }
  }
  static std::string vector_path(const std::string& relative) { return (vectors_dir() / relative).string(); }
  static std::string time_of(std::int64_t unix) { return to_rfc3339(UtcTime(std::chrono::seconds(unix))); }

  /// The certificates of a case, as a file.
  std::vector<std::string> certificates_of(const nlohmann::json& one) const {
    std::vector<std::string> out;
    for (const Bytes& der : snp_certificates(one)) {
      out.push_back(scratch_.write(one["id"].get<std::string>() + std::to_string(out.size()) + ".der", der));
    }
    return out;
  }
  std::vector<std::string> with_lists(std::vector<std::string> files) const {
    files.push_back(vector_path("sev-snp/crl"));
    return files;
  }
};

TEST_F(GenuineEvidence, OfSnpIsJudgedAlike) {
  for (const nlohmann::json& one : snp_entries("cases")) {
    const std::string id = one["id"];
    const std::string at = time_of(one["verify_at_unix"]);
    const Bytes evidence = snp_evidence(one);
    const auto certificates = certificates_of(one);
    ask({.name = id + " with lists", .input = evidence, .at = at, .collateral = with_lists(certificates)});
    Question bound{.name = id + " bound", .input = evidence, .at = at, .collateral = certificates};
    bound.revocation = Revocation::off;
    bound.user_data = Bytes(64, 0x41);
    ask(bound);
  }
  ask({.name = "alone", .input = snp_evidence(snp_entry("cases", "s07")), .at = "2026-09-21T14:13:20Z"});
  expect_counts(8, 18);
}

TEST_F(GenuineEvidence, OfSnpWithAlterationsIsJudgedAlike) {
  for (const nlohmann::json& one : snp_entries("mutations")) {
    const nlohmann::json base = snp_entry("cases", one["base"]);
    Bytes report = snp_report(base);
    for (const auto& edit : one["edits"]) {
      if (edit.contains("truncate_to")) {
        report.resize(edit["truncate_to"].get<std::size_t>());
      } else if (edit.contains("append")) {
        const Bytes more = from_hex(edit["append"].get<std::string>()).value();
        report.insert(report.end(), more.begin(), more.end());
      } else if (edit.contains("xor")) {
        report.at(edit["offset"].get<std::size_t>()) ^= static_cast<std::uint8_t>(edit["xor"].get<unsigned>());
      } else {
        const Bytes set = from_hex(edit["set"].get<std::string>()).value();
        std::ranges::copy(set, report.begin() + edit["offset"].get<std::ptrdiff_t>());
      }
    }
    Question question{.name = one["id"],
                      .input = std::move(report),
                      .at = time_of(base["verify_at_unix"]),
                      .collateral = certificates_of(base)};
    question.revocation = Revocation::off;
    ask(question);
  }
  expect_counts(0, 12);
}

TEST_F(GenuineEvidence, OfNitroIsJudgedAlike) {
  const auto& manifest = vector_manifest("nitro/manifest.json");
  for (const auto& one : manifest["vectors"]) {
    if (!one["kind"].get<std::string>().ends_with("-document")) {
      continue;
    }
    const std::string id = one["id"];
    Question question{.name = id,
                      .input = read_vector("nitro/" + one["file"].get<std::string>()),
                      .at = time_of(one["verify_at_unix"].get<std::int64_t>())};
    if (one["root"] == "roots/test_root.pem") {
      question.trust_anchors = {vector_path("nitro/roots/test_root.pem")};
    }
    if (one.contains("expected_nonce") && one["expected_nonce"].is_string() &&
        !one["expected_nonce"].get<std::string>().empty()) {
      question.nonce = from_hex(one["expected_nonce"].get<std::string>()).value();
    }
    if (one["kind"] == "nitro-nitrotpm-document") {
      question.platform = Platform::aws_nitro_tpm;
    }
    // What cannot even be recognised is not of this platform; the command says so as well.
    if (const auto report = parse_report(question.input); !report || report->platform != Platform::aws_nitro) {
      question.nonce.reset();
    }
    ask(question);
  }
  expect_counts(10, 40);
}

TEST_F(GenuineEvidence, OfNvidiaIsJudgedAlike) {
  for (const nlohmann::json& one : nvidia_cases()) {
    nlohmann::json whole = one;
    if (one.contains("same_as")) {
      for (const nlohmann::json& base : nvidia_cases()) {
        if (base["id"] == one["same_as"]) {
          whole = base;
          whole.update(one);
        }
      }
    }
    const char* evidence = whole.contains("report")                              ? "report"
                           : whole.contains("response")                          ? "response"
                           : whole.contains("file") && whole.contains("devices") ? "file"
                                                                                 : nullptr;
    if (evidence == nullptr) {
      continue;
    }
    Question question{.name = whole["id"],
                      .input = read_vector("nvidia/" + whole[evidence].get<std::string>()),
                      .at = whole.contains("valid_at_epoch") ? time_of(whole["valid_at_epoch"].get<std::int64_t>())
                                                             : whole.value("valid_at", "2026-03-01T00:00:00Z")};
    for (const char* member : {"chain", "driver_rim", "vbios_rim", "bios_rim", "jwks"}) {
      if (whole.contains(member)) {
        question.collateral.push_back(vector_path("nvidia/" + whole[member].get<std::string>()));
      }
    }
    question.revocation = Revocation::off;
    ask(question);
    if (question.name == "gpu-hopper-550.90.07-full" || question.name == "nras-one-gpu-pass") {
      question.name += ", another nonce";
      question.nonce = Bytes(32, 0x5a);
      ask(question);
      question.name += ", revocation asked for";
      question.revocation.reset();
      ask(question);
    }
  }
  expect_counts(3, 12);
}

TEST_F(GenuineEvidence, OfAzureGuestsIsJudgedAlike) {
  const std::string azure = "sev-snp/s10_azure_hcl_v2/";
  Question question{.name = "a guest under the paravisor",
                    .input = read_vector(azure + "hcl-report.bin"),
                    .at = "2026-09-21T00:00:00Z",
                    .collateral = {vector_path(azure + "vcek_and_chain.pem"), vector_path("sev-snp/crl")}};
  ask(question);
  question.name = "with its quote";
  question.tpm_quote = vector_path(azure + "tpm-quote-v1.json");
  question.failures = Codes{};
  ask(question);
  question.user_data = text_bytes("challenge");
  ask(question);
  question.name = "with a quote over other data";
  question.user_data = text_bytes("another challenge");
  question.failures.reset();
  ask(question);
  expect_counts(3, 1);
}

#if TENZRO_TEE_SIMULATION
// --- Made evidence: a good one, and one of each named attack. None of it needs the real vectors.

const std::string kMadeAt = "2026-06-02T00:00:00Z";
UtcTime made_when() { return *from_rfc3339("2026-06-01T00:00:00Z"); }

class MadeEvidence : public BothDoors {
 protected:
  /// With the permission, as far as nothing else is said.
  void ask_made(std::string name, const AttestationReport& report, Codes failures,
                const std::function<void(Question&)>& change = {}) {
    ask_made_bytes(std::move(name), text_bytes(to_json(report)), std::move(failures), change);
  }
  void ask_made_bytes(std::string name, Bytes input, Codes failures,
                      const std::function<void(Question&)>& change = {}) {
    Question question{.name = std::move(name), .input = std::move(input), .at = kMadeAt};
    question.allow_simulated = true;
    question.failures = std::move(failures);
    if (change) {
      change(question);
    }
    ask(question);
  }
  /// What is asked of evidence of every kind. ATTACK(B1): an answer to one challenge is none to another.
  void ask_usual(const AttestationReport& good, Platform other) {
    ask_made("good", good, {});
    ask_made("without permission", good, {"simulated_not_accepted"}, [](Question& q) { q.allow_simulated = false; });
    ask_made("as another platform", good, {"platform_mismatch"}, [&](Question& q) { q.platform = other; });
    ask_made("bound to something else", good, {"user_data_mismatch"},
             [](Question& q) { q.user_data = text_bytes("another"); });
    AttestationReport lying = good;
    lying.simulated = false;
    ask_made("that does not say what it is", lying, {"simulated_not_accepted"},
             [](Question& q) { q.allow_simulated = false; });
    AttestationReport named = good;
    named.platform = other;
    ask_made("under another platform's name", named,
             {other == Platform::intel_tdx ? "unsupported_evidence" : "platform_mismatch"});
  }
};

TEST_F(MadeEvidence, OfTdxIsJudgedAlike) {
  const simulated::TdxEvidenceMaker maker, foreign("somebody else's hierarchy");
  simulated::QuoteSpec spec = simulated::tdx_quote_spec();
  spec.td.report_data.fill(0x11);
  const AttestationReport good = maker.report(spec, made_when());
  ask_usual(good, Platform::amd_sev_snp);
  ask_made("bound", good, {}, [](Question& q) { q.user_data = Bytes(64, 0x11); });
  ask_made("after its collateral's end", good, {"collateral_expired"},
           [](Question& q) { q.at = "2026-07-05T00:00:00Z"; });
  const auto made = [&](const char* name, Codes codes, const std::function<void(simulated::QuoteSpec&)>& change,
                        const std::function<void(simulated::CollateralSpec&)>& enclose = {}) {
    simulated::QuoteSpec changed = spec;
    change(changed);
    simulated::CollateralSpec enclosed{.issued = made_when()};
    if (enclose) {
      enclose(enclosed);
    }
    ask_made(name, maker.report(changed, enclosed), std::move(codes));
  };
  made("debug", {"td_debug"}, [](simulated::QuoteSpec& s) { s.td.td_attributes[0] |= 1; });
  made("quoting enclave's report data", {"qe_report_data_mismatch"},
       [](simulated::QuoteSpec& s) { s.qe_report_data = ByteArray<64>{}; });
  made("vendor id", {"unknown_qe_vendor"}, [](simulated::QuoteSpec& s) { s.qe_vendor_id.fill(7); });
  made(
      "of an old platform", {"tcb_out_of_date"}, [](simulated::QuoteSpec&) {},
      [](simulated::CollateralSpec& c) { c.tcb_status = "OutOfDate"; });
  made(
      "of a revoked platform", {"tcb_revoked"}, [](simulated::QuoteSpec&) {},
      [](simulated::CollateralSpec& c) { c.tcb_status = "Revoked"; });
  AttestationReport flipped = good;
  flipped.evidence[200] ^= 1;
  ask_made("one bit of the body", flipped, {"quote_signature_invalid"});
  AttestationReport cut = good;
  cut.evidence.resize(cut.evidence.size() / 2);
  ask_made("cut", cut, {"malformed_evidence"});
  AttestationReport mixed = good;
  mixed.evidence = foreign.quote(spec);
  ask_made("under a foreign root", mixed, {"root_mismatch", "simulated_mismatch"});
  AttestationReport bare = good;
  bare.collateral.clear();
  ask_made("without collateral", bare, {"collateral_missing", "revocation_missing"});
  ask_made_bytes("raw", maker.quote(spec), {"collateral_missing", "revocation_missing"});
  expect_counts(2, 14);
}

TEST_F(MadeEvidence, OfSnpIsJudgedAlike) {
  const simulated::SnpEvidenceMaker maker, foreign("somebody else's hierarchy");
  simulated::SnpReportSpec spec;
  spec.report_data.fill(0x22);
  const AttestationReport good = maker.report(spec, made_when());
  ask_usual(good, Platform::intel_tdx);
  ask_made("bound", good, {}, [](Question& q) { q.user_data = Bytes(64, 0x22); });
  ask_made("after its list's end", good, {"collateral_expired"}, [](Question& q) { q.at = "2026-08-05T00:00:00Z"; });
  const auto made = [&](const char* name, Codes codes, const std::function<void(simulated::SnpReportSpec&)>& change) {
    simulated::SnpReportSpec changed = spec;
    change(changed);
    ask_made(name, maker.report(changed, made_when()), std::move(codes));
  };
  made("debug", {"guest_debug"}, [](simulated::SnpReportSpec& s) { s.policy |= 1ULL << 19U; });
  made("migratable", {"guest_migratable"}, [](simulated::SnpReportSpec& s) { s.policy |= 1ULL << 18U; });
  made("from VMPL 2", {"vmpl_not_allowed"}, [](simulated::SnpReportSpec& s) { s.vmpl = 2; });
  made("of another chip", {"certificate_hwid_mismatch"},
       [](simulated::SnpReportSpec& s) { s.leaf_chip_id = ByteArray<64>{1}; });
  made("of another TCB", {"certificate_tcb_mismatch"},
       [](simulated::SnpReportSpec& s) { s.leaf_tcb = ByteArray<8>{9, 0, 0, 0, 0, 0, 0x1b, 0x56}; });
  made("signed by another key", {"report_signature_invalid"},
       [](simulated::SnpReportSpec& s) { s.signed_by_another_key = true; });
  AttestationReport mixed = good;
  mixed.evidence = foreign.report(spec, made_when()).evidence;
  ask_made("under a foreign root", mixed, {"root_mismatch", "simulated_mismatch"});
  AttestationReport cut = good;
  cut.evidence.resize(1183);
  ask_made("cut", cut, {"malformed_evidence"});
  AttestationReport bare = good;
  bare.collateral.clear();
  ask_made("without collateral", bare, {"revocation_missing"});
  expect_counts(2, 14);
}

TEST_F(MadeEvidence, OfNitroIsJudgedAlike) {
  const simulated::NitroEvidenceMaker maker, foreign("somebody else's hierarchy");
  simulated::NitroDocumentSpec spec;
  spec.timestamp = made_when() + std::chrono::hours{23};
  spec.user_data = Bytes(20, 0x33);
  spec.nonce = Bytes(16, 0x44);
  const auto at = [](Question& q) { q.at = "2026-06-01T23:30:00Z"; };
  const auto made = [&](const char* name, Codes codes, const std::function<void(simulated::NitroDocumentSpec&)>& change,
                        const std::function<void(Question&)>& ask_so = {}) {
    simulated::NitroDocumentSpec changed = spec;
    change(changed);
    ask_made(name, maker.report(changed), std::move(codes), [&](Question& q) {
      at(q);
      if (ask_so) {
        ask_so(q);
      }
    });
  };
  const auto as_it_is = [](simulated::NitroDocumentSpec&) {};
  made("good", {}, as_it_is);
  made("bound", {}, as_it_is, [](Question& q) {
    q.user_data = Bytes(20, 0x33);
    q.nonce = Bytes(16, 0x44);
  });
  made("nonce in the other field", {"nonce_mismatch"}, as_it_is, [](Question& q) { q.nonce = Bytes(20, 0x33); });
  made("user data in the other field", {"user_data_mismatch"}, as_it_is,
       [](Question& q) { q.user_data = Bytes(16, 0x44); });
  made("without permission", {"simulated_not_accepted"}, as_it_is, [](Question& q) { q.allow_simulated = false; });
  made("too old", {"evidence_too_old"}, as_it_is, [](Question& q) { q.max_age = 60; });
  made("debug", {"enclave_debug"}, [](simulated::NitroDocumentSpec& s) {
    for (const unsigned index : {0U, 1U, 2U}) {
      s.pcrs[index] = Bytes(48);
    }
  });
  made("signed by another key", {"document_signature_invalid"},
       [](simulated::NitroDocumentSpec& s) { s.signed_by_another_key = true; });
  made("of a TPM", {"platform_not_accepted"}, [](simulated::NitroDocumentSpec& s) { s.tpm = true; });
  made("lists demanded", {"revocation_missing"}, as_it_is, [](Question& q) { q.revocation = Revocation::require; });
  AttestationReport mixed = maker.report(spec);
  mixed.evidence = foreign.document(spec);
  ask_made("under a foreign root", mixed, {"root_mismatch", "simulated_mismatch"}, at);
  // ATTACK(X15): a bundle full of issuers that bear the wanted one's name.
  simulated::NitroDocumentSpec crowded = spec;
  crowded.cabundle.emplace(maker.hierarchy().cabundle());
  for (int i = 0; crowded.cabundle->size() < 24; ++i) {
    const auto another = simulated::AwsHierarchy("one of a crowd, " + std::to_string(i)).cabundle();
    crowded.cabundle->insert(crowded.cabundle->end() - 1, another.begin() + 1, another.end());
  }
  Question crowd{.name = "a crowd of issuers", .input = text_bytes(to_json(maker.report(crowded))), .at = kMadeAt};
  at(crowd);
  crowd.allow_simulated = true;
  const Outcome lost = ask(crowd);
  EXPECT_EQ(lost.exit_code, 1) << lost.out;
#ifndef TENZRO_SANITIZED
  EXPECT_LT(lost.cpu_seconds, 1.0);
  EXPECT_LT(lost.peak_memory, std::size_t{64} << 20);
#endif
  AttestationReport cut = maker.report(spec);
  cut.evidence.pop_back();
  ask_made("cut", cut, {"malformed_evidence"}, at);
  expect_counts(2, 10);
}

TEST_F(MadeEvidence, OfGpusIsJudgedAlike) {
  const simulated::NvidiaEvidenceMaker maker, foreign("somebody else's hierarchy");
  simulated::NvidiaEvidenceSpec spec;
  spec.nonce.fill(0x55);
  const auto at = [](Question& q) { q.at = "2026-06-01T12:00:00Z"; };
  const auto made = [&](const char* name, Codes codes, const AttestationReport& report,
                        const std::function<void(Question&)>& ask_so = {}) {
    ask_made(name, report, std::move(codes), [&](Question& q) {
      at(q);
      if (ask_so) {
        ask_so(q);
      }
    });
  };
  const AttestationReport good = maker.report(spec, made_when());
  made("good", {}, good);
  made("bound", {}, good, [](Question& q) { q.nonce = Bytes(32, 0x55); });
  made("another nonce", {"nonce_mismatch"}, good, [](Question& q) { q.nonce = Bytes(32, 0x56); });
  made("without permission", {"simulated_not_accepted"}, good, [](Question& q) { q.allow_simulated = false; });
  simulated::NvidiaEvidenceSpec several = spec;
  several.devices = 3;
  made("three devices", {}, maker.report(several, made_when()));
  simulated::NvidiaEvidenceSpec altered = spec;
  altered.measurements[5].fill(0x66);
  AttestationReport other = good;
  other.evidence = maker.evidence(altered);
  made("other firmware", {"measurement_mismatch"}, other);
  AttestationReport mixed = good;
  mixed.evidence = foreign.evidence(spec);
  made("under a foreign root", {"root_mismatch", "simulated_mismatch"}, mixed);
  AttestationReport bare = good;
  bare.collateral.clear();
  made("without collateral", {"collateral_missing", "revocation_missing"}, bare);
  expect_counts(3, 5);
}
#endif

// --- What is no evidence.

// ATTACK(H9): nothing, or nothing in a list, is no success at either door.
TEST_F(BothDoors, NothingIsNeverASuccess) {
  for (const std::string text :
       {"", " ", "\n", "{}", "[]", "[{}]", "null", "true", "0", "\"\"", R"({"platform":"intel-tdx"})",
        R"({"platform":"nvidia-gpu","evidence":""})", R"({"evidence":"","platform":"intel-tdx","version":1})",
        R"({"evidences":[]})", R"({"valid":true,"platform":"intel-tdx","failures":[]})", R"([["JWT","a.b.c"],{}])"}) {
    const Bytes input = text_bytes(text);
    const auto report = parse_report(input);
    const Outcome outcome = run_tenzro({"verify", "--offline", "--json", "--allow-simulated", "--revocation", "off",
                                        scratch_.write("evidence", input)});
    if (!report) {
      EXPECT_EQ(outcome.exit_code, 3) << text << outcome.out;
      continue;
    }
    EXPECT_EQ(outcome.exit_code, 1) << text << outcome.out;
    EXPECT_EQ(outcome.json()["valid"], false) << text;
    EXPECT_FALSE(
        AttestationVerifier(no_collateral()).verify(*report, VerifyOptions::unbound_replay_possible()).valid());
  }
}

}  // namespace
}  // namespace tenzro::tee::test
