#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Removes every check of the library in turn, and shows that some test fails without it.
#   tools/removed_checks.sh                           all of them; goes on where it was interrupted
#   tools/removed_checks.sh --only PATTERN            those whose place, function, condition or finding matches; with
#       --tests PATTERN                               tests to be looked at anew for that
#   tools/removed_checks.sh INDEX                     this one, with what its tests say
#   --jobs N                                          at once; as many as there are processors otherwise
# The build is a special one, in build/removed-checks; it is never installed. The list of checks: checks.txt there.
set -euo pipefail
case "${1-}" in -h | --help) sed -n '3,/^set /s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
cd "$(dirname "$0")/.."
tools/setup.sh --test
# What is wrong with the arguments is said now, and not after the build.
jobs=$(python3 tests/removed_checks/run_without.py build/removed-checks "$@" --arguments-only)
cmake --preset removed-checks >/dev/null
cmake --build --preset removed-checks -j "$jobs" | tail -n 1
exec python3 tests/removed_checks/run_without.py build/removed-checks "$@"
