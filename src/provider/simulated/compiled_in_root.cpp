// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/compiled_in_root.hpp"

#include "provider/simulated/ensure.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::simulated {

Bytes compiled_in_root(Platform platform, ChainRole role) {
  const x509::AnchorSet* anchors = x509::AnchorSet::simulated();
  ensure(anchors != nullptr, "this build has no simulated roots");
  const auto roots = anchors->roots(platform, role);
  ensure(roots.size() == 1, "there must be one simulated root for a platform and role");
  const ByteView der = roots.front()->der();
  return Bytes(der.begin(), der.end());
}

}  // namespace tenzro::tee::simulated
