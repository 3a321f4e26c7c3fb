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
  std::uint16_t version = 4;  ///< 3 (SGX only), 4 or 5
  tdx::BodyType body_type = tdx::BodyType::td_report_10;
  tdx::TdReport td{};        ///< default_td() fills it
  tdx::SgxReport enclave{};  ///< body of SGX quotes; default_enclave()
  tdx::SgxReport qe{};       ///< default_qe(); its report_data is computed unless qe_report_data is set
  std::optional<ByteArray<64>> qe_report_data{};
  tdx::PckExtension pck{};  ///< default_pck()
  bool platform_ca = true;  ///< which CA issues the PCK certificate
  Bytes qe_auth_data = Bytes(32, 0x5a);
  std::uint16_t attestation_key_type = 2;
  ByteArray<16> qe_vendor_id = tdx::kIntelQeVendorId;
  std::uint16_t certification_type = 5;
  std::optional<Bytes> certification_data{};  ///< replaces the PEM chain
  std::optional<Bytes> pck_certificate{};     ///< DER, replaces the leaf (its key must be pck_key())
  Bytes trailing{};                           ///< unsigned bytes after the quote

  ByteArray<20> header_user_data{};
  std::optional<std::uint32_t> tee_type{};        ///< empty: as body_type says
  std::optional<Bytes> body{};                    ///< replaces the body; the v5 descriptor tells its size
  ByteArray<237> td_extension{};                  ///< what body type 4 adds after a TD report 1.5
  std::optional<std::vector<Bytes>> pck_chain{};  ///< DER, replaces all certificates of the PEM chain
  std::uint16_t outer_certification_type = 6;     ///< version 4 and 5
  std::optional<UtcTime> pck_not_before{}, pck_not_after{};
  std::string attestation_key_label{};  ///< empty: the maker's own
};
QuoteSpec tdx_quote_spec();  ///< a TD: version 4, module 1.5 with SVN 5
QuoteSpec sgx_quote_spec();  ///< an enclave: version 3, processor CA

tdx::TdReport default_td();
tdx::SgxReport default_enclave();
tdx::SgxReport default_qe(bool tdx);  ///< the quoting enclave for TDs, or the one for enclaves
tdx::PckExtension default_pck(bool platform_ca);

/// What the collateral says. Dates are derived from issued.
struct CollateralSpec {
  UtcTime issued{};  ///< next update 30 days later
  std::uint32_t evaluation_data_number = 17;
  std::optional<std::string> tcb_info{};     ///< replaces the tcbInfo value (then signed as it stands)
  std::optional<std::string> qe_identity{};  ///< replaces the enclaveIdentity value
  /// A this_update of zero stands for issued, and then an empty next_update for 30 days later. With a this_update of
  /// one's own, an empty next_update leaves it out.
  CrlSpec root_crl{}, pck_crl{};

  // Of the quote's own level, in the vendor's words.
  std::string tcb_status = "UpToDate", module_status = "UpToDate", qe_status = "UpToDate";
  std::vector<std::string> advisory_ids{};  ///< of the platform's level
  std::optional<UtcTime> next_update{};     ///< of TCB info and QE identity
  const Identity* tcb_signer = nullptr;     ///< null: the hierarchy's
};

/// The default documents, as compact JSON texts: what CollateralSpec::tcb_info and qe_identity replace. Levels: the
/// quote spec's own SVNs (PCK, tee_tcb_svn, QE ISVSVN) are UpToDate; one below is OutOfDate with INTEL-SA-00001. What
/// the QE and the TDX module must be besides (signer, product, attributes) does not follow the quote spec: it is that
/// of the defaults.
std::string tcb_info_json(const QuoteSpec& quote, const CollateralSpec& collateral);
std::string qe_identity_json(const QuoteSpec& quote, const CollateralSpec& collateral);

/// {"<member>":<value>,"signature":"<hex>"}: how Intel serves a signed document. member: "tcbInfo" or
/// "enclaveIdentity".
Bytes signed_document(std::string_view member, std::string_view value, EVP_PKEY* signer);
/// Certification data of type 5: PEM blocks one after another, closed by one NUL.
Bytes pem_chain(const std::vector<Bytes>& certificates);

/// Makes quotes and collateral under one hierarchy.
/// Threads: const members may be called from several threads at once.
class TdxEvidenceMaker {
 public:
  explicit TdxEvidenceMaker(std::string_view label = IntelHierarchy::kSimulatedLabel) : hierarchy_(label) {}
  const IntelHierarchy& hierarchy() const noexcept { return hierarchy_; }

  Bytes quote(const QuoteSpec& spec) const;
  Bytes pck_certificate(const QuoteSpec& spec) const;  ///< DER of the leaf that quote() embeds
  crypto::PkeyPtr pck_key() const;
  crypto::PkeyPtr attestation_key(const QuoteSpec& spec) const;
  /// tcb_info, qe_identity, root_crl and pck_crl, with issuer chains.
  std::vector<CollateralDocument> collateral(const QuoteSpec& quote, const CollateralSpec& spec) const;
  /// The report envelope's content: quote, and this collateral enclosed as a bundle. Says of itself that it is
  /// simulated, and that it was made when the collateral was issued.
  AttestationReport report(const QuoteSpec& spec, const CollateralSpec& enclosed) const;
  AttestationReport report(const QuoteSpec& spec, UtcTime issued) const {
    return report(spec, CollateralSpec{.issued = issued});
  }

 private:
  IntelHierarchy hierarchy_;
};

}  // namespace tenzro::tee::simulated
