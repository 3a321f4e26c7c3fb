// SPDX-License-Identifier: Apache-2.0
// The whole library in one include.
#pragma once
#include "tenzro/tee/hardware.hpp"
#include "tenzro/tee/inspect.hpp"
#include "tenzro/tee/measure.hpp"
#include "tenzro/tee/nsm.hpp"
#include "tenzro/tee/provider.hpp"
#include "tenzro/tee/rtmr.hpp"
#include "tenzro/tee/seal.hpp"
#include "tenzro/tee/verifier.hpp"
