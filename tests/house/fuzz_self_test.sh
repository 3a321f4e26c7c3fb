#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does tools/fuzz.sh report every finding, in each of its modes? With programs that are no fuzzers and end as they are
# told.
#   fuzz_self_test.sh ROOT
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/tools "$work"/programs "$work"/tests/fuzz "$work"/build/fuzz/tests/fuzz
cp "$1/tools/fuzz.sh" "$work/tools/"
printf '#!/bin/sh\nexit 0\n' >"$work/programs/cmake"
printf 'one 100 none\ntwo 100 none\nthree 100 none\n' >"$work/tests/fuzz/targets.txt"
for target in one two three; do
  cat >"$work/build/fuzz/tests/fuzz/${target}_fuzz" <<STUB
#!/usr/bin/env bash
echo "#10 DONE cov: 5 ft: 6 corp: 7/8b lim: 9 exec/s: 1 rss: 30Mb" >&2
echo "stat::number_of_executed_units: 10000000" >&2
echo "stat::peak_rss_mb: 30" >&2
exit \$(cat "$work/ends/$target")
STUB
done
chmod +x "$work"/programs/* "$work"/build/fuzz/tests/fuzz/*
mkdir "$work/ends"
export PATH=$work/programs:$PATH

all_well() { for target in one two three; do echo 0 >"$work/ends/$target"; done; }
expect() {
  local wanted=$1 got=0
  shift
  "$work/tools/fuzz.sh" "$@" >"$work/said" 2>&1 || got=$?
  if [ "$got" -ne "$wanted" ]; then
    echo "fuzz.sh $*: exit status $got, wanted $wanted; it said:" >&2
    cat "$work/said" >&2
    exit 1
  fi
}
# The last column of a campaign's row.
findings_of() { sed -n 's/.*| \([0-9]*\) |$/\1/p' "$work/build/fuzz/campaign/$1"; }

for jobs in 1 2; do
  export TENZRO_FUZZ_JOBS=$jobs
  all_well
  expect 0 1
  expect 2 no_such_target 1
  for target in one two three; do
    for status in 70 77; do  # libFuzzer's for a timeout, and for whatever crashes or leaks
      all_well
      echo "$status" >"$work/ends/$target"
      expect 1 1
      grep -q "a finding in $target" "$work/said" || { echo "nothing is said of $target" >&2; exit 1; }
    done
  done
done
# A campaign's finding stays one, also when the campaign is looked at again; another build begins anew.
all_well
echo 77 >"$work/ends/two"
expect 1 --campaign
[ "$(findings_of one) $(findings_of two)" = "0 1" ] || { echo "the rows do not say who has findings" >&2; exit 1; }
expect 1 --campaign
[ "$(findings_of two)" = 1 ] || { echo "a finding is forgotten" >&2; exit 1; }
echo "# another build" >>"$work/build/fuzz/tests/fuzz/two_fuzz"
all_well
expect 0 --campaign
[ "$(findings_of two)" = 0 ] || { echo "a finding of another build is kept" >&2; exit 1; }
echo "fuzz.sh reports every finding"
