// SPDX-License-Identifier: Apache-2.0
// Evidence of a GPU, its manifests and what responders say of its certificates, edited and then signed again under the
// simulated hierarchy. What is accepted answers the caller's nonce, has the measurements of its manifests, and stands
// on chains that OpenSSL takes.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "collateral/nvidia/rim.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "edited_json.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "formats/pem.hpp"
#include "openssl_opinion.hpp"
#include "provider/simulated/nvidia_evidence.hpp"
#include "resigned.hpp"
#include "verdict_invariants.hpp"

namespace tenzro::tee::fuzz {
namespace {

const UtcTime kNow = *from_rfc3339("2026-06-01T12:00:00Z");
const UtcTime kIssued = kNow - std::chrono::hours{1};

constexpr std::size_t kChain = 4, kManifests = 2, kAnswers = 6;
enum Part : std::uint8_t {
  report,
  report_too,
  leaf,  ///< and brom, provisioner, identity
  first_manifest = leaf + kChain,
  first_answer = first_manifest + kManifests,
  collected = first_answer + kAnswers,  ///< the JSON around the report
  part_count
};

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
std::string text_from(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }
using namespace std::string_view_literals;
const auto kWords = std::to_array<ByteView>({view("\x00"sv),
                                             view("\x01"sv),
                                             view("\xff"sv),
                                             view("20260601120000Z"),
                                             view("20260601120001Z"),
                                             view("260601120000Z"),
                                             view("260601120001Z"),
                                             view("99991231235959Z"),
                                             view("20500101000000Z"),
                                             view("\x55\x1d\x13"sv),
                                             view("\x55\x1d\x0f"sv),
                                             view("\x55\x1d\x25"sv),
                                             view("\x55\x1d\x1e"sv),
                                             view("\x2b\x06\x01\x05\x05\x07\x03\x09"sv),
                                             view("\x2b\x06\x01\x05\x05\x07\x30\x01\x02"sv),
                                             view("\x67\x81\x05\x05\x04\x01"sv),
                                             view("\x2a\x86\x48\xce\x3d\x04\x03\x03"sv),
                                             view("\x2a\x86\x48\xce\x3d\x04\x03\x02"sv),
                                             view("NVIDIA Corporation"),
                                             view("GH100 A01 GSP FMC LF"),
                                             view("NVIDIA GH100 Identity"),
                                             view("\x07\x80"sv),
                                             view("\x01\x06"sv)});
constexpr auto kTexts = std::to_array<std::string_view>({"HOPPER", "BLACKWELL", "LS10", "arch", "nonce", "evidence",
                                                         "certificate", "", "0000000000000000", "driver_version"});

struct Manifest {
  std::string content{};  ///< before the signature
  std::string rest{};     ///< from the signature on
};

struct Fixture {
  simulated::NvidiaEvidenceMaker maker{};
  simulated::NvidiaEvidenceSpec spec{};
  simulated::NvidiaDevice device;
  Bytes report{};                         ///< without the signature
  std::array<SignedDer, kChain> chain{};  ///< leaf first, without the root
  std::array<EVP_PKEY*, kChain> signers{};
  std::array<Manifest, kManifests> manifests{};
  std::array<SignedDer, kAnswers> answers{};  ///< BasicOCSPResponse
  std::array<Bytes, kAnswers> whole_answers{};
  std::array<EVP_PKEY*, kAnswers> responders{};
  Bytes nonce = Bytes(32, 0x4e);

  Fixture() : device((RepeatedRandomness::start(), maker.device(0))) {
    std::ranges::copy(nonce, spec.nonce.begin());
    report = simulated::NvidiaEvidenceMaker::report(spec, device);
    report.resize(report.size() - nvidia::kSignatureSize);
    const simulated::NvidiaHierarchy& gpu = maker.hierarchy();
    const auto ders = gpu.device_chain(device);
    for (std::size_t i = 0; i < kChain; ++i) {
      chain.at(i) = SignedDer::split(ders.at(i));
    }
    signers = {device.brom.key.get(), gpu.provisioner().key.get(), gpu.identity_ca().key.get(),
               gpu.device_root().key.get()};
    const auto documents = maker.collateral(spec, kIssued);
    for (std::size_t i = 0; i < kManifests; ++i) {
      const std::string text = text_from(documents.at(i).body);
      const std::size_t at = text.find("<ds:Signature ");
      require(at != std::string::npos, "a manifest is signed");
      manifests.at(i) = {text.substr(0, at), text.substr(at)};
    }
    for (std::size_t i = 0; i < kAnswers; ++i) {
      whole_answers.at(i) = documents.at(kManifests + i).body;
      answers.at(i) = SignedDer::split(basic_response(whole_answers.at(i)));
    }
    responders = {gpu.provisioner().key.get(), gpu.identity_ca().key.get(), gpu.device_root().key.get(),
                  gpu.rim_l3().key.get(),      gpu.rim_ca().key.get(),      gpu.rim_root().key.get()};
  }

 private:
  /// OCSPResponse { status, [0] { type, OCTET STRING { BasicOCSPResponse } } } (RFC 6960, 4.2.1).
  static Bytes basic_response(ByteView whole) {
    std::vector<Node> roots;
    require(tree_parts::read_der(whole, roots, 0) && roots.size() == 1, "an answer is DER");
    Bytes out;
    tree_parts::write_der(roots[0].children.at(1).children.at(0).children.at(1).children.at(0), out);
    return out;
  }
};

const Fixture& fixture() {
  static const Fixture one;
  return one;
}

Bytes answer_with(const Bytes& basic) {
  namespace der = simulated::der;
  const Bytes bytes = der::sequence({der::oid("1.3.6.1.5.5.7.48.1.1"), der::octet_string(basic)});
  return der::sequence({der::enumerated(0), der::element(0xa0, bytes)});
}

std::string replaced(std::string text, std::string_view open, std::string_view close, const std::string& value) {
  const std::size_t at = text.find(open) + open.size();
  return text.replace(at, text.find(close, at) - at, value);
}

/// Digest and signature made anew for what the content now is, as far as it still is in its canonical form.
Bytes manifest_with(const Manifest& original, const std::string& content) {
  std::string rest = original.rest;
  if (content != original.content) {
    const std::size_t end = rest.rfind("</ds:Signature>") + std::string_view("</ds:Signature>").size();
    const std::string whole = content + rest.substr(end);
    rest = replaced(rest, "<ds:DigestValue>", "</ds:DigestValue>", to_base64(crypto::sha384(view(whole))));
    const std::size_t from = rest.find("<ds:SignedInfo"), to = rest.find("</ds:SignedInfo>") + 16;
    const std::string info = rest.substr(from, to - from);
    const ByteArray<96> r_s = simulated::sign_p384(fixture().maker.hierarchy().rim_signer().key.get(), view(info));
    rest = replaced(rest, "<ds:SignatureValue>", "</ds:SignatureValue>", to_base64(r_s));
  }
  const std::string out = content + rest;
  return {out.begin(), out.end()};
}

struct Made {
  Bytes report = fixture().report;
  std::vector<Bytes> chain{};  ///< root last
  std::vector<CollateralDocument> documents{};
  Bytes evidence{};
  bool manifests_edited = false, text_edited = false;

  explicit Made(const EditList& edits) {
    const Fixture& all = fixture();
    std::array<SignedDer, kChain> certificates = all.chain;
    std::array<SignedDer, kAnswers> answers = all.answers;
    std::array<std::string, kManifests> contents = {all.manifests[0].content, all.manifests[1].content};
    for (const Edit& edit : edits.edits) {
      const std::size_t part = edit.part % Part::part_count;
      if (part <= Part::report_too) {
        edit_bytes(report, edit);
      } else if (part < Part::first_manifest) {
        edit_der(certificates.at(part - Part::leaf).signed_part, edit, kWords);
      } else if (part < Part::first_answer) {
        json_parts::edit_text(contents.at(part - Part::first_manifest), edit);
        manifests_edited = true;
      } else if (part < Part::collected) {
        edit_der(answers.at(part - Part::first_answer).signed_part, edit, kWords);
      }
    }
    for (std::size_t i = 0; i < kChain; ++i) {
      chain.push_back(signed_again(all.chain.at(i), certificates.at(i), all.signers.at(i)));
    }
    chain.push_back(all.maker.hierarchy().device_root().certificate);
    for (std::size_t i = 0; i < kManifests; ++i) {
      add(CollateralKind::rim, manifest_with(all.manifests.at(i), contents.at(i)));
    }
    for (std::size_t i = 0; i < kAnswers; ++i) {
      const bool same_answer = answers.at(i).signed_part == all.answers.at(i).signed_part;
      add(CollateralKind::ocsp,
          same_answer ? all.whole_answers.at(i)
                      : answer_with(signed_again(all.answers.at(i), answers.at(i), all.responders.at(i))));
    }
    make_evidence(edits);
  }

 private:
  void add(CollateralKind kind, Bytes body) {
    CollateralDocument document;
    document.kind = kind;
    document.body = std::move(body);
    documents.push_back(std::move(document));
  }
  void make_evidence(const EditList& edits) {
    Bytes whole = report;
    const ByteArray<96> r_s = simulated::sign_p384(fixture().device.leaf.key.get(), report);
    whole.insert(whole.end(), r_s.begin(), r_s.end());
    std::string pem;
    for (const Bytes& certificate : chain) {
      pem += pem::encode("CERTIFICATE", certificate);
    }
    std::string text = concat(R"([{"arch":"HOPPER","nonce":")", to_hex(fixture().nonce), R"(","evidence":")",
                              to_base64(whole), R"(","certificate":")", to_base64(view(pem)), "\"}]");
    for (const Edit& edit : edits.edits) {
      if (edit.part % Part::part_count == Part::collected) {
        edit_json(text, edit, kTexts);
        text_edited = true;
      }
    }
    evidence.assign(text.begin(), text.end());
  }
};

/// Index 35 is the video decoder's, and does not count while the report says that it is off.
constexpr std::size_t kDecoderIndex = 35;
bool has_decoder_off(const nvidia::Report& report) {
  const auto status = report.opaque().find(nvidia::OpaqueType::nvdec0_status);
  return status && same(*status, Bytes{0x55});
}

/// Values at the indices that the unedited manifests list, and the nonce.
void check_report(const Made& made) {
  const Bytes signed_before = [] {
    Bytes out = fixture().report;
    out.resize(out.size() + nvidia::kSignatureSize, 1);
    return out;
  }();
  Bytes signed_after = made.report;
  signed_after.resize(signed_after.size() + nvidia::kSignatureSize, 1);
  const auto before = nvidia::parse_report(signed_before);
  const auto after = nvidia::parse_report(signed_after);
  require(before.has_value() && after.has_value(), "an accepted report can be read");
  require(same(after->nonce(), fixture().nonce), "it answers the nonce");
  if (made.manifests_edited) {
    return;
  }
  for (const auto& manifest : fixture().manifests) {
    for (std::size_t index = 0; index < after->measurement_count(); ++index) {
      if (index == kDecoderIndex && has_decoder_off(*after)) {
        continue;
      }
      const std::string value = to_hex(before->measurement(index));
      if (manifest.content.find(value) != std::string::npos && !same(before->measurement(index), Bytes(48))) {
        require(same(after->measurement(index), before->measurement(index)), "listed measurements are the manifests'");
      }
    }
  }
}

void run(ByteView input) {
  static Bench bench;
  const EditList edits = read_edits(input);
  const Fixture& all = fixture();
  RepeatedRandomness::start();
  const Made made(edits);
  AttestationReport evidence;
  evidence.evidence = made.evidence;
  bench.source->use(made.documents);

  VerifyOptions options = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(all.nonce));
  options.at(kNow);
  const VerifyOptions without_simulation = options;
  options.accept_simulated(InsecureSimulation::for_development_only());
  const VerificationResult verdict = bench.judge(evidence, options, without_simulation, Bench::again_for(input));
  if (edits.edits.empty()) {
    require_accepted(verdict);
  }
  if (!verdict.valid()) {
    return;
  }
  if (!made.text_edited) {
    check_report(made);
    require(openssl_verdict({made.chain, {}, kNow, false}) == X509_V_OK, "OpenSSL takes the device's chain");
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
