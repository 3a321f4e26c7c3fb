// SPDX-License-Identifier: Apache-2.0
// Calls to OpenSSL that fail when a test says so. The program is linked with --wrap for each function that is named
// in failing_openssl.cpp; what OpenSSL calls inside stays as it is.
#pragma once
#include <gtest/gtest.h>

#include <new>
#include <string_view>

namespace tenzro::tee::test {

/// From now on the call with this number (the first is 1) of a function so named fails, of any where the name is empty.
/// 0: none does. One thread at a time.
void fail_openssl_call(int number, std::string_view name = {});
/// False while the call that is to fail has not been made.
bool has_openssl_failed();

/// What X509_STORE_CTX_get_error says where it fails.
extern int path_error;

/// Whether an attempt says yes. Where OpenSSL had no memory, std::bad_alloc is its no.
template <class Attempt>
bool succeeds(const Attempt& attempt) {
  try {
    return attempt();
  } catch (const std::bad_alloc&) {
    return false;
  }
}

/// Does it again and again, and each time another call of OpenSSL fails: each time it must say no. In the end, with no
/// call left to fail, it must say yes. Returns how many calls it makes.
template <class Attempt>
int expect_no_success_when_openssl_fails(const Attempt& attempt) {
  for (int number = 1;; ++number) {
    fail_openssl_call(number);
    const bool good = succeeds(attempt);
    const bool failed = has_openssl_failed();
    fail_openssl_call(0);
    EXPECT_NE(good, failed) << "call " << number;
    if (!failed || good) {
      return number - 1;
    }
  }
}

}  // namespace tenzro::tee::test
