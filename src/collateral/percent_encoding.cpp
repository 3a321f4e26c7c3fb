// SPDX-License-Identifier: Apache-2.0
#include "collateral/percent_encoding.hpp"

#include "core/text.hpp"

namespace tenzro::tee::collateral {

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) {
      return Error(ErrorCode::malformed_input,
                   concat("percent-encoding: \"%\" at offset ", i, " without two hex digits"));
    }
    out.push_back(static_cast<char>(byte->front()));
    i += 2;
  }
  return out;
}

}  // namespace tenzro::tee::collateral
