// SPDX-License-Identifier: Apache-2.0
// AMD's extensions of VCEK and VLEK certificates, one by one: also of certificates that no verifier would take.
#pragma once
#include "inspect/describe.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::inspect_detail {

/// A level as a number, a name as text, a chip id as hex; {"error"} for an encoding that AMD does not use. Null for
/// extensions that are not AMD's.
Json amd_extension_value(const x509::Extension& extension);

}  // namespace tenzro::tee::inspect_detail
