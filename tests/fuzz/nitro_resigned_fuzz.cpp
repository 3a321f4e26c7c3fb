// SPDX-License-Identifier: Apache-2.0
// Nitro documents, edited and then signed again, with every certificate of their chain and the lists of its
// authorities. What is accepted is read a second time as a tree and held against the fields that may change, and
// OpenSSL is asked about the chain.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "edited_tree.hpp"
#include "openssl_opinion.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "resigned.hpp"
#include "verdict_invariants.hpp"

namespace tenzro::tee::fuzz {
namespace {

const UtcTime kNow = *from_rfc3339("2026-06-01T12:00:00Z");

enum Part : std::uint8_t {
  payload,
  payload_too,
  protected_header,
  leaf,
  instance,
  zonal,
  regional,
  envelope,
  root_list,
  regional_list,
  part_count
};

/// Bits of the second byte of an input.
enum Switch : std::uint8_t { with_lists = 1, tagged = 2, in_unprotected = 4 };

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
using namespace std::string_view_literals;
const auto kWords = std::to_array<ByteView>({view("module_id"),
                                             view("digest"),
                                             view("timestamp"),
                                             view("pcrs"),
                                             view("nitrotpm_pcrs"),
                                             view("certificate"),
                                             view("cabundle"),
                                             view("public_key"),
                                             view("user_data"),
                                             view("nonce"),
                                             view("SHA384"),
                                             view("SHA256"),
                                             view("\x00"sv),
                                             view("\x01"sv),
                                             view("\xff"sv),
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
                                             view("\x55\x1d\x1f"sv),
                                             view("\x2a\x86\x48\xce\x3d\x04\x03\x02"sv),
                                             view("\x2a\x86\x48\xce\x3d\x04\x03\x03"sv),
                                             view("aws.nitro-enclaves"),
                                             view("Amazon"),
                                             view("\x06\xc0"sv),
                                             view("\x01\x86"sv),
                                             view("\x07\x80"sv),
                                             view("\x22"sv),
                                             view("\x06"sv)});

struct Base {
  simulated::NitroDocumentSpec spec{};
  Bytes payload{};
  std::array<SignedDer, 4> chain{};  ///< leaf, instance, zonal, regional
};

constexpr std::size_t kChain = 4;

struct Fixture {
  simulated::NitroEvidenceMaker maker{};
  std::vector<Base> bases{};
  std::array<SignedDer, 2> lists{};  ///< of the root, of the regional authority
  crypto::PkeyPtr leaf_key{};
  Bytes user_data = Bytes(64, 0x3d), nonce = Bytes(32, 0x4e), public_key = Bytes(91, 0x30);

  Fixture() {
    RepeatedRandomness::start();
    const simulated::AwsHierarchy& hierarchy = maker.hierarchy();
    leaf_key = simulated::key_from_label(std::string(hierarchy.label()) + "/leaf", crypto::Curve::p384);
    for (const bool tpm : {false, true}) {
      Base base;
      base.spec.timestamp =
          std::chrono::time_point_cast<std::chrono::milliseconds>(kNow) - std::chrono::milliseconds{29'750};
      base.spec.tpm = tpm;
      base.spec.user_data = user_data;
      base.spec.nonce = nonce;
      base.spec.public_key = public_key;
      base.chain = {SignedDer::split(maker.leaf(base.spec)), SignedDer::split(hierarchy.instance().certificate),
                    SignedDer::split(hierarchy.zonal().certificate),
                    SignedDer::split(hierarchy.regional().certificate)};
      base.payload = payload_of(maker.document(base.spec));
      bases.push_back(std::move(base));
    }
    simulated::CrlSpec list{.this_update = kNow - std::chrono::hours{24}, .next_update = kNow + std::chrono::hours{24}};
    list.revoked_serials = {{0x01}, {0x7f, 0xff}};
    lists = {SignedDer::split(simulated::make_aws_crl(list, hierarchy.root())),
             SignedDer::split(simulated::make_aws_crl(list, hierarchy.regional()))};
  }

  static Bytes payload_of(ByteView document) {
    Node whole;
    require(tree_parts::read_cbor(document, whole, 0) && document.empty() && whole.children.size() == 4,
            "a COSE_Sign1");
    return whole.children[2].content;
  }
};

const Fixture& fixture() {
  static const Fixture one;
  return one;
}

Bytes encoded(const Node& node) {
  Bytes out;
  tree_parts::write_cbor(node, out);
  return out;
}
Node byte_string(Bytes content) {
  Node out;
  out.tag = 2U << 5U;
  out.content = std::move(content);
  return out;
}

/// The value of a text key; null when absent.
const Node* field(const Node& map, std::string_view name) {
  for (const Node& pair : map.children) {
    if (pair.children.size() == 2 && pair.children[0].tag == (3U << 5U) && same(pair.children[0].content, view(name))) {
      return &pair.children[1];
    }
  }
  return nullptr;
}
Node* field(Node& map, std::string_view name) { return const_cast<Node*>(field(std::as_const(map), name)); }

struct Made {
  std::vector<Bytes> chain{};  ///< leaf first, root last
  std::vector<Bytes> lists{};
  Bytes payload{}, evidence{};
  bool envelope_edited = false;

  Made(const Base& base, const EditList& edits) {
    std::array<SignedDer, kChain> certificates = base.chain;
    std::array<SignedDer, 2> crls = fixture().lists;
    Bytes header = {0xa1, 0x01, 0x38, 0x22};
    for (const Edit& edit : edits.edits) {
      const std::uint8_t part = edit.part % part_count;
      if (part >= Part::leaf && part <= Part::regional) {
        edit_der(certificates.at(part - Part::leaf).signed_part, edit, kWords);
      } else if (part == Part::root_list || part == Part::regional_list) {
        edit_der(crls.at(part - Part::root_list).signed_part, edit, kWords);
      } else if (part == Part::protected_header) {
        edit_cbor(header, edit, kWords);
        envelope_edited = true;
      }
    }
    sign_chain(base, certificates, crls);
    make_payload(base, edits);
    make_envelope(edits, header);
  }

 private:
  void sign_chain(const Base& base, const std::array<SignedDer, kChain>& edited, const std::array<SignedDer, 2>& crls) {
    const simulated::AwsHierarchy& hierarchy = fixture().maker.hierarchy();
    const std::array<EVP_PKEY*, kChain> signers = {hierarchy.instance().key.get(), hierarchy.zonal().key.get(),
                                                   hierarchy.regional().key.get(), hierarchy.root().key.get()};
    for (std::size_t i = 0; i < kChain; ++i) {
      chain.push_back(signed_again(base.chain.at(i), edited.at(i), signers.at(i)));
    }
    chain.push_back(hierarchy.root().certificate);
    lists = {signed_again(fixture().lists[0], crls[0], hierarchy.root().key.get()),
             signed_again(fixture().lists[1], crls[1], hierarchy.regional().key.get())};
  }

  void make_payload(const Base& base, const EditList& edits) {
    Node map;
    ByteView in = base.payload;
    require(tree_parts::read_cbor(in, map, 0), "the payload is CBOR");
    field(map, "certificate")->content = chain.front();
    Node* const bundle = field(map, "cabundle");
    bundle->children.clear();
    for (std::size_t i = chain.size(); i-- > 1;) {
      bundle->children.push_back(byte_string(chain[i]));
    }
    payload = encoded(map);
    for (const Edit& edit : edits.edits) {
      if (edit.part % part_count <= Part::payload_too) {
        edit_cbor(payload, edit, kWords);
      }
    }
  }

  void make_envelope(const EditList& edits, const Bytes& header) {
    Node structure;
    structure.tag = 4U << 5U;
    structure.container = true;
    Node context;
    context.tag = 3U << 5U;
    const ByteView name = view("Signature1");
    context.content.assign(name.begin(), name.end());
    structure.children = {context, byte_string(header), byte_string({}), byte_string(payload)};
    const ByteArray<96> r_s = simulated::sign_p384(fixture().leaf_key.get(), encoded(structure));

    Node unprotected;
    unprotected.tag = 5U << 5U;
    unprotected.container = true;
    Node message;
    message.tag = 4U << 5U;
    message.container = true;
    message.children = {byte_string(header), unprotected, byte_string(payload),
                        byte_string(Bytes(r_s.begin(), r_s.end()))};
    evidence = encoded(message);
    if (edits.has(tagged)) {
      evidence.insert(evidence.begin(), 0xd2);
    }
    for (const Edit& edit : edits.edits) {
      if (edit.part % part_count == Part::envelope) {
        edit_cbor(evidence, edit, kWords);
        envelope_edited = true;
      }
    }
  }
};

/// Every field of an accepted document, by a reader of its own.
void check_payload(const Base& base, const Made& made) {
  Node before, after;
  ByteView in_before = base.payload, in_after = made.payload;
  require(tree_parts::read_cbor(in_before, before, 0), "the payload was CBOR");
  require(tree_parts::read_cbor(in_after, after, 0) && in_after.empty(), "an accepted payload is one item");
  require((after.tag >> 5U) == 5, "a map");
  std::map<Bytes, int> keys;
  for (const Node& pair : after.children) {
    require((pair.children[0].tag >> 5U) == 3, "whose keys are texts");
    require(++keys[pair.children[0].content] == 1, "none of them twice");
  }
  for (const std::string_view name : {"user_data"sv, "nonce"sv, "digest"sv}) {
    const Node* const value = field(after, name);
    require(value != nullptr && encoded(*value) == encoded(*field(before, name)), "bound fields are what was expected");
  }
  const Node* const certificate = field(after, "certificate");
  require(certificate != nullptr && certificate->content == made.chain.front(),
          "the certificate is the one that signed");
  const Node* const bundle = field(after, "cabundle");
  require(bundle != nullptr && !bundle->children.empty() && bundle->children.front().content == made.chain.back(),
          "the bundle begins with the root");
  const Node* const time = field(after, "timestamp");
  require(time != nullptr && (time->tag >> 5U) == 0, "there is a time");
  std::uint64_t milliseconds = 0;
  for (const std::uint8_t byte : time->content) {
    milliseconds = (milliseconds << 8U) | byte;
  }
  const auto now = static_cast<std::uint64_t>(kNow.time_since_epoch().count()) * 1000;
  require(milliseconds < now + 1000 && milliseconds + 600'000 > now, "which is neither ahead nor long ago");
  const bool tpm = base.spec.tpm;
  require(field(after, tpm ? "pcrs" : "nitrotpm_pcrs") == nullptr, "the document is of one kind");
  const Node* const pcrs = field(after, tpm ? "nitrotpm_pcrs" : "pcrs");
  require(pcrs != nullptr && (pcrs->tag >> 5U) == 5, "it has PCRs");
  bool measured = false;
  for (const Node& pair : pcrs->children) {
    const Node& key = pair.children[0];
    std::uint64_t index = 0;
    for (const std::uint8_t byte : key.content) {
      index = (index << 8U) | byte;
    }
    require((key.tag >> 5U) == 0 && index < 32 && pair.children[1].content.size() == 48, "of 48 bytes each");
    measured = measured || (index < 3 && std::ranges::any_of(pair.children[1].content, [](auto b) { return b != 0; }));
  }
  require(measured, "no accepted enclave is in debug mode");
}

VerifyOptions options_for(const Base& base) {
  VerifyOptions out = VerifyOptions::bound_to_caller_data(*ReportData::from_caller_data(fixture().user_data));
  out.expect_nonce(*EvidenceNonce::from_caller_data(fixture().nonce)).at(kNow).max_age(std::chrono::minutes{5});
  if (base.spec.tpm) {
    out.require_platform(Platform::aws_nitro_tpm);
  }
  return out;
}

void run(ByteView input) {
  static Bench bench;
  const EditList edits = read_edits(input);
  const Fixture& all = fixture();
  RepeatedRandomness::start();
  const Base& base = all.bases[edits.shape % all.bases.size()];
  const Made made(base, edits);
  AttestationReport report;
  report.evidence = made.evidence;
  std::vector<CollateralDocument> documents;
  if (edits.has(with_lists)) {
    for (std::size_t i = 0; i < made.lists.size(); ++i) {
      CollateralDocument list;
      list.kind = CollateralKind::nitro_crl;
      list.body = made.lists[i];
      documents.push_back(std::move(list));
    }
  }
  bench.source->use(std::move(documents));

  const VerifyOptions without_simulation = options_for(base);
  VerifyOptions options = without_simulation;
  options.accept_simulated(InsecureSimulation::for_development_only());
  const VerificationResult verdict = bench.judge(report, options, without_simulation, Bench::again_for(input));
  if (edits.edits.empty() && edits.switches == 0) {
    require_accepted(verdict);
  }
  if (!verdict.valid()) {
    return;
  }
  if (!made.envelope_edited) {
    check_payload(base, made);
  }
  require(openssl_verdict({made.chain, {}, kNow, false}) == X509_V_OK, "OpenSSL takes the chain");
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
