// SPDX-License-Identifier: Apache-2.0
// Nothing: this program exists so that all the others share its precompiled header.
