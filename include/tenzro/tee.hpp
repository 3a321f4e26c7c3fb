// SPDX-License-Identifier: Apache-2.0
// The whole library in one include.
#pragma once
#include "tenzro/tee/inspect.hpp"
#include "tenzro/tee/measure.hpp"
#include "tenzro/tee/verifier.hpp"
