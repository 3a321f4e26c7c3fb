// SPDX-License-Identifier: Apache-2.0
// Quotes of TDs and enclaves, and their collateral, edited and then signed again at every level under the simulated
// hierarchy: what is refused is refused for what it says. What is accepted is held against the lists of what may change
// (may_change) and against a second reading of the documents (tcb_opinion.hpp) and of the chains (openssl_opinion.hpp).
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "edited_json.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "evidence/tdx/quote.hpp"
#include "formats/pem.hpp"
#include "openssl_opinion.hpp"
#include "provider/simulated/event_log.hpp"
#include "provider/simulated/quote_layout.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "resigned.hpp"
#include "tcb_opinion.hpp"
#include "tenzro/tee/measure.hpp"
#include "verdict_invariants.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::fuzz {
namespace {

const UtcTime kNow = *from_rfc3339("2026-06-01T12:00:00Z");
const UtcTime kIssued = kNow - std::chrono::hours{24};

enum Part : std::uint8_t {
  signed_part,
  qe_report,
  qe_auth_data,
  tcb_info,
  qe_identity,
  pck_leaf,
  pck_ca,
  tcb_signer,
  root_crl,
  pck_crl,
  event_log,
  whole_quote,
  part_count
};

/// Bits of the second byte of an input.
enum Switch : std::uint8_t {
  with_event_log = 1,
  remeasured = 2,   ///< RTMR0 and RTMR1 follow the edited log
  keep_qe_data = 4  ///< the QE report's data are what the edits made of them
};

constexpr auto kTexts = std::to_array<std::string_view>({"UpToDate",
                                                         "OutOfDate",
                                                         "Revoked",
                                                         "SWHardeningNeeded",
                                                         "ConfigurationNeeded",
                                                         "ConfigurationAndSWHardeningNeeded",
                                                         "OutOfDateConfigurationNeeded",
                                                         "TDRelaunchAdvised",
                                                         "NotSupported",
                                                         "uptodate",
                                                         "TDX",
                                                         "SGX",
                                                         "TD_QE",
                                                         "QE",
                                                         "QVE",
                                                         "TDX_01",
                                                         "TDX_02",
                                                         "TDX_03",
                                                         "TDX_00",
                                                         "TDX_0a",
                                                         "2026-05-01T00:00:00Z",
                                                         "2026-06-01T12:00:00Z",
                                                         "2026-06-01T12:00:01Z",
                                                         "2030-01-01T00:00:00Z",
                                                         "1970-01-01T00:00:00Z",
                                                         "2026-02-30T00:00:00Z",
                                                         "tcbStatus",
                                                         "advisoryIDs",
                                                         "tdxModule",
                                                         "tdxModuleIdentities",
                                                         "tcbLevels",
                                                         "isvsvn",
                                                         "pcesvn",
                                                         "svn",
                                                         "INTEL-SA-00001",
                                                         "FFFFFFFF",
                                                         "00000000",
                                                         "0000000000000000",
                                                         "FFFFFFFFFFFFFFFF",
                                                         ""});

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
using namespace std::string_view_literals;
const auto kWords = std::to_array<ByteView>({view("\x00"sv),
                                             view("\x01"sv),
                                             view("\xff"sv),
                                             view("\x7f\xff"sv),
                                             view("260601120000Z"),
                                             view("260601120001Z"),
                                             view("491231235959Z"),
                                             view("500101000000Z"),
                                             view("20500101000000Z"),
                                             view("99991231235959Z"),
                                             view("\x55\x1d\x13"sv),
                                             view("\x55\x1d\x0f"sv),
                                             view("\x55\x1d\x1e"sv),
                                             view("\x55\x1d\x24"sv),
                                             view("\x55\x1d\x25"sv),
                                             view("\x55\x1d\x11"sv),
                                             view("\x55\x1d\x1b"sv),
                                             view("\x55\x1d\x1c"sv),
                                             view("\x55\x1d\x14"sv),
                                             view("\x55\x1d\x23"sv),
                                             view("\x55\x1d\x0e"sv),
                                             view("\x2a\x86\x48\xce\x3d\x04\x03\x02"sv),
                                             view("\x2a\x86\x48\xce\x3d\x04\x03\x03"sv),
                                             view("\x2a\x86\x48\xce\x3d\x03\x01\x07"sv),
                                             view("\x2b\x81\x04\x00\x22"sv),
                                             view("\x07\x80"sv),
                                             view("\x01\x06"sv),
                                             view("\x06\xc0"sv),
                                             view("Intel SGX PCK Platform CA"),
                                             view("Intel SGX PCK Processor CA"),
                                             view("Intel SGX PCK Certificate"),
                                             view("Intel SGX Root CA"),
                                             view("Intel SGX TCB Signing"),
                                             view("Intel Corporation")});

/// One kind of evidence as it is accepted.
struct Base {
  simulated::QuoteSpec spec{};
  Bytes signed_part{}, qe_report{};
  std::string tcb_info{}, qe_identity{};
  SignedDer leaf{}, ca{};
  Bytes signed_tcb_info{}, signed_qe_identity{};
  ByteArray<64> qe_report_signature{};  ///< over the report whose data name the attestation key
};

struct Fixture {
  simulated::TdxEvidenceMaker maker{};
  std::vector<Base> bases{};
  SignedDer tcb_signer{}, root_crl{};
  std::array<SignedDer, 2> pck_crl{};  ///< of the processor's CA and of the platform's
  crypto::PkeyPtr pck_key{}, attestation_key{};
  ByteArray<64> attestation_point{};
  Bytes log = simulated::event_log();
  ByteArray<64> report_data{};

  Fixture() {
    RepeatedRandomness::start();
    report_data.fill(0x3d);
    pck_key = maker.pck_key();
    attestation_key = maker.attestation_key(simulated::tdx_quote_spec());
    attestation_point = simulated::public_point(attestation_key.get());
    using tdx::BodyType;
    for (const auto& [version, type] : {std::pair{4, BodyType::td_report_10},
                                        {5, BodyType::td_report_15},
                                        {5, BodyType::td_report_15_extended},
                                        {5, BodyType::td_report_10},
                                        {3, BodyType::sgx_report},
                                        {4, BodyType::sgx_report},
                                        {5, BodyType::sgx_report}}) {
      add(static_cast<std::uint16_t>(version), type);
    }
    simulated::CollateralSpec collateral{.issued = kIssued};
    collateral.root_crl.revoked_serials = {{0x01}, {0x7f, 0xff}};
    collateral.pck_crl.revoked_serials = {{0x01}, {0x7f, 0xff}, Bytes(20, 0x11)};
    for (const bool platform : {false, true}) {
      simulated::QuoteSpec spec = simulated::tdx_quote_spec();
      spec.platform_ca = platform;
      const auto documents = maker.collateral(spec, collateral);
      tcb_signer = SignedDer::split(documents[0].issuer_chain[0]);
      root_crl = SignedDer::split(documents[2].body);
      pck_crl.at(platform ? 1 : 0) = SignedDer::split(documents[3].body);
    }
  }

 private:
  void add(std::uint16_t version, tdx::BodyType type) {
    Base base;
    const bool sgx = type == tdx::BodyType::sgx_report;
    base.spec = sgx ? simulated::sgx_quote_spec() : simulated::tdx_quote_spec();
    base.spec.version = version;
    base.spec.body_type = type;
    base.spec.td.report_data = base.spec.enclave.report_data = report_data;
    if (type == tdx::BodyType::td_report_15 || type == tdx::BodyType::td_report_15_extended) {
      base.spec.td.tee_tcb_svn2 = base.spec.td.tee_tcb_svn;
      base.spec.td.mr_service_td = ByteArray<48>{};
    }
    base.signed_part = simulated::write_signed_part(base.spec);
    base.qe_report = simulated::write_sgx_report(base.spec.qe);
    const simulated::CollateralSpec collateral{.issued = kIssued};
    base.tcb_info = simulated::tcb_info_json(base.spec, collateral);
    base.qe_identity = simulated::qe_identity_json(base.spec, collateral);
    base.leaf = SignedDer::split(maker.pck_certificate(base.spec));
    base.ca = SignedDer::split(maker.hierarchy().pck_ca(base.spec.platform_ca).certificate);
    EVP_PKEY* const tcb_key = maker.hierarchy().tcb_signer().key.get();
    base.signed_tcb_info = simulated::signed_document("tcbInfo", base.tcb_info, tcb_key);
    base.signed_qe_identity = simulated::signed_document("enclaveIdentity", base.qe_identity, tcb_key);
    const ByteArray<32> digest = crypto::sha256({attestation_point, base.spec.qe_auth_data});
    std::ranges::copy(digest, base.qe_report.begin() + 320);
    base.qe_report_signature = simulated::sign(pck_key.get(), base.qe_report);
    bases.push_back(std::move(base));
  }
};

const Fixture& fixture() {
  static const Fixture one;
  return one;
}

/// Evidence after the edits, before it is signed.
struct Edited {
  const Base& base;
  const EditList& list;
  Bytes signed_part, qe_report, auth_data, log{};
  std::string tcb_info, qe_identity;
  SignedDer leaf, ca, tcb_signer, root_crl, pck_crl;
  bool quote_itself = false;  ///< edited behind the signatures

  Edited(const Base& from, const EditList& edits)
      : base(from),
        list(edits),
        signed_part(from.signed_part),
        qe_report(from.qe_report),
        auth_data(from.spec.qe_auth_data),
        tcb_info(from.tcb_info),
        qe_identity(from.qe_identity),
        leaf(from.leaf),
        ca(from.ca),
        tcb_signer(fixture().tcb_signer),
        root_crl(fixture().root_crl),
        pck_crl(fixture().pck_crl.at(from.spec.platform_ca ? 1 : 0)) {
    if (edits.has(with_event_log)) {
      log = fixture().log;
    }
    for (const Edit& edit : edits.edits) {
      apply(edit);
    }
    if (edits.has(with_event_log) && edits.has(remeasured) && base.spec.body_type != tdx::BodyType::sgx_report) {
      measure();
    }
  }

 private:
  void apply(const Edit& edit) {
    switch (edit.part % part_count) {
      case Part::signed_part:
        edit_bytes(signed_part, edit);
        break;
      case Part::qe_report:
        edit_bytes(qe_report, edit);
        qe_report.resize(tdx::kSgxReportSize);
        break;
      case Part::qe_auth_data:
        edit_bytes(auth_data, edit);
        break;
      case Part::tcb_info:
        edit_json(tcb_info, edit, kTexts);
        break;
      case Part::qe_identity:
        edit_json(qe_identity, edit, kTexts);
        break;
      case Part::pck_leaf:
        edit_der(leaf.signed_part, edit, kWords);
        break;
      case Part::pck_ca:
        edit_der(ca.signed_part, edit, kWords);
        break;
      case Part::tcb_signer:
        edit_der(tcb_signer.signed_part, edit, kWords);
        break;
      case Part::root_crl:
        edit_der(root_crl.signed_part, edit, kWords);
        break;
      case Part::pck_crl:
        edit_der(pck_crl.signed_part, edit, kWords);
        break;
      case Part::event_log:
        edit_bytes(log, edit);
        break;
      default:
        quote_itself = true;
    }
  }

  /// RTMR0 to RTMR3 as the log leads to them.
  void measure() {
    const auto registers = measure_event_log(log);
    const std::size_t at = body_at() + 328;
    if (!registers || signed_part.size() < at + 192) {
      return;
    }
    for (std::size_t i = 0; i < 4; ++i) {
      std::ranges::copy(registers->rtmr.at(i), signed_part.begin() + static_cast<std::ptrdiff_t>(at + 48 * i));
    }
  }

 public:
  std::size_t body_at() const { return base.spec.version == 5 ? 54 : 48; }
};

/// Everything signed again, from the root down.
struct Signed {
  Bytes leaf, ca, tcb_signer, root_crl, pck_crl, quote;
  std::vector<CollateralDocument> documents;

  explicit Signed(const Edited& edited) {
    const simulated::IntelHierarchy& hierarchy = fixture().maker.hierarchy();
    const simulated::Identity& root = hierarchy.root();
    const bool platform = edited.base.spec.platform_ca;
    ca = signed_again(edited.base.ca, edited.ca, root.key.get());
    leaf = signed_again(edited.base.leaf, edited.leaf, hierarchy.pck_ca(platform).key.get());
    tcb_signer = signed_again(fixture().tcb_signer, edited.tcb_signer, root.key.get());
    root_crl = signed_again(fixture().root_crl, edited.root_crl, root.key.get());
    pck_crl =
        signed_again(fixture().pck_crl.at(platform ? 1 : 0), edited.pck_crl, hierarchy.pck_ca(platform).key.get());
    make_quote(edited);
    EVP_PKEY* const tcb_key = hierarchy.tcb_signer().key.get();
    add(CollateralKind::tcb_info,
        edited.tcb_info == edited.base.tcb_info ? edited.base.signed_tcb_info
                                                : simulated::signed_document("tcbInfo", edited.tcb_info, tcb_key),
        {tcb_signer, root.certificate});
    add(CollateralKind::qe_identity,
        edited.qe_identity == edited.base.qe_identity
            ? edited.base.signed_qe_identity
            : simulated::signed_document("enclaveIdentity", edited.qe_identity, tcb_key),
        {tcb_signer, root.certificate});
    add(CollateralKind::root_crl, root_crl, {root.certificate});
    add(CollateralKind::pck_crl, pck_crl, {ca, root.certificate});
  }

 private:
  void make_quote(const Edited& edited) {
    simulated::SignatureData data;
    data.quote_signature = simulated::sign(fixture().attestation_key.get(), edited.signed_part);
    data.attestation_key = fixture().attestation_point;
    data.qe_report = edited.qe_report;
    if (!edited.list.has(keep_qe_data)) {
      const ByteArray<32> digest = crypto::sha256({data.attestation_key, edited.auth_data});
      std::fill(data.qe_report.begin() + 320, data.qe_report.end(), std::uint8_t{0});
      std::ranges::copy(digest, data.qe_report.begin() + 320);
    }
    data.qe_report_signature = data.qe_report == edited.base.qe_report
                                   ? edited.base.qe_report_signature
                                   : simulated::sign(fixture().pck_key.get(), data.qe_report);
    data.certification_data = simulated::pem_chain({leaf, ca, fixture().maker.hierarchy().root().certificate});
    simulated::QuoteSpec spec = edited.base.spec;
    spec.qe_auth_data = edited.auth_data;
    quote = edited.signed_part;
    const Bytes rest = simulated::write_signature_data(spec, data);
    quote.insert(quote.end(), rest.begin(), rest.end());
    for (const Edit& edit : edited.list.edits) {
      if (edit.part % part_count == whole_quote) {
        edit_bytes(quote, edit);
      }
    }
  }
  void add(CollateralKind kind, Bytes body, std::vector<Bytes> issuer_chain) {
    CollateralDocument document;
    document.kind = kind;
    document.body = std::move(body);
    document.issuer_chain = std::move(issuer_chain);
    documents.push_back(std::move(document));
  }
};

/// Bytes of header and body that nothing pins here, so that an accepted quote may say anything there.
struct Range {
  std::size_t at, size;
};
constexpr std::array kHeaderMayChange{Range{8, 4}, Range{28, 20}};  // QE and PCE SVN (or reserved), the QE's user data
/// TEE_TCB_SVN is judged by tcb_opinion.hpp; MRSEAM; TDATTRIBUTES and XFAM by their masks; MRTD, configuration, owner.
constexpr std::array kTdMayChange{Range{0, 16}, Range{16, 48}, Range{120, 8}, Range{128, 8}, Range{136, 192}};
constexpr std::array kTdWithoutLog{Range{328, 192}};
constexpr std::array kTd15MayChange{Range{584, 16}};  // TEE_TCB_SVN_2
/// Of the extended body, all but the hashes of service TDs.
constexpr std::array kTdExtensionMayChange{Range{648, 81}, Range{777, 52}, Range{877, 8}};
/// Of an enclave's report all but its data: CPUSVN, what it measures and who signed it, the fields of Key Separation
/// and Sharing (ISVEXTPRODID, CONFIGID, CONFIGSVN, ISVFAMILYID), and what is reserved between them. Attributes are
/// judged below, and of a quoting enclave what its identity pins (tcb_opinion.hpp).
constexpr std::array kEnclaveMayChange{Range{0, 320}};

template <class Ranges>
void allow(std::vector<bool>& allowed, const Ranges& ranges, std::size_t base) {
  for (const Range& range : ranges) {
    for (std::size_t i = base + range.at; i < std::min(allowed.size(), base + range.at + range.size); ++i) {
      allowed[i] = true;
    }
  }
}

void require_same_but(ByteView before, ByteView after, const std::vector<bool>& allowed) {
  require(before.size() == after.size(), "an accepted structure has its size");
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != after[i] && !allowed[i]) {
      std::fprintf(stderr, "byte %zu of %zu\n", i, before.size());
      require(false, "an accepted quote differs only where nothing is pinned");
    }
  }
}

std::uint64_t little_endian(ByteView eight) {
  std::uint64_t out = 0;
  for (std::size_t i = 8; i-- > 0;) {
    out = (out << 8U) | eight[i];
  }
  return out;
}

void check_body(const Edited& edited) {
  const Bytes& now = edited.signed_part;
  std::vector<bool> allowed(now.size());
  const std::size_t at = edited.body_at();
  allow(allowed, kHeaderMayChange, 0);
  const tdx::BodyType type = edited.base.spec.body_type;
  if (type == tdx::BodyType::sgx_report) {
    allow(allowed, kEnclaveMayChange, at);
  } else {
    allow(allowed, kTdMayChange, at);
    if (edited.list.has(with_event_log) && !edited.list.has(remeasured)) {
      // RTMR2 and RTMR3 may be extended after the log was closed only where a policy pins them: there is none.
    } else {
      allow(allowed, kTdWithoutLog, at);
    }
    if (type != tdx::BodyType::td_report_10) {
      allow(allowed, kTd15MayChange, at);
    }
    if (type == tdx::BodyType::td_report_15_extended) {
      allow(allowed, kTdExtensionMayChange, at);
    }
  }
  require_same_but(edited.base.signed_part, now, allowed);
  const ByteView body = ByteView(now).subspan(at);
  if (type == tdx::BodyType::sgx_report) {
    require((body[48] & 0x02) == 0, "no accepted enclave is in debug mode");
    return;
  }
  const std::uint64_t attributes = little_endian(body.subspan(120, 8));
  // ICSSD, SERVTD_EXT, LASS, SEPT_VE_DISABLE, PKS, KL, TPA, PERFMON: not DEBUG, MIGRATABLE or anything unknown.
  std::uint64_t harmless = 0;
  for (const unsigned bit : {16U, 17U, 27U, 28U, 30U, 31U, 62U, 63U}) {
    harmless |= std::uint64_t{1} << bit;
  }
  require((attributes & ~harmless) == 0, "no accepted TD is in debug mode, migratable or of an unknown kind");
  const std::uint64_t xfam = little_endian(body.subspan(128, 8));
  require((xfam & 3) == 3 && (xfam & ~0x6dbe7U) == 0, "extended features are known ones");
}

void check_qe(const Edited& edited) {
  std::vector<bool> allowed(edited.qe_report.size());
  allow(allowed, kEnclaveMayChange, 0);
  // Its data: computed, or kept as they are and then those of the base, whose data are not computed.
  for (std::size_t i = 320; i < allowed.size(); ++i) {
    allowed[i] = true;
  }
  require_same_but(edited.base.qe_report, edited.qe_report, allowed);
}

void check_tcb(const Edited& edited, const Signed& made) {
  const auto leaf = x509::Certificate::parse(made.leaf);
  require(leaf.has_value(), "an accepted leaf is a certificate");
  const auto* const extension = (*leaf)->extension(tdx::kSgxExtensionOid);
  require(extension != nullptr, "it has Intel's extension");
  const auto pck = tdx::parse_pck_extension(extension->value, edited.base.spec.platform_ca);
  require(pck.has_value(), "which can be read");
  TcbOpinion opinion;
  opinion.now = kNow;
  opinion.fmspc = pck->fmspc;
  opinion.pce_id = pck->pce_id;
  opinion.sgx_components = pck->tcb_components;
  opinion.pce_svn = pck->pce_svn;
  opinion.qe_report = edited.qe_report;
  const ByteView body = ByteView(edited.signed_part).subspan(edited.body_at());
  if (edited.base.spec.body_type != tdx::BodyType::sgx_report) {
    opinion.td_body = body;
  }
  opinion.require_up_to_date(edited.tcb_info, edited.qe_identity);
}

void check_chains(const Signed& made) {
  const Bytes& root = fixture().maker.hierarchy().root().certificate;
  require(openssl_verdict({{made.leaf, made.ca, root}, {made.root_crl, made.pck_crl}, kNow}) == X509_V_OK,
          "OpenSSL takes the PCK chain, and finds nobody of it revoked");
  require(openssl_verdict({{made.tcb_signer, root}, {made.root_crl}, kNow}) == X509_V_OK,
          "OpenSSL takes the TCB signer, and does not find it revoked");
}

VerifyOptions options_for(const Edited& edited) {
  VerifyOptions out = VerifyOptions::bound_to_caller_data(*ReportData::from_caller_data(fixture().report_data));
  out.at(kNow);
  if (edited.base.spec.body_type == tdx::BodyType::sgx_report) {
    out.require_platform(Platform::intel_sgx);
  }
  return out;
}

void run(ByteView input) {
  static Bench bench;
  const EditList list = read_edits(input);
  const Fixture& all = fixture();
  RepeatedRandomness::start();
  const Edited edited(all.bases[list.shape % all.bases.size()], list);
  const Signed made(edited);
  AttestationReport report;
  report.evidence = made.quote;
  report.event_log = edited.log;
  bench.source->use(made.documents);

  const VerifyOptions without_simulation = options_for(edited);
  VerifyOptions options = without_simulation;
  options.accept_simulated(InsecureSimulation::for_development_only());
  const VerificationResult verdict = bench.judge(report, options, without_simulation, Bench::again_for(input));
  if (list.edits.empty() && list.switches == 0) {
    require_accepted(verdict);
  }
  if (!verdict.valid()) {
    return;
  }
  if (!edited.quote_itself) {
    check_body(edited);
    check_qe(edited);
    check_tcb(edited, made);
    check_chains(made);
  } else {
    Bytes head = made.quote;
    head.resize(edited.signed_part.size());
    require(head == edited.signed_part, "nothing signed was edited behind its signature");
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
