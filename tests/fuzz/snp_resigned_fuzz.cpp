// SPDX-License-Identifier: Apache-2.0
// SEV-SNP reports, their certificates and their list, edited and then signed again under the simulated hierarchy. What
// is accepted is held against the list of what may change (may_change, and the rules below it) and against OpenSSL's
// opinion of the chain.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "evidence/snp/report.hpp"
#include "openssl_opinion.hpp"
#include "provider/simulated/snp_evidence.hpp"
#include "provider/simulated/snp_layout.hpp"
#include "resigned.hpp"
#include "verdict_invariants.hpp"

namespace tenzro::tee::fuzz {
namespace {

const UtcTime kNow = *from_rfc3339("2026-06-01T12:00:00Z");
const UtcTime kIssued = kNow - std::chrono::hours{24};

enum Part : std::uint8_t { report_body, report_body_too, leaf, intermediate, list, table, signature, part_count };

/// Bits of the second byte of an input.
enum Switch : std::uint8_t {
  leaf_follows = 1,    ///< the leaf is made for the chip and the REPORTED_TCB that the edited report names
  table_in_chain = 2,  ///< the certificates come beside the report, not in the table behind it
  one_tcb = 4          ///< current, committed and launch TCB are the edited REPORTED_TCB
};

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
using namespace std::string_view_literals;
const auto kWords = std::to_array<ByteView>({view("\x00"sv),
                                             view("\x01"sv),
                                             view("\xff"sv),
                                             view("\x1b"sv),
                                             view("\x56"sv),
                                             view("260601120000Z"),
                                             view("260601120001Z"),
                                             view("491231235959Z"),
                                             view("20500101000000Z"),
                                             view("99991231235959Z"),
                                             view("\x55\x1d\x13"sv),
                                             view("\x55\x1d\x0f"sv),
                                             view("\x55\x1d\x1e"sv),
                                             view("\x55\x1d\x25"sv),
                                             view("\x55\x1d\x1c"sv),
                                             view("\x2b\x06\x01\x04\x01\x9c\x78\x01\x01"sv),
                                             view("\x2b\x06\x01\x04\x01\x9c\x78\x01\x02"sv),
                                             view("\x2b\x06\x01\x04\x01\x9c\x78\x01\x03\x01"sv),
                                             view("\x2b\x06\x01\x04\x01\x9c\x78\x01\x03\x08"sv),
                                             view("\x2b\x06\x01\x04\x01\x9c\x78\x01\x04"sv),
                                             view("\x2b\x06\x01\x04\x01\x9c\x78\x01\x05"sv),
                                             view("SEV-VCEK"),
                                             view("SEV-VLEK"),
                                             view("SEV-Genoa"),
                                             view("SEV-Milan"),
                                             view("SEV-VLEK-Genoa"),
                                             view("ARK-Genoa"),
                                             view("Genoa-B0"),
                                             view("Milan-B0"),
                                             view("Genoa"),
                                             view("Advanced Micro Devices"),
                                             view("\x07\x80"sv),
                                             view("\x01\x06"sv)});

struct Base {
  simulated::SnpReportSpec spec{};
  Bytes body{};
  SignedDer leaf{}, intermediate{};
};

struct Fixture {
  simulated::SnpEvidenceMaker maker{};
  std::vector<Base> bases{};
  SignedDer list{};
  ByteArray<64> report_data{};

  Fixture() {
    RepeatedRandomness::start();
    report_data.fill(0x3d);
    for (const std::uint32_t version : {5U, 4U, 3U, 2U}) {
      for (const bool vlek : {false, true}) {
        Base base;
        base.spec = vlek ? simulated::vlek_report_spec() : simulated::SnpReportSpec{};
        base.spec.version = version;
        base.spec.report_data = report_data;
        base.body = simulated::write_signed_part(base.spec);
        base.leaf = SignedDer::split(maker.hierarchy().leaf(leaf_spec(base.spec, base.body)));
        base.intermediate = SignedDer::split(maker.hierarchy().issuer(vlek).certificate);
        bases.push_back(std::move(base));
      }
    }
    list = SignedDer::split(maker.collateral(kIssued)[0].body);
  }

  static simulated::AmdLeafSpec leaf_spec(const simulated::SnpReportSpec& spec, ByteView body) {
    simulated::AmdLeafSpec out;
    out.vlek = spec.vlek;
    out.csp_id = spec.csp_id;
    std::ranges::copy(body.subspan(0x180, 8), out.tcb.begin());
    std::ranges::copy(body.subspan(0x1a0, 64), out.chip_id.begin());
    return out;
  }
};

const Fixture& fixture() {
  static const Fixture one;
  return one;
}

struct Edited {
  const Base& base;
  const EditList& list;
  Bytes body;
  SignedDer leaf, intermediate, crl;

  Edited(const Base& from, const EditList& edits)
      : base(from),
        list(edits),
        body(from.body),
        leaf(from.leaf),
        intermediate(from.intermediate),
        crl(fixture().list) {
    for (const Edit& edit : edits.edits) {
      switch (edit.part % part_count) {
        case Part::report_body:
        case Part::report_body_too:
          edit_bytes(body, edit);
          body.resize(snp::kSignedSize);
          break;
        case Part::leaf:
          edit_der(leaf.signed_part, edit, kWords);
          break;
        case Part::intermediate:
          edit_der(intermediate.signed_part, edit, kWords);
          break;
        case Part::list:
          edit_der(crl.signed_part, edit, kWords);
          break;
        default:
          break;  // of what is not signed: later
      }
    }
    if (edits.has(one_tcb)) {
      for (const std::ptrdiff_t at : {0x38, 0x1e0, 0x1f0}) {
        std::copy_n(body.begin() + 0x180, 8, body.begin() + at);
      }
    }
  }
};

struct Signed {
  Bytes leaf, intermediate, crl, evidence;
  std::vector<Bytes> beside{};
  bool unsigned_edited = false;

  explicit Signed(const Edited& edited) {
    const simulated::AmdHierarchy& hierarchy = fixture().maker.hierarchy();
    const simulated::SnpReportSpec& spec = edited.base.spec;
    SignedDer original = edited.base.leaf;
    simulated::AmdLeafSpec key = Fixture::leaf_spec(spec, edited.base.body);
    SignedDer wanted = edited.leaf;
    if (edited.list.has(leaf_follows)) {
      key = Fixture::leaf_spec(spec, edited.body);
      // Its own edits are lost: the certificate is another one.
      if (!same(key.tcb, Fixture::leaf_spec(spec, edited.base.body).tcb) ||
          !same(key.chip_id, Fixture::leaf_spec(spec, edited.base.body).chip_id)) {
        original = wanted = SignedDer::split(hierarchy.leaf(key));
      }
    }
    leaf = signed_again(original, wanted, hierarchy.issuer(spec.vlek).key.get());
    intermediate = signed_again(edited.base.intermediate, edited.intermediate, hierarchy.ark().key.get());
    crl = signed_again(fixture().list, edited.crl, hierarchy.ark().key.get());
    evidence = edited.body;
    Bytes r_s = simulated::write_signature(simulated::sign_p384(hierarchy.leaf_key(key).get(), edited.body));
    Bytes certificates = simulated::write_certificate_table({{spec.vlek ? snp::kVlekGuid : snp::kVcekGuid, leaf},
                                                             {snp::kAskGuid, intermediate},
                                                             {snp::kArkGuid, hierarchy.ark().certificate}});
    for (const Edit& edit : edited.list.edits) {
      if (edit.part % part_count == table) {
        edit_bytes(certificates, edit);
        unsigned_edited = true;
      } else if (edit.part % part_count == signature) {
        edit_bytes(r_s, edit);
        unsigned_edited = true;
      }
    }
    evidence.insert(evidence.end(), r_s.begin(), r_s.end());
    if (edited.list.has(table_in_chain)) {
      beside = {leaf, intermediate, hierarchy.ark().certificate};
    } else {
      evidence.insert(evidence.end(), certificates.begin(), certificates.end());
    }
  }
};

std::uint64_t little_endian(ByteView bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    out = (out << 8U) | bytes[i];
  }
  return out;
}

struct Range {
  std::size_t at, size;
};
/// What nothing pins here: guest SVN; family and image id; measurement, host data, ID and author key; report ids. And
/// what the rules below judge: guest policy, TCBs, PLATFORM_INFO, the author key's bit, firmware versions, mitigations.
constexpr std::array kMayChange{Range{0x004, 4}, Range{0x008, 8},  Range{0x010, 32}, Range{0x038, 8},  Range{0x040, 8},
                                Range{0x048, 1}, Range{0x090, 48}, Range{0x0c0, 32}, Range{0x0e0, 96}, Range{0x140, 64},
                                Range{0x1e0, 8}, Range{0x1e8, 3},  Range{0x1ec, 3},  Range{0x1f0, 8}};
constexpr std::array kWithCpuId{Range{0x188, 3}};
constexpr std::array kWithMitigations{Range{0x1f8, 16}};
/// A VLEK is no chip's.
constexpr std::array kWithVlek{Range{0x1a0, 64}};
/// Where the leaf follows them.
constexpr std::array kWithLeaf{Range{0x180, 8}, Range{0x1a0, 64}};

void check_report(const Edited& edited, const VerificationResult& verdict) {
  const ByteView before = edited.base.body, after = edited.body;
  const std::uint64_t version = little_endian(after.first(4));
  require(version >= 2 && version <= 5, "an accepted report has a known version");
  std::vector<bool> allowed(after.size());
  const auto allow = [&](const auto& ranges) {
    for (const Range& range : ranges) {
      std::fill_n(allowed.begin() + static_cast<std::ptrdiff_t>(range.at), range.size, true);
    }
  };
  allow(kMayChange);
  allowed[0] = true;
  allow(kWithCpuId);
  allow(kWithMitigations);
  if (edited.base.spec.vlek) {
    allow(kWithVlek);
  }
  if (edited.list.has(leaf_follows)) {
    allow(kWithLeaf);
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (before[i] != after[i] && !allowed[i]) {
      std::fprintf(stderr, "byte 0x%zx\n", i);
      require(false, "an accepted report differs only where nothing is pinned");
    }
  }
  if (version >= 3) {  // Genoa: family 19h, models 10h to 1Fh and A0h to AFh
    require(after[0x188] == 0x19 && ((after[0x189] & 0xf0) == 0x10 || (after[0x189] & 0xf0) == 0xa0),
            "the processor is of the certificate's product");
  }
  const std::uint64_t policy = little_endian(after.subspan(0x008, 8));
  require((policy & (1U << 17U)) != 0 && (policy >> 26U) == 0, "reserved bits of the guest policy are as they must be");
  require((policy & (1U << 19U)) == 0, "no accepted guest may be debugged");
  require((policy & (1U << 18U)) == 0, "none may have a migration agent");
  require(little_endian(after.subspan(0x030, 4)) == 0, "VMPL is 0");
  require((after[0x048] & ~0x05) == 0, "the report is signed, by VCEK or VLEK");
  const auto at_most = [&](std::size_t low, std::size_t high) {
    for (const std::size_t i : {0U, 1U, 6U, 7U}) {
      require(after[low + i] <= after[high + i], "no component of a lower TCB is above the higher one");
    }
  };
  at_most(0x180, 0x1e0);  // reported, committed
  at_most(0x1e0, 0x038);  // committed, current
  at_most(0x1f0, 0x038);  // launch, current
  const auto firmware = [&](std::size_t at) { return std::array{after[at + 2], after[at + 1], after[at]}; };
  require(firmware(0x1ec) <= firmware(0x1e8), "no committed firmware is newer than what runs");
  const bool provisional =
      firmware(0x1ec) != firmware(0x1e8) || !same(after.subspan(0x038, 8), after.subspan(0x1e0, 8));
  const bool warned =
      std::ranges::find(verdict.warnings(), "provisional_firmware", &Finding::code) != verdict.warnings().end();
  require(provisional == warned, "of firmware that can be taken back there is a warning");
  if (version >= 3) {
    require((after[0x040] & 0x20) != 0, "memory was looked through for aliases");
  }
}

void run(ByteView input) {
  static Bench bench;
  const EditList edits = read_edits(input);
  const Fixture& all = fixture();
  RepeatedRandomness::start();
  const Edited edited(all.bases[edits.shape % all.bases.size()], edits);
  const Signed made(edited);
  AttestationReport report;
  report.evidence = made.evidence;
  report.certificate_chain = made.beside;
  CollateralDocument crl;
  crl.kind = CollateralKind::amd_crl;
  crl.body = made.crl;
  // Where it lies says which of AMD's two lists it is.
  crl.source = edited.base.spec.vlek ? "vlek/v1/Genoa/crl" : "vcek/v1/Genoa/crl";
  crl.issuer_chain = {all.maker.hierarchy().ark().certificate};
  bench.source->use({crl});

  VerifyOptions options = VerifyOptions::bound_to_caller_data(*ReportData::from_caller_data(all.report_data));
  options.at(kNow);
  const VerifyOptions without_simulation = options;
  options.accept_simulated(InsecureSimulation::for_development_only());
  const VerificationResult verdict = bench.judge(report, options, without_simulation, Bench::again_for(input));
  if (edits.edits.empty() && edits.switches == 0) {
    require_accepted(verdict);
  }
  if (!verdict.valid()) {
    return;
  }
  check_report(edited, verdict);
  if (!made.unsigned_edited) {
    require(
        openssl_verdict({{made.leaf, made.intermediate, all.maker.hierarchy().ark().certificate}, {}, kNow, false}) ==
            X509_V_OK,
        "OpenSSL takes the chain");
  }
}

}  // namespace

static void prepare() { static_cast<void>(fixture()); }

}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  tenzro::tee::fuzz::prepare();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
