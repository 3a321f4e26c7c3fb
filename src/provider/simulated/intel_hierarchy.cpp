// SPDX-License-Identifier: Apache-2.0
// Intel's certificate hierarchy, imitated: root, PCK CAs and TCB signer.
#include "provider/simulated/intel_hierarchy.hpp"

#include "core/text.hpp"
#include "provider/simulated/compiled_in_root.hpp"

namespace tenzro::tee::simulated {

namespace {
using namespace std::chrono;
constexpr UtcTime kRootFrom = sys_days{2018y / May / 21} + 10h + 45min + 10s;
constexpr UtcTime kFrom = sys_days{2018y / May / 21} + 10h + 50min + 10s;
// Unlike genuine CAs, which end in 2033, simulated ones last as long as their root: nothing here needs renewal.
constexpr UtcTime kUntil = sys_days{2049y / December / 31} + 23h + 59min + 59s;

Identity make_identity(std::string_view label, const CertificateSpec& spec, const Identity* issuer) {
  Identity out;
  out.key = key_from_label(label);
  out.certificate = make_certificate(spec, out.key.get(), issuer);
  return out;
}

Identity make_root(std::string_view label) {
  const std::string key_label = concat(label, "/root");
  if (label == IntelHierarchy::kSimulatedLabel) {
    Identity out;
    out.key = key_from_label(key_label);
    out.certificate = compiled_in_root(Platform::intel_tdx);
    return out;
  }
  return make_identity(key_label,
                       {.common_name = "Intel SGX Root CA",
                        .not_before = kRootFrom,
                        .not_after = kUntil,
                        .is_ca = true,
                        .path_length = 1},
                       nullptr);
}
}  // namespace

IntelHierarchy::IntelHierarchy(std::string_view label)
    : label_(label),
      root_(make_root(label)),
      platform_ca_(make_identity(concat(label, "/platform-ca"),
                                 {.common_name = "Intel SGX PCK Platform CA",
                                  .not_before = kFrom,
                                  .not_after = kUntil,
                                  .is_ca = true,
                                  .path_length = 0},
                                 &root_)),
      processor_ca_(make_identity(concat(label, "/processor-ca"),
                                  {.common_name = "Intel SGX PCK Processor CA",
                                   .not_before = kFrom,
                                   .not_after = kUntil,
                                   .is_ca = true,
                                   .path_length = 0},
                                  &root_)),
      tcb_signer_(make_identity(concat(label, "/tcb-signing"),
                                {.common_name = "Intel SGX TCB Signing", .not_before = kFrom, .not_after = kUntil},
                                &root_)) {}

}  // namespace tenzro::tee::simulated
