#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants one blemish at a time and asks check_files.sh to find it.
#   check_files_self_test.sh SCRATCH
set -euo pipefail
check="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/check_files.sh"
scratch=$1
failed=0

# try EXPECTED FILE TEXT: a project of good files and this one.
try() {
  local expected=$1 file=$2 text=$3 got=0
  rm -rf "$scratch"
  mkdir -p "$scratch/src"
  for i in {1..30}; do printf '// SPDX-License-Identifier: Apache-2.0\n' >"$scratch/src/file_$i.cpp"; done
  printf '%b' "$text" >"$scratch/src/$file"
  bash "$check" "$scratch" >"$scratch.out" 2>&1 || got=$?
  if [ "$got" -ne "$expected" ]; then
    echo "expected exit code $expected, got $got: $file: $text" >&2
    cat "$scratch.out" >&2
    failed=1
  fi
}

spdx='// SPDX-License-Identifier: Apache-2.0\n'
slash=/
try 0 good.cpp "$spdx"'const char* path = "/dev/tdx_guest";\n'
try 0 good.hpp "$spdx"'#pragma once\n'
try 1 path.cpp "$spdx// see ${slash}work/main\n"
try 1 path.md "a file in ${slash}home/ann/project\n"
try 1 later.cpp "$spdx// TO""DO\n"
try 1 space.cpp "${spdx}int i; \n"
try 1 tab.cpp "$spdx\tint i;\n"
try 1 return.cpp "${spdx}int i;\r\n"
try 1 licence.cpp 'int i;\n'
try 1 guard.hpp "$spdx"
try 1 empty.cpp ""
try 1 end.cpp "${spdx}int i;"
rm -rf "$scratch" "$scratch.out"
exit "$failed"
