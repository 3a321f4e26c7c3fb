#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Seals and unseals a file beside cp and age: medians of the wall-clock time, and whether sealing is fast enough. The
# command is built optimized; nothing is asked of any TEE, since the simulated root seals.
#   tools/bench_files.sh                      1024 MiB in /dev/shm or TMPDIR, five rounds
#   tools/bench_files.sh MIB FOLDER ROUNDS
# Exit status 1: slower than three times age and slower than 0.8 of cp, both.
set -euo pipefail
case "${1-}" in -h | --help) sed -n '3,/^set /s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mib=${1-1024} folder=${2-} rounds=${3-5}
if [ $# -gt 3 ] || ! [[ $mib =~ ^[1-9][0-9]*$ && $rounds =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: tools/bench_files.sh [MIB [FOLDER [ROUNDS]]], two whole numbers from 1 on and a folder" >&2
  exit 2
fi
if [ -n "$folder" ]; then
  [ -d "$folder" ] || { echo "bench_files.sh: there is no folder '$folder'" >&2; exit 2; }
  folder=$(realpath -- "$folder")
else
  folder=${TMPDIR-/tmp}
  [ -d /dev/shm ] && [ -w /dev/shm ] && folder=/dev/shm
fi

tools/setup.sh --bench
mkdir -p build/bench
if ! { cmake --preset bench && cmake --build --preset bench --target tenzro; } >build/bench/build.log 2>&1; then
  cat build/bench/build.log >&2
  echo "bench_files.sh: the build failed; its output is above" >&2
  exit 1
fi
tenzro=$PWD/build/bench/tools/tenzro/tenzro
work=$(mktemp -d "$folder/tenzro-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
export TENZRO_SIMULATE_TDX=1 TENZRO_STATE_DIR=$work/state
head -c "$((mib << 20))" /dev/urandom >plain
age-keygen -o key 2>/dev/null
recipient=$(age-keygen -y key)
"$tenzro" seal --key-id bench -i plain -o plain.tzs 2>/dev/null
age -r "$recipient" -o plain.age plain

# micros COMMAND...: how long it took, in microseconds.
micros() {
  local begin end
  rm -f out
  begin=${EPOCHREALTIME/./}
  "$@" 2>/dev/null
  end=${EPOCHREALTIME/./}
  echo $((end - begin))
}
declare -A times
note() { times[$1]+="$(micros "${@:2}") "; }
for ((round = 0; round < rounds; round++)); do
  note cp cp plain out
  note seal "$tenzro" seal --key-id bench -i plain -o out
  note age age -r "$recipient" -o out plain
  note unseal "$tenzro" unseal --key-id bench -i plain.tzs -o out
  cmp -s plain out || { echo "bench_files.sh: what was unsealed is not what was sealed" >&2; exit 1; }
  note age-decrypt age -d -i key -o out plain.age
done
median() { tr ' ' '\n' <<<"${times[$1]}" | sed '/^$/d' | sort -n | sed -n "$((rounds / 2 + 1))p"; }
missed=0
echo "$mib MiB in $folder, medians of $rounds"
for row in cp age seal age-decrypt unseal; do
  printf '%-12s %8.3f s  %7.2f GB/s\n' "$row" "$(bc -l <<<"$(median $row) / 1000000")" \
    "$(bc -l <<<"$mib * 1048.576 / $(median $row)")"
done
for pair in seal:age unseal:age-decrypt; do
  ours=$(median "${pair%:*}") peer=$(median "${pair#*:}") copy=$(median cp)
  # The lower of the two bars: three times age's speed, or 0.8 of cp's.
  limit=$((peer / 3 > copy * 5 / 4 ? peer / 3 : copy * 5 / 4))
  printf '%-12s %.2f x age, %.2f of cp%s\n' "${pair%:*}" "$(bc -l <<<"$peer / $ours")" "$(bc -l <<<"$copy / $ours")" \
    "$([ "$ours" -le "$limit" ] || echo '  MISSED')"
  [ "$ours" -le "$limit" ] || missed=1
done
exit "$missed"
