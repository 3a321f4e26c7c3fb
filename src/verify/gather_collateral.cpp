// SPDX-License-Identifier: Apache-2.0
#include "verify/gather_collateral.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "collateral/bundle.hpp"
#include "core/text.hpp"

namespace tenzro::tee {

namespace {

/// Keeps what a verifier takes from another source.
class KeepingSource final : public CollateralSource {
 public:
  explicit KeepingSource(std::shared_ptr<CollateralSource> source) : source_(std::move(source)) {}

  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    return source_->find(request);
  }
  void accepted(const CollateralRequest& request, const CollateralDocument& document) override {
    source_->accepted(request, document);
    const std::scoped_lock lock(mutex_);
    const auto same = [&document](const CollateralDocument& kept) {
      return kept.kind == document.kind && kept.body == document.body;
    };
    if (std::ranges::none_of(kept_, same)) {
      kept_.push_back(document);
    }
  }
  std::span<const Bytes> loose_certificates() const override { return source_->loose_certificates(); }
  std::vector<Finding> warnings() const override { return source_->warnings(); }

  std::vector<CollateralDocument> kept() const {
    const std::scoped_lock lock(mutex_);
    return kept_;
  }

 private:
  std::shared_ptr<CollateralSource> source_;
  mutable std::mutex mutex_;
  std::vector<CollateralDocument> kept_;
};

bool is_about_collateral(const Finding& failure) {
  return failure.code == "collateral_missing" || failure.code == "collateral_unreachable" ||
         failure.code == "revocation_missing" || failure.code == "collateral_rolled_back";
}

}  // namespace

Result<Bytes> gather_collateral_for(const AttestationReport& report, std::shared_ptr<CollateralSource> source,
                                    const VerifyOptions& options) {
  const auto keeping = std::make_shared<KeepingSource>(std::move(source));
  const AttestationVerifier verifier(keeping);
  const VerificationResult verdict = verifier.verify(report, options);
  const auto missing = std::ranges::find_if(verdict.failures(), is_about_collateral);
  if (missing != verdict.failures().end()) {
    return Error(ErrorCode::collateral_unreachable, concat(missing->code, ": ", missing->message));
  }
  const std::vector<CollateralDocument> kept = keeping->kept();
  if (kept.empty() && !verdict.valid()) {
    const Finding& failure = verdict.failures().front();
    return Error(ErrorCode::verification_failed,
                 concat("no collateral belongs to evidence that is refused: ", failure.code, ": ", failure.message));
  }
  const std::string bundle = collateral::bundle_to_json(kept, verdict.verified_at());
  return Bytes(bundle.begin(), bundle.end());
}

Result<Bytes> gather_collateral(const AttestationReport& report, std::shared_ptr<CollateralSource> source) {
  return gather_collateral_for(report, std::move(source), VerifyOptions::unbound_replay_possible());
}

}  // namespace tenzro::tee
