// SPDX-License-Identifier: Apache-2.0
#include "evidence/snp/claims.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "evidence/snp/tcb.hpp"

namespace tenzro::tee::snp {

namespace {

template <std::size_t N>
ByteArray<N> copy(std::span<const std::uint8_t, N> bytes) {
  ByteArray<N> out{};
  std::ranges::copy(bytes, out.begin());
  return out;
}

std::string name_of(SigningKey key) {
  if (key == SigningKey::vcek) {
    return "vcek";
  }
  return key == SigningKey::vlek ? "vlek" : "";
}

}  // namespace

SnpClaims snp_claims(const Report& report) {
  SnpClaims out;
  out.report_version = report.version();
  out.guest_svn = report.guest_svn();
  out.vmpl = report.vmpl();
  out.policy = report.policy();
  out.platform_info = report.platform_info();
  out.current_tcb = report.current_tcb();
  out.reported_tcb = report.reported_tcb();
  out.committed_tcb = report.committed_tcb();
  out.launch_tcb = report.launch_tcb();
  out.family_id = copy(report.family_id());
  out.image_id = copy(report.image_id());
  out.measurement = copy(report.measurement());
  out.id_key_digest = copy(report.id_key_digest());
  out.author_key_digest = copy(report.author_key_digest());
  out.host_data = copy(report.host_data());
  out.report_id = copy(report.report_id());
  out.report_id_ma = copy(report.report_id_ma());
  out.chip_id = copy(report.chip_id());
  out.report_data.value.assign(report.report_data().begin(), report.report_data().end());
  out.launch_mit_vector = report.launch_mit_vector();
  out.current_mit_vector = report.current_mit_vector();
  if (const auto cpu = report.cpu_id()) {
    if (const auto product = product_of(*cpu)) {
      out.product = to_string(*product);
    }
  }
  out.signing_key = name_of(report.signing_key());
  out.debug = report.debug();
  return out;
}

std::string firmware_version(const Report& report) { return to_string(report.current_version()); }

}  // namespace tenzro::tee::snp
