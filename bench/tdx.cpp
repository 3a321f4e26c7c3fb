// SPDX-License-Identifier: Apache-2.0
// Verifying as a service does it: evidence of many platforms, collateral as bytes in memory, a challenge to match.
#include "tdx.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "calibrators.hpp"
#include "collateral/intel/tcb_info.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "evidence/tdx/quote.hpp"
#include "formats/pem.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "rows.hpp"
#include "tenzro/tee/verifier.hpp"
#include "x509/crl.hpp"

namespace tenzro::bench {

namespace {

using namespace tenzro::tee;

constexpr std::size_t kPlatforms = 512;

/// Documents in memory, as a service holds them.
class InMemory final : public CollateralSource {
 public:
  explicit InMemory(std::vector<CollateralDocument> documents) {
    for (CollateralDocument& document : documents) {
      documents_.push_back(std::make_shared<const CollateralDocument>(std::move(document)));
    }
  }
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    std::vector<CollateralDocumentPtr> out;
    std::ranges::copy_if(documents_, std::back_inserter(out),
                         [&](const CollateralDocumentPtr& document) { return document->kind == request.kind; });
    return out;
  }

 private:
  std::vector<CollateralDocumentPtr> documents_;
};

/// Evidence of platforms that differ in their PCK certificate, with the collateral of all of them.
struct Stage {
  std::shared_ptr<CollateralSource> collateral;
  std::vector<AttestationReport> reports;
  std::optional<VerifyOptions> options;
};

/// Made under the simulated hierarchy.
const Stage& made() {
  static const Stage stage = [] {
    const UtcTime now = *from_rfc3339("2026-06-01T12:00:00Z");
    const ReportData challenge = ReportData::bind(*Challenge::from_bytes(Bytes(32, 0x42)), {});
    const simulated::TdxEvidenceMaker maker;
    simulated::QuoteSpec spec = simulated::tdx_quote_spec();
    std::ranges::copy(challenge.bytes(), spec.td.report_data.begin());
    Stage out;
    for (std::size_t i = 0; i < kPlatforms; ++i) {
      spec.pck.ppid[0] = static_cast<std::uint8_t>(i);
      spec.pck.ppid[1] = static_cast<std::uint8_t>(i >> 8);
      AttestationReport report;
      report.evidence = maker.quote(spec);
      out.reports.push_back(std::move(report));
    }
    simulated::CollateralSpec collateral;
    collateral.issued = now - std::chrono::hours{24};
    out.collateral = std::make_shared<InMemory>(maker.collateral(spec, collateral));
    out.options = VerifyOptions::bound_to_caller_data(challenge).at(now).accept_simulated(
        InsecureSimulation::for_development_only());
    return out;
  }();
  return stage;
}

/// A genuine quote and the collateral of its time; null where there is no real evidence.
const Stage* genuine() {
  static const std::unique_ptr<const Stage> stage = []() -> std::unique_ptr<const Stage> {
    const std::filesystem::path folder = std::filesystem::path(TENZRO_VECTORS_DIR) / "tdx";
    std::ifstream file(folder / "quotes/v4_b0c06f_uptodate.bin", std::ios::binary);
    if (!file) {
      return nullptr;
    }
    auto collateral = offline_collateral({folder / "collateral/bundle_b0c06f_2025-06.json"});
    demand(collateral.has_value(), "the real collateral cannot be read");
    auto out = std::make_unique<Stage>();
    out->collateral = *std::move(collateral);
    out->reports.resize(1);
    out->reports[0].evidence.assign(std::istreambuf_iterator<char>(file), {});
    out->options = VerifyOptions::unbound_replay_possible().at(*from_rfc3339("2025-06-20T00:00:00Z"));
    return out;
  }();
  return stage.get();
}

void accept(const AttestationVerifier& verifier, const Stage& on) {
  demand(verifier.verify(on.reports[0], *on.options).valid(), "good evidence was refused");
}

/// A verifier that takes everything would be fast. One bit of each thing that is signed is wrong.
void refuse_altered(const AttestationVerifier& verifier, const Stage& on) {
  const auto quote = tdx::parse_quote(on.reports[0].evidence);
  const std::uint8_t* const start = on.reports[0].evidence.data();
  for (const std::uint8_t* const byte :
       {start + 195, quote->signature.data() + 40, quote->qe_report.data() + 70, quote->qe_report_signature.data() + 40,
        quote->certification_data.data() + 700}) {
    AttestationReport report = on.reports[0];
    report.evidence[static_cast<std::size_t>(byte - start)] ^= 1;
    demand(!verifier.verify(report, *on.options).valid(), "an altered quote was accepted");
  }
}

/// Nothing is known: a verifier of its own for each quote.
void verify_cold(benchmark::State& state, const Stage& on) {
  std::uint64_t allocated = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto verifier = std::make_unique<AttestationVerifier>(on.collateral);
    const std::uint64_t before = allocations();
    state.ResumeTiming();
    if (!verifier->verify(on.reports[0], *on.options).valid()) {
      state.SkipWithError("good evidence was refused");
      return;
    }
    state.PauseTiming();
    allocated = allocations() - before;
    verifier.reset();
    state.ResumeTiming();
  }
  state.counters["allocations"] = static_cast<double>(allocated);
}

/// The collateral is known, the platform is not.
void verify_new_platform(benchmark::State& state, const Stage& on) {
  std::unique_ptr<AttestationVerifier> verifier;
  std::size_t next = kPlatforms;
  for (auto _ : state) {
    if (next == kPlatforms) {
      state.PauseTiming();
      verifier = std::make_unique<AttestationVerifier>(on.collateral);
      accept(*verifier, on);
      next = 1;
      state.ResumeTiming();
    }
    if (!verifier->verify(on.reports[next++], *on.options).valid()) {
      state.SkipWithError("good evidence was refused");
      return;
    }
  }
}

/// All is known but the quote's own signature.
void verify_warm(benchmark::State& state, const AttestationVerifier& verifier, const Stage& on) {
  std::uint64_t allocated = 0;
  for (auto _ : state) {
    const std::uint64_t before = allocations();
    if (!verifier.verify(on.reports[0], *on.options).valid()) {
      state.SkipWithError("good evidence was refused");
      return;
    }
    allocated = allocations() - before;
  }
  state.counters["allocations"] = static_cast<double>(allocated) / static_cast<double>(state.threads());
}

/// More platforms than there are certificates kept of: their signatures are known, their certificates are read anew.
void verify_many_warm(benchmark::State& state) {
  const Stage& on = made();
  const AttestationVerifier verifier(on.collateral, MemoryLimits{.certificate_bytes = std::size_t{2} << 20U});
  for (const AttestationReport& report : on.reports) {
    demand(verifier.verify(report, *on.options).valid(), "good evidence was refused");
  }
  std::size_t next = 0;
  for (auto _ : state) {
    if (!verifier.verify(on.reports[next++ % kPlatforms], *on.options).valid()) {
      state.SkipWithError("good evidence was refused");
      return;
    }
  }
}

void parse_quote_row(benchmark::State& state) {
  const Bytes& quote = made().reports[0].evidence;
  const std::uint64_t before = allocations();
  for (auto _ : state) {
    const auto parsed = tdx::parse_quote(quote);
    if (!parsed) {
      state.SkipWithError("a good quote was refused");
      return;
    }
    benchmark::DoNotOptimize(parsed->signature.data());
  }
  state.counters["allocations"] = static_cast<double>(allocations() - before);
}

/// The parts of a verification that are not cryptography.
void add_parsing_rows() {
  add_row("parse/tdx_quote", parse_quote_row, {{{1, kSha256Of632}}, 0.5, {{"allocations", 0}}});
  const auto add = [](const std::string& name, auto parse) {
    add_row(name, [parse](benchmark::State& state) {
      const std::uint64_t before = allocations();
      std::uint64_t rounds = 0;
      for (auto _ : state) {
        const auto parsed = parse();
        if (!parsed) {
          state.SkipWithError("a good input was refused");
          return;
        }
        benchmark::DoNotOptimize(&parsed);
        ++rounds;
      }
      state.counters["allocations"] = static_cast<double>(allocations() - before) / static_cast<double>(rounds);
    });
  };
  const Bytes& evidence = made().reports[0].evidence;
  const ByteView chain = tdx::parse_quote(evidence)->certification_data;
  add("parse/pck_chain_pem", [chain] { return pem::split_quote_chain(chain); });
  const Bytes leaf = pem::split_quote_chain(chain)->front().der;
  add("parse/pck_certificate", [leaf] { return x509::Certificate::parse(leaf); });
  const auto certificate = *x509::Certificate::parse(leaf);
  add("parse/pck_extension",
      [certificate] { return tdx::parse_pck_extension(certificate->extension(tdx::kSgxExtensionOid)->value, true); });
  const Stage& on = genuine() == nullptr ? made() : *genuine();
  const auto document = [&on](CollateralKind kind) {
    CollateralRequest request;
    request.kind = kind;
    return on.collateral->find(request)->front();
  };
  add("parse/tcb_info", [info = document(CollateralKind::tcb_info)] { return intel::parse_tcb_info(info->body); });
  add("parse/qe_identity",
      [identity = document(CollateralKind::qe_identity)] { return intel::parse_qe_identity(identity->body); });
  add("parse/pck_crl", [list = document(CollateralKind::pck_crl)] { return x509::RevocationList::parse(list->body); });
}

}  // namespace

void add_tdx_rows() {
  add_parsing_rows();
  const auto add_stage = [](const Stage& on, const std::string& suffix) {
    // Shared by all repetitions and threads of the warm rows.
    const auto warm = std::make_shared<AttestationVerifier>(on.collateral);
    refuse_altered(*warm, on);
    accept(*warm, on);
    refuse_altered(*warm, on);
    add_row("verify/tdx/cold" + suffix, [&on](benchmark::State& state) { verify_cold(state, on); },
            {{{9, kP256Verify}}, 2.0});
    add_row("verify/tdx/warm" + suffix, [&on, warm](benchmark::State& state) { verify_warm(state, *warm, on); },
            {{{2, kP256Verify}}, 1.3});
    add_scaling_row(
        "verify/tdx/warm_threads" + suffix, [&on, warm](benchmark::State& state) { verify_warm(state, *warm, on); },
        kP256VerifyThreads);
  };
  add_stage(made(), "");
  add_scaling_row(
      "verify/tdx/cold_threads", [](benchmark::State& state) { verify_cold(state, made()); }, kP256VerifyThreads);
  add_scaling_row(
      "verify/tdx/new_platform_threads", [](benchmark::State& state) { verify_new_platform(state, made()); },
      kP256VerifyThreads);
  add_row("verify/tdx/warm_many_platforms", verify_many_warm, {{{2, kP256Verify}}, 1.3});
  add_row("verify/tdx/new_platform", [](benchmark::State& state) { verify_new_platform(state, made()); },
          {{{3, kP256Verify}}, 1.5});
  if (genuine() != nullptr) {
    add_stage(*genuine(), "_genuine");
  }
}

}  // namespace tenzro::bench
