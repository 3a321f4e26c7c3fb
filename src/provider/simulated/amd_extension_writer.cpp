// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/amd_extension_writer.hpp"

#include <string_view>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "formats/der.hpp"
#include "provider/simulated/der_writer.hpp"

namespace tenzro::tee::simulated {

namespace {
Bytes ia5_string(std::string_view text) { return der::element(tee::der::kIa5String, as_bytes(text)); }
}  // namespace

std::vector<ExtensionValue> write_amd_extensions(const snp::LeafExtensions& extensions) {
  std::vector<ExtensionValue> out;
  const auto add = [&out](std::string_view tail, Bytes value) {
    out.push_back({concat(snp::kAmdExtensions, tail), std::move(value)});
  };
  const snp::Tcb& tcb = extensions.tcb;
  add(".1", der::unsigned_integer(extensions.struct_version));
  add(".2", ia5_string(extensions.product_name));
  add(".3.1", der::unsigned_integer(tcb.bootloader));
  add(".3.2", der::unsigned_integer(tcb.tee));
  for (std::size_t i = 0; i < tcb.reserved.size(); ++i) {
    add(concat(".3.", i + 4), der::unsigned_integer(tcb.reserved.at(i)));
  }
  add(".3.3", der::unsigned_integer(tcb.snp));
  add(".3.8", der::unsigned_integer(tcb.microcode));
  if (extensions.hwid) {
    add(".4", *extensions.hwid);
  }
  if (extensions.csp_id) {
    add(".5", ia5_string(*extensions.csp_id));
  }
  return out;
}

}  // namespace tenzro::tee::simulated
