// SPDX-License-Identifier: Apache-2.0
// Source: AMD publication 57230 (VCEK certificate and KDS interface).
#include "inspect/amd_extensions.hpp"

#include <limits>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/snp/certificate_extensions.hpp"
#include "formats/der.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

Result<Json> number(ByteView value) {
  der::Reader in("extension", value);
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t out,
                          in.unsigned_integer("value", std::numeric_limits<std::uint32_t>::max()));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return Json(out);
}

Result<Json> text(ByteView value) {
  der::Reader in("extension", value);
  TENZRO_ASSIGN_OR_RETURN(const der::Element out, in.next("value", der::kIa5String));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return Json(printable(as_text(out.content)));
}

/// Raw bytes, or wrapped in an OCTET STRING, which their number tells: ids have 64 bytes, since Turin 8.
Json chip_id(ByteView value) {
  constexpr std::size_t kWrapping = 2;
  const bool wrapped = value.size() == 64 + kWrapping || value.size() == 8 + kWrapping;
  const auto inner = wrapped ? der::single("extension", value) : Result<der::Element>(der::Element{});
  return to_hex(wrapped && inner && inner->tag == der::kOctetString ? inner->content : value);
}

}  // namespace

Json amd_extension_value(const x509::Extension& extension) {
  const std::string_view oid = extension.oid;
  if (!oid.starts_with(snp::kAmdExtensions)) {
    return {};
  }
  const std::string_view tail = oid.substr(snp::kAmdExtensions.size());
  if (tail == ".4") {
    return chip_id(extension.value);
  }
  if (tail != ".1" && tail != ".2" && tail != ".5" && !tail.starts_with(".3.")) {
    return {};
  }
  const auto out = tail == ".2" || tail == ".5" ? text(extension.value) : number(extension.value);
  return out ? *out : undecoded(out.error());
}

}  // namespace tenzro::tee::inspect_detail
