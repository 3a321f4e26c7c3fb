// SPDX-License-Identifier: Apache-2.0
// Writes quotes under the simulated Intel hierarchy as JSON, each with the collateral that judges it, in the names of
// DCAP's JSON form, and with what this library reads in it.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/tdx/claims.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "evidence/tdx/quote.hpp"
#include "formats/pem.hpp"
#include "peers/dcap_qvl/dcap_json.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee {

namespace {
using simulated::QuoteSpec;
using test::dcap_json;
using test::Json;

const UtcTime kIssued{std::chrono::seconds{1'780'000'000}};
const UtcTime kAt = kIssued + std::chrono::hours{24};

/// Each byte another one than its neighbours, so that no field can pass for another.
template <std::size_t Size>
ByteArray<Size> counted_from(std::uint8_t first) {
  ByteArray<Size> out{};
  for (std::size_t i = 0; i < Size; ++i) {
    out.at(i) = static_cast<std::uint8_t>(first + i);
  }
  return out;
}

void read_td(const tdx::Quote& quote, Json& out) {
  const tdx::TdReport td = tdx::read_td_report(quote);
  out["tee_tcb_svn"] = to_hex(td.tee_tcb_svn);
  out["mr_seam"] = to_hex(td.mr_seam);
  out["mr_signer_seam"] = to_hex(td.mr_signer_seam);
  out["seam_attributes"] = to_hex(td.seam_attributes);
  out["td_attributes"] = to_hex(td.td_attributes);
  out["xfam"] = to_hex(td.xfam);
  out["mr_td"] = to_hex(td.mr_td);
  out["mr_config_id"] = to_hex(td.mr_config_id);
  out["mr_owner"] = to_hex(td.mr_owner);
  out["mr_owner_config"] = to_hex(td.mr_owner_config);
  for (const ByteArray<48>& rtmr : td.rtmr) {
    out["rtmr"].push_back(to_hex(rtmr));
  }
  out["report_data"] = to_hex(td.report_data);
  if (td.tee_tcb_svn2 && td.mr_service_td) {
    out["tee_tcb_svn2"] = to_hex(*td.tee_tcb_svn2);
    out["mr_service_td"] = to_hex(*td.mr_service_td);
  }
}

void read_enclave(const tdx::Quote& quote, Json& out) {
  const tdx::SgxReport enclave = tdx::read_sgx_report(quote.body.first<tdx::kSgxReportSize>());
  out["mr_enclave"] = to_hex(enclave.mr_enclave);
  out["mr_signer"] = to_hex(enclave.mr_signer);
  out["isv_prod_id"] = enclave.isv_prod_id;
  out["isv_svn"] = enclave.isv_svn;
  out["report_data"] = to_hex(enclave.report_data);
}

/// What our own readers find in it. They are the ones that the verifier uses.
Json read(const Bytes& bytes, bool platform_ca) {
  const tdx::Quote quote = tdx::parse_quote(bytes).value();
  const auto chain = pem::split_quote_chain(quote.certification_data).value();
  const auto leaf = x509::Certificate::parse(chain.front().der).value();
  const auto pck = tdx::parse_pck_extension(leaf->extension(tdx::kSgxExtensionOid)->value, platform_ca).value();
  Json out;
  out["version"] = quote.header.version;
  out["tee_type"] = quote.header.tee_type;
  out["attestation_key_type"] = quote.header.attestation_key_type;
  out["qe_vendor_id"] = to_hex(quote.header.qe_vendor_id);
  out["user_data"] = to_hex(quote.header.user_data);
  out["signed_size"] = quote.signed_bytes.size();
  out["signature"] = to_hex(quote.signature);
  out["attestation_key"] = to_hex(quote.attestation_key);
  out["qe_report"] = to_hex(quote.qe_report);
  out["qe_report_signature"] = to_hex(quote.qe_report_signature);
  out["qe_auth_data"] = to_hex(quote.qe_auth_data);
  out["fmspc"] = to_hex(pck.fmspc);
  if (quote.header.tee_type == tdx::kTeeTypeTdx) {
    read_td(quote, out);
  } else {
    read_enclave(quote, out);
  }
  return out;
}

struct Case {
  std::string name;
  QuoteSpec spec;
};

std::vector<Case> cases() {
  QuoteSpec td = simulated::tdx_quote_spec();
  td.td.mr_config_id = counted_from<48>(0x21);
  td.td.mr_owner = counted_from<48>(0x31);
  td.td.mr_owner_config = counted_from<48>(0x41);
  td.td.rtmr.at(3) = counted_from<48>(0x51);
  td.td.report_data = counted_from<64>(0x61);
  td.header_user_data = counted_from<20>(0x81);
  QuoteSpec version_5 = td;
  version_5.version = 5;
  QuoteSpec newer = version_5;
  newer.body_type = tdx::BodyType::td_report_15;
  newer.td.tee_tcb_svn2 = td.td.tee_tcb_svn;
  newer.td.mr_service_td = ByteArray<48>{};  // with a service TD, the other judge refuses by itself
  QuoteSpec enclave = simulated::sgx_quote_spec();
  enclave.enclave.report_data = counted_from<64>(0x61);
  return {{"TDX quote of version 4", td},
          {"TDX quote of version 5", version_5},
          {"TDX quote of version 5, TD report 1.5", newer},
          {"SGX quote of version 3", enclave}};
}

Json everything() {
  const simulated::TdxEvidenceMaker maker;
  Json out;
  out["root"] = to_hex(maker.hierarchy().root().certificate);
  out["at"] = kAt.time_since_epoch().count();
  for (const auto& [name, spec] : cases()) {
    const Bytes quote = maker.quote(spec);
    const tdx::Quote parsed = tdx::parse_quote(quote).value();
    Json one;
    one["name"] = name;
    one["quote"] = to_hex(quote);
    one["report_data_at"] = tdx::report_data(parsed).data() - quote.data();
    one["read"] = read(quote, spec.platform_ca);
    one["collateral"] = dcap_json(maker.collateral(spec, {.issued = kIssued}));
    out["quotes"].push_back(std::move(one));
  }
  return out;
}
}  // namespace

}  // namespace tenzro::tee

int main() {
  try {
    const std::string text = tenzro::tee::everything().dump(2);
    return std::puts(text.c_str()) >= 0 ? 0 : 1;
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "write_quotes: %s\n", error.what());
    return 1;
  }
}
