// SPDX-License-Identifier: Apache-2.0
#include "formats/pem.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/vectors.hpp"

namespace tenzro::tee::pem {
namespace {

using test::view;
using namespace std::literals;

Bytes content(std::uint8_t first, std::size_t size = 100) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<std::uint8_t>(first + i);
  }
  return out;
}
std::string certificate(std::uint8_t first = 0, std::size_t size = 100) {
  return encode("CERTIFICATE", content(first, size));
}
std::string block(std::string_view body, std::string_view label = "CERTIFICATE") {
  return "-----BEGIN " + std::string(label) + "-----\n" + std::string(body) + "-----END " + std::string(label) +
         "-----\n";
}
std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '\n' ? "\r\n"s : std::string(1, c);
  }
  return out;
}

std::string message(const Result<std::vector<Block>>& blocks) {
  if (blocks) {
    return "accepted";
  }
  EXPECT_EQ(blocks.error().code(), ErrorCode::malformed_input);
  return blocks.error().message();
}
std::string refusal(std::string_view text, const Limits& limits = {}) { return message(split(text, limits)); }
std::string chain_refusal(std::string_view text, const Limits& limits = {}) {
  return message(split_quote_chain(view(text), limits));
}

TEST(PemEncode, Writes64CharactersALine) {
  EXPECT_EQ(encode("X509 CRL", Bytes{1, 2, 3}), "-----BEGIN X509 CRL-----\nAQID\n-----END X509 CRL-----\n");
  EXPECT_EQ(encode("CERTIFICATE", Bytes(48)), block(std::string(64, 'A') + "\n"));
  EXPECT_EQ(encode("CERTIFICATE", Bytes(49)), block(std::string(64, 'A') + "\nAA==\n"));
}

TEST(PemSplit, ReadsBackWhatWasEncoded) {
  for (const std::size_t size : {1U, 2U, 3U, 47U, 48U, 49U, 1000U, 16384U}) {
    const auto blocks = split(certificate(7, size)).value();
    ASSERT_EQ(blocks.size(), 1U);
    EXPECT_EQ(blocks[0].label, "CERTIFICATE");
    EXPECT_EQ(blocks[0].der, content(7, size));
  }
  const auto two = split(certificate(1) + encode("X509 CRL", content(2))).value();
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[1].label, "X509 CRL");
  EXPECT_EQ(two[1].der, content(2));
}

TEST(PemSplit, AcceptsLfAndCrlfAndWhiteSpaceAroundBlocks) {
  const std::string one = certificate();
  const std::string no_end = one.substr(0, one.size() - 1);
  for (const std::string& text : {no_end, with_crlf(one), "\n\n" + one + "\n \t\n" + one + "\r\n\r\n",
                                  "  \n" + one + "   ", one + "\n\n\n" + one}) {
    EXPECT_EQ(refusal(text), "accepted");
  }
}

// ATTACK(P6)
TEST(PemSplit, RefusesTextBeforeBetweenAndAfterBlocks) {
  const std::string one = certificate();
  constexpr std::string_view kWanted = R"(expected "-----BEGIN ...-----" and nothing else)";
  EXPECT_EQ(refusal("Subject: CN=x\n" + one), "pem: line 1: "s + std::string(kWanted));
  EXPECT_EQ(refusal(one + "# next\n" + one), "pem: line 6: "s + std::string(kWanted));
  EXPECT_EQ(refusal(one + "x"), "pem: line 6: "s + std::string(kWanted));
  EXPECT_EQ(refusal(one + "\0"s), "pem: line 6: "s + std::string(kWanted));
  EXPECT_EQ(refusal(" " + one), "pem: line 1: "s + std::string(kWanted));
  EXPECT_EQ(refusal("\xef\xbb\xbf" + one), "pem: line 1: "s + std::string(kWanted));
  EXPECT_EQ(refusal(one + one.substr(1)), "pem: line 6: "s + std::string(kWanted));
}

// ATTACK(P6)
TEST(PemSplit, RefusesPrivateKeysAndOtherLabelsWithoutShowingTheirContent) {
  for (const std::string_view label : {"PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PUBLIC KEY",
                                       "TRUSTED CERTIFICATE", "certificate", "", "CERTIFICATE ", " CERTIFICATE"}) {
    EXPECT_EQ(
        refusal(certificate() + encode(label, content(3))),
        "pem: line 6: expected a CERTIFICATE, X509 CRL or OCSP RESPONSE block, found \"" + std::string(label) + "\"");
  }
}

// ATTACK(P6)
TEST(PemSplit, RefusesMoreBlocksThanExpected) {
  std::string text;
  for (int i = 0; i < 8; ++i) {
    text += certificate();
  }
  EXPECT_EQ(split(text).value().size(), 8U);
  EXPECT_EQ(refusal(text + certificate()), "pem: line 41: more than 8 blocks");
  EXPECT_EQ(refusal(certificate() + certificate(), {.max_blocks = 1}), "pem: line 6: more than 1 blocks");
}

TEST(PemSplit, RefusesTextsWithoutABlock) {
  EXPECT_EQ(refusal(""), "pem: no block");
  EXPECT_EQ(refusal(" \n\t\r\n"), "pem: no block");
  EXPECT_EQ(refusal(block("")), "pem: line 2: block without content");
}

TEST(PemSplit, BoundsTheSizeOfABlock) {
  EXPECT_EQ(refusal(certificate(0, 16384)), "accepted");
  EXPECT_EQ(refusal(certificate(0, 16385)), "pem: line 2: block of 16385 bytes, expected at most 16384");
  EXPECT_EQ(refusal(certificate(0, 100'000)), "pem: line 343: block of more than 16384 bytes");
  EXPECT_EQ(refusal(certificate(0, 4), {.max_der = 3}), "pem: line 2: block of more than 3 bytes");
  EXPECT_EQ(refusal(certificate(0, 3), {.max_der = 3}), "accepted");
}

TEST(PemSplit, RefusesOverLongAndEmptyLines) {
  EXPECT_EQ(refusal(block(std::string(76, 'A') + "\n")), "accepted");
  EXPECT_EQ(refusal(block(std::string(77, 'A') + "\n")), "pem: line 2: expected 1 to 76 base64 characters, found 77");
  EXPECT_EQ(refusal(block(std::string(200'000, 'A') + "\n")),
            "pem: line 2: expected 1 to 76 base64 characters, found 200000");
  EXPECT_EQ(refusal(block("AAAA\n\nAAAA\n")), "pem: line 3: expected 1 to 76 base64 characters, found 0");
}

// ATTACK(P5)
TEST(PemSplit, RefusesWhatIsNotStrictBase64) {
  constexpr std::string_view kNoBase64 = R"(pem: line 2: expected base64 or "-----END CERTIFICATE-----")";
  for (const std::string_view body : {"AA-A\n", "AA_A\n", "AAA \n", " AAA\n", "AA\tA\n", "AA\rA\n", "AAA\xc3\xa9\n",
                                      "Proc-Type: 4,ENCRYPTED\n\nAAAA\n"}) {
    EXPECT_EQ(refusal(block(body)), kNoBase64) << body;
  }
  for (const std::string_view body : {"AAA\n", "A\n", "AA=\n", "AA==\nAAAA\n", "AAB=\n", "AB==\n", "====\n", "A===\n",
                                      "AAAA\n=\n", "AAAA=\n", "AA=A\n"}) {
    EXPECT_TRUE(refusal(block(body)).starts_with("pem: block from line 2: base64: ")) << body;
  }
  EXPECT_EQ(refusal(block("A\nAAA\n")), "accepted");  // lines may break anywhere
}

TEST(PemSplit, RefusesBrokenBoundaries) {
  const std::string end = "-----END CERTIFICATE-----\n";
  for (const std::string& text :
       {"-----BEGIN CERTIFICATE----\nAAAA\n" + end, "-----BEGIN CERTIFICATE+++++\nAAAA\n" + end,
        "-----BEGIN CERTIFICATE----=\nAAAA\n" + end, "----BEGIN CERTIFICATE-----\nAAAA\n" + end,
        "-----BEGIN CERTIFICATE----- \nAAAA\n" + end, "-----BEGIN CERTIFICATE-----AAAA\n" + end,
        "-----BEGIN -----\nAAAA\n" + end, "-----BEGIN-----\nAAAA\n" + end, "-----BEGIN ----\nAAAA\n" + end,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----\n"s,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE----- \n"s,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----x\n"s,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\r"s,
        "-----BEGIN CERTIFICATE-----\nAAAA-----END CERTIFICATE-----\n"s,
        "-----BEGIN CERTIFICATE-----\r\r\nAAAA\n" + end,
        "-----BEGIN CERTIFICATE-----\rAAAA\r-----END CERTIFICATE-----\r"s,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----BEGIN CERTIFICATE-----\nAAAA\n" + end}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
}

// ATTACK(P1)
TEST(PemSplit, RefusesEveryTruncation) {
  const std::string text = certificate() + encode("X509 CRL", content(9));
  const std::size_t first = certificate().size();
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    if (size == first || size + 1 == first) {
      continue;  // a whole block
    }
    EXPECT_NE(refusal(text.substr(0, size)), "accepted") << size;
  }
}

TEST(PemSplit, TakesTimeInProportionToHostileInput) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) {
    text += "-----BEGIN CERTIFICATE-----\n";
  }
  EXPECT_NE(refusal(text), "accepted");
  EXPECT_EQ(refusal(std::string(4'000'000, '\n')), "pem: no block");
  EXPECT_EQ(refusal(std::string(4'000'000, ' ')), "pem: no block");
}

std::string chain() { return certificate(1) + certificate(2) + certificate(3); }
std::string chain_without_last_line_end() { return chain().substr(0, chain().size() - 1); }

TEST(PemQuoteChain, AllowsOneLfAndThenOneNulAtTheEnd) {
  for (const std::string_view tail : {""sv, "\n"sv, "\0"sv, "\n\0"sv}) {
    const auto blocks = split_quote_chain(view(chain_without_last_line_end() + std::string(tail)));
    ASSERT_TRUE(blocks.has_value()) << to_hex(view(tail)) << ": " << blocks.error().message();
    ASSERT_EQ(blocks->size(), 3U);
    EXPECT_EQ((*blocks)[2].der, content(3));
  }
}

// ATTACK(P6)
TEST(PemQuoteChain, RefusesAnyOtherTail) {
  for (const std::string_view tail : {"\0\n"sv, "\0\0"sv, "\n\0\0"sv, "\n\n"sv, "\n\n\0"sv, "\n\0\n"sv, " "sv, "\n "sv,
                                      "\t"sv, "\r\n"sv, "\r\n\0"sv, "\r"sv, "x"sv, "\nx"sv, "\n \0"sv, "\0x"sv}) {
    EXPECT_NE(chain_refusal(chain_without_last_line_end() + std::string(tail)), "accepted") << to_hex(view(tail));
  }
}

// ATTACK(P6)
TEST(PemQuoteChain, RefusesAnythingButOneLineEndBetweenBlocks) {
  for (const std::string_view between : {"\n"sv, " \n"sv, "\t"sv, "x\n"sv, "\0"sv, "\r\n"sv}) {
    EXPECT_EQ(chain_refusal(certificate(1) + std::string(between) + certificate(2)),
              R"(pem: line 6: expected "-----BEGIN ...-----" and nothing else)");
  }
  EXPECT_NE(chain_refusal("\n" + chain()), "accepted");
  EXPECT_NE(chain_refusal(" " + chain()), "accepted");
  EXPECT_NE(chain_refusal("\0"s + chain()), "accepted");
}

TEST(PemQuoteChain, AllowsCrlfInsideTheChain) {
  const std::string crlf = with_crlf(chain_without_last_line_end());
  EXPECT_EQ(chain_refusal(crlf), "accepted");
  EXPECT_EQ(chain_refusal(crlf + "\n"), "accepted");
  EXPECT_EQ(chain_refusal(crlf + "\r\n"), "pem: line 16: expected at most one LF after the last block");
}

// ATTACK(P6)
TEST(PemQuoteChain, HoldsCertificatesOnlyAndNotTooMany) {
  EXPECT_EQ(chain_refusal(certificate() + encode("X509 CRL", content(1))),
            "pem: line 11: expected a CERTIFICATE block, found X509 CRL");
  EXPECT_EQ(chain_refusal(encode("PRIVATE KEY", content(1))),
            "pem: line 1: expected a CERTIFICATE, X509 CRL or OCSP RESPONSE block, found \"PRIVATE KEY\"");
  EXPECT_EQ(chain_refusal(chain(), {.max_blocks = 2}), "pem: line 11: more than 2 blocks");
  EXPECT_NE(chain_refusal(""), "accepted");
  EXPECT_NE(chain_refusal("\0"s), "accepted");
  EXPECT_NE(chain_refusal(std::string(1000, '\0')), "accepted");
}

TEST(PemSplit, ReadsRealChains) {
  if (!test::have_vectors()) {
    return;
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::vectors_dir() / "sev-snp" / "roots")) {
    if (entry.path().extension() != ".pem") {
      continue;
    }
    const Bytes text = test::read_file(entry.path());
    EXPECT_EQ(refusal({reinterpret_cast<const char*>(text.data()), text.size()}), "accepted") << entry.path();
    ++files;
  }
  EXPECT_GT(files, 3U);
}

}  // namespace
}  // namespace tenzro::tee::pem
