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
# lines FILE: what is neither comment nor empty. ids: the first word of each line, one a line.
lines() { grep -vE '^(#|[[:space:]]*$)' "$1" || true; }
has() { grep -qxF -- "$2" <<<"$1"; }

attacks=$(lines "$table" | sed -n 's/^\([A-Z][0-9]\{1,3\}\)  *[^ ].*/\1/p')
while IFS= read -r line; do
  [ -z "$line" ] || complain "$table: '$line' is not an id and its words"
done <<<"$(lines "$table" | grep -vE '^[A-Z][0-9]{1,3} +[^ ]' || true)"
while IFS= read -r id; do
  [ -z "$id" ] || complain "$table: $id stands there twice"
done <<<"$(sort <<<"$attacks" | uniq -d)"
[ -n "$attacks" ] || complain "$table: no attacks"

# Who names an attack: "ID FILE", one a line. This checker and its own test name some as examples.
named=
while IFS= read -r found; do
  [ -n "$found" ] || continue
  file=${found%%:*} list=${found#*ATTACK(} list=${list%)}
  if ! grep -qE '^[A-Z][0-9]{1,3}(, [A-Z][0-9]{1,3})*$' <<<"$list"; then
    complain "$file: ATTACK($list) is not one id, or several with a comma and a space between"
    continue
  fi
  case "$file" in
    *.cpp) grep -qrF --include=CMakeLists.txt -- "${file##*/}" tests ||
      complain "$file: names ATTACK($list) but stands in no CMakeLists.txt" ;;
  esac
  for id in ${list//,/ }; do
    has "$attacks" "$id" || complain "$file: ATTACK($id) is not in $table"
    named+="$id"$'\n'
  done
done <<<"$(grep -roE --include='*.cpp' --include='*.hpp' --include='*.sh' --include='*.cmake' --include=CMakeLists.txt \
  --exclude='check_attacks*' 'ATTACK\([^)]*\)' tests | sort -u)"

excused= partly=0 waiting=0
while IFS= read -r line; do
  [ -n "$line" ] || continue
  id=${line%% *}
  excused+="$id"$'\n'
  has "$attacks" "$id" || complain "$reasons: $id is not in $table"
  case "$(sed 's/^[^ ]*  *//' <<<"$line")" in
    "not built: "[[:alpha:]]* | "does not apply: "[[:alpha:]]*)
      waiting=$((waiting + 1))
      ! has "$named" "$id" || complain "$reasons: $id has a test: $(grep -rlE --include='*.[ch]pp' "ATTACK\(([^)]*, )?$id[,)]" tests | head -n 1)" ;;
    "partly: "[[:alpha:]]*)
      partly=$((partly + 1))
      has "$named" "$id" || complain "$reasons: $id is said to be tested in part, but no test names it" ;;
    *) complain "$reasons: '$line' gives no reason (not built: ..., partly: ..., does not apply: ...)" ;;
  esac
done <<<"$(lines "$reasons")"
while IFS= read -r id; do
  [ -z "$id" ] || complain "$reasons: $id stands there twice"
done <<<"$(sort <<<"$excused" | uniq -d)"

while IFS= read -r id; do
  [ -z "$id" ] || has "$named" "$id" || has "$excused" "$id" ||
    complain "$id ($(lines "$table" | sed -n "s/^$id  *//p")): no test names it, and $reasons has no reason"
done <<<"$attacks"

[ "$bad" -eq 0 ] || exit 1
count=$(grep -c . <<<"$attacks")
echo "$count attacks: $((count - waiting)) tested, $partly of them in part; $waiting wait for their part or do not apply"
