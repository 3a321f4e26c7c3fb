#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants one comparison at a time, which check_secret_compares.sh must take or name.
#   check_secret_compares_self_test.sh SCRATCH
set -euo pipefail
check="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/check_secret_compares.sh"
scratch=$1
failed=0
# try EXPECTED FILE LINE
try() {
  local got=0
  rm -rf "$scratch"
  mkdir -p "$scratch/src/crypto" "$scratch/tools" "$scratch/include"
  printf '%s\n' "$3" >"$scratch/$2"
  bash "$check" "$scratch" >"$scratch.out" 2>&1 || got=$?
  [ "$got" -eq "$1" ] || { echo "expected exit code $1, got $got: $3" >&2; cat "$scratch.out" >&2; failed=1; }
}
try 0 src/a.cpp 'return crypto::equal_constant_time(key.reveal(), other);'
try 0 src/a.cpp 'if (secret.reveal().size() != 32) {'
try 0 src/a.cpp '// memcmp( would tell where'
try 0 src/crypto/digest.cpp 'return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;'
try 1 src/a.cpp 'return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;'
try 1 src/a.cpp 'return std::memcmp(a, b, 32) == 0;'
try 1 tools/a.cpp 'return bcmp (a, b, 32) == 0;'
try 1 include/a.hpp 'return key.reveal()[0] == other[0];'
try 1 src/a.cpp 'return other == Bytes(key.reveal().begin(), key.reveal().end());'
try 1 src/a.cpp 'return std::ranges::equal(key.reveal(), other);'
try 1 src/a.cpp 'return std::equal(other.begin(), other.end(), key.reveal().begin());'
rm -rf "$scratch" "$scratch.out"
exit "$failed"
