// SPDX-License-Identifier: Apache-2.0
// Certificate chains of each vendor's shape, and the lists of their authorities, edited and then signed again: whatever
// our checks take, OpenSSL must take as well, and a certificate that OpenSSL finds on a list is revoked for us too.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "openssl_opinion.hpp"
#include "provider/simulated/aws_hierarchy.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "provider/simulated/nvidia_evidence.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "resigned.hpp"
#include "tenzro/tee/finding.hpp"
#include "x509/chain_checker.hpp"
#include "x509/path_rules.hpp"
#include "x509/straight_path.hpp"

namespace tenzro::tee::fuzz {
namespace {

using x509::CertificatePtr;

const UtcTime kNow = *from_rfc3339("2026-06-01T12:00:00Z");

/// Bits of the second byte of an input. The records' parts: certificates, leaf first, then the lists, leaf's issuer's
/// first, then the order of the chain.
enum Switch : std::uint8_t { with_lists = 1 };

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
using namespace std::string_view_literals;
const auto kWords = std::to_array<ByteView>({view("\x00"sv),
                                             view("\x01"sv),
                                             view("\xff"sv),
                                             view("\x7f\xff"sv),
                                             view("260601120000Z"),
                                             view("260601120001Z"),
                                             view("260601115959Z"),
                                             view("491231235959Z"),
                                             view("500101000000Z"),
                                             view("20500101000000Z"),
                                             view("99991231235959Z"),
                                             view("\x55\x1d\x0e"sv),
                                             view("\x55\x1d\x0f"sv),
                                             view("\x55\x1d\x11"sv),
                                             view("\x55\x1d\x13"sv),
                                             view("\x55\x1d\x14"sv),
                                             view("\x55\x1d\x15"sv),
                                             view("\x55\x1d\x1b"sv),
                                             view("\x55\x1d\x1c"sv),
                                             view("\x55\x1d\x1d"sv),
                                             view("\x55\x1d\x1e"sv),
                                             view("\x55\x1d\x1f"sv),
                                             view("\x55\x1d\x20"sv),
                                             view("\x55\x1d\x21"sv),
                                             view("\x55\x1d\x23"sv),
                                             view("\x55\x1d\x24"sv),
                                             view("\x55\x1d\x25"sv),
                                             view("\x55\x1d\x36"sv),
                                             view("\x2a\x86\x48\xce\x3d\x04\x03\x02"sv),
                                             view("\x2a\x86\x48\xce\x3d\x04\x03\x03"sv),
                                             view("\x2a\x86\x48\xce\x3d\x03\x01\x07"sv),
                                             view("\x2b\x81\x04\x00\x22"sv),
                                             view("\x07\x80"sv),
                                             view("\x01\x06"sv),
                                             view("\x01\x86"sv),
                                             view("\x06\xc0"sv),
                                             view("\x07\x06\x80"sv),
                                             view("\x2b\x06\x01\x05\x05\x07\x01\x0e"sv),
                                             view("\x60\x86\x48\x01\x86\xf8\x42\x01\x01"sv)});

struct Base {
  Platform platform{};
  ChainRole role{};
  x509::SignatureSuite suite{};
  std::vector<SignedDer> chain{};  ///< leaf first, without the root
  std::vector<SignedDer> lists{};  ///< of the issuer of each
  std::vector<EVP_PKEY*> signers{};
  Bytes root{};
};

struct Fixture {
  simulated::TdxEvidenceMaker intel{};
  simulated::NitroEvidenceMaker aws{};
  simulated::NvidiaEvidenceMaker nvidia{};
  simulated::NvidiaDevice device;
  std::vector<Base> bases{};

  Fixture() : device((RepeatedRandomness::start(), nvidia.device(0))) {
    using simulated::Identity;
    const auto& sgx = intel.hierarchy();
    const Bytes pck = intel.pck_certificate(simulated::tdx_quote_spec());
    const auto p256 = x509::SignatureSuite::ecdsa_p256_sha256, p384 = x509::SignatureSuite::ecdsa_p384_sha384;
    add({Platform::intel_tdx, ChainRole::evidence_signer, p256}, pck, {&sgx.pck_ca(true)}, sgx.root());
    add({Platform::intel_tdx, ChainRole::tcb_signer, p256}, sgx.tcb_signer().certificate, {}, sgx.root());
    simulated::NitroDocumentSpec document;
    document.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(kNow);
    const auto& nitro = aws.hierarchy();
    add({Platform::aws_nitro, ChainRole::evidence_signer, p384}, aws.leaf(document),
        {&nitro.instance(), &nitro.zonal(), &nitro.regional()}, nitro.root());
    const auto& gpu = nvidia.hierarchy();
    add({Platform::nvidia_gpu, ChainRole::evidence_signer, p384}, device.leaf.certificate,
        {&device.brom, &gpu.provisioner(), &gpu.identity_ca()}, gpu.device_root());
    add({Platform::nvidia_gpu, ChainRole::rim_signer, p384}, gpu.rim_signer().certificate,
        {&gpu.rim_l3(), &gpu.rim_ca()}, gpu.rim_root());
  }

 private:
  void add(Base base, const Bytes& leaf, const std::vector<const simulated::Identity*>& issuers,
           const simulated::Identity& root) {
    base.chain.push_back(SignedDer::split(leaf));
    for (const auto* const issuer : issuers) {
      base.chain.push_back(SignedDer::split(issuer->certificate));
      add_list(base, *issuer);
    }
    add_list(base, root);
    base.root = root.certificate;
    bases.push_back(std::move(base));
  }
  static void add_list(Base& base, const simulated::Identity& issuer) {
    simulated::CrlSpec spec{.this_update = kNow - std::chrono::hours{24}, .next_update = kNow + std::chrono::hours{24}};
    spec.revoked_serials = {{0x01}, {0x7f, 0xff}, Bytes(20, 0x11)};
    const bool p384 = base.suite == x509::SignatureSuite::ecdsa_p384_sha384;
    spec.signature_hash = p384 ? crypto::Hash::sha384 : crypto::Hash::sha256;
    base.lists.push_back(SignedDer::split(simulated::make_crl(spec, issuer)));
    base.signers.push_back(issuer.key.get());
  }
};

const Fixture& fixture() {
  static const Fixture one;
  return one;
}

struct Made {
  std::vector<Bytes> chain{}, lists{};
  bool reordered = false;

  Made(const Base& base, const EditList& edits) {
    std::vector<SignedDer> certificates = base.chain, crls = base.lists;
    const std::size_t parts = certificates.size() + crls.size() + 1;
    for (const Edit& edit : edits.edits) {
      const std::size_t part = edit.part % parts;
      if (part < certificates.size()) {
        edit_der(certificates[part].signed_part, edit, kWords);
      } else if (part < parts - 1) {
        edit_der(crls[part - certificates.size()].signed_part, edit, kWords);
      }
    }
    for (std::size_t i = 0; i < certificates.size(); ++i) {
      chain.push_back(signed_again(base.chain[i], certificates[i], base.signers[i]));
      lists.push_back(signed_again(base.lists[i], crls[i], base.signers[i]));
    }
    chain.push_back(base.root);
    for (const Edit& edit : edits.edits) {
      if (edit.part % parts == parts - 1) {
        reorder(edit);
      }
    }
  }

 private:
  void reorder(const Edit& edit) {
    reordered = true;
    if (chain.empty()) {
      return;
    }
    const std::size_t at = edit.where % chain.size(), other = edit.bytes[0] % chain.size();
    switch (edit.operation % 3) {
      case 0:
        std::swap(chain[at], chain[other]);
        break;
      case 1:
        chain.erase(chain.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      default:
        chain.push_back(Bytes(chain[other]));
    }
  }
};

std::vector<CertificatePtr> parsed(const std::vector<Bytes>& ders) {
  std::vector<CertificatePtr> out;
  for (const Bytes& der : ders) {
    auto certificate = x509::Certificate::parse(der);
    if (!certificate) {
      require_decent(certificate.error());
      return {};
    }
    out.push_back(*std::move(certificate));
  }
  return out;
}

void require_known(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    require(find_help(finding.code) != nullptr, "every code is in the catalogue");
  }
}

/// A plain certificate says the same to OpenSSL.
void check_reading(const x509::Certificate& certificate) {
  if (!certificate.is_plain()) {
    return;
  }
  X509* const x = certificate.openssl();
  require(x != nullptr, "what is plain for us can be read by OpenSSL");
  require(certificate.is_ca() == ((X509_get_extension_flags(x) & EXFLAG_CA) != 0), "CA or not is the same for both");
  require((X509_get_extension_flags(x) & (EXFLAG_INVALID | EXFLAG_CRITICAL | EXFLAG_PROXY)) == 0,
          "OpenSSL finds no fault");
  const long length = certificate.path_length() ? static_cast<long>(*certificate.path_length()) : -1L;
  require(length == X509_get_pathlen(x), "path lengths are the same");
  require(certificate.key_usage().value_or(UINT32_MAX) == X509_get_key_usage(x), "key usages are the same");
}

void check_straight_path(const Base& base, const std::vector<CertificatePtr>& chain, const std::vector<Bytes>& ders) {
  const std::array anchors{chain.back()};
  x509::PathQuestion question;
  question.leaf = chain.front();
  question.untrusted.assign(chain.begin() + 1, chain.end() - 1);
  question.anchors = anchors;
  question.moment.at = kNow;
  question.suite = base.suite;
  const auto path = x509::find_straight_path(question, kNow);
  if (!path.empty() && x509::check_path_rules(path, base.suite).empty()) {
    require(openssl_verdict({ders, {}, kNow, chain.front()->extension("2.5.29.35") != nullptr}) == X509_V_OK,
            "OpenSSL takes the straight path, strictly where the leaf names its issuer's key");
  }
}

/// With a list of every issuer: who passes is revoked by none, in OpenSSL's eyes too.
void check_with_lists(const Base& base, const std::vector<CertificatePtr>& chain, const Made& made) {
  x509::PathQuestion question;
  const std::array anchors{chain.back()};
  question.leaf = chain.front();
  question.untrusted.assign(chain.begin() + 1, chain.end() - 1);
  question.anchors = anchors;
  question.moment.at = kNow;
  question.suite = base.suite;
  question.key_ids_from = 2;
  std::vector<x509::RevocationListPtr> lists;
  for (const Bytes& der : made.lists) {
    auto list = x509::RevocationList::parse(der);
    if (!list) {
      require_decent(list.error());
      continue;
    }
    lists.push_back(*std::move(list));
  }
  question.revocation_lists = std::move(lists);
  const x509::PathAnswer answer = x509::check_path(question);
  require_known(answer.failures);
  if (answer.failures.empty() && answer.anchored) {
    require(openssl_verdict({made.chain, made.lists, kNow, false}) == X509_V_OK, "OpenSSL finds none of them revoked");
  }
}

void run(ByteView input) {
  const EditList edits = read_edits(input);
  const Fixture& all = fixture();
  RepeatedRandomness::start();
  const Base& base = all.bases[edits.shape % all.bases.size()];
  const Made made(base, edits);
  const ChainResult result = ChainChecker::check(made.chain, base.platform, base.role, *x509::AnchorSet::simulated(),
                                                 {kNow, std::chrono::seconds{0}});
  require_known(result.failures());
  require(edits.edits.empty() ? result.valid() : true, "what nobody edited is accepted");
  require(!ChainChecker::check(made.chain, base.platform, base.role, x509::AnchorSet::pinned(),
                               {kNow, std::chrono::seconds{0}})
               .valid(),
          "nothing of the simulated hierarchy stands under the vendors' roots");
  const auto chain = parsed(made.chain);
  if (result.valid()) {
    std::vector<Bytes> whole = made.chain;
    if (whole.back() != base.root) {
      whole.push_back(base.root);
    }
    require(openssl_verdict({whole, {}, kNow, false}) == X509_V_OK, "OpenSSL takes what we take");
    require(!made.reordered || chain.size() + 1 >= base.chain.size(), "none of it is missing");
  }
  if (chain.size() < 2) {
    require(!result.valid() || chain.size() + 1 == base.chain.size() + 1, "no chain is valid of which a part is none");
    return;
  }
  for (const CertificatePtr& certificate : chain) {
    check_reading(*certificate);
  }
  if (!made.reordered) {
    check_straight_path(base, chain, made.chain);
    if (edits.has(with_lists)) {
      check_with_lists(base, chain, made);
    }
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
