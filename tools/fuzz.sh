#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes parsers and verifiers under AddressSanitizer and UndefinedBehaviorSanitizer.
#   tools/fuzz.sh json 60            one target of tests/fuzz/targets.txt, for a minute
#   tools/fuzz.sh all 30             every target; the same as tools/fuzz.sh 30
#   tools/fuzz.sh --campaign         every target until it had 10 minutes of processor time or 10,000,000 executions
#   tools/fuzz.sh --campaign json    these targets
#   tools/fuzz.sh --table            what the campaigns of this build folder came to, as docs/fuzzing.md shows it
#   tools/fuzz.sh --minimise json    what was learnt, cut to the fewest inputs that reach the same, into
#                                    build/fuzz/minimised/<target>/: what new seeds are chosen from
# As many targets run at once as there are processors, or TENZRO_FUZZ_JOBS. A finding (crash, broken invariant, input that
# takes more than 5 s, more than 512 MiB, a leak) stops its target, is kept in build/fuzz/findings/<target>/, and makes the
# exit status 1. What was learnt stays in build/fuzz/corpus/<target>/.
set -euo pipefail
case "${1-}" in -h | --help) sed -n '3,/^set /s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  echo "fuzz.sh: $1; tools/fuzz.sh --help says what there is" >&2
  exit 2
}
campaign_runs=10000000 campaign_seconds=600
mode=timed seconds=0 wanted=()
case "${1-}" in
  --campaign) mode=campaign; shift; wanted=("$@") ;;
  --minimise) mode=minimise; shift; wanted=("$@") ;;
  --table) mode=table; [ $# -eq 1 ] || usage "--table takes nothing else" ;;
  *)
    case $# in
      1) seconds=$1 ;;
      2) wanted=("$1") seconds=$2 ;;
      *) usage "it takes a target and a number of seconds" ;;
    esac
    [[ $seconds =~ ^[1-9][0-9]*$ ]] || usage "'$seconds' is no number of seconds"
    ;;
esac
if [ ${#wanted[@]} -eq 0 ]; then wanted=(all); fi

# The third column of targets.txt is the dictionary, or none.
mapfile -t lines <<<"$(grep '^[a-z]' tests/fuzz/targets.txt)"
chosen=()
for name in "${wanted[@]}"; do
  known=0
  for line in "${lines[@]}"; do
    if [ "$name" = all ] || [ "$name" = "${line%% *}" ]; then chosen+=("$line"); known=1; fi
  done
  if [ "$known" -eq 0 ]; then
    echo "fuzz.sh: no target '$name'; there are: $(printf '%s ' "${lines[@]%% *}")" >&2
    exit 2
  fi
done

results=build/fuzz/campaign

# table: one row for each target that a campaign has been through.
table() {
  echo '| target | executions | processor time, s | executions / s | edges | features | corpus | peak memory | findings |'
  echo '|---|---:|---:|---:|---:|---:|---|---:|---:|'
  local line
  for line in "${chosen[@]}"; do
    if [ -s "$results/${line%% *}" ]; then cat "$results/${line%% *}"; fi
  done
}
if [ "$mode" = table ]; then table; exit 0; fi

if ! cmake --preset fuzz >/dev/null; then
  echo "fuzz.sh: the build folder cannot be made; tools/setup.sh --full installs what it needs, clang 19 first" >&2
  exit 1
fi
programs=()
for line in "${chosen[@]}"; do programs+=("${line%% *}_fuzz"); done
cmake --build build/fuzz --target "${programs[@]}"

# A smaller quarantine and shorter stacks of allocations than usual: both cost a verifier more time than its work does.
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:quarantine_size_mb=32:malloc_context_size=5
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

# run_program LINE LOG OPTION...: the target of this line of targets.txt, over what was learnt and the seeds. Writes the user
# and system time it took to LOG.cpu.
run_program() {
  local line=$1 log=$2 target max_len dictionary
  shift 2
  read -r target max_len dictionary <<<"$line"
  local corpus=build/fuzz/corpus/$target findings=build/fuzz/findings/$target
  mkdir -p "$corpus" "$findings"
  local options=(-timeout=5 -rss_limit_mb=512 -max_len="$max_len" -artifact_prefix="$findings/" -print_final_stats=1 "$@")
  if [ "$dictionary" != none ]; then options+=(-dict="tests/fuzz/dictionaries/$dictionary.dict"); fi
  local TIMEFORMAT='%U %S' status=0
  { time "build/fuzz/tests/fuzz/${target}_fuzz" "${options[@]}" "$corpus" "tests/fuzz/seeds/$target" >"$log" 2>&1; } \
    2>"$log.cpu" || status=$?
  return $status
}

complain() {
  echo "fuzz.sh: a finding in $1, kept in build/fuzz/findings/$1/; the end of $2:" >&2
  tail -n 60 "$2" >&2
}

# The last "#n DONE cov: .. ft: .. corp: .. lim: .. exec/s: .. rss: .." or, after a finding, the last line of its kind.
last_state() { grep -aE '^#[0-9]+' "$1" | tail -n 1; }

fuzz_for_a_time() {
  local target=${1%% *} log=build/fuzz/${1%% *}.log
  if run_program "$1" "$log" -max_total_time="$seconds"; then
    printf '%-18s %s\n' "$target" "$(last_state "$log")"
  else
    complain "$target" "$log"
    return 1
  fi
}

# In rounds, since libFuzzer counts the seconds of the wall clock, and those of a busy machine are short. What the rounds came
# to is kept beside the program's checksum: a campaign that was interrupted goes on, and one of another build begins anew.
fuzz_for_a_campaign() {
  local target=${1%% *} log=build/fuzz/${1%% *}.log runs=0 spent=0 peak=0 findings=0 executed memory status of sum
  local program=build/fuzz/tests/fuzz/${target}_fuzz state=$results/$target.state
  mkdir -p "$results"
  sum=$(cksum <"$program")
  sum=${sum// /-}
  if [ -s "$state" ]; then
    read -r of runs spent peak findings <"$state"
    if [ "$of" != "$sum" ]; then runs=0 spent=0 peak=0 findings=0; fi
    findings=${findings:-0}
  fi
  rm -f "$results/$target"
  # Processor time in hundredths of a second.
  while [ "$runs" -lt "$campaign_runs" ] && [ "$spent" -lt $((campaign_seconds * 100)) ] && [ "$findings" -eq 0 ]; do
    status=0
    run_program "$1" "$log" -runs=$((campaign_runs - runs)) -max_total_time=120 || status=$?
    executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
    runs=$((runs + ${executed:-0}))
    if [ "${memory:-0}" -gt "$peak" ]; then peak=$memory; fi
    spent=$((spent + $(awk '{ printf "%d", 100 * ($1 + $2) }' "$log.cpu")))
    if [ "$status" -ne 0 ] && [ "$status" -ne 72 ]; then findings=1; fi
    # With the finding: the same program has it the next time too, whatever it runs into then.
    echo "$sum $runs $spent $peak $findings" >"$state"
    if [ "$status" -eq 72 ]; then return 1; fi  # interrupted
  done
  local line edges features corpus
  line=$(last_state "$log")
  edges=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' <<<"$line")
  features=$(sed -n 's/.* ft: \([0-9]*\).*/\1/p' <<<"$line")
  corpus=$(sed -n 's/.* corp: \([^ ]*\).*/\1/p' <<<"$line")
  printf '| `%s` | %d | %d | %d | %s | %s | %s | %d MiB | %d |\n' "$target" "$runs" $((spent / 100)) \
    $((runs * 100 / (spent > 0 ? spent : 1))) "$edges" "$features" "$corpus" "$peak" "$findings" >"$results/$target"
  cat "$results/$target"
  if [ "$findings" -ne 0 ]; then
    complain "$target" "$log"
    return 1
  fi
}

minimise() {
  local target=${1%% *} max_len log=build/fuzz/${1%% *}.minimise.log
  read -r _ max_len _ <<<"$1"
  local out=build/fuzz/minimised/$target
  rm -rf "$out"
  mkdir -p "$out" "build/fuzz/corpus/$target"
  # The seeds come first: of two inputs that reach the same, libFuzzer keeps the smaller one.
  "build/fuzz/tests/fuzz/${target}_fuzz" -merge=1 -timeout=5 -rss_limit_mb=512 -max_len="$max_len" "$out" \
    "tests/fuzz/seeds/$target" "build/fuzz/corpus/$target" >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
  printf '%-18s %s files, %s bytes\n' "$target" "$(find "$out" -type f | wc -l)" "$(du -sb "$out" | cut -f1)"
}

case $mode in
  timed) task=fuzz_for_a_time; echo "== ${#chosen[@]} targets, $seconds s each" ;;
  campaign) task=fuzz_for_a_campaign ;;
  minimise) task=minimise ;;
esac
jobs_at_once=${TENZRO_FUZZ_JOBS:-$(nproc)}
status=0 running=0
for line in "${chosen[@]}"; do
  if [ "$running" -ge "$jobs_at_once" ]; then
    wait -n || status=1
    running=$((running - 1))
  fi
  "$task" "$line" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || status=1
  running=$((running - 1))
done
exit $status
