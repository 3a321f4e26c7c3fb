// SPDX-License-Identifier: Apache-2.0
// Revocation lists.
#include <algorithm>

#include "formats/der.hpp"
#include "fuzz_target.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::fuzz {
namespace {

void run(ByteView input) {
  const auto list = x509::RevocationList::parse(input);
  if (!agree(list, x509::RevocationList::parse(input))) {
    return;
  }
  const x509::RevocationList& read = **list;
  require(same(read.der(), input), "a list keeps its bytes");
  require(der::single("crl", input).has_value(), "OpenSSL's reader accepts only what ours accepts");
  require(within(read.der(), read.issuer()), "the issuer's name lies inside the list");
  require(read.revoked_count() == read.revoked_serials().size(), "every revoked serial is counted");
  require(std::ranges::is_sorted(read.revoked_serials()), "revoked serials are sorted");
  for (const Bytes& serial : read.revoked_serials()) {
    require(!serial.empty() && read.revokes(serial), "a listed serial is revoked");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
