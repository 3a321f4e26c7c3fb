// SPDX-License-Identifier: Apache-2.0
#include "crypto/hmac.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/vectors.hpp"

namespace tenzro::tee::crypto {
namespace {

using test::view;

std::string tag(ByteView key, ByteView message) {
  const auto out = hmac_sha256(key, message);
  return out ? to_hex(out->reveal()) : out.error().message();
}
Bytes counting(std::uint8_t from, std::uint8_t to) {
  Bytes out;
  for (unsigned byte = from; byte <= to; ++byte) {
    out.push_back(static_cast<std::uint8_t>(byte));
  }
  return out;
}

// RFC 4231, test cases 1 to 7; of 5 the first 16 bytes are given.
TEST(Hmac, AgreesWithTheRfc) {
  EXPECT_EQ(tag(Bytes(20, 0x0b), view("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(tag(view("Jefe"), view("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(tag(Bytes(20, 0xaa), Bytes(50, 0xdd)), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(tag(counting(0x01, 0x19), Bytes(50, 0xcd)),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(tag(Bytes(20, 0x0c), view("Test With Truncation")).substr(0, 32), "a3b6167473100ee06e0c796c2955552b");
  EXPECT_EQ(tag(Bytes(131, 0xaa), view("Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(tag(Bytes(131, 0xaa), view("This is a test using a larger than block-size key and a larger than block-size "
                                       "data. The key needs to be hashed before being used by the HMAC algorithm.")),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// Computed with Python's hmac.
TEST(Hmac, TakesAnEmptyKeyAndAnEmptyMessage) {
  EXPECT_EQ(tag({}, {}), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(tag({}, view("message")), "eb08c1f56d5ddee07f7bdf80468083da06b64cf4fac64fe3a90883df5feacae4");
  EXPECT_EQ(tag(view("key"), {}), "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0");
}

}  // namespace
}  // namespace tenzro::tee::crypto
