// SPDX-License-Identifier: Apache-2.0
// Documents held in memory, as a source.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collateral/bundle.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::collateral {

/// Offers everything of the wanted kind. Of several TCB infos only those for the wanted FMSPC, where there are any; of
/// several manifests those of the wanted version and, among these, of the wanted name, where there are any; and of OCSP
/// responses only those about the wanted certificate's serial number, and those about nothing: reading all the others
/// each time would cost more than a verification. Immutable once it is shared.
/// Threads: all members may be called from several threads at once.
class ContentsSource : public CollateralSource {
 public:
  ContentsSource() = default;
  explicit ContentsSource(Contents contents) { keep(std::move(contents)); }

  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override;
  std::span<const Bytes> loose_certificates() const override { return certificates_; }

 protected:
  /// Certificates that are there already are not added again.
  void keep(Contents contents);
  std::size_t certificate_count() const noexcept { return certificates_.size(); }

 private:
  /// What a TCB info is for; nothing for other documents, and for what cannot be read.
  struct Topic {
    bool tdx = false;
    ByteArray<6> fmspc{};
    bool operator==(const Topic&) const = default;
  };
  static std::optional<Topic> topic_of(const CollateralDocument& document);

  struct Held {
    CollateralDocumentPtr document;
    std::optional<Topic> topic;
    std::vector<Bytes> serials;  ///< of the certificates that an OCSP response is about; none where it cannot be read
    /// Of a manifest, as it ends an id; empty for other documents and as long as it is alone
    std::string rim_version{};
  };
  std::vector<CollateralDocumentPtr> ocsp_responses_about(ByteView certificate) const;
  std::vector<CollateralDocumentPtr> find_rims(std::string_view id) const;
  std::vector<Held> documents_;
  std::vector<Bytes> certificates_;
  std::set<Bytes> known_certificates_;
};

}  // namespace tenzro::tee::collateral
