// SPDX-License-Identifier: Apache-2.0
// Recognising evidence by its content, and the "tenzro-report/1" envelope.
#include "tenzro/tee/report.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/report_envelope.hpp"
#include "evidence/tdx/quote.hpp"

namespace tenzro::tee {

namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::string_view kTried =
    "no known form of evidence (tried the tenzro-report/1 envelope, raw Intel TDX and SGX quotes of versions 3 to 5, "
    "and "
    "these as hex or base64); give the report or quote as its producer wrote it";

Error no_known_form(std::string_view detail) {
  return Error(ErrorCode::malformed_input, detail.empty() ? std::string(kTried) : concat(kTried, "; ", detail));
}

std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

AttestationReport raw_quote(ByteView bytes) {
  AttestationReport report;
  const FixedView<8> start(bytes.first<8>());
  report.platform = start.le<std::uint32_t, 4>() == tdx::kTeeTypeTdx ? Platform::intel_tdx : Platform::intel_sgx;
  report.evidence.assign(bytes.begin(), bytes.end());
  evidence::describe(report);
  return report;
}

/// A form that is not itself text of another: nothing when it is none of them.
Result<std::optional<AttestationReport>> recognise_plain(ByteView input) {
  if (tdx::looks_like_quote(input)) {
    return std::optional(raw_quote(input));
  }
  const std::string_view text = as_text(input);
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos || text[first] != '{') {
    return std::optional<AttestationReport>();
  }
  TENZRO_ASSIGN_OR_RETURN(auto report, evidence::parse_envelope(input));
  return std::optional(std::move(report));
}

bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return (c > 0x20 && c <= 0x7e) || kWhiteSpace.find(c) != std::string_view::npos; });
}

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// The text of a quote in hex begins like this, whatever follows.
bool begins_like_quote_hex(std::string_view digits) {
  constexpr std::array<std::string_view, 3> kBegins = {"0300", "0400", "0500"};
  return std::any_of(kBegins.begin(), kBegins.end(), [&](std::string_view begin) { return digits.starts_with(begin); });
}

/// Hex or base64 with white space anywhere.
Result<Bytes> decode(std::string_view text) {
  std::string digits;
  digits.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return kWhiteSpace.find(c) == std::string_view::npos; });
  std::string_view hex = digits;
  const bool prefixed = hex.starts_with("0x") || hex.starts_with("0X");
  if (prefixed) {
    hex.remove_prefix(2);
  }
  if (prefixed || begins_like_quote_hex(hex) || std::all_of(hex.begin(), hex.end(), is_hex_digit)) {
    return from_hex(hex);
  }
  return from_base64(digits);
}

}  // namespace

Result<AttestationReport> parse_report(ByteView input) {
  if (input.size() > kMaxReportInput) {
    return Error(ErrorCode::malformed_input,
                 concat("input has ", input.size(), " bytes, at most ", kMaxReportInput, " are read"));
  }
  if (input.empty()) {
    return no_known_form("the input is empty");
  }
  TENZRO_ASSIGN_OR_RETURN(auto plain, recognise_plain(input));
  if (plain) {
    return *std::move(plain);
  }
  if (!is_text(as_text(input))) {
    return no_known_form("");
  }
  auto decoded = decode(as_text(input));
  if (!decoded) {
    return no_known_form(decoded.error().message());
  }
  TENZRO_ASSIGN_OR_RETURN(auto inner, recognise_plain(*decoded));
  if (inner) {
    return *std::move(inner);
  }
  return no_known_form("it is hex or base64, but of nothing known");
}

}  // namespace tenzro::tee
