#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds tenzro_bench, optimized, and runs it: every row beside its OpenSSL calibrator, with the ratio that counts.
#   tools/bench.sh                                          all rows, some two minutes
#   tools/bench.sh --gate                                   exit status 1 when a row misses its limit
#   tools/bench.sh --benchmark_filter='calib|verify/tdx'    some rows; other options of Google Benchmark too
set -euo pipefail
case "${1-}" in -h | --help) sed -n '3,/^set /s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for argument in "$@"; do
  case "$argument" in
    --gate | --benchmark_*) ;;
    *) echo "bench.sh: '$argument' is neither --gate nor an option of Google Benchmark (--benchmark_...)" >&2; exit 2 ;;
  esac
done

tools/setup.sh --bench
mkdir -p build/bench
log=build/bench/build.log
if ! { cmake --preset bench && cmake --build --preset bench --target tenzro_bench; } >"$log" 2>&1; then
  cat "$log" >&2
  echo "bench.sh: the build failed; its output is above" >&2
  exit 1
fi
exec build/bench/bench/tenzro_bench "$@"
