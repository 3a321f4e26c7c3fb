// SPDX-License-Identifier: Apache-2.0
#include <istream>
#include <utility>

#include "crypto/running_digest.hpp"
#include "tenzro/tee/measure.hpp"

namespace tenzro::tee {

Result<ByteArray<48>> measure_stream(std::istream& in) {
  constexpr std::size_t kPiece = std::size_t{64} << 10;
  crypto::RunningSha384 digest;
  Bytes piece(kPiece);
  while (in.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size())) ||
         in.gcount() > 0) {
    digest.add(ByteView(piece).first(static_cast<std::size_t>(in.gcount())));
  }
  if (in.bad() || !in.eof()) {
    return Error(ErrorCode::io_failure, "cannot be read to its end");
  }
  return std::move(digest).finish();
}

}  // namespace tenzro::tee
