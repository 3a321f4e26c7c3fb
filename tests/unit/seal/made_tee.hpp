// SPDX-License-Identifier: Apache-2.0
// A TEE whose root a test makes up and whose requests it counts, and the machine that such a test's program runs on.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fakes/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::test {

inline std::shared_ptr<device::System>& machine_of_this_program() {
  static std::shared_ptr<device::System> machine = std::make_shared<FakeSystem>();
  return machine;
}

class TeeWithoutRoot : public TeeProvider {
 public:
  explicit TeeWithoutRoot(Platform platform, bool imitates = false) : platform_(platform), imitates_(imitates) {}
  Platform tee_type() const noexcept override { return platform_; }
  std::string_view provider_name() const noexcept override { return "made without a root"; }
  bool simulated() const noexcept override { return imitates_; }

 private:
  Result<AttestationReport> attest(const AttestationRequest&, const Patience&) override {
    return Error(ErrorCode::internal, "a made TEE attests nothing");
  }
  Platform platform_;
  bool imitates_;
};

class MadeTee final : public TeeWithoutRoot {
 public:
  using TeeWithoutRoot::TeeWithoutRoot;
  std::string_view provider_name() const noexcept override { return "made"; }

  std::vector<SealingRequest> requests;
  std::size_t secret_size = 32;
  std::uint8_t secret_byte = 0x42;
  std::optional<Error> error;

 private:
  Result<SealingRoot> find_sealing_root(const SealingRequest& request, const Patience&) override {
    requests.push_back(request);
    if (error) {
      return *error;
    }
    return SealingRoot{.secret = SecretBytes(Bytes(secret_size, secret_byte)), .vendor_tag = "made"};
  }
};

}  // namespace tenzro::tee::test
