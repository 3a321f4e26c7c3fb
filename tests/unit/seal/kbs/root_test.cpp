// SPDX-License-Identifier: Apache-2.0
// The names of resources; what asks a broker is in tests/online/kbs_root_test.cpp.
#include "seal/kbs/root.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::kbs {
namespace {

TEST(KbsResource, IsThreeNames) {
  for (const char* name : {"default/keys/one", "a/b/c", "A-1/b_2/c.3", ".a/..b/c.."}) {
    EXPECT_TRUE(is_resource_name(name)) << name;
  }
  for (const char* name :
       {"",        "/",       "//",      "a",       "a/b",     "a/b/",     "/a/b",         "a//b",
        "a/b/c/",  "/a/b/c",  "a/b/c/d", "a/./b",   "../b/c",  "a/../c",   "a/b/..",       "a/b/.",
        "a/b/c?d", "a/b/c#d", "a/b/c d", "a/b/%2e", "a/b/c\n", "a\\b/c/d", "a/b/\xc3\xa9", "a/b/c;d"}) {
    EXPECT_FALSE(is_resource_name(name)) << name;
  }
  EXPECT_FALSE(is_resource_name(std::string_view("a/b/c\0d", 7)));
}

}  // namespace
}  // namespace tenzro::tee::kbs
