// SPDX-License-Identifier: Apache-2.0
// TDX and SGX evidence under an imitated Intel hierarchy, with the collateral that judges it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "evidence/tdx/pck_extension.hpp"
#include "evidence/tdx/quote.hpp"
#include "provider/simulated/intel_hierarchy.hpp"
#include "tenzro/tee/collateral.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::simulated {

/// What the quote says. The defaults make an ordinary, up-to-date TD of today.
struct QuoteSpec {
  std::uint16_t version = 4;                                 ///< 3 (SGX only), 4 or 5
  tdx::BodyType body_type = tdx::BodyType::td_report_10;
  tdx::TdReport td{};                                        ///< default_td() fills it
  tdx::SgxReport enclave{};                                  ///< body of SGX quotes
  tdx::SgxReport qe{};                                       ///< default_qe(); its report_data is computed unless qe_report_data is set
  std::optional<ByteArray<64>> qe_report_data{};
  tdx::PckExtension pck{};                                   ///< default_pck()
  bool platform_ca = true;
  Bytes qe_auth_data = Bytes(32, 0x5a);
  std::uint16_t attestation_key_type = 2;
  ByteArray<16> qe_vendor_id = tdx::kIntelQeVendorId;
  std::uint16_t certification_type = 5;
  std::optional<Bytes> certification_data{};                 ///< replaces the PEM chain
  std::optional<Bytes> pck_certificate{};                    ///< DER, replaces the leaf (its key must be pck_key())
  Bytes trailing{};                                          ///< unsigned bytes after the quote
};
QuoteSpec tdx_quote_spec();  ///< a TD: version 4, module 1.5 with SVN 5
QuoteSpec sgx_quote_spec();  ///< an enclave: version 3, processor CA

/// What the collateral says. Dates are derived from issued.
struct CollateralSpec {
  UtcTime issued{};                       ///< next update 30 days later
  std::uint32_t evaluation_data_number = 17;
  std::optional<std::string> tcb_info{};     ///< replaces the tcbInfo value (then signed as it stands)
  std::optional<std::string> qe_identity{};  ///< replaces the enclaveIdentity value
  CrlSpec root_crl{}, pck_crl{};             ///< dates that are zero are derived from issued
};

/// The default documents, as compact JSON texts: what CollateralSpec::tcb_info and qe_identity replace. Levels: the quote spec's
/// own SVNs are UpToDate; one below is OutOfDate with INTEL-SA-00001.
std::string tcb_info_json(const QuoteSpec& quote, const CollateralSpec& collateral);
std::string qe_identity_json(const QuoteSpec& quote, const CollateralSpec& collateral);

/// Makes quotes and collateral under one hierarchy.
/// Threads: const members may be called from several threads at once.
class TdxEvidenceMaker {
 public:
  explicit TdxEvidenceMaker(std::string_view label = IntelHierarchy::kSimulatedLabel) : hierarchy_(label) {}
  const IntelHierarchy& hierarchy() const noexcept { return hierarchy_; }

  Bytes quote(const QuoteSpec& spec) const;
  Bytes pck_certificate(const QuoteSpec& spec) const;  ///< DER of the leaf that quote() embeds
  crypto::PkeyPtr pck_key() const;
  /// tcb_info, qe_identity, root_crl and pck_crl, with issuer chains.
  std::vector<CollateralDocument> collateral(const QuoteSpec& quote, const CollateralSpec& spec) const;
  /// The report envelope's content: quote, and collateral issued at `issued` enclosed as a bundle.
  AttestationReport report(const QuoteSpec& spec, UtcTime issued) const;

 private:
  IntelHierarchy hierarchy_;
};

}  // namespace tenzro::tee::simulated
