// SPDX-License-Identifier: Apache-2.0
// The one shape of path that genuine chains have, judged without OpenSSL's objects.
#pragma once
#include "x509/path_checker.hpp"

namespace tenzro::tee::x509 {

/// The path, leaf first and anchor last, when the certificates of the question stand in order under one of its anchors,
/// each plain (plain_profile.hpp), and everything holds that path validation asks for (RFC 5280, 6.1, without policies
/// and name constraints, which plain certificates cannot have). Nothing otherwise, be it wrong or only unusual: then
/// OpenSSL decides, and says why. So this may only be stricter than RFC 5280, never more lenient.
std::vector<CertificatePtr> find_straight_path(const PathQuestion& question, UtcTime instant);

}  // namespace tenzro::tee::x509
