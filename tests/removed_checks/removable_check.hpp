// SPDX-License-Identifier: Apache-2.0
// What make_removable.py puts around every condition that refuses. For the build whose checks can be removed, which is
// never installed; nothing in src/ includes this.
#pragma once
#include <type_traits>

namespace tenzro::removable {

/// Notes that the check refused something, when somebody wants to know; true when this process goes without it.
/// Threads: may be called from several threads at once.
bool refused_and_removed(int index) noexcept;

/// For a condition under which something is refused: the same, but no when the check is removed.
constexpr bool kept(int index, bool condition) noexcept {
  if (std::is_constant_evaluated()) {
    return condition;
  }
  return condition && !refused_and_removed(index);
}

/// For a condition without which something is refused: the same, but yes when the check is removed.
constexpr bool passed(int index, bool condition) noexcept {
  if (std::is_constant_evaluated()) {
    return condition;
  }
  return condition || refused_and_removed(index);
}

}  // namespace tenzro::removable
