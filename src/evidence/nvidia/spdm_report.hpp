// SPDX-License-Identifier: Apache-2.0
// One device's attestation report: an SPDM 1.1 GET_MEASUREMENTS request and the MEASUREMENTS response to it, as views
// into the caller's bytes.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "evidence/nvidia/opaque_data.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::nvidia {

inline constexpr std::size_t kRequestSize = 37;
inline constexpr std::size_t kMeasurementSize = 48;  ///< SHA-384
inline constexpr std::size_t kMaxMeasurements = 64;
inline constexpr std::size_t kSignatureSize = 96;
/// NVML offers 8 KiB for a report.
inline constexpr std::size_t kMaxReportSize = kRequestSize + (std::size_t{8} << 10);
/// One collector hands out a zero byte more than the device wrote.
inline constexpr std::size_t kMaxTrailingZeros = 15;

using MeasurementView = std::span<const std::uint8_t, kMeasurementSize>;

/// Every view points into the bytes given to parse_report, which must outlive it.
/// Source: DMTF DSP0274 1.1, GET_MEASUREMENTS; layout as genuine reports have it. Integers little-endian.
/// Threads: const members may be called from several threads at once.
class Report {
 public:
  std::span<const std::uint8_t, 32> nonce() const { return nonce_.first<32>(); }  ///< the requester's: the challenge
  std::span<const std::uint8_t, 32> device_nonce() const { return device_nonce_.first<32>(); }  ///< not the challenge
  std::size_t measurement_count() const noexcept { return measurement_count_; }
  /// index: from 0, as reference manifests count; SPDM counts from 1. Less than measurement_count().
  MeasurementView measurement(std::size_t index) const { return measurements_.at(index).first<kMeasurementSize>(); }
  const OpaqueData& opaque() const noexcept { return opaque_; }

  ByteView signed_bytes() const noexcept { return signed_bytes_; }   ///< request and response up to the signature
  std::span<const std::uint8_t, kSignatureSize> signature() const {  ///< r || s, big-endian
    return signature_.first<kSignatureSize>();
  }
  std::size_t trailing_zeros() const noexcept { return trailing_zeros_; }  ///< unsigned, behind the signature

 private:
  friend Result<Report> parse_report(ByteView in);
  Report() = default;
  ByteView nonce_, device_nonce_, signed_bytes_, signature_;
  std::array<ByteView, kMaxMeasurements> measurements_{};
  std::size_t measurement_count_ = 0, trailing_zeros_ = 0;
  OpaqueData opaque_;
};

/// True for bytes that begin as a signed SPDM 1.1 request for all measurements, with the response behind it.
bool looks_like_report(ByteView in) noexcept;

/// The signature is found by parsing forward. Measurements are numbered 1 to N in order, each SHA-384. Does not
/// allocate. malformed_input names the field; unsupported for another version, request or kind of measurement.
Result<Report> parse_report(ByteView in);

}  // namespace tenzro::tee::nvidia
