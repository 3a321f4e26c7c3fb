// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <streambuf>
#include <string>

#include "crypto/digest.hpp"
#include "tenzro/tee/measure.hpp"

namespace tenzro::tee {
namespace {

ByteArray<48> hash_of(const std::string& text) { return crypto::sha384(Bytes(text.begin(), text.end())); }

/// Gives `size` bytes, then fails as a broken disk does.
class BrokenBuffer final : public std::streambuf {
 public:
  explicit BrokenBuffer(std::size_t size) : content_(size, 'x') {
    setg(content_.data(), content_.data(), content_.data() + content_.size());
  }

 private:
  int_type underflow() override { throw std::ios_base::failure("broken"); }
  std::string content_;
};

TEST(MeasureStream, HashesEverythingThatIsLeft) {
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 131072U, 200001U}) {
    std::string content(size, '\0');
    std::ranges::generate(content, [n = 0U]() mutable { return static_cast<char>(n++ % 251); });
    std::istringstream in(content);
    const auto measured = measure_stream(in);
    ASSERT_TRUE(measured) << size << ": " << measured.error().message();
    EXPECT_EQ(*measured, hash_of(content)) << size;
  }
}

TEST(MeasureStream, BeginsWhereTheStreamIs) {
  std::istringstream in("head and body");
  in.ignore(5);
  EXPECT_EQ(*measure_stream(in), hash_of("and body"));
}

TEST(MeasureStream, FailsWhereItCannotBeReadToItsEnd) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{65536}, std::size_t{70000}}) {
    BrokenBuffer buffer(size);
    std::istream in(&buffer);
    const auto measured = measure_stream(in);
    ASSERT_FALSE(measured) << size;
    EXPECT_EQ(measured.error().code(), ErrorCode::io_failure);
  }
  std::istringstream failed("content");
  failed.setstate(std::ios::failbit);
  ASSERT_FALSE(measure_stream(failed));
  std::istream nothing(nullptr);
  EXPECT_EQ(measure_stream(nothing).error().code(), ErrorCode::io_failure);
}

}  // namespace
}  // namespace tenzro::tee
