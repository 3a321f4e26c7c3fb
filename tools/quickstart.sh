#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a verdict: set-up, release build, a report that is verified, and cases that are refused.
# TENZRO_TEE_BUILD_DIR names a finished build to use instead of making one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "quickstart.sh: $*" >&2
  exit 1
}

build=${TENZRO_TEE_BUILD_DIR-}
if [ -z "$build" ]; then
  tools/setup.sh
  build=$PWD/build/release
  mkdir -p "$build"
  echo "building the tenzro command in build/release (a minute or two the first time)"
  if ! { cmake --preset release && cmake --build --preset release --target tenzro make_simulated_tdx; } >"$build/build.log" 2>&1; then
    cat "$build/build.log" >&2
    fail "the build failed; its output is above"
  fi
fi
PATH="$build/tools/tenzro:$build/tools/make_simulated_tdx:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# run EXPECTED_EXIT_CODE WORD...: shows the command and the heart of what it says, and insists on how it ends.
run() {
  local expected=$1 got=0
  shift
  echo "\$ $*"
  "$@" >said.txt || got=$?
  # Of a long verdict: its first line and these parts.
  awk -v RS= -v ORS='\n\n' 'NR == 1 || /^(Failures|Result|TCB)\n/' said.txt
  echo "(exit code $got)"
  echo
  [ "$got" -eq "$expected" ] || fail "'$*' ended with exit code $got, $expected was expected"
}

echo
echo "A TDX quote in the real wire format, under the simulated hierarchy, bound to the word 'hello':"
echo "\$ make_simulated_tdx --user-data hello > report.json"
make_simulated_tdx --user-data hello >report.json
echo
echo "Judged, and here shortened. Nothing is fetched, and simulated evidence passes only because we say so:"
run 0 tenzro verify --allow-simulated --user-data hello report.json

echo "The same with one bit changed in MRTD, the measurement of what runs:"
echo "\$ make_simulated_tdx --user-data hello --alter-byte 195 > altered.json"
make_simulated_tdx --user-data hello --alter-byte 195 >altered.json
run 1 tenzro verify --allow-simulated --user-data hello altered.json

echo "The good report where another challenge was asked for, as in a replay (-q: the verdict alone):"
run 1 tenzro -q verify --allow-simulated --user-data goodbye report.json

echo "And without our permission, for simulated evidence proves nothing:"
run 1 tenzro -q verify --user-data hello report.json

echo "Verified the good report, refused the three bad cases. The command: $build/tools/tenzro/tenzro"
