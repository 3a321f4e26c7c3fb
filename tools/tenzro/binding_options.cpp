// SPDX-License-Identifier: Apache-2.0
#include "binding_options.hpp"

#include <utility>

#include "input.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::cli {

tee::Error bad_value(std::string_view option, const tee::Error& error) {
  return {tee::ErrorCode::invalid_argument, std::string(option) + ": " + error.message()};
}

tee::Result<std::optional<tee::ReportData>> bound_user_data(const BindingArguments& arguments) {
  std::string_view option = "--user-data";
  tee::Bytes bytes;
  if (arguments.user_data) {
    bytes.assign(arguments.user_data->begin(), arguments.user_data->end());
  } else if (arguments.user_data_hex) {
    option = "--user-data-hex";
    auto decoded = tee::from_hex(*arguments.user_data_hex);
    if (!decoded) {
      return bad_value(option, decoded.error());
    }
    bytes = *std::move(decoded);
  } else if (arguments.user_data_file) {
    option = "--user-data-file";
    auto content = read_input(*arguments.user_data_file, tee::kMaxReportInput);
    if (!content) {
      return std::move(content).error().with_context(option);
    }
    bytes = *std::move(content);
  } else {
    return std::optional<tee::ReportData>();
  }
  auto data = tee::ReportData::from_caller_data(bytes);
  if (!data) {
    return bad_value(option, data.error());
  }
  return std::optional<tee::ReportData>(*std::move(data));
}

tee::Result<std::optional<tee::EvidenceNonce>> bound_nonce(const BindingArguments& arguments) {
  if (!arguments.nonce_hex) {
    return std::optional<tee::EvidenceNonce>();
  }
  const auto bytes = tee::from_hex(*arguments.nonce_hex);
  if (!bytes) {
    return bad_value("--nonce-hex", bytes.error());
  }
  auto nonce = tee::EvidenceNonce::from_caller_data(*bytes);
  if (!nonce) {
    return bad_value("--nonce-hex", nonce.error());
  }
  return std::optional(*std::move(nonce));
}

}  // namespace tenzro::cli
