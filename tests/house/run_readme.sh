#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does what the README says, in a scratch folder that looks like a clone: runs every command, compares what the README
# shows with what comes out, builds its program with its CMake lines, and runs that.
#   run_readme.sh ROOT BUILD SCRATCH COMPILER FLAGS
set -euo pipefail
root=$1 build=$2 scratch=$3 compiler=$4 flags=$5
readme=$root/README.md

rm -rf "$scratch"
mkdir -p "$scratch/clone/build" "$scratch/home"
for entry in "$root"/*; do
  [ "${entry##*/}" = build ] || ln -s "$entry" "$scratch/clone/"
done
# The README builds build/release; here that is the build that is being tested.
ln -s "$build" "$scratch/clone/build/release"
cd "$scratch/clone"
export TENZRO_TEE_BUILD_DIR=$build HOME=$scratch/home NO_COLOR=1 LC_ALL=C.UTF-8

# block LANGUAGE N: the Nth fenced block of that language.
block() {
  awk -v language="$1" -v wanted="$2" '
    /^```/ && inside { inside = 0; next }
    /^```/ { inside = 1; name = substr($0, 4); if (name == language) n++; next }
    inside && name == language && n == wanted' "$readme"
}
count() { grep -cx "\`\`\`$1" "$readme" || true; }
fail() {
  echo "run_readme.sh: $*" >&2
  exit 1
}

# Every block is of a kind that is tested here; "text" shows things that are not commands.
unknown=$(awk '/^```/ { if (!inside) print substr($0, 4); inside = !inside }' "$readme" | grep -vxE 'sh|console|cmake|cpp|text' || true)
[ -z "$unknown" ] || fail "blocks of a kind that no test looks at: $unknown"

commands=0
for ((i = 1; i <= $(count sh); i++)); do
  while IFS= read -r line; do
    # The test suite is what is running now.
    case "$line" in "" | "#"* | tools/test.sh*) continue ;; esac
    echo "README: $line"
    bash -euo pipefail -c "$line" </dev/null || fail "'$line' failed"
    commands=$((commands + 1))
  done <<<"$(block sh "$i")"
done

# A session: lines that begin with "$ " are typed, the others must come out, in that order; "..." stands for anything.
for ((i = 1; i <= $(count console); i++)); do
  block console "$i" >"$scratch/session"
  sed -n 's/^\$ //p' "$scratch/session" >"$scratch/typed"
  commands=$((commands + $(wc -l <"$scratch/typed")))
  bash "$scratch/typed" </dev/null >"$scratch/said" 2>&1 || true
  exec 3<"$scratch/said"
  while IFS= read -r shown; do
    case "$shown" in '$ '* | '') continue ;; esac
    pattern=$(sed -e 's/[][\\*?]/\\&/g' -e 's/\.\.\./*/g' <<<"$shown")
    while :; do
      IFS= read -r said <&3 || { cat "$scratch/said" >&2; fail "the README shows this line, and it does not come out: $shown"; }
      # shellcheck disable=SC2053  # a pattern on purpose
      [[ $said == $pattern ]] && break
    done
  done <"$scratch/session"
  exec 3<&-
done
[ "$commands" -gt 5 ] || fail "only $commands commands were found"

# The program of the README, with the CMake lines of the README, on what the README installed.
mkdir "$scratch/program"
block cmake 1 >"$scratch/program/CMakeLists.txt"
block cpp 1 >"$scratch/program/main.cpp"
[ "$(count cpp)" -eq 1 ] && [ "$(count cmake)" -eq 1 ] || fail "one program and one CMake block were expected"
cmake -S "$scratch/program" -B "$scratch/program/build" -G Ninja "-DCMAKE_PREFIX_PATH=$HOME/tenzro" \
  "-DCMAKE_CXX_COMPILER=$compiler" "-DCMAKE_CXX_FLAGS=$flags -Wall -Wextra -Werror" >"$scratch/program.log" 2>&1 &&
  cmake --build "$scratch/program/build" >>"$scratch/program.log" 2>&1 || { cat "$scratch/program.log" >&2; fail "the program does not build"; }
program=$scratch/program/build/judge
"$program" report.json hello || fail "the program refuses the good report"
! "$program" report.json goodbye || fail "the program accepts a report that is bound to something else"
echo "$commands commands and one program of the README work"
