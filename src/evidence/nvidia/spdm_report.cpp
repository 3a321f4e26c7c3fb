// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/spdm_report.hpp"

#include <algorithm>

#include "core/byte_reader.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::uint8_t kSpdm11 = 0x11;
constexpr std::uint8_t kGetMeasurements = 0xe0;
constexpr std::uint8_t kMeasurements = 0x60;
constexpr std::uint8_t kSigned = 0x01;           // Param1: a signature is requested
constexpr std::uint8_t kAllMeasurements = 0xff;  // Param2
constexpr std::uint8_t kDmtf = 0x01;             // MeasurementSpecification
constexpr std::uint8_t kMutableFirmware = 0x01;  // DMTFSpecMeasurementValueType, as a digest

/// A byte that has one value in every report that this software knows.
Result<void> expect_byte(ByteReader& in, std::string_view field, std::uint8_t wanted) {
  TENZRO_ASSIGN_OR_RETURN(const auto value, in.le<std::uint8_t>(field));
  if (value != wanted) {
    return Error(ErrorCode::unsupported,
                 concat("SPDM report.", field, ": is ", unsigned{value}, ", only ", unsigned{wanted}, " is known"));
  }
  return {};
}

Result<ByteView> read_measurement(ByteReader& in, std::size_t number) {
  TENZRO_ASSIGN_OR_RETURN(const auto index, in.le<std::uint8_t>("measurement.index"));
  if (index != number) {
    return Error(ErrorCode::malformed_input,
                 concat("SPDM report.measurement.index: is ", unsigned{index}, ", expected ", number));
  }
  TENZRO_RETURN_IF_ERROR(expect_byte(in, "measurement.specification", kDmtf));
  TENZRO_ASSIGN_OR_RETURN(const auto block_size, in.le<std::uint16_t>("measurement.size"));
  TENZRO_RETURN_IF_ERROR(expect_byte(in, "measurement.value_type", kMutableFirmware));
  TENZRO_ASSIGN_OR_RETURN(const auto value_size, in.le<std::uint16_t>("measurement.value_size"));
  constexpr std::size_t kValueHead = 3;
  if (value_size != kMeasurementSize || block_size != kMeasurementSize + kValueHead) {
    return Error(ErrorCode::unsupported, concat("SPDM report.measurement.value_size: measurement ", number, " has ",
                                                value_size, " bytes in a block of ", block_size, ", expected ",
                                                kMeasurementSize, " in ", kMeasurementSize + kValueHead));
  }
  return in.take("measurement.value", kMeasurementSize);
}

}  // namespace

bool looks_like_report(ByteView in) noexcept {
  return in.size() > kRequestSize + 1 && in[0] == kSpdm11 && in[1] == kGetMeasurements && in[kRequestSize] == kSpdm11 &&
         in[kRequestSize + 1] == kMeasurements;
}

Result<Report> parse_report(ByteView in) {
  if (in.size() > kMaxReportSize) {
    return Error(ErrorCode::malformed_input,
                 concat("SPDM report: has ", in.size(), " bytes, at most ", kMaxReportSize, " are possible"));
  }
  Report out;
  ByteReader reader("SPDM report", in);
  TENZRO_RETURN_IF_ERROR(expect_byte(reader, "request.version", kSpdm11));
  TENZRO_RETURN_IF_ERROR(expect_byte(reader, "request.code", kGetMeasurements));
  TENZRO_RETURN_IF_ERROR(expect_byte(reader, "request.param1", kSigned));
  TENZRO_RETURN_IF_ERROR(expect_byte(reader, "request.param2", kAllMeasurements));
  TENZRO_ASSIGN_OR_RETURN(out.nonce_, reader.take("request.nonce", 32));
  TENZRO_RETURN_IF_ERROR(expect_byte(reader, "request.slot", 0));

  TENZRO_RETURN_IF_ERROR(expect_byte(reader, "response.version", kSpdm11));
  TENZRO_RETURN_IF_ERROR(expect_byte(reader, "response.code", kMeasurements));
  TENZRO_RETURN_IF_ERROR(expect_byte(reader, "response.param1", 0));
  TENZRO_RETURN_IF_ERROR(expect_byte(reader, "response.param2", 0));
  TENZRO_ASSIGN_OR_RETURN(const auto count, reader.le<std::uint8_t>("response.number_of_blocks"));
  if (count == 0 || count > kMaxMeasurements) {
    return Error(ErrorCode::malformed_input, concat("SPDM report.response.number_of_blocks: is ", unsigned{count},
                                                    ", expected 1 to ", kMaxMeasurements));
  }
  TENZRO_ASSIGN_OR_RETURN(const auto size, reader.take<3>("response.measurement_record_length"));
  const std::size_t record_size = size[0] | (std::size_t{size[1]} << 8) | (std::size_t{size[2]} << 16);
  TENZRO_ASSIGN_OR_RETURN(ByteReader record, reader.sub("measurement_record", record_size));
  for (std::size_t i = 0; i < count; ++i) {
    TENZRO_ASSIGN_OR_RETURN(out.measurements_.at(i), read_measurement(record, i + 1));
  }
  TENZRO_RETURN_IF_ERROR(record.expect_end());
  out.measurement_count_ = count;

  TENZRO_ASSIGN_OR_RETURN(out.device_nonce_, reader.take("response.nonce", 32));
  TENZRO_ASSIGN_OR_RETURN(const auto opaque_size, reader.le<std::uint16_t>("response.opaque_length"));
  TENZRO_ASSIGN_OR_RETURN(const ByteView opaque, reader.take("response.opaque_data", opaque_size));
  TENZRO_ASSIGN_OR_RETURN(out.opaque_, parse_opaque_data(opaque));
  out.signed_bytes_ = in.first(in.size() - reader.remaining());
  TENZRO_ASSIGN_OR_RETURN(out.signature_, reader.take("response.signature", kSignatureSize));

  const ByteView rest = reader.rest();
  if (rest.size() > kMaxTrailingZeros || std::ranges::any_of(rest, [](std::uint8_t byte) { return byte != 0; })) {
    return Error(ErrorCode::malformed_input, concat("SPDM report: ", rest.size(), " bytes behind the signature; up to ",
                                                    kMaxTrailingZeros, " bytes of zero are let pass"));
  }
  out.trailing_zeros_ = rest.size();
  return out;
}

}  // namespace tenzro::tee::nvidia
