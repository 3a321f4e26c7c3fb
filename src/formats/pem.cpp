// SPDX-License-Identifier: Apache-2.0
// PEM blocks by the strict grammar of RFC 7468, section 3, with the line lengths that issuers really use.
#include "formats/pem.hpp"

#include <algorithm>
#include <array>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::pem {

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::size_t kMaxLine = 76;
constexpr std::size_t kEncodedLine = 64;

constexpr auto kIsBase64 = [] {
  std::array<bool, 256> out{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")) {
    out[static_cast<unsigned char>(c)] = true;
  }
  return out;
}();

Error malformed(std::size_t line, std::string_view problem) {
  return Error(ErrorCode::malformed_input, concat("pem: line ", line, ": ", problem));
}

/// The text, line by line. A line ends with LF or CRLF; only the last may have no end.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }
  std::size_t number() const noexcept { return number_; }  ///< of the line that next() returns, from 1
  std::string_view rest() const noexcept { return rest_; }

  std::string_view next() {
    const std::size_t end = rest_.find('\n');
    const bool ended = end != std::string_view::npos;
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(ended ? end + 1 : rest_.size());
    ++number_;
    if (ended && line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    return line;
  }

  /// White space up to the line in which something else stands; that line keeps its indentation, so that it is refused.
  void skip_blank_lines() {
    while (!rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      if (rest_.substr(0, end).find_first_not_of(" \t\r") != std::string_view::npos) {
        return;
      }
      next();
    }
  }

 private:
  std::string_view rest_;
  std::size_t number_ = 1;
};

/// A label as we accept it: anything else, a private key above all, has no business in evidence or collateral.
bool is_expected_label(std::string_view label) {
  return label == "CERTIFICATE" || label == "X509 CRL" || label == "OCSP RESPONSE";
}

Result<std::string_view> read_begin(Lines& lines) {
  const std::size_t number = lines.number();
  const std::string_view line = lines.next();
  // kBegin ends in a space, so what also ends in dashes is at least as long as both.
  if (!line.starts_with(kBegin) || !line.ends_with(kDashes)) {
    return malformed(number, "expected \"-----BEGIN ...-----\" and nothing else");
  }
  const std::string_view label = line.substr(kBegin.size(), line.size() - kBegin.size() - kDashes.size());
  if (!is_expected_label(label)) {
    return malformed(number, concat("expected a CERTIFICATE, X509 CRL or OCSP RESPONSE block, found \"",
                                    printable(label, 40), "\""));
  }
  return label;
}

/// The fewest bytes that so much base64 can stand for.
std::size_t least_decoded(std::size_t base64) {
  const std::size_t full = base64 / 4 * 3;
  return full < 2 ? 0 : full - 2;
}

/// The lines up to and with the END line, joined.
Result<std::string> read_base64(Lines& lines, std::string_view label, std::size_t max_der) {
  const std::string end = concat(kEnd, label, kDashes);
  std::string out;
  out.reserve(std::min(lines.rest().size(), (max_der + 2) / 3 * 4));
  while (!lines.at_end()) {
    const std::size_t number = lines.number();
    const std::string_view line = lines.next();
    if (line == end) {
      if (out.empty()) {
        return malformed(number, "block without content");
      }
      return out;
    }
    if (line.empty() || line.size() > kMaxLine) {
      return malformed(number, concat("expected 1 to 76 base64 characters, found ", line.size()));
    }
    // Told here and not by the decoder, so that the message can name the line; nothing of the content is printed.
    const bool base64 = std::ranges::all_of(line, [](char c) { return kIsBase64[static_cast<unsigned char>(c)]; });
    if (!base64) {
      return malformed(number, concat("expected base64 or \"", end, "\""));
    }
    out.append(line);
    if (least_decoded(out.size()) > max_der) {
      return malformed(number, concat("block of more than ", max_der, " bytes"));
    }
  }
  return malformed(lines.number(), concat("ends before \"", end, "\""));
}

/// One block; lines stands at its BEGIN line and is left behind its END line.
Result<Block> read_block(Lines& lines, const Limits& limits) {
  TENZRO_ASSIGN_OR_RETURN(const std::string_view label, read_begin(lines));
  const std::size_t first_line = lines.number();
  TENZRO_ASSIGN_OR_RETURN(const std::string base64, read_base64(lines, label, limits.max_der));
  auto der = from_base64(base64);
  if (!der) {
    return std::move(der).error().with_context(concat("pem: block from line ", first_line));
  }
  if (der->size() > limits.max_der) {
    return malformed(first_line, concat("block of ", der->size(), " bytes, expected at most ", limits.max_der));
  }
  return Block{std::string(label), *std::move(der)};
}

Result<void> check_count(const std::vector<Block>& blocks, const Lines& lines, const Limits& limits) {
  if (blocks.size() < limits.max_blocks) {
    return {};
  }
  return malformed(lines.number(), concat("more than ", limits.max_blocks, " blocks"));
}

}  // namespace

Result<std::vector<Block>> split(std::string_view text, const Limits& limits) {
  Lines lines(text);
  std::vector<Block> out;
  for (lines.skip_blank_lines(); !lines.at_end(); lines.skip_blank_lines()) {
    TENZRO_RETURN_IF_ERROR(check_count(out, lines, limits));
    TENZRO_ASSIGN_OR_RETURN(Block block, read_block(lines, limits));
    out.push_back(std::move(block));
  }
  if (out.empty()) {
    return Error(ErrorCode::malformed_input, "pem: no block");
  }
  return out;
}

Result<std::vector<Block>> split_quote_chain(ByteView data, const Limits& limits) {
  std::string_view text = as_text(data);
  // The quoting service copies the chain as a C string on most hosts: one NUL may end it, behind one LF.
  if (text.ends_with('\0')) {
    text.remove_suffix(1);
  }
  Lines lines(text);
  std::vector<Block> out;
  do {
    TENZRO_RETURN_IF_ERROR(check_count(out, lines, limits));
    TENZRO_ASSIGN_OR_RETURN(Block block, read_block(lines, limits));
    if (block.label != "CERTIFICATE") {
      return malformed(lines.number(), concat("expected a CERTIFICATE block, found ", block.label));
    }
    out.push_back(std::move(block));
  } while (!lines.at_end());
  if (text.ends_with("\r\n")) {
    return malformed(lines.number(), "expected at most one LF after the last block");
  }
  return out;
}

std::string encode(std::string_view label, ByteView der) {
  const std::string base64 = to_base64(der);
  std::string out = concat(kBegin, label, kDashes, '\n');
  for (std::size_t at = 0; at < base64.size(); at += kEncodedLine) {
    out.append(base64, at, kEncodedLine);
    out.push_back('\n');
  }
  out.append(concat(kEnd, label, kDashes, '\n'));
  return out;
}

}  // namespace tenzro::tee::pem
