#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Set-up, one build, all tests. Ends with one line: "N passed, N failed".
#   tools/test.sh          g++, warnings are errors
#   tools/test.sh --full   also the release build, clang, a build without simulation, AddressSanitizer, ThreadSanitizer,
#                          clang-tidy, and 30 seconds of each fuzz target
set -euo pipefail
case "${1-}" in -h | --help) sed -n '3,/^set /s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

presets=(dev)
tidy=0
fuzz_seconds=0
case "$*" in
  "") tools/setup.sh --test ;;
  --full)
    tools/setup.sh --full
    presets+=(release clang no-simulation asan tsan)
    tidy=1
    fuzz_seconds=30
    ;;
  *) echo "test.sh: it takes --full or nothing, and got '$*'" >&2; exit 2 ;;
esac

passed=0 failed=0
# A full disk shows in many odd ways, none of which names it: 5 GiB are what one build and its tests take.
free_gib() { df -Pk . | awk 'NR == 2 { print int($4 / 1048576) }'; }
[ "$(free_gib)" -ge 5 ] || echo "test.sh: only $(free_gib) GiB are free here; 5 GiB are needed for each build" >&2
count() { sed -n "s/.*[^a-z]$2=\"\([0-9]*\)\".*/\1/p" <<<"$1"; }

# run_preset NAME: a build that fails counts as one failed test.
run_preset() {
  local preset=$1 results=$PWD/build/$1/results.xml suite tests
  echo "== $preset"
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset"; }; then
    echo "test.sh: the $preset build failed" >&2
    failed=$((failed + 1))
    return
  fi
  rm -f "$results"
  ctest --preset "$preset" -j "$(nproc)" --output-junit "$results" || true
  # The opening element of the results spans some lines and ends at the first test.
  suite=$( (tr '\n\t' '  ' <"$results" | sed 's/<testcase.*//') 2>/dev/null || true)
  tests=$(count "$suite" tests)
  if [ -z "$tests" ] || [ "$tests" -eq 0 ]; then
    echo "test.sh: the $preset tests did not run, or their results could not be written ($(free_gib) GiB are free here)" >&2
    failed=$((failed + 1))
    return
  fi
  local bad left_out
  bad=$(count "$suite" failures)
  left_out=$(($(count "$suite" skipped) + $(count "$suite" disabled)))
  [ "$left_out" -eq 0 ] || echo "test.sh: $left_out tests of $preset had nothing to run on and were left out"
  failed=$((failed + bad))
  passed=$((passed + tests - bad - left_out))
}

for preset in "${presets[@]}"; do
  run_preset "$preset"
done

if [ "$tidy" -eq 1 ]; then
  echo "== tidy"
  if tools/tidy.sh; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
fi

if [ "$fuzz_seconds" -gt 0 ]; then
  echo "== fuzz, $fuzz_seconds seconds for each target"
  if tools/fuzz.sh "$fuzz_seconds"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
