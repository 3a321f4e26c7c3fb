// SPDX-License-Identifier: Apache-2.0
// An error returned as if it were the value.
// REFUSED: could not convert|no viable conversion|cannot convert
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

Bytes read(std::string_view text) {
#ifdef MISUSE
  return from_hex(text);
#else
  auto bytes = from_hex(text);
  return bytes ? std::move(*bytes) : Bytes{};
#endif
}
