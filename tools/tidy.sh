#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy-19 with .clang-tidy over the sources and the headers that they include. Any finding makes the exit status 1.
#   tools/tidy.sh                 everything below src and tools
#   tools/tidy.sh src/x509/*.cpp  these files
set -euo pipefail
case "${1-}" in -h | --help) sed -n '3,/^set /s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v clang-tidy-19 >/dev/null; then
  echo "tidy.sh: clang-tidy-19 is missing; run tools/setup.sh --full" >&2
  exit 2
fi
if [ $# -gt 0 ]; then
  files=("$@")
  for file in "${files[@]}"; do
    [ -f "$file" ] || { echo "tidy.sh: there is no file '$file'" >&2; exit 2; }
  done
else
  mapfile -t files <<<"$(find src tools -name '*.cpp' | sort)"
fi
cmake --preset clang >/dev/null

# Findings go to stdout; how many were suppressed in other people's headers, to stderr, interests nobody.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The shell between keeps xargs going where clang-tidy itself crashes.
if printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" sh -c 'clang-tidy-19 -p build/clang --quiet "$0" || exit 1' 2>"$log"; then
  echo "${#files[@]} files, no findings"
else
  grep -vE '^([0-9]+ warnings? (generated|treated as errors?)|\[[0-9]+/[0-9]+\] Processing)' "$log" >&2 || true
  exit 1
fi
