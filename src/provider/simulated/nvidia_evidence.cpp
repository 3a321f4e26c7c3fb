// SPDX-License-Identifier: Apache-2.0
// Fields and their order, and which indices each manifest lists, as genuine Hopper GPUs with driver 550 have them.
#include "provider/simulated/nvidia_evidence.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "collateral/bundle.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "evidence/report_envelope.hpp"
#include "formats/pem.hpp"
#include "provider/simulated/ensure.hpp"
#include "provider/simulated/ocsp_maker.hpp"
#include "provider/simulated/rim_writer.hpp"
#include "provider/simulated/spdm_report_writer.hpp"

namespace tenzro::tee::simulated {

namespace {
using nvidia::GoldenMeasurement;
using nvidia::OpaqueType;

constexpr std::chrono::hours kOcspLifetime{24};
constexpr std::string_view kChip = "GH100", kArchitecture = "HOPPER";
constexpr std::string_view kProject = "1010", kProjectSku = "0200", kChipSku = "882";
constexpr std::uint8_t kDecoderOff = 0x55, kPpcieOff = 0x55, kPpcieOn = 0xaa;
constexpr std::uint16_t kPpcieFlag = 2;
constexpr std::size_t kMaxText = 31;

using Value = ByteArray<nvidia::kMeasurementSize>;
using OpaqueFields = std::vector<std::pair<std::uint16_t, Bytes>>;

/// Which indices each manifest lists, and which of these were never measured: their value is zero.
constexpr std::array<unsigned, 12> kVbiosIndices = {0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12};
constexpr std::array<unsigned, 21> kDriverIndices = {7,  21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
                                                     31, 32, 33, 34, 35, 36, 37, 38, 39, 40};
constexpr std::array<unsigned, 7> kNeverMeasured = {0, 8, 10, 12, 23, 24, 28};

/// What a firmware of this version measures: made up, but the same for everybody.
Value value_of(std::string_view firmware, unsigned index) {
  if (std::ranges::find(kNeverMeasured, index) != kNeverMeasured.end()) {
    return {};
  }
  return crypto::sha384(as_bytes(concat("simulated measurement ", index, " of ", firmware)));
}

std::string driver_of(const NvidiaEvidenceSpec& spec) { return concat("driver ", spec.driver_version); }
std::string vbios_of(const NvidiaEvidenceSpec& spec) { return concat("VBIOS ", spec.vbios_version); }

std::vector<GoldenMeasurement> golden(std::span<const unsigned> indices, std::string_view firmware) {
  std::vector<GoldenMeasurement> out;
  for (const unsigned index : indices) {
    out.push_back({static_cast<std::uint8_t>(index), {value_of(firmware, index)}});
  }
  return out;
}

std::vector<Value> measurements(const NvidiaEvidenceSpec& spec) {
  std::vector<Value> out(nvidia::kMaxMeasurements);
  for (const GoldenMeasurement& one : golden(kVbiosIndices, vbios_of(spec))) {
    out.at(one.index) = one.alternatives.front();
  }
  for (const GoldenMeasurement& one : golden(kDriverIndices, driver_of(spec))) {
    out.at(one.index) = one.alternatives.front();
  }
  for (const auto& [index, value] : spec.measurements) {
    ensure(index < out.size(), "a GPU has measurements 0 to 63");
    out[index] = value;
  }
  return out;
}

/// Padded with NULs on the right, at least one.
Bytes text_field(std::string_view text, std::size_t size) {
  ensure(text.size() < size, "a text is too long for its field");
  Bytes out(text.begin(), text.end());
  out.resize(size);
  return out;
}

/// "96.00.9F.00.01": the first four bytes stand in reverse order, the fifth behind them, then three zeros.
Bytes vbios_field(std::string_view version) {
  std::string digits(version);
  std::erase(digits, '.');
  const auto bytes = from_hex(digits);
  ensure(bytes && bytes->size() == 5 && version.size() == 14, "a VBIOS version has five bytes");
  Bytes out = {(*bytes)[3], (*bytes)[2], (*bytes)[1], (*bytes)[0], (*bytes)[4], 0, 0, 0};
  ensure(nvidia::gpu_vbios_text(ByteView(out).first<8>()) == version, "a VBIOS version is written as 96.00.9F.00.01");
  return out;
}

Bytes number_field(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value & 0xff), static_cast<std::uint8_t>(value >> 8U)};
}

/// One counter for each measurement: how often it was extended.
Bytes counters(const std::vector<Value>& values) {
  Bytes out;
  for (const Value& value : values) {
    out.push_back(value == Value{} ? 0 : 1);
    out.insert(out.end(), 3, 0);
  }
  return out;
}

OpaqueFields opaque_fields(const NvidiaEvidenceSpec& spec, const std::vector<Value>& values) {
  // What has no name there says nothing to a verifier.
  constexpr std::uint16_t kGpuInfo = 4, kCounters = 12, kCprInfo = 13, kBoardId = 14, kChipSkuMod = 16,
                          kProjectSkuMod = 19;
  const auto type = [](OpaqueType known) { return static_cast<std::uint16_t>(known); };
  ensure(!spec.driver_version.empty() && spec.driver_version.size() <= kMaxText,
         "a driver version has 1 to 31 characters");
  const Value fwid = NvidiaEvidenceMaker::firmware_id();
  OpaqueFields out = {
      {type(OpaqueType::vbios_version), vbios_field(spec.vbios_version)},
      {kBoardId, Bytes(4)},
      {type(OpaqueType::chip_sku), text_field(kChipSku, 9)},
      {kChipSkuMod, text_field("0", 5)},
      {type(OpaqueType::project), text_field(kProject, 5)},
      {type(OpaqueType::project_sku), text_field(kProjectSku, 5)},
      {kProjectSkuMod, Bytes(2)},
      {type(OpaqueType::driver_version), text_field(spec.driver_version, spec.driver_version.size() + 1)},
      {kGpuInfo, Bytes(8)},
      {kCounters, counters(values)},
      {kCprInfo, Bytes(4)},
      {type(OpaqueType::nvdec0_status), Bytes{kDecoderOff}},
      {type(OpaqueType::fwid), Bytes(fwid.begin(), fwid.end())},
      {type(OpaqueType::protected_pcie), Bytes{spec.feature_flag == kPpcieFlag ? kPpcieOn : kPpcieOff}}};
  if (spec.feature_flag) {
    out.emplace_back(type(OpaqueType::opaque_version), number_field(1));
    out.emplace_back(type(OpaqueType::feature_flag), number_field(*spec.feature_flag));
  }
  return out;
}

void ensure_device_count(const NvidiaEvidenceSpec& spec) {
  ensure(spec.devices >= 1 && spec.devices <= NvidiaEvidenceSpec::kMaxDevices, "there are 1 to 8 simulated GPUs");
}

CollateralDocument document(CollateralKind kind, Bytes body) {
  CollateralDocument out;
  out.kind = kind;
  out.body = std::move(body);
  return out;
}

CollateralDocument manifest(const NvidiaHierarchy& hierarchy, const std::string& version, std::string_view firmware,
                            std::span<const unsigned> indices) {
  return document(CollateralKind::rim, write_rim({.product = std::string(kChip),
                                                  .version = version,
                                                  .tag_id = crypto::sha384(as_bytes(concat("simulated ", firmware))),
                                                  .active = golden(indices, firmware),
                                                  .chain = hierarchy.rim_chain()},
                                                 hierarchy.rim_signer().key.get()));
}
}  // namespace

ByteArray<48> NvidiaEvidenceMaker::firmware_id() { return crypto::sha384(as_bytes("simulated GSP FMC")); }

Bytes NvidiaEvidenceMaker::report(const NvidiaEvidenceSpec& spec, const NvidiaDevice& device) {
  SpdmReportParts parts;
  parts.nonce = spec.nonce;
  // A device's own contribution is random; here nobody rests anything on it, and the same question has the same answer.
  parts.device_nonce = crypto::sha256({as_bytes("simulated responder nonce"), device.pdi, spec.nonce});
  parts.measurements = measurements(spec);
  parts.opaque = opaque_fields(spec, parts.measurements);
  return write_spdm_report(parts, device.leaf.key.get());
}

Bytes NvidiaEvidenceMaker::evidence(const NvidiaEvidenceSpec& spec) const {
  ensure_device_count(spec);
  std::string out;
  for (unsigned number = 0; number < spec.devices; ++number) {
    const NvidiaDevice one = device(number);
    std::string pem;
    for (const Bytes& certificate : hierarchy_.device_chain(one)) {
      pem += pem::encode("CERTIFICATE", certificate);
    }
    out += concat(out.empty() ? "[" : ",", R"({"arch":")", kArchitecture, R"(","nonce":")", to_hex(spec.nonce),
                  R"(","evidence":")", to_base64(report(spec, one)), R"(","certificate":")", to_base64(as_bytes(pem)),
                  "\"}");
  }
  out += "]";
  return Bytes(out.begin(), out.end());
}

std::vector<CollateralDocument> NvidiaEvidenceMaker::collateral(const NvidiaEvidenceSpec& spec, UtcTime issued) const {
  ensure_device_count(spec);
  std::vector<CollateralDocument> out = {manifest(hierarchy_, spec.driver_version, driver_of(spec), kDriverIndices),
                                         manifest(hierarchy_, spec.vbios_version, vbios_of(spec), kVbiosIndices)};
  const auto add_status = [&](const Identity& certificate, const Identity& issuer) {
    const OcspSpec status{
        .certificate = certificate.certificate, .this_update = issued, .next_update = issued + kOcspLifetime};
    out.push_back(document(CollateralKind::ocsp, make_ocsp_response(status, issuer)));
  };
  for (unsigned number = 0; number < spec.devices; ++number) {
    add_status(device(number).brom, hierarchy_.provisioner());
  }
  add_status(hierarchy_.provisioner(), hierarchy_.identity_ca());
  add_status(hierarchy_.identity_ca(), hierarchy_.device_root());
  add_status(hierarchy_.rim_signer(), hierarchy_.rim_l3());
  add_status(hierarchy_.rim_l3(), hierarchy_.rim_ca());
  add_status(hierarchy_.rim_ca(), hierarchy_.rim_root());
  return out;
}

AttestationReport NvidiaEvidenceMaker::report(const NvidiaEvidenceSpec& spec, UtcTime issued) const {
  AttestationReport out;
  out.platform = Platform::nvidia_gpu;
  out.simulated = true;
  out.evidence = evidence(spec);
  const std::string bundle = collateral::bundle_to_json(collateral(spec, issued));
  out.collateral.assign(bundle.begin(), bundle.end());
  out.generated_at = issued;
  evidence::describe(out);
  return out;
}

}  // namespace tenzro::tee::simulated
