#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a verdict: set-up, release build, then evidence of each platform that is made, verified, and
# refused where it should be. For machines without TEE hardware: a real one is never simulated.
# TENZRO_TEE_BUILD_DIR names a finished build to use instead of making one.
set -euo pipefail
case "${1-}" in -h | --help) sed -n '3,/^set /s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
build=${TENZRO_TEE_BUILD_DIR:+$(realpath -- "$TENZRO_TEE_BUILD_DIR")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "quickstart.sh: $*" >&2
  exit 1
}
if [ $# -gt 0 ]; then
  echo "quickstart.sh: it takes no arguments, and got '$1'" >&2
  exit 2
fi

if [ -z "$build" ]; then
  tools/setup.sh
  build=$PWD/build/release
  mkdir -p "$build"
  echo "building the tenzro command in build/release (a minute or two the first time)"
  if ! { cmake --preset release && cmake --build --preset release --target tenzro; } >"$build/build.log" 2>&1; then
    cat "$build/build.log" >&2
    fail "the build failed; its output is above"
  fi
fi
[ -x "$build/tools/tenzro/tenzro" ] || fail "there is no command $build/tools/tenzro/tenzro; is TENZRO_TEE_BUILD_DIR a finished build?"
PATH="$build/tools/tenzro:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# run EXPECTED_EXIT_CODE COMMAND_LINE: shows it and the heart of what it says, and insists on how it ends.
run() {
  local expected=$1 got=0
  echo "\$ $2"
  bash -o pipefail -c "$2" >said.txt || got=$?
  # Of a long verdict: its first line and these parts.
  awk -v RS= -v ORS='\n\n' 'NR == 1 || /^(Failures|Result|TCB|TEE)\n/' said.txt
  echo "(exit code $got)"
  echo
  [ "$got" -eq "$expected" ] || fail "'$2' ended with exit code $got, $expected was expected"
}

echo
echo "What this machine is:"
run 0 "tenzro hardware"

echo "No TEE here: Intel's is simulated, because we say so. Evidence in the real format, bound to the word 'hello', and judged:"
export TENZRO_SIMULATE_TDX=true
run 0 "tenzro attest --user-data hello | tenzro verify - --user-data hello --allow-simulated"

echo "The same with one bit changed on its way, in MRTD, the measurement of what runs:"
run 1 "tenzro attest --user-data hello | sed s/aYihYtyI/aYihYtyJ/ | tenzro verify - --user-data hello --allow-simulated"

echo "Where another challenge was asked for, as in a replay (-q: the verdict alone):"
run 1 "tenzro attest --user-data hello | tenzro -q verify - --user-data goodbye --allow-simulated"

echo "And without our permission, for simulated evidence proves nothing:"
run 1 "tenzro attest --user-data hello | tenzro -q verify - --user-data hello"

unset TENZRO_SIMULATE_TDX
echo "The other platforms, each in its vendor's own format:"
for platform in SEV NITRO NVIDIA; do
  run 0 "TENZRO_SIMULATE_$platform=true tenzro attest --user-data hello | tenzro -q verify - --user-data hello --allow-simulated"
done

echo "Verified evidence of four platforms, refused the three bad cases. The command: $build/tools/tenzro/tenzro"
