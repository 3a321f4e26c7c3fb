// SPDX-License-Identifier: Apache-2.0
// Source: DMTF DSP0274 1.1, GET_MEASUREMENTS and MEASUREMENTS; values as genuine reports have them.
#include "provider/simulated/spdm_report_writer.hpp"

#include "provider/simulated/ensure.hpp"

namespace tenzro::tee::simulated {

namespace {
constexpr std::uint8_t kVersion = 0x11, kGetMeasurements = 0xe0, kMeasurements = 0x60;
constexpr std::uint8_t kSignatureWanted = 0x01, kAllMeasurements = 0xff;
constexpr std::uint8_t kDmtf = 0x01, kFirmwareDigest = 0x01;
constexpr std::size_t kBlockSize = 7 + nvidia::kMeasurementSize;
constexpr std::size_t kValueHeaderSize = 3;

void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_le(Bytes& out, std::size_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

Bytes opaque_data(const std::vector<std::pair<std::uint16_t, Bytes>>& fields) {
  Bytes out;
  for (const auto& [type, value] : fields) {
    append_le(out, type, 2);
    append_le(out, value.size(), 2);
    append(out, value);
  }
  ensure(out.size() <= 0xffff, "too much opaque data");
  return out;
}
}  // namespace

Bytes write_spdm_report(const SpdmReportParts& parts, EVP_PKEY* signer) {
  ensure(parts.measurements.size() <= nvidia::kMaxMeasurements, "too many measurements");
  constexpr std::uint8_t kSlot = 0;
  Bytes out{kVersion, kGetMeasurements, kSignatureWanted, kAllMeasurements};
  append(out, parts.nonce);
  out.push_back(kSlot);

  append(out, Bytes{kVersion, kMeasurements, 0, 0});
  append_le(out, parts.measurements.size(), 1);
  append_le(out, parts.measurements.size() * kBlockSize, 3);
  for (std::size_t i = 0; i < parts.measurements.size(); ++i) {
    append_le(out, i + 1, 1);
    out.push_back(kDmtf);
    append_le(out, kValueHeaderSize + nvidia::kMeasurementSize, 2);
    out.push_back(kFirmwareDigest);
    append_le(out, nvidia::kMeasurementSize, 2);
    append(out, parts.measurements[i]);
  }
  append(out, parts.device_nonce);
  const Bytes opaque = opaque_data(parts.opaque);
  append_le(out, opaque.size(), 2);
  append(out, opaque);
  append(out, sign_p384(signer, out));
  return out;
}

}  // namespace tenzro::tee::simulated
