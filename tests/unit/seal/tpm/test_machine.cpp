// SPDX-License-Identifier: Apache-2.0
#include "test_machine.hpp"

#include <cstdlib>

namespace tenzro::tee {

namespace test {

namespace {
/// tpm2-tss says on standard error what it meets, which here is meant to happen.
const int silenced = ::setenv("TSS2_LOG", "all+none", 1);

const std::shared_ptr<FakeSystem>& fake_machine() {
  // Never destroyed, like the library's own.
  static const auto& made = *new std::shared_ptr<FakeSystem>([] {
    auto out = std::make_shared<FakeSystem>();
    out->cpuid_leaves[{1, 0}] = {.eax = 0, .ebx = 0, .ecx = 1U << 31U, .edx = 0};
    return out;
  }());
  return made;
}
}  // namespace

FakeSystem& machine() { return *fake_machine(); }

}  // namespace test

namespace device {
// In place of the library's: see device/system.hpp.
const std::shared_ptr<System>& this_machine() {
  static const auto& made = *new std::shared_ptr<System>(test::fake_machine());
  return made;
}
}  // namespace device

}  // namespace tenzro::tee
