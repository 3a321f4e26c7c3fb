#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How much of the code that judges, parses and seals do the tests run? Builds with clang's source coverage, runs the tests,
# and prints lines and branches of each room; exit status 1 when a room that must never be wrong falls below its floor.
#   tools/coverage.sh                  all of it
#   tools/coverage.sh --report         the table anew, from the last run
#   tools/coverage.sh --missed FILE    the lines and branches of one source file that no test took, from the last run
set -euo pipefail
case "${1-}" in -h | --help) sed -n '3,/^set /s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A no that nobody has seen is a no that may be a yes.
guarded=(evidence verify x509 seal)
line_floor=95
branch_floor=85

build=build/coverage
profile=$build/all.profdata

run_tests() {
  tools/setup.sh --full
  cmake --preset coverage >/dev/null
  cmake --build --preset coverage
  rm -rf "$build/profiles"
  # What fails under coverage fails in tools/test.sh too, and is better looked at there. Left out: the two whose command
  # runs as somebody who may not write the counters, and complains.
  ctest --preset coverage -j "$(nproc)" -E 'UnreadableFile|AFileIsReplacedOnlyWhereItsFolder' >"$build/tests.log" ||
    echo "coverage.sh: some tests failed, see $build/tests.log" >&2
  llvm-profdata-19 merge --sparse -o "$profile" "$build"/profiles/*.profraw
}

# Each program that has counters, as the arguments of llvm-cov: one, then "-object ANOTHER" for the others.
find_programs() {
  local file
  programs=()
  while IFS= read -r file; do
    [ "${#programs[@]}" -eq 0 ] || programs+=(-object)
    programs+=("$file")
  done < <(find "$build/tests" "$build/tools" -type f -executable -exec grep -lF __llvm_covmap {} + | sort)
  [ "${#programs[@]}" -gt 0 ] || { echo "coverage.sh: nothing was built in $build" >&2; exit 1; }
}

# The last line of llvm-cov's report has the sums: regions, functions, lines, branches, each with missed and share.
sums() { llvm-cov-19 report "${programs[@]}" -instr-profile="$profile" "$@" 2>/dev/null | awk '$1 == "TOTAL"'; }

case "$#:${1-}" in
  0:) run_tests ;;
  1:--report | 2:--missed)
    [ -e "$profile" ] || { echo "coverage.sh: there is no last run; tools/coverage.sh makes one" >&2; exit 2; } ;;
  *) echo "usage: tools/coverage.sh [--report | --missed FILE]" >&2; exit 2 ;;
esac
find_programs

if [ "${1-}" = --missed ]; then
  [ -f "${2-}" ] || { echo "coverage.sh: there is no file '${2-}'" >&2; exit 2; }
  llvm-cov-19 show "${programs[@]}" -instr-profile="$profile" -show-branches=count -show-expansions=0 "$2" 2>/dev/null |
    grep -E '^ +[0-9]+\| +0\||Branch.*(True: 0|False: 0)' || echo "nothing of $2 was missed"
  exit 0
fi

# is_enough SHARE FLOOR: what is no number ("-", where llvm-cov counted nothing) is not enough.
is_enough() { [[ $1 =~ ^[0-9]+(\.[0-9]+)?%$ ]] && awk "BEGIN { exit !(${1%\%} >= $2) }"; }

status=0
printf '%-10s %8s %8s %10s %8s\n' room lines covered branches covered
for room in "${guarded[@]}"; do
  if [ ! -d "src/$room" ]; then
    echo "coverage.sh: there is no room src/$room" >&2
    status=1
  fi
done
for room in src/*/; do
  room=$(basename "$room")
  is_guarded=0
  if [[ " ${guarded[*]} " == *" $room "* ]]; then is_guarded=1; fi
  lines='' line_share='' branches='' branch_share=''
  read -r _ _ _ _ _ _ _ lines _ line_share branches _ branch_share <<<"$(sums "src/$room")" || true
  [ -n "$lines" ] || [ "$is_guarded" -eq 1 ] || continue
  mark=
  if [ "$is_guarded" -eq 1 ] && ! { is_enough "$line_share" "$line_floor" && is_enough "$branch_share" "$branch_floor"; }
  then
    status=1 mark="  below $line_floor % of lines or $branch_floor % of branches"
  fi
  printf '%-10s %8s %8s %10s %8s%s\n' "$room" "$lines" "$line_share" "$branches" "$branch_share" "$mark"
done
exit $status
