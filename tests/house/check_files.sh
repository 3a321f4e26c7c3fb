#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Small promises about every file of the project: no path of somebody's machine, a licence line, spaces and line ends.
#   check_files.sh ROOT
set -euo pipefail
cd "$1"

# Without process substitution, which needs /proc: a bare chroot has none.
files=()
while IFS= read -r file; do files+=("${file#./}"); done \
  <<<"$(find . \( -path ./build -o -path ./.git -o -path ./.cache \) -prune -o -type f -print)"
[ "${#files[@]}" -gt 20 ] || { echo "check_files.sh: no project at $1" >&2; exit 1; }

bad=0
# forbid PATTERN WHY FILES...: prints every line of the files that matches.
forbid() {
  local pattern=$1 why=$2
  shift 2
  if grep -nIE -- "$pattern" "$@" /dev/null; then
    echo "^ $why" >&2
    bad=1
  fi
}

# Written so that this file does not match itself.
forbid '(^|[^[:alnum:]._~$}*?)-])/(w[o]rk|h[o]me|r[o]ot|U[s]ers)/' "a path of somebody's machine" "${files[@]}"
forbid 'F[I]XME|T[O]DO' "unfinished business belongs in the tracker" "${files[@]}"

texts=()
sources=()
for file in "${files[@]}"; do
  case "$file" in
    LICENSE | */seeds/*) continue ;;
    *.hpp | *.cpp) sources+=("$file") ;;
  esac
  case "$file" in
    *.hpp | *.cpp | *.sh | *.cmake | *.md | *.json | *.in | *.txt) texts+=("$file") ;;
  esac
done
forbid '[[:space:]]+$' "white space at the end of a line" "${texts[@]}"
forbid "$(printf '\r')" "a carriage return" "${texts[@]}"
forbid "$(printf '\t')" "a tab" "${sources[@]}"
# complain FILES WHY: each line of the first argument is a file that breaks the rule.
complain() {
  if [ -n "$1" ]; then
    while IFS= read -r file; do echo "$file: $2" >&2; done <<<"$1"
    bad=1
  fi
}
headers=()
for file in "${sources[@]}"; do
  case "$file" in *.hpp) headers+=("$file") ;; esac
done
# An empty file has no first line, so it is looked for apart.
complain "$(awk 'FNR == 1 && $0 != "// SPDX-License-Identifier: Apache-2.0" { print FILENAME }' "${sources[@]}")" \
  "does not begin with the SPDX line"
complain "$(for file in "${texts[@]}"; do [ -s "$file" ] || echo "$file"; done)" "is empty"
complain "$([ "${#headers[@]}" -eq 0 ] || grep -LxF '#pragma once' "${headers[@]}")" "has no '#pragma once'"
# The last bytes of all files at once; which file it is, only where one of them is no line end.
if [ -n "$(tail -qc 1 "${texts[@]}")" ]; then
  complain "$(for file in "${texts[@]}"; do [ -z "$(tail -c 1 "$file")" ] || echo "$file"; done)" "does not end with a line end"
fi
[ "$bad" -eq 0 ] && echo "${#files[@]} files are in order"
