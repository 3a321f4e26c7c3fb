// SPDX-License-Identifier: Apache-2.0
// The SGX extension of a PCK certificate, written.
#include "provider/simulated/pck_extension_writer.hpp"

#include <cstddef>
#include <string>

#include "core/text.hpp"
#include "formats/der.hpp"
#include "provider/simulated/der_writer.hpp"

namespace tenzro::tee::simulated {

namespace {
/// SEQUENCE { OID <SGX extension>.<suffix>, value }
Bytes pair(std::string_view suffix, ByteView value) {
  return der::sequence({der::oid(concat(tdx::kSgxExtensionOid, ".", suffix)), value});
}

void append(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

Bytes tcb(const tdx::PckExtension& extension) {
  Bytes members;
  for (std::size_t i = 0; i < extension.tcb_components.size(); ++i) {
    append(members, pair(concat("2.", i + 1), der::unsigned_integer(extension.tcb_components[i])));
  }
  append(members, pair("2.17", der::unsigned_integer(extension.pce_svn)));
  append(members, pair("2.18", der::octet_string(extension.cpu_svn)));
  return der::element(tee::der::kSequence, members);
}

Bytes configuration(const tdx::PckExtension& extension) {
  Bytes members;
  const auto flag = [&members](std::string_view suffix, const std::optional<bool>& value) {
    if (value) {
      append(members, pair(suffix, der::boolean(*value)));
    }
  };
  flag("7.1", extension.dynamic_platform);
  flag("7.2", extension.cached_keys);
  flag("7.3", extension.smt_enabled);
  return members;
}
}  // namespace

Bytes write_pck_extension(const tdx::PckExtension& extension) {
  Bytes members = pair("1", der::octet_string(extension.ppid));
  append(members, pair("2", tcb(extension)));
  append(members, pair("3", der::octet_string(extension.pce_id)));
  append(members, pair("4", der::octet_string(extension.fmspc)));
  append(members, pair("5", der::enumerated(extension.sgx_type)));
  if (extension.platform_instance_id) {
    append(members, pair("6", der::octet_string(*extension.platform_instance_id)));
  }
  if (const Bytes flags = configuration(extension); !flags.empty()) {
    append(members, pair("7", der::element(tee::der::kSequence, flags)));
  }
  return der::element(tee::der::kSequence, members);
}

}  // namespace tenzro::tee::simulated
