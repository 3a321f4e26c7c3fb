#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every attack of tests/attacks.txt has a test that names it as ATTACK(X1) or ATTACK(X1, X2), or a reason in
# tests/attacks_without_test.txt; nothing names an attack that is not in the table, or gives a reason without need.
#   check_attacks.sh ROOT
set -euo pipefail
cd "$1"

table=tests/attacks.txt
reasons=tests/attacks_without_test.txt
bad=0
complain() { echo "$*" >&2; bad=1; }
# lines FILE: what is neither comment nor empty.
lines() { grep -vE '^(#|[[:space:]]*$)' "$1" || true; }

declare -A words=() named=() excused=()  # by id: what the attack is; a file that names it; that it has a reason
while IFS= read -r line; do
  [ -n "$line" ] || continue
  if ! [[ $line =~ ^([A-Z][0-9]{1,3})\ +([^ ].*)$ ]]; then
    complain "$table: '$line' is not an id and its words"
    continue
  fi
  id=${BASH_REMATCH[1]}
  [ -z "${words[$id]:-}" ] || complain "$table: $id stands there twice"
  words[$id]=${BASH_REMATCH[2]}
done <<<"$(lines "$table")"
[ "${#words[@]}" -gt 0 ] || complain "$table: no attacks"

built=$(find tests -name CMakeLists.txt -exec cat {} +)
# This checker and its own test name some as examples.
while IFS= read -r found; do
  [ -n "$found" ] || continue
  file=${found%%:*} list=${found#*ATTACK(} list=${list%)}
  if ! [[ $list =~ ^[A-Z][0-9]{1,3}(,\ [A-Z][0-9]{1,3})*$ ]]; then
    complain "$file: ATTACK($list) is not one id, or several with a comma and a space between"
    continue
  fi
  case "$file" in
    *.cpp) [[ $built == *"${file##*/}"* ]] || complain "$file: names ATTACK($list) but stands in no CMakeLists.txt" ;;
  esac
  for id in ${list//,/ }; do
    [ -n "${words[$id]:-}" ] || complain "$file: ATTACK($id) is not in $table"
    named[$id]=$file
  done
done <<<"$(grep -roE --include='*.cpp' --include='*.hpp' --include='*.sh' --include='*.cmake' --include=CMakeLists.txt \
  --exclude='check_attacks*' 'ATTACK\([^)]*\)' tests | sort -u)"

partly=0 waiting=0
while IFS= read -r line; do
  [ -n "$line" ] || continue
  read -r id reason <<<"$line"
  [ -z "${excused[$id]:-}" ] || complain "$reasons: $id stands there twice"
  excused[$id]=1
  [ -n "${words[$id]:-}" ] || complain "$reasons: $id is not in $table"
  case "$reason" in
    "not built: "[[:alpha:]]* | "does not apply: "[[:alpha:]]*)
      waiting=$((waiting + 1))
      [ -z "${named[$id]:-}" ] || complain "$reasons: $id has a test: ${named[$id]}" ;;
    "partly: "[[:alpha:]]*)
      partly=$((partly + 1))
      [ -n "${named[$id]:-}" ] || complain "$reasons: $id is said to be tested in part, but no test names it" ;;
    *) complain "$reasons: '$line' gives no reason (not built: ..., partly: ..., does not apply: ...)" ;;
  esac
done <<<"$(lines "$reasons")"
for id in "${!words[@]}"; do
  [ -n "${named[$id]:-}${excused[$id]:-}" ] || complain "$id (${words[$id]}): no test names it, and $reasons has no reason"
done

[ "$bad" -eq 0 ] || exit 1
count=${#words[@]}
echo "$count attacks: $((count - waiting)) tested, $partly of them in part; $waiting wait for their part or do not apply"
