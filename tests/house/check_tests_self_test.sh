#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants a misplaced test, a stale exception and one without a reason, which check_tests.sh must name.
#   check_tests_self_test.sh SCRATCH
set -euo pipefail
check=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/check_tests.sh
status=0

# plant EXCEPTIONS TEST...: a project with src/room/a.cpp and src/room/b.hpp, and these tests.
plant() {
  rm -rf "$scratch"
  mkdir -p "$scratch/src/room" "$scratch/tests/house" "$scratch/tests/unit/room"
  touch "$scratch/src/room/a.cpp" "$scratch/src/room/b.hpp"
  printf '%b' "$1" >"$scratch/tests/house/tests_without_twin.txt"
  shift
  local test
  for test in "$@"; do touch "$scratch/tests/unit/$test"; done
}
expect_pass() { bash "$check" "$scratch" >/dev/null 2>&1 || { echo "refused though it is right: $1" >&2; status=1; }; }
expect_refusal() {
  local said
  if said=$(bash "$check" "$scratch" 2>&1) || [[ $said != *"$2"* ]]; then
    echo "not caught: $1 (said: $said)" >&2
    status=1
  fi
}

scratch=$1
plant '' room/a_test.cpp room/b_test.cpp
expect_pass "mirrored tests"
plant '# why\nroom/wide  tests both\n' room/a_test.cpp room/wide_test.cpp
expect_pass "an exception with a reason"
plant '' room/wide_test.cpp
expect_refusal "a test without twin" "tests/unit/room/wide_test.cpp"
plant 'room/gone  tests both\n' room/a_test.cpp
expect_refusal "a stale exception" "no tests/unit/room/gone_test.cpp"
plant 'room/a  tests both\n' room/a_test.cpp
expect_refusal "a needless exception" "room/a has a twin"
plant 'room/wide\n' room/a_test.cpp room/wide_test.cpp
expect_refusal "an exception without a reason" "'room/wide' has no reason"
plant ''
expect_refusal "no tests" "no tests below"
exit $status
