// SPDX-License-Identifier: Apache-2.0
// Every accepted real report, altered, and every one under what belongs to another.
#include <gtest/gtest.h>

#include <iostream>
#include <vector>

#include "support/accepted_quote.hpp"
#include "support/snp_case.hpp"

namespace tenzro::tee::test {
namespace {

/// A report of the manifest that is accepted, if need be under a policy that allows what stands in the way.
struct Accepted {
  std::string id, product;
  Bytes report;
  std::vector<Bytes> certificates;
  VerifyOptions options;
  std::shared_ptr<const AttestationVerifier> verifier;

  bool accepts(Bytes evidence) const { return verifier->verify(snp_report_of(std::move(evidence)), options).valid(); }
};

/// The certificates of a case, those in its table too.
std::vector<Bytes> all_certificates(const nlohmann::json& one) {
  std::vector<Bytes> out = snp_certificates(one);
  if (one["id"] == "s12") {
    const Bytes table = lenient_base64(read_vector_json("sev-snp/" + one["files"][0].get<std::string>())["auxblob"]);
    const auto& entries = one["certificate_table"];
    for (const auto& entry : entries) {
      const auto begin = table.begin() + entry["offset"].get<std::ptrdiff_t>();
      const auto ders = certificates_in(Bytes(begin, begin + entry["length"].get<std::ptrdiff_t>()));
      out.insert(out.begin(), ders.begin(), ders.end());
    }
  }
  return out;
}

std::vector<Accepted> accepted_reports() {
  std::vector<Accepted> out;
  for (const nlohmann::json& one : snp_entries("cases")) {
    if (!one["signature_and_chain_verified_with_openssl"].get<bool>()) {
      continue;
    }
    VerifyOptions options = snp_options(one["verify_at_unix"].get<std::int64_t>());
    options.with_policy(snp_allowing_policy());
    const auto certificates = all_certificates(one);
    out.push_back({one["id"], one["product"], snp_report(one), certificates, options,
                   std::make_shared<const AttestationVerifier>(snp_verifier(certificates))});
    EXPECT_TRUE(out.back().accepts(out.back().report)) << out.back().id;
  }
  return out;
}

class RealReports : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
    ASSERT_GE(reports().size(), 14U);
  }
  static const std::vector<Accepted>& reports() {
    static const std::vector<Accepted> all = accepted_reports();
    return all;
  }
};

// ATTACK(P2): the signature's bytes and the unsigned end count as well: nothing of a report is anybody's to choose.
TEST_F(RealReports, RefuseEverySingleBitFlip) {
  const std::size_t step = stride();
  std::size_t flips = 0;
  for (const Accepted& one : reports()) {
    const std::size_t bits = one.report.size() * 8;
    const std::size_t count = (bits + step - 1) / step;
    flips += count;
    EXPECT_EQ(count_accepted(count,
                             [&](std::size_t i) {
                               Bytes bytes = one.report;
                               // Another bit of each byte in turn, so that a stride of 16 does not always take the
                               // same.
                               const std::size_t bit = (i * step + i % step) % bits;
                               bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
                               return one.accepts(std::move(bytes));
                             }),
              0U)
        << one.id;
  }
  std::cout << flips << " bit flips refused\n";
}

// ATTACK(P1)
TEST_F(RealReports, RefuseEveryTruncation) {
  std::size_t cuts = 0;
  for (const Accepted& one : reports()) {
    cuts += one.report.size();
    EXPECT_EQ(count_accepted(one.report.size(),
                             [&](std::size_t size) {
                               return one.accepts(
                                   Bytes(one.report.begin(), one.report.begin() + static_cast<std::ptrdiff_t>(size)));
                             }),
              0U)
        << one.id;
  }
  std::cout << cuts << " truncations refused\n";
}

// ATTACK(P1)
TEST_F(RealReports, RefuseAdditionsThatAreNoCertificateTable) {
  constexpr std::size_t kMost = 48;
  std::size_t additions = 0;
  for (const Accepted& one : reports()) {
    for (const std::uint8_t value : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
      for (std::size_t more = 1; more <= kMost; ++more) {
        Bytes bytes = one.report;
        bytes.resize(bytes.size() + more, value);
        // Zeros of an entry's size and more are a table without entries.
        const bool is_empty_table = value == 0 && more >= 24;
        additions += is_empty_table ? 0 : 1;
        EXPECT_EQ(one.accepts(std::move(bytes)), is_empty_table) << one.id << " " << more;
      }
      Bytes front = one.report;
      front.insert(front.begin(), value);
      ++additions;
      EXPECT_FALSE(one.accepts(std::move(front))) << one.id;
    }
    // Behind and within the zeros of a table without entries: nobody signs it.
    for (const std::size_t zeros : {24U, 25U, 1000U, 16'000U}) {
      Bytes padded = one.report;
      padded.resize(padded.size() + zeros);
      for (std::size_t at = one.report.size(); at <= padded.size(); at += at < one.report.size() + 48 ? 1 : 97) {
        Bytes bytes = padded;
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), 0x5a);
        ++additions;
        EXPECT_FALSE(one.accepts(std::move(bytes))) << one.id << " " << zeros << " " << at;
      }
      Bytes bytes = padded;
      bytes.resize(one.report.size() + (std::size_t{16} << 10), 0x5a);
      ++additions;
      EXPECT_FALSE(one.accepts(std::move(bytes))) << one.id << " " << zeros;
    }
  }
  std::cout << additions << " additions refused\n";
}

// Of the one real report that came with its table: a byte more in any place of the table, and behind it.
TEST_F(RealReports, RefuseBytesAddedToACertificateTable) {
  const nlohmann::json one = snp_entry("cases", "s12");
  const Bytes extended = snp_evidence(one);
  const VerifyOptions options = snp_options(one["verify_at_unix"].get<std::int64_t>());
  const AttestationVerifier verifier = snp_verifier({});
  const auto accepts = [&](Bytes evidence) {
    return verifier.verify(snp_report_of(std::move(evidence)), options).valid();
  };
  ASSERT_TRUE(accepts(extended));
  const std::size_t places = extended.size() - snp::kReportSize + 1;
  EXPECT_EQ(count_accepted(places,
                           [&](std::size_t i) {
                             Bytes bytes = extended;
                             bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(snp::kReportSize + i), 0x5a);
                             return accepts(std::move(bytes));
                           }),
            0U);
  Bytes padded = extended;
  padded.resize(snp::kReportSize + (std::size_t{16} << 10));
  EXPECT_TRUE(accepts(padded));
  const std::size_t zeros = padded.size() - extended.size();
  EXPECT_EQ(count_accepted(zeros,
                           [&](std::size_t i) {
                             Bytes bytes = padded;
                             bytes[extended.size() + i] = 0x5a;
                             return accepts(std::move(bytes));
                           }),
            0U);
  std::cout << places + zeros << " additions refused\n";
}

// ATTACK(X4)
TEST_F(RealReports, RefuseEveryForeignCertificateRootAndProduct) {
  std::size_t pairs = 0;
  for (const Accepted& one : reports()) {
    for (const Accepted& other : reports()) {
      if (one.report == other.report) {
        continue;
      }
      ++pairs;
      VerifyOptions options = one.options;
      EXPECT_FALSE(snp_verifier(other.certificates).verify(snp_report_of(one.report), options).valid())
          << one.id << " under " << other.id;
    }
    for (const std::string product : {"milan", "genoa", "turin"}) {
      const Bytes root = certificates_in(read_vector("sev-snp/roots/" + product + "_ark.pem")).front();
      VerifyOptions options = one.options;
      options.replace_trust_anchors({root});
      ++pairs;
      EXPECT_EQ(one.verifier->verify(snp_report_of(one.report), options).valid(), product == one.product) << one.id;
      // The processor of another product, so that the report asks for another root.
      for (const ByteArray<3> cpu : {ByteArray<3>{0x19, 0x01, 0x01}, {0x19, 0x11, 0x01}, {0x1a, 0x02, 0x01}}) {
        Bytes bytes = one.report;
        if (bytes[0] == 2 || std::equal(cpu.begin(), cpu.end(), bytes.begin() + 0x188)) {
          continue;
        }
        std::ranges::copy(cpu, bytes.begin() + 0x188);
        ++pairs;
        EXPECT_FALSE(one.accepts(std::move(bytes))) << one.id;
      }
    }
    for (const char* foreign : {"intel_sgx_root_ca", "aws_nitro_enclaves_root_g1"}) {
      const Bytes root =
          read_file(std::filesystem::path(TENZRO_PROJECT_DIR) / "src/x509/roots" / (std::string(foreign) + ".der"));
      VerifyOptions options = one.options;
      options.replace_trust_anchors({root});
      ++pairs;
      EXPECT_FALSE(one.verifier->verify(snp_report_of(one.report), options).valid()) << one.id;
    }
  }
  std::cout << pairs << " pairs judged\n";
}

// ATTACK(B13): a verifier that remembers answers as a fresh one.
TEST_F(RealReports, AreJudgedAlikeByAVerifierThatRemembers) {
  std::vector<Bytes> certificates;
  for (const Accepted& one : reports()) {
    certificates.insert(certificates.end(), one.certificates.begin(), one.certificates.end());
  }
  const AttestationVerifier old = snp_verifier(certificates, {"milan", "genoa", "turin"});
  for (int round = 0; round < 2; ++round) {
    for (const Accepted& one : reports()) {
      for (const Revocation revocation : {Revocation::off, Revocation::require}) {
        VerifyOptions options = one.options;
        options.with_policy(snp_allowing_policy(revocation)).revocation(revocation);
        const AttestationVerifier fresh = snp_verifier(certificates, {"milan", "genoa", "turin"});
        EXPECT_EQ(to_json(old.verify(snp_report_of(one.report), options)),
                  to_json(fresh.verify(snp_report_of(one.report), options)))
            << one.id;
      }
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::test
