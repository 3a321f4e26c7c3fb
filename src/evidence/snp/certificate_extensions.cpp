// SPDX-License-Identifier: Apache-2.0
// Source: AMD publication 57230 (VCEK certificate and KDS interface), and what genuine certificates have.
#include "evidence/snp/certificate_extensions.hpp"

#include <array>

#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/der.hpp"

namespace tenzro::tee::snp {

namespace {

constexpr std::size_t kMaxText = 64;
constexpr std::uint64_t kMaxLevel = 255;
constexpr std::string_view kLevelArc = ".3.";

/// The members by the tail of their OID, in the order of Values.
enum Member : std::uint8_t {
  struct_version,
  product_name,
  bl_spl,
  tee_spl,
  snp_spl,
  spl_4,
  spl_5,
  spl_6,
  spl_7,
  ucode_spl,
  fmc_spl,
  hwid,
  csp_id,
  member_count
};
constexpr std::array<std::string_view, member_count> kTails = {".1",   ".2",   ".3.1", ".3.2", ".3.3", ".3.4", ".3.5",
                                                               ".3.6", ".3.7", ".3.8", ".3.9", ".4",   ".5"};
constexpr std::array<std::string_view, member_count> kNames = {
    "structVersion", "productName", "blSPL",    "teeSPL", "snpSPL", "spl_4", "spl_5",
    "spl_6",         "spl_7",       "ucodeSPL", "fmcSPL", "HWID",   "CSP_ID"};

using Values = std::array<std::optional<ByteView>, member_count>;

Error malformed(Member member, std::string_view problem) {
  return {ErrorCode::malformed_input, concat("AMD extension ", kNames.at(member), ": ", problem)};
}

Result<Values> gather(std::span<const NamedExtension> extensions) {
  Values out;
  for (const NamedExtension& extension : extensions) {
    if (!extension.oid.starts_with(kAmdExtensions) || extension.oid.size() == kAmdExtensions.size() ||
        extension.oid[kAmdExtensions.size()] != '.') {
      continue;
    }
    const std::string_view tail = extension.oid.substr(kAmdExtensions.size());
    std::size_t member = 0;
    while (member < kTails.size() && kTails.at(member) != tail) {
      ++member;
    }
    if (member == kTails.size()) {
      if (tail.starts_with(kLevelArc)) {
        return Error(ErrorCode::malformed_input,
                     concat("AMD extension ", printable(extension.oid), ": is a level that is not known"));
      }
      continue;
    }
    if (out.at(member)) {
      return malformed(static_cast<Member>(member), "stands there twice");
    }
    out.at(member) = extension.value;
  }
  return out;
}

Result<std::uint8_t> number(const Values& values, Member member) {
  if (!values.at(member)) {
    return malformed(member, "is missing");
  }
  der::Reader in(kNames.at(member), *values.at(member));
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t value, in.unsigned_integer("value", kMaxLevel));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return static_cast<std::uint8_t>(value);
}

/// Zero when absent.
Result<std::uint8_t> optional_number(const Values& values, Member member) {
  return values.at(member) ? number(values, member) : Result<std::uint8_t>(std::uint8_t{0});
}

Result<std::string> text(const Values& values, Member member) {
  if (!values.at(member)) {
    return malformed(member, "is missing");
  }
  der::Reader in(kNames.at(member), *values.at(member));
  TENZRO_ASSIGN_OR_RETURN(const der::Element element, in.next("value", der::kIa5String));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  const std::string out(element.content.begin(), element.content.end());
  if (out.empty() || out.size() > kMaxText || printable(out) != out) {
    return malformed(member, "is not 1 to 64 printable characters");
  }
  return out;
}

/// The bytes themselves, or an OCTET STRING of them. The length decides: raw bytes may begin like one.
Result<Bytes> chip(const Values& values, std::size_t size) {
  if (!values.at(hwid)) {
    return malformed(hwid, "is missing");
  }
  ByteView value = *values.at(hwid);
  if (value.size() != size) {
    der::Reader in(kNames.at(hwid), value);
    const auto octets = in.octet_string("value");
    if (!octets || !in.at_end() || octets->size() != size) {
      return malformed(hwid, concat("has ", value.size(), " bytes, expected ", size));
    }
    value = *octets;
  }
  return Bytes(value.begin(), value.end());
}

Result<Tcb> levels(const Values& values, Product product) {
  Tcb out;
  TENZRO_ASSIGN_OR_RETURN(out.bootloader, number(values, bl_spl));
  TENZRO_ASSIGN_OR_RETURN(out.tee, number(values, tee_spl));
  TENZRO_ASSIGN_OR_RETURN(out.snp, number(values, snp_spl));
  TENZRO_ASSIGN_OR_RETURN(out.microcode, number(values, ucode_spl));
  // In the order of their bytes in TCB_VERSION, where the FMC has shifted them by one place.
  constexpr std::array kSpare = {spl_4, spl_5, spl_6, spl_7};
  const bool turin = product == Product::turin;
  for (std::size_t i = 0; i < kSpare.size(); ++i) {
    TENZRO_ASSIGN_OR_RETURN(const std::uint8_t level, optional_number(values, kSpare.at(i)));
    if (!turin) {
      out.reserved.at(i) = level;
    } else if (i > 0) {
      out.reserved.at(i - 1) = level;
    } else if (level != 0) {
      return malformed(spl_4, "does not exist for this product");
    }
  }
  if (turin) {
    TENZRO_ASSIGN_OR_RETURN(out.fmc, number(values, fmc_spl));
  } else if (values.at(fmc_spl)) {
    return malformed(fmc_spl, "does not exist for this product");
  }
  return out;
}

}  // namespace

Result<LeafExtensions> read_leaf_extensions(std::span<const NamedExtension> extensions, Product product, bool vlek) {
  TENZRO_ASSIGN_OR_RETURN(const Values values, gather(extensions));
  LeafExtensions out;
  TENZRO_ASSIGN_OR_RETURN(out.struct_version, number(values, struct_version));
  TENZRO_ASSIGN_OR_RETURN(out.product_name, text(values, product_name));
  out.product = parse_product(std::string_view(out.product_name).substr(0, out.product_name.find('-')));
  TENZRO_ASSIGN_OR_RETURN(out.tcb, levels(values, product));
  if (vlek) {
    if (values.at(hwid)) {
      return malformed(hwid, "belongs in a VCEK certificate only");
    }
    TENZRO_ASSIGN_OR_RETURN(out.csp_id, text(values, csp_id));
    return out;
  }
  if (values.at(csp_id)) {
    return malformed(csp_id, "belongs in a VLEK certificate only");
  }
  constexpr std::size_t kTurinSize = 8;
  constexpr std::size_t kSize = 64;
  TENZRO_ASSIGN_OR_RETURN(out.hwid, chip(values, product == Product::turin ? kTurinSize : kSize));
  return out;
}

}  // namespace tenzro::tee::snp
