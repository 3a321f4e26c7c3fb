// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/evidence.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "evidence/nvidia/claims.hpp"
#include "formats/pem.hpp"
#include "verify/admission.hpp"

namespace tenzro::tee::nvidia {

namespace {

using demanded_by::kVendor;
using x509::CertificatePtr;

constexpr std::size_t kMaxChain = 6;
/// Among a caller's files there may be certificates of many devices; each is a signature to check.
constexpr std::size_t kMaxLeaves = 64;
constexpr std::string_view kLeafEnd = " FMC LF";

Finding malformed_certificate(std::size_t place, const Error& error) {
  return {"chain", "certificate_malformed", concat("certificate ", place, ": ", error.message())};
}

/// Certificates, leaf first. A root that we hold is not parsed again.
std::optional<Finding> read_chain(std::span<const Bytes> ders, const std::vector<CertificatePtr>& known,
                                  Recollection& recall, Device& out) {
  if (ders.empty() || ders.size() > kMaxChain) {
    return Finding{"chain", "chain_length",
                   concat("the device's chain has ", ders.size(), " certificates, expected 1 to ", kMaxChain)};
  }
  for (std::size_t i = 0; i < ders.size(); ++i) {
    const auto same = [&](const CertificatePtr& root) { return std::ranges::equal(root->der(), ders[i]); };
    const auto root = std::ranges::find_if(known, same);
    auto certificate = root != known.end() ? Result<CertificatePtr>(*root) : recall.certificate(ders[i]);
    if (!certificate) {
      return malformed_certificate(i, certificate.error());
    }
    out.chain.push_back(*std::move(certificate));
  }
  if (out.chain.back()->self_issued()) {
    out.root = ders.back();
  }
  return std::nullopt;
}

std::optional<Finding> read_pem_chain(ByteView text, const std::vector<CertificatePtr>& known, Recollection& recall,
                                      Device& out) {
  std::string_view pem = as_text(text);
  if (pem.ends_with('\0')) {
    pem.remove_suffix(1);  // a C string's
  }
  auto blocks = pem::split(pem, {.max_blocks = kMaxChain, .max_der = x509::kMaxCertificateSize});
  if (!blocks) {
    return Finding{"chain", "certificate_malformed", concat("the certificate chain: ", blocks.error().message())};
  }
  std::vector<Bytes> ders;
  for (pem::Block& block : *blocks) {
    if (block.label != "CERTIFICATE") {
      return Finding{"chain", "certificate_malformed",
                     concat("the certificate chain holds a \"", printable(block.label), "\"")};
    }
    ders.push_back(std::move(block.der));
  }
  return read_chain(ders, known, recall, out);
}

/// All that the caller's own sources offer. What cannot be read is of no use to anybody.
std::vector<CertificatePtr> loose_certificates(const Question& question, const std::vector<CertificatePtr>& known) {
  std::vector<CertificatePtr> out;
  for (const CollateralSource* source : question.sources) {
    for (const Bytes& der : source->loose_certificates()) {
      const auto same = [&](const CertificatePtr& root) { return std::ranges::equal(root->der(), der); };
      const auto root = std::ranges::find_if(known, same);
      if (auto certificate = root != known.end() ? Result<CertificatePtr>(*root) : question.recall->certificate(der)) {
        out.push_back(*std::move(certificate));
      }
    }
  }
  return out;
}

bool signed_by(const Report& report, const x509::Certificate& leaf) {
  const auto& key = leaf.ec_key();
  return key && key->curve() == crypto::Curve::p384 &&
         key->verify(crypto::Hash::sha384, report.signed_bytes(), report.signature());
}

/// The one that issued this certificate. Of several that bear the name, the one whose key signed it: devices of many
/// machines have issuers of the same names.
CertificatePtr issuer_among(const std::vector<CertificatePtr>& loose, const x509::Certificate& issued,
                            Recollection& recall) {
  std::vector<CertificatePtr> named;
  std::ranges::copy_if(loose, std::back_inserter(named),
                       [&](const CertificatePtr& one) { return std::ranges::equal(one->subject(), issued.issuer()); });
  if (named.size() < 2) {
    return named.empty() ? nullptr : named.front();
  }
  const auto signer = std::ranges::find_if(named, [&](const CertificatePtr& one) {
    return recall.checks().check(x509::signed_thing::kCertificate, *one, issued.signature_algorithm(),
                                 {issued.sha256(), issued.signed_bytes(), issued.signature()});
  });
  return signer == named.end() ? named.front() : *signer;
}

/// The path of the device's own certificate among many others.
std::optional<Finding> assemble_chain(const Report& report, const std::vector<CertificatePtr>& loose,
                                      Recollection& recall, Device& out) {
  std::vector<CertificatePtr> leaves;
  std::ranges::copy_if(loose, std::back_inserter(leaves),
                       [](const CertificatePtr& one) { return one->common_name().ends_with(kLeafEnd); });
  if (leaves.empty()) {
    return Finding{
        "chain", "collateral_missing",
        "the report came without a certificate of the key that signed it, whose name ends in \"FMC LF\": give the "
        "PEM chain that was collected with the report"};
  }
  if (leaves.size() > kMaxLeaves) {
    return Finding{"chain", "chain_length",
                   concat("there are certificates of ", leaves.size(), " devices among those given, at most ",
                          kMaxLeaves, " are tried")};
  }
  CertificatePtr next = leaves.front();
  if (leaves.size() > 1) {
    const auto signer =
        std::ranges::find_if(leaves, [&](const CertificatePtr& leaf) { return signed_by(report, *leaf); });
    next = signer == leaves.end() ? next : *signer;
  }
  while (next != nullptr && out.chain.size() < kMaxChain) {
    const x509::Certificate& last = *out.chain.emplace_back(std::exchange(next, nullptr));
    if (last.self_issued()) {
      out.root.assign(last.der().begin(), last.der().end());
      break;
    }
    next = issuer_among(loose, last, recall);
  }
  return std::nullopt;
}

Device read_lone_device(const AttestationReport& report, const std::vector<CertificatePtr>& known,
                        const Question& question) {
  Device out;
  out.report = report.evidence;
  const auto parsed = parse_report(report.evidence);
  out.kind = parsed ? claimed_kind(*parsed) : DeviceKind::gpu;
  if (!report.certificate_chain.empty()) {
    out.problem = read_chain(report.certificate_chain, known, *question.recall, out);
  } else if (parsed) {
    out.problem = assemble_chain(*parsed, loose_certificates(question, known), *question.recall, out);
  }
  return out;
}

}  // namespace

std::optional<std::vector<Device>> read_devices(const AttestationReport& report, const Question& question,
                                                VerdictBuilder& verdict) {
  const std::vector<CertificatePtr> known = known_roots(question, Platform::nvidia_gpu);
  std::vector<Device> out;
  if (!looks_like_device_evidence(report.evidence)) {
    out.push_back(read_lone_device(report, known, question));
  } else {
    auto sent = parse_device_evidence(report.evidence);
    if (!sent) {
      verdict.fail(
          "format", kVendor,
          {"format", sent.error().code() == ErrorCode::unsupported ? "unsupported_evidence" : "malformed_evidence",
           sent.error().message()});
      return std::nullopt;
    }
    if (!report.certificate_chain.empty()) {
      verdict.fail("certificate_chain", kVendor,
                   {"chain", "certificate_chain_mismatch",
                    "the envelope has a certificate chain, and so has each device of its evidence"});
      return std::nullopt;
    }
    for (DeviceEvidence& one : *sent) {
      Device device;
      device.kind = one.architecture == Architecture::ls10 ? DeviceKind::nvswitch : DeviceKind::gpu;
      device.architecture = one.architecture;
      device.nonce = one.nonce;
      device.report = std::move(one.report);
      device.problem = read_pem_chain(one.certificate_chain, known, *question.recall, device);
      out.push_back(std::move(device));
    }
  }
  // Before anything is worked out: one device many times over would be many times the work.
  std::set<ByteArray<32>> leaves;
  for (const Device& device : out) {
    if (!device.chain.empty() && !leaves.insert(device.chain.front()->sha256()).second) {
      verdict.fail("distinct_devices", kVendor,
                   {"device", "device_duplicated", "the certificate of one device stands in the evidence twice"});
      return std::nullopt;
    }
  }
  std::size_t gpus = 0, switches = 0;
  for (Device& device : out) {
    device.name = device.kind == DeviceKind::gpu ? concat("GPU-", gpus++) : concat("SWITCH-", switches++);
  }
  return out;
}

}  // namespace tenzro::tee::nvidia
