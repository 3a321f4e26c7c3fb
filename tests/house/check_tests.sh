#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A unit test is found from what it tests: tests/unit/<path>_test.cpp stands for src/<path>.cpp or .hpp. Those that test
# something wider are listed, with the reason, in tests/house/tests_without_twin.txt.
#   check_tests.sh ROOT
set -euo pipefail
cd "$1"

list=tests/house/tests_without_twin.txt
exceptions=$(sed -n 's/^\([a-z][^ ]*\)  *[^ ].*/\1/p' "$list")
bad=0
complain() { echo "$*" >&2; bad=1; }

count=0
seen=
while IFS= read -r test; do
  [ -n "$test" ] || continue
  count=$((count + 1))
  path=${test#tests/unit/} path=${path%_test.cpp}
  twin=
  if [ -e "src/$path.cpp" ] || [ -e "src/$path.hpp" ]; then twin=1; fi
  if grep -qxF -- "$path" <<<"$exceptions"; then
    seen+="$path"$'\n'
    [ -z "$twin" ] || complain "$list: $path has a twin in src and needs no line"
  elif [ -z "$twin" ]; then
    complain "$test: there is no src/$path.cpp or .hpp; move the test, or give a reason in $list"
  fi
done <<<"$(find tests/unit -name '*_test.cpp' | sort)"
[ "$count" -gt 0 ] || complain "no tests below $1/tests/unit"

while IFS= read -r path; do
  [ -z "$path" ] || grep -qxF -- "$path" <<<"$seen" || complain "$list: there is no tests/unit/${path}_test.cpp"
done <<<"$exceptions"
while IFS= read -r line; do
  [ -z "$line" ] || complain "$list: '$line' has no reason"
done <<<"$(grep -E '^[a-z][^ ]* *$' "$list" || true)"

[ "$bad" -eq 0 ] && echo "$count unit tests are where they are looked for"
