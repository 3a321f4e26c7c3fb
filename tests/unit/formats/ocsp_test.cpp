// SPDX-License-Identifier: Apache-2.0
// The shape of OCSP responses, piece by piece; x509/ocsp_test has what they mean.
#include "formats/ocsp.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "made/ocsp_parts.hpp"

namespace tenzro::tee::ocsp {
namespace {

using namespace test::ocsp_parts;

/// True when it can be read after the change.
bool reads_when(const std::function<void(Parts&)>& change) {
  Parts parts;
  change(parts);
  const Bytes der = parts.der();
  const auto response = parse_response(der);
  if (!response) {
    EXPECT_EQ(response.error().code(), ErrorCode::malformed_input) << response.error().message();
  }
  return response.has_value();
}

TEST(OcspResponse, IsReadIntoItsFields) {
  Parts parts;
  parts.response_extensions = wrapped_extension(kNonceOid, octets(Bytes(32, 0x44)));
  parts.certificates = element(0xa0, {element(0x30, {element(0x30, {{0x05, 0x00}})})});
  const Bytes der = parts.der();
  EXPECT_TRUE(looks_like_response(der));
  const auto response = parse_response(der);
  ASSERT_TRUE(response.has_value()) << response.error().message();
  EXPECT_EQ(response->status, ResponseStatus::successful);
  EXPECT_TRUE(response->responder_name.empty());
  EXPECT_EQ(to_hex(response->responder_key_hash), to_hex(Bytes(20, 0x11)));
  EXPECT_EQ(to_rfc3339(response->produced_at), "2025-12-01T00:00:00Z");
  ASSERT_EQ(response->answers.size(), 1U);
  const SingleResponse& answer = response->answers[0];
  EXPECT_EQ(answer.id.hash, IdHash::sha1);
  EXPECT_EQ(to_hex(answer.id.issuer_name_hash), to_hex(Bytes(20, 0x22)));
  EXPECT_EQ(to_hex(answer.id.issuer_key_hash), to_hex(Bytes(20, 0x33)));
  EXPECT_EQ(to_hex(answer.id.serial), "0080");
  EXPECT_EQ(answer.status, AnswerStatus::good);
  EXPECT_EQ(to_rfc3339(*answer.next_update), "2025-12-02T00:00:00Z");
  EXPECT_EQ(to_hex(*response->nonce), to_hex(Bytes(32, 0x44)));
  EXPECT_EQ(to_hex(response->signature), "abcd");
  EXPECT_EQ(response->certificates.size(), 1U);
}

TEST(OcspResponse, HasAStatusThatGoesWithWhatFollows) {
  for (const std::uint8_t status : Bytes{1, 2, 3, 5, 6}) {
    const auto alone = parse_response(Bytes{0x30, 0x03, 0x0a, 0x01, status});
    ASSERT_TRUE(alone.has_value()) << int{status};
    EXPECT_NE(alone->status, ResponseStatus::successful);
    EXPECT_NE(alone->status, ResponseStatus::unknown);
    EXPECT_FALSE(reads_when([&](Parts& p) { p.status = {0x0a, 0x01, status}; })) << int{status};
  }
  for (const std::uint8_t status : Bytes{0, 4, 7, 127, 255}) {
    EXPECT_FALSE(parse_response(Bytes{0x30, 0x03, 0x0a, 0x01, status}).has_value()) << int{status};
  }
  EXPECT_FALSE(reads_when([](Parts& p) { p.status = {0x02, 0x01, 0x00}; }));
}

TEST(OcspResponse, OfAnotherTypeOrVersionIsRefused) {
  EXPECT_TRUE(reads_when([](Parts&) {}));
  EXPECT_FALSE(reads_when([](Parts& p) { p.type = oid("2b0601050507300102"); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.version = element(0xa0, {{0x02, 0x01, 0x00}}); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.version = element(0xa0, {{0x02, 0x01, 0x01}}); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.after_response = {0x05, 0x00}; }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.after_all = {0x00}; }));
}

TEST(OcspResponse, NamesItsResponderInOneOfTwoWays) {
  const Bytes name = element(0x30, {element(0x31, {element(0x30, {oid("550403"), {0x0c, 0x01, 'x'}})})});
  EXPECT_TRUE(reads_when([&](Parts& p) { p.responder = element(0xa1, {name}); }));
  EXPECT_FALSE(reads_when([&](Parts& p) { p.responder = element(0xa1, {name, name}); }));
  EXPECT_FALSE(reads_when([&](Parts& p) { p.responder = name; }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.responder = element(0xa2, {octets(Bytes(19))}); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.responder = element(0xa2, {octets(Bytes(32))}); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.responder = {}; }));
}

TEST(OcspResponse, IdentifiesCertificatesByHashesOfTheirSize) {
  EXPECT_TRUE(reads_when([](Parts& p) { p.algorithm = element(0x30, {oid("2b0e03021a")}); }));
  EXPECT_FALSE(
      reads_when([](Parts& p) { p.algorithm = element(0x30, {oid("2b0e03021a"), {0x05, 0x00}, {0x05, 0x00}}); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.algorithm = element(0x30, {oid("2b0e03021a"), {0x30, 0x00}}); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.name_hash = octets(Bytes(21)); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.key_hash = octets(Bytes(0)); }));
  for (const auto& [name, size] : {std::pair{"608648016503040201", 32}, {"608648016503040202", 48}}) {
    EXPECT_FALSE(reads_when([&](Parts& p) { p.algorithm = element(0x30, {oid(name)}); })) << name;
    EXPECT_TRUE(reads_when([&](Parts& p) {
      p.algorithm = element(0x30, {oid(name)});
      p.name_hash = p.key_hash = octets(Bytes(static_cast<std::size_t>(size)));
    })) << name;
  }
  // Another hash is not understood, so its answer is about nothing; that is no reason against the others.
  EXPECT_TRUE(reads_when([](Parts& p) { p.algorithm = element(0x30, {oid("608648016503040203")}); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.serial = {0x02, 0x01, 0x80}; }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.serial = {0x02, 0x02, 0x00, 0x7f}; }));
  EXPECT_TRUE(reads_when([](Parts& p) { p.serial = element(0x02, {Bytes(21, 0x01)}); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.serial = element(0x02, {Bytes(22, 0x01)}); }));
}

TEST(OcspResponse, HasOneOfThreeAnswers) {
  const auto reads_status = [](const Bytes& status) {
    return reads_when([&](Parts& p) { p.certificate_status = status; });
  };
  const Bytes when = time("20251130000000Z");
  const auto revoked = [&](const Bytes& reason) { return element(0xa1, {when, reason}); };
  EXPECT_TRUE(reads_status({0x82, 0x00}));
  EXPECT_TRUE(reads_status(revoked({})));
  for (std::uint8_t reason = 0; reason < 12; ++reason) {
    EXPECT_EQ(reads_status(revoked(element(0xa0, {{0x0a, 0x01, reason}}))), reason != 7 && reason < 11) << int{reason};
  }
  EXPECT_FALSE(reads_status({0x80, 0x01, 0x00}));
  EXPECT_FALSE(reads_status({0xa0, 0x00}));
  EXPECT_FALSE(reads_status({0xa2, 0x00}));
  EXPECT_FALSE(reads_status({0x81, 0x00}));
  EXPECT_FALSE(reads_status({0xa1, 0x00}));
  EXPECT_FALSE(reads_status(revoked({0x0a, 0x01, 0x01})));
  EXPECT_FALSE(reads_status(element(0xa1, {when, element(0xa0, {{0x0a, 0x01, 0x01}}), {0x05, 0x00}})));
}

TEST(OcspResponse, TellsTimeInOneForm) {
  for (const std::string_view text :
       {"202512010000Z", "20251201000000", "20251201000000.5Z", "20251301000000Z", "20251201000000+0000"}) {
    EXPECT_FALSE(reads_when([&](Parts& p) { p.this_update = time(text); })) << text;
    EXPECT_FALSE(reads_when([&](Parts& p) { p.produced_at = time(text); })) << text;
    EXPECT_FALSE(reads_when([&](Parts& p) { p.next_update = element(0xa0, {time(text)}); })) << text;
  }
  const Bytes utc = element(0x17, {Bytes{'2', '5', '1', '2', '0', '1', '0', '0', '0', '0', '0', '0', 'Z'}});
  EXPECT_FALSE(reads_when([&](Parts& p) { p.this_update = utc; }));
  EXPECT_TRUE(reads_when([](Parts& p) { p.next_update = {}; }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.next_update = time("20251202000000Z"); }));
}

TEST(OcspResponse, AnswersAtLeastOnceAndNeverTwice) {
  EXPECT_FALSE(reads_when([](Parts& p) { p.answers = 0; }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.answers = 2; }));
  // Certificates of two issuers may have one number; so may those of one, where its hashes are of two kinds.
  for (const std::function<void(Parts&)>& change :
       {std::function<void(Parts&)>([](Parts& p) { p.algorithm = element(0x30, {oid("608648016503040203")}); }),
        std::function<void(Parts&)>([](Parts& p) { p.name_hash = octets(Bytes(20, 0x23)); }),
        std::function<void(Parts&)>([](Parts& p) { p.key_hash = octets(Bytes(20, 0x34)); }),
        std::function<void(Parts&)>([](Parts& p) { p.serial.back() ^= 1U; })}) {
    Parts other;
    change(other);
    EXPECT_TRUE(reads_when([&](Parts& p) { p.more_answers = {other.single()}; }));
    EXPECT_FALSE(reads_when([&](Parts& p) { p.more_answers = {other.single(), other.single()}; }));
  }
}

TEST(OcspResponse, HasExtensionsThatAreUnderstoodOrNotCritical) {
  const Bytes unknown = oid("2b0601050507300109");
  EXPECT_TRUE(reads_when([&](Parts& p) { p.response_extensions = wrapped_extension(unknown, {0x05, 0x00}); }));
  EXPECT_TRUE(reads_when([&](Parts& p) { p.single_extensions = wrapped_extension(unknown, {0x05, 0x00}); }));
  EXPECT_FALSE(reads_when([&](Parts& p) { p.response_extensions = wrapped_extension(unknown, {0x05, 0x00}, true); }));
  EXPECT_FALSE(reads_when([&](Parts& p) { p.single_extensions = wrapped_extension(unknown, {0x05, 0x00}, true); }));
  EXPECT_FALSE(reads_when([&](Parts& p) { p.response_extensions = element(0xa1, {element(0x30, {})}); }));
  const Bytes one = element(0x30, {unknown, octets({0x05, 0x00})});
  EXPECT_FALSE(reads_when([&](Parts& p) { p.response_extensions = element(0xa1, {element(0x30, {one, one})}); }));
  EXPECT_FALSE(reads_when([&](Parts& p) { p.single_extensions = element(0xa1, {element(0x30, {one, one})}); }));

  const auto reads_nonce = [](const Bytes& value) {
    return reads_when([&](Parts& p) { p.response_extensions = wrapped_extension(kNonceOid, value, true); });
  };
  EXPECT_TRUE(reads_nonce(octets(Bytes(1))));
  EXPECT_TRUE(reads_nonce(octets(Bytes(128))));
  EXPECT_FALSE(reads_nonce(octets(Bytes(129))));
  EXPECT_FALSE(reads_nonce(octets({})));
  EXPECT_FALSE(reads_nonce(Bytes(32, 0x44)));
}

TEST(OcspResponse, IsNoLargerThanAnybodyNeeds) {
  const auto reads = [](std::size_t count, std::size_t size) {
    const Bytes certificate = element(0x30, {octets(Bytes(size))});
    return reads_when(
        [&](Parts& p) { p.certificates = element(0xa0, {element(0x30, std::vector<Bytes>(count, certificate))}); });
  };
  for (const std::size_t answers : {kMaxAnswers, kMaxAnswers + 1}) {
    EXPECT_EQ(reads_when([&](Parts& p) {
                for (std::size_t i = 1; i < answers; ++i) {
                  Parts other;
                  other.serial = {0x02, 0x01, static_cast<std::uint8_t>(i)};
                  p.more_answers.push_back(other.single());
                }
              }),
              answers == kMaxAnswers);
  }
  constexpr std::size_t kHeads = 8;
  EXPECT_TRUE(reads(1, kMaxCertificateSize - kHeads));
  EXPECT_FALSE(reads(1, kMaxCertificateSize - kHeads + 1));
  EXPECT_TRUE(reads(8, 100));
  EXPECT_FALSE(reads(9, 100));
  EXPECT_TRUE(reads(4, 16000));
  EXPECT_FALSE(reads(5, 16000)) << "more than 64 KiB in all";
}

TEST(OcspResponse, IsDerToTheLastElement) {
  EXPECT_FALSE(reads_when([](Parts& p) { p.signature = {0x03, 0x03, 0x01, 0xab, 0xcd}; }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.signature = {0x03, 0x03, 0x04, 0xab, 0xc0}; }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.certificates = element(0xa0, {element(0x30, {{0x04, 0x00}})}); }));
  EXPECT_FALSE(reads_when(
      [](Parts& p) { p.certificates = element(0xa0, {element(0x30, {element(0x30, {{0x01, 0x01, 0x01}})})}); }));
  EXPECT_FALSE(reads_when([](Parts& p) { p.certificates = element(0xa1, {element(0x30, {})}); }));
}

TEST(OcspResponse, IsToldFromEverythingElse) {
  EXPECT_TRUE(looks_like_response(Bytes{0x30, 0x03, 0x0a, 0x01, 0x06}));
  EXPECT_FALSE(looks_like_response(Bytes{0x30, 0x03, 0x0a, 0x01, 0x06, 0x00}));
  EXPECT_FALSE(looks_like_response(Bytes{0x30, 0x03, 0x02, 0x01, 0x06}));
  EXPECT_FALSE(looks_like_response(Bytes{0x30, 0x00}));
  EXPECT_FALSE(looks_like_response({}));
}

TEST(OcspWords, AreThoseOfTheStandards) {
  EXPECT_EQ(to_string(ResponseStatus::try_later), "tryLater");
  EXPECT_EQ(to_string(ResponseStatus::unauthorized), "unauthorized");
  EXPECT_EQ(reason_name(kCertificateHold), "certificateHold");
  EXPECT_EQ(reason_name(1), "keyCompromise");
  EXPECT_EQ(reason_name(200), "unknown reason");
}

}  // namespace
}  // namespace tenzro::tee::ocsp
