// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/nitro_evidence.hpp"

#include <algorithm>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "formats/cbor_writer.hpp"
#include "formats/cose.hpp"

namespace tenzro::tee::simulated {

namespace {
using namespace std::chrono_literals;

constexpr std::size_t kPcrSize = 48;
constexpr std::uint64_t kCoseSign1Tag = 18;
constexpr std::uint64_t kEs384 = 34;  // -35, as -1 - n
constexpr std::uint8_t kDigitalSignatureAndNonRepudiation = 0xc0;

Bytes extended_from_zero(std::string_view content) {
  const Bytes zero(kPcrSize);
  const auto pcr = crypto::sha384({zero, as_bytes(content)});
  return Bytes(pcr.begin(), pcr.end());
}

cbor::Item optional_bytes(const std::optional<Bytes>& value) {
  return value ? cbor::Item::bytes(*value) : cbor::Item::null();
}

std::string module_id_of(const NitroDocumentSpec& spec) {
  if (!spec.module_id.empty()) {
    return spec.module_id;
  }
  return concat(AwsHierarchy::kInstanceId, spec.tpm ? "-tpm0000000000000000" : "-enc0123456789abcdef");
}

UtcTime second_of(const NitroDocumentSpec& spec) { return std::chrono::floor<std::chrono::seconds>(spec.timestamp); }

using Fields = std::vector<std::pair<cbor::Item, cbor::Item>>;

cbor::Item pcr_map(const std::map<unsigned, Bytes>& pcrs) {
  Fields out;
  for (const auto& [index, value] : pcrs) {
    out.emplace_back(cbor::Item::unsigned_integer(index), cbor::Item::bytes(value));
  }
  return cbor::Item::map(std::move(out));
}

cbor::Item bundle(const std::vector<Bytes>& certificates) {
  std::vector<cbor::Item> out;
  out.reserve(certificates.size());
  for (const Bytes& certificate : certificates) {
    out.push_back(cbor::Item::bytes(certificate));
  }
  return cbor::Item::array(std::move(out));
}

Bytes payload_of(const NitroDocumentSpec& spec, const Bytes& leaf, const std::vector<Bytes>& cabundle) {
  Fields fields;
  const auto add = [&fields](std::string_view name, cbor::Item value) {
    fields.emplace_back(cbor::Item::text(name), std::move(value));
  };
  add("module_id", cbor::Item::text(module_id_of(spec)));
  add("digest", cbor::Item::text(spec.digest));
  add("timestamp", cbor::Item::unsigned_integer(static_cast<std::uint64_t>(spec.timestamp.time_since_epoch().count())));
  add(spec.tpm ? "nitrotpm_pcrs" : "pcrs", pcr_map(spec.pcrs));
  add("certificate", cbor::Item::bytes(leaf));
  add("cabundle", bundle(cabundle));
  add("public_key", optional_bytes(spec.public_key));
  add("user_data", optional_bytes(spec.user_data));
  add("nonce", optional_bytes(spec.nonce));
  for (const auto& [name, value] : spec.more_fields) {
    add(name, cbor::Item::bytes(value));
  }
  return cbor::Item::map(std::move(fields), spec.indefinite).encode();
}

Bytes protected_header() {
  Fields header;
  header.emplace_back(cbor::Item::unsigned_integer(1), cbor::Item::negative_integer(kEs384));
  return cbor::Item::map(std::move(header)).encode();
}

Bytes sig_structure(const Bytes& header, const Bytes& payload) {
  std::vector<cbor::Item> items;
  items.push_back(cbor::Item::text("Signature1"));
  items.push_back(cbor::Item::bytes(header));
  items.push_back(cbor::Item::bytes({}));
  items.push_back(cbor::Item::bytes(payload));
  return cbor::Item::array(std::move(items)).encode();
}

}  // namespace

std::map<unsigned, Bytes> NitroDocumentSpec::default_pcrs() {
  std::map<unsigned, Bytes> out;
  for (unsigned index = 0; index < 16; ++index) {
    out[index] = Bytes(kPcrSize);
  }
  out[0] = extended_from_zero("simulated image");
  out[1] = extended_from_zero("simulated kernel and boot ramdisk");
  out[2] = extended_from_zero("simulated application");
  out[3] = extended_from_zero("arn:aws:iam::000000000000:role/simulated");
  out[4] = extended_from_zero(AwsHierarchy::kInstanceId);
  return out;
}

AwsCertificateSpec NitroDocumentSpec::leaf_spec() {
  return {.is_ca = false,
          .with_key_ids = false,
          .with_crl_distribution_point = false,
          .key_usage = kDigitalSignatureAndNonRepudiation,
          .critical_key_usage = false};
}

Bytes NitroEvidenceMaker::leaf(const NitroDocumentSpec& spec) const {
  AwsCertificateSpec leaf = spec.leaf;
  if (leaf.common_name.empty()) {
    leaf.common_name = concat(module_id_of(spec), ".simulated-1.aws");
  }
  leaf.not_before = spec.leaf_not_before.value_or(second_of(spec) - 3s);
  leaf.not_after = spec.leaf_not_after.value_or(second_of(spec) + 3h);
  const auto key = key_from_label(concat(hierarchy_.label(), "/leaf"), crypto::Curve::p384);
  return make_aws_certificate(leaf, key.get(), &hierarchy_.instance());
}

Bytes NitroEvidenceMaker::document(const NitroDocumentSpec& spec) const {
  const Bytes payload = payload_of(spec, leaf(spec), spec.cabundle.value_or(hierarchy_.cabundle()));
  const Bytes header = protected_header();
  const auto key = key_from_label(concat(hierarchy_.label(), spec.signed_by_another_key ? "/another" : "/leaf"),
                                  crypto::Curve::p384);
  const ByteArray<96> signature = sign_p384(key.get(), sig_structure(header, payload));
  std::vector<cbor::Item> parts;
  parts.push_back(cbor::Item::bytes(header));
  parts.push_back(cbor::Item::map({}));
  parts.push_back(cbor::Item::bytes(payload));
  parts.push_back(cbor::Item::bytes(signature));
  cbor::Item message = cbor::Item::array(std::move(parts));
  return spec.tagged ? cbor::Item::tagged(kCoseSign1Tag, std::move(message)).encode() : message.encode();
}

AttestationReport NitroEvidenceMaker::report(const NitroDocumentSpec& spec) const {
  AttestationReport out;
  out.platform = spec.tpm ? Platform::aws_nitro_tpm : Platform::aws_nitro;
  out.simulated = true;
  out.evidence = document(spec);
  out.generated_at = second_of(spec);
  return out;
}

}  // namespace tenzro::tee::simulated
