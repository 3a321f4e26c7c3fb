// SPDX-License-Identifier: Apache-2.0
// Source: Intel SGX PCK Certificate and Certificate Revocation List Profile Specification, section 1.3.
#include "evidence/tdx/pck_extension.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/der.hpp"

namespace tenzro::tee::tdx {

namespace {

constexpr std::size_t kTcbMembers = 18;
constexpr unsigned kProcessorCaMembers = 5;
constexpr unsigned kPlatformCaMembers = 7;

Error malformed(std::string message) { return Error(ErrorCode::malformed_input, std::move(message)); }

/// Which members were met: each may stand once.
class Seen {
 public:
  explicit Seen(std::string_view what) : what_(what) {}
  Result<void> mark(unsigned member) {
    const std::uint32_t bit = std::uint32_t{1} << member;
    if ((bits_ & bit) != 0) {
      return malformed(concat(what_, ".", member, ": stands there twice"));
    }
    bits_ |= bit;
    return {};
  }
  /// Members 1 to last must all have been met.
  Result<void> demand(unsigned last) const {
    for (unsigned member = 1; member <= last; ++member) {
      if ((bits_ & (std::uint32_t{1} << member)) == 0) {
        return malformed(concat(what_, ".", member, ": is missing"));
      }
    }
    return {};
  }

 private:
  std::string_view what_;
  std::uint32_t bits_ = 0;
};

/// Content octets of kSgxExtensionOid; a member's OID has one or two arcs more, each of one octet.
constexpr ByteArray<9> kSgxExtensionOctets = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
/// A parent that is the extension itself.
constexpr std::uint8_t kWhole = 0;

/// The number of a member: the extension's OID, the parent's arc unless it is the whole, and 1 to last. Refuses any
/// other OID.
Result<unsigned> member_number(ByteView oid, std::uint8_t parent, unsigned last) {
  const std::size_t arcs = parent == kWhole ? 1 : 2;
  const bool below = oid.size() == kSgxExtensionOctets.size() + arcs &&
                     std::ranges::equal(oid.first(kSgxExtensionOctets.size()), kSgxExtensionOctets) &&
                     (parent == kWhole || oid[kSgxExtensionOctets.size()] == parent);
  if (below && oid.back() >= 1 && oid.back() <= last) {
    return unsigned{oid.back()};
  }
  const auto text = der::oid_text(oid);
  return malformed(concat("sgx extension: unexpected member ", text ? *text : to_hex(oid), " in ", kSgxExtensionOid,
                          parent == kWhole ? std::string() : concat(".", unsigned{parent})));
}

/// A pair SEQUENCE { OID, value }: the reader is left before the value.
struct Pair {
  unsigned member = 0;
  der::Reader value;
};
Result<Pair> next_pair(der::Reader& in, std::uint8_t parent, unsigned last) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader pair, in.enter("pair", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(const der::Element oid, pair.next("oid", der::kOid));
  TENZRO_ASSIGN_OR_RETURN(const unsigned member, member_number(oid.content, parent, last));
  return Pair{member, pair};
}

template <std::size_t N>
Result<ByteArray<N>> octets(der::Reader& in, std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const ByteView bytes, in.octet_string(field));
  if (bytes.size() != N) {
    return malformed(concat("sgx extension.", field, ": has ", bytes.size(), " bytes, expected ", N));
  }
  ByteArray<N> out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Result<void> read_tcb(der::Reader in, PckExtension& out) {
  constexpr std::uint8_t kParent = 2;
  constexpr unsigned kPceSvn = 17;
  constexpr unsigned kCpuSvn = 18;
  Seen seen("sgx extension.tcb");
  while (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(Pair pair, next_pair(in, kParent, kTcbMembers));
    TENZRO_RETURN_IF_ERROR(seen.mark(pair.member));
    if (pair.member == kCpuSvn) {
      TENZRO_ASSIGN_OR_RETURN(out.cpu_svn, octets<16>(pair.value, "cpu_svn"));
    } else if (pair.member == kPceSvn) {
      TENZRO_ASSIGN_OR_RETURN(const auto svn, pair.value.unsigned_integer("pce_svn", 0xffff));
      out.pce_svn = static_cast<std::uint16_t>(svn);
    } else {
      TENZRO_ASSIGN_OR_RETURN(const auto svn, pair.value.unsigned_integer("tcb_component_svn", 0xff));
      out.tcb_components[pair.member - 1] = static_cast<std::uint8_t>(svn);
    }
    TENZRO_RETURN_IF_ERROR(pair.value.expect_end());
  }
  return seen.demand(kTcbMembers);
}

/// Three flags, for display; the profile lets each be absent.
Result<void> read_configuration(der::Reader in, PckExtension& out) {
  constexpr std::uint8_t kParent = 7;
  Seen seen("sgx extension.configuration");
  while (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(Pair pair, next_pair(in, kParent, 3));
    TENZRO_RETURN_IF_ERROR(seen.mark(pair.member));
    TENZRO_ASSIGN_OR_RETURN(const der::Boolean value, pair.value.boolean_value("flag"));
    TENZRO_RETURN_IF_ERROR(pair.value.expect_end());
    const bool flag = value == der::Boolean::yes;
    if (pair.member == 1) {
      out.dynamic_platform = flag;
    }
    if (pair.member == 2) {
      out.cached_keys = flag;
    }
    if (pair.member == 3) {
      out.smt_enabled = flag;
    }
  }
  return {};
}

Result<void> read_member(Pair& pair, PckExtension& out) {
  switch (pair.member) {
    case 1: {
      TENZRO_ASSIGN_OR_RETURN(out.ppid, octets<16>(pair.value, "ppid"));
      break;
    }
    case 2: {
      TENZRO_ASSIGN_OR_RETURN(const der::Reader tcb, pair.value.enter("tcb", der::kSequence));
      TENZRO_RETURN_IF_ERROR(read_tcb(tcb, out));
      break;
    }
    case 3: {
      TENZRO_ASSIGN_OR_RETURN(out.pce_id, octets<2>(pair.value, "pce_id"));
      break;
    }
    case 4: {
      TENZRO_ASSIGN_OR_RETURN(out.fmspc, octets<6>(pair.value, "fmspc"));
      break;
    }
    case 5: {
      TENZRO_ASSIGN_OR_RETURN(const auto type, pair.value.enumerated("sgx_type", 2));
      out.sgx_type = static_cast<std::uint8_t>(type);
      break;
    }
    case 6: {
      TENZRO_ASSIGN_OR_RETURN(out.platform_instance_id, octets<16>(pair.value, "platform_instance_id"));
      break;
    }
    case 7: {
      TENZRO_ASSIGN_OR_RETURN(const der::Reader flags, pair.value.enter("configuration", der::kSequence));
      TENZRO_RETURN_IF_ERROR(read_configuration(flags, out));
      break;
    }
    default:
      return malformed(concat("sgx extension: unexpected member ", pair.member));
  }
  return pair.value.expect_end();
}

}  // namespace

Result<PckExtension> parse_pck_extension(ByteView value, bool platform_ca) {
  const unsigned members = platform_ca ? kPlatformCaMembers : kProcessorCaMembers;
  der::Reader whole("sgx extension", value);
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, whole.enter("value", der::kSequence));
  TENZRO_RETURN_IF_ERROR(whole.expect_end());
  PckExtension out;
  Seen seen("sgx extension");
  while (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(Pair pair, next_pair(in, kWhole, members));
    TENZRO_RETURN_IF_ERROR(seen.mark(pair.member));
    TENZRO_RETURN_IF_ERROR(read_member(pair, out));
  }
  TENZRO_RETURN_IF_ERROR(seen.demand(members));
  return out;
}

}  // namespace tenzro::tee::tdx
