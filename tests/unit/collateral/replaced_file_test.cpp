// SPDX-License-Identifier: Apache-2.0
// A file that is replaced between the look at it and its opening. The program is linked with --wrap=fstat.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tenzro/tee/collateral.hpp"

namespace {
std::function<int(struct stat&)> after_fstat;
}  // namespace

// The linker's names.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" int __real_fstat(int descriptor, struct stat* status);
extern "C" int __wrap_fstat(int descriptor, struct stat* status);
int __wrap_fstat(int descriptor, struct stat* status) {
  const int result = __real_fstat(descriptor, status);
  return after_fstat ? after_fstat(*status) : result;
}
// NOLINTEND(bugprone-reserved-identifier)

namespace tenzro::tee {
namespace {

TEST(ReplacedFile, IsLookedAtOnceMoreWhenItIsOpen) {
  std::string path = (std::filesystem::temp_directory_path() / "tenzro-replaced-XXXXXX").string();
  const int made = ::mkstemp(path.data());
  ASSERT_GE(made, 0);
  ::close(made);
  std::ofstream(path) << R"({"format":"tenzro-collateral/1","documents":[]})";
  for (const auto& change : {std::function<int(struct stat&)>([](struct stat& status) {
                               status.st_mode = S_IFIFO | 0600U;
                               return 0;
                             }),
                             std::function<int(struct stat&)>([](struct stat&) { return -1; })}) {
    after_fstat = change;
    const auto source = offline_collateral({path});
    after_fstat = nullptr;
    ASSERT_FALSE(source.has_value());
    EXPECT_EQ(source.error().code(), ErrorCode::io_failure);
    EXPECT_EQ(source.error().message(), path + ": is no regular file");
  }
  EXPECT_TRUE(offline_collateral({path}).has_value());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace tenzro::tee
