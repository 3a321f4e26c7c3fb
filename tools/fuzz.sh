#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes one parser or all of them, each for some seconds, under AddressSanitizer and UndefinedBehaviorSanitizer.
#   tools/fuzz.sh json 60     one target of tests/fuzz/targets.txt
#   tools/fuzz.sh all 30      every target; the same as tools/fuzz.sh 30
# A finding (crash, broken invariant, input that takes more than 5 s, more than 512 MiB, a leak) stops its target, is kept in
# build/fuzz/findings/<target>/, and makes the exit status 1. What was learnt stays in build/fuzz/corpus/<target>/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { echo "usage: tools/fuzz.sh [TARGET|all] SECONDS" >&2; exit 2; }
case $# in
  1) wanted=all seconds=$1 ;;
  2) wanted=$1 seconds=$2 ;;
  *) usage ;;
esac
[[ $seconds =~ ^[1-9][0-9]*$ ]] || usage

# The third column of targets.txt is the dictionary, or none.
mapfile -t lines <<<"$(grep '^[a-z]' tests/fuzz/targets.txt)"
chosen=()
for line in "${lines[@]}"; do
  if [ "$wanted" = all ] || [ "$wanted" = "${line%% *}" ]; then chosen+=("$line"); fi
done
if [ ${#chosen[@]} -eq 0 ]; then
  echo "fuzz.sh: no target '$wanted'; there are: $(printf '%s ' "${lines[@]%% *}")" >&2
  exit 2
fi

cmake --preset fuzz >/dev/null
programs=()
for line in "${chosen[@]}"; do programs+=("${line%% *}_fuzz"); done
cmake --build build/fuzz --target "${programs[@]}"

export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
status=0
for line in "${chosen[@]}"; do
  read -r target max_len dictionary <<<"$line"
  corpus=build/fuzz/corpus/$target findings=build/fuzz/findings/$target log=build/fuzz/$target.log
  mkdir -p "$corpus" "$findings"
  options=(-max_total_time="$seconds" -timeout=5 -rss_limit_mb=512 -max_len="$max_len" -artifact_prefix="$findings/"
           -print_final_stats=1)
  if [ "$dictionary" != none ]; then options+=(-dict="tests/fuzz/dictionaries/$dictionary.dict"); fi
  echo "== $target, $seconds s"
  if "build/fuzz/tests/fuzz/${target}_fuzz" "${options[@]}" "$corpus" "tests/fuzz/seeds/$target" >"$log" 2>&1; then
    grep -E 'DONE|exec/s|average_exec|peak_rss' "$log" | tail -n 3 || true
  else
    status=1
    echo "fuzz.sh: a finding in $target, kept in $findings/; the end of $log:" >&2
    tail -n 60 "$log" >&2
  fi
done
exit $status
