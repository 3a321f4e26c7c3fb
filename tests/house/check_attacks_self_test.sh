#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants attacks without a test, tests of unknown attacks and reasons that are none, which check_attacks.sh must name.
#   check_attacks_self_test.sh SCRATCH
set -euo pipefail
check=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/check_attacks.sh
scratch=$1
status=0

# plant ATTACKS REASONS COMMENT: a project with this table, these reasons, and one test with this comment.
plant() {
  rm -rf "$scratch"
  mkdir -p "$scratch/tests/room"
  printf '%b' "# table\n\n$1" >"$scratch/tests/attacks.txt"
  printf '%b' "# reasons\n$2" >"$scratch/tests/attacks_without_test.txt"
  printf '// %s\nTEST(A, B) {}\n' "$3" >"$scratch/tests/room/a_test.cpp"
  echo 'tenzro_add_test(room_test a_test.cpp)' >"$scratch/tests/room/CMakeLists.txt"
}
expect_pass() { bash "$check" "$scratch" >"$scratch.out" 2>&1 || { echo "refused though it is right: $1" >&2; cat "$scratch.out" >&2; status=1; }; }
expect_refusal() {
  local said
  if said=$(bash "$check" "$scratch" 2>&1) || [[ $said != *"$2"* ]]; then
    echo "not caught: $1 (said: $said)" >&2
    status=1
  fi
}

plant 'X1  one\nX2   two\n' '' 'ATTACK(X1, X2): why'
expect_pass "two attacks of one test"
plant 'X1  one\nX2  two\n' '' 'ATTACK(X1) ATTACK(X2)'
expect_pass "two names in one line"
plant 'X1  one\nX10  ten\nX3  three\n' 'X10  not built: no such part\nX3  does not apply: nothing to attack\n' 'ATTACK(X1)'
expect_pass "attacks with reasons"
plant 'X1  one\n' 'X1  partly: half of it waits\n' 'ATTACK(X1)'
expect_pass "an attack that is tested in part"
plant 'X1  one\nX10  ten\n' '' 'ATTACK(X10)'
expect_refusal "an attack without test" "X1 (one): no test names it"
plant 'X1  one\n' '' 'X1'
expect_refusal "an id that is merely mentioned" "X1 (one): no test names it"
plant 'X1  one\n' 'X1  not built: no such part\n' 'ATTACK(X1)'
expect_refusal "a reason beside a test" "X1 has a test: tests/room/a_test.cpp"
plant 'X1  one\nX2  two\n' 'X2  does not apply: no such part\n' 'ATTACK(X1, X2)'
expect_refusal "a reason beside a test in a list" "X2 has a test"
plant 'X1  one\nX2  two\n' 'X2  partly: half of it waits\n' 'ATTACK(X1)'
expect_refusal "tested in part by nobody" "X2 is said to be tested in part"
plant 'X1  one\n' '' 'ATTACK(X1) ATTACK(X2)'
expect_refusal "a test of an unknown attack" "ATTACK(X2) is not in"
plant 'X1  one\n' 'X2  not built: no such part\n' 'ATTACK(X1)'
expect_refusal "a reason for an unknown attack" "X2 is not in"
for reason in '' 'not built' 'not built:' 'not built: ' 'later' 'partly'; do
  plant 'X1  one\nX2  two\n' "X2  $reason\n" 'ATTACK(X1)'
  expect_refusal "the reason '$reason'" "gives no reason"
done
plant 'X1  one\nX2  two\n' 'X2  not built: a\nX2  not built: b\n' 'ATTACK(X1)'
expect_refusal "two reasons" "X2 stands there twice"
plant 'X1  one\nX1  two\n' '' 'ATTACK(X1)'
expect_refusal "an id twice" "X1 stands there twice"
for line in 'X1' 'x1  one' 'X1one'; do
  plant "X2  two\n$line\n" '' 'ATTACK(X2)'
  expect_refusal "the line '$line'" "'$line' is not an id and its words"
done
for list in '' 'x1' 'X1,X2' 'X1 X2' 'X1 and X2' 'X1,'; do
  plant 'X1  one\nX2  two\n' '' "ATTACK($list) ATTACK(X1, X2)"
  expect_refusal "ATTACK($list)" "ATTACK($list) is not one id"
done
plant '' '' ''
expect_refusal "no attacks" "no attacks"
plant 'X1  one\n' '' 'ATTACK(X1)'
echo >"$scratch/tests/room/CMakeLists.txt"
expect_refusal "a test that is not built" "stands in no CMakeLists.txt"
rm -rf "$scratch" "$scratch.out"
exit $status
