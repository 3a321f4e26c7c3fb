#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does tools/coverage.sh fail below its floors, and where there is nothing to read them from? With an llvm-cov that says
# what it is told.
#   coverage_self_test.sh ROOT
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/tools "$work"/programs "$work"/build/coverage/tests "$work"/build/coverage/tools
mkdir -p "$work"/src/evidence "$work"/src/verify "$work"/src/x509 "$work"/src/seal "$work"/src/other
cp "$1/tools/coverage.sh" "$work/tools/"
printf 'x__llvm_covmap' >"$work/build/coverage/tests/some_test"
chmod +x "$work/build/coverage/tests/some_test"
touch "$work/build/coverage/all.profdata"
# The line of each room, from a file of its name.
cat >"$work/programs/llvm-cov-19" <<'STUB'
#!/usr/bin/env bash
room=${*: -1}
echo "Filename Regions ..."
cat "$LINES_OF/${room#src/}"
STUB
chmod +x "$work/programs/llvm-cov-19"
export LINES_OF=$work/lines PATH=$work/programs:$PATH
mkdir "$LINES_OF"

line() { echo "TOTAL 100 1 99.00% 10 0 100.00% 1000 10 $1 500 20 $2"; }
all_good() {
  local each
  for each in evidence verify x509 seal other; do line 95.00% 85.00% >"$LINES_OF/$each"; done
}
expect() {
  local wanted=$1 what=$2 got=0
  "$work/tools/coverage.sh" --report >"$work/said" 2>&1 || got=$?
  if [ "$got" -ne "$wanted" ]; then
    echo "$what: exit status $got, wanted $wanted; it said:" >&2
    cat "$work/said" >&2
    exit 1
  fi
}

all_good; expect 0 "at the floors"
line 10.00% 10.00% >"$LINES_OF/other"; expect 0 "a room without a floor"
for room in evidence verify x509 seal; do
  all_good; line 94.99% 99.00% >"$LINES_OF/$room"; expect 1 "lines of $room"
  all_good; line 99.00% 84.99% >"$LINES_OF/$room"; expect 1 "branches of $room"
  all_good; line 99.00% - >"$LINES_OF/$room"; expect 1 "no branches of $room"
  all_good; : >"$LINES_OF/$room"; expect 1 "nothing of $room"
  all_good; mv "$work/src/$room" "$work/away"; expect 1 "without $room"
  mv "$work/away" "$work/src/$room"
done
echo "coverage.sh fails where it must"
