// SPDX-License-Identifier: Apache-2.0
// Nitro attestation documents under an imitated AWS hierarchy, encoded with libcbor.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "provider/simulated/aws_hierarchy.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::simulated {

/// What the document says. The defaults make an ordinary enclave's of this time.
struct NitroDocumentSpec {
  std::chrono::sys_time<std::chrono::milliseconds> timestamp{};
  bool tpm = false;  ///< a document of NitroTPM: other name of the PCR map, other module id
  std::map<unsigned, Bytes> pcrs = default_pcrs();
  std::optional<Bytes> public_key{}, user_data{}, nonce{};  ///< empty: null
  bool indefinite = true;                                   ///< the payload map, as devices write it since 2025
  bool tagged = false;                                      ///< COSE tag 18 before it, which devices never write

  // For tests: what a genuine document never is.
  std::string module_id{};  ///< empty: that of the hierarchy's instance
  std::string digest = "SHA384";
  std::optional<UtcTime> leaf_not_before{}, leaf_not_after{};  ///< empty: 3 s before the timestamp, 3 h after it
  AwsCertificateSpec leaf = leaf_spec();                       ///< name and dates are filled in where they are empty
  std::optional<std::vector<Bytes>> cabundle{};                ///< replaces the hierarchy's
  std::vector<std::pair<std::string, Bytes>> more_fields{};    ///< byte strings after the known ones
  bool signed_by_another_key = false;

  /// 16 PCRs: an image that nobody built, an instance's role and id, the rest zero.
  static std::map<unsigned, Bytes> default_pcrs();
  static AwsCertificateSpec leaf_spec();
};

/// Makes documents under one hierarchy.
/// Threads: const members may be called from several threads at once.
class NitroEvidenceMaker {
 public:
  explicit NitroEvidenceMaker(std::string_view label = AwsHierarchy::kSimulatedLabel) : hierarchy_(label) {}
  const AwsHierarchy& hierarchy() const noexcept { return hierarchy_; }

  Bytes document(const NitroDocumentSpec& spec) const;
  Bytes leaf(const NitroDocumentSpec& spec) const;  ///< DER; its key is the same for all documents of one hierarchy
  /// The report envelope's content. Says of itself that it is simulated.
  AttestationReport report(const NitroDocumentSpec& spec) const;

 private:
  AwsHierarchy hierarchy_;
};

}  // namespace tenzro::tee::simulated
