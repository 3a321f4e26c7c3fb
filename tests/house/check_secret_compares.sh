#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Secrets are compared by crypto::equal_constant_time and by OpenSSL's own check of a tag, never by what ends at the
# first byte that differs. SecretBytes has no operator of that kind (tests/misuse); here is what would get around it.
#   check_secret_compares.sh ROOT
set -euo pipefail
cd "$1"
bad=0
# forbid PATTERN WHY: in the sources, without comments.
forbid() {
  local found
  found=$(grep -rnE --include='*.hpp' --include='*.cpp' -- "$1" src tools include | grep -vE '^[^:]*:[0-9]*:[[:space:]]*//' |
    grep -vE -- "${3:-^$}" || true)
  [ -z "$found" ] || { printf '%s\n^ %s\n' "$found" "$2" >&2; bad=1; }
}
[ -d src ] && [ -d include ] || { echo "check_secret_compares.sh: no project at $1" >&2; exit 1; }
forbid '(^|[^_[:alnum:]])(memcmp|bcmp|strcmp|strncmp)[[:space:]]*\(' "ends at the first byte that differs"
forbid '(CRYPTO_memcmp|consttime_memequal|timingsafe_bcmp)' "crypto::equal_constant_time is the one place for this" \
  '^src/crypto/digest\.cpp:'
forbid 'reveal\(\)(\.[a-z]+\(\))?(\[[^]]*\])?[[:space:]]*(==|!=|<=>)|(==|!=|<=>)[^,;&|]*reveal\(\)' \
  "a secret compared by an operator" 'reveal\(\)\.(size|empty)\(\)'
forbid '(^|[^_[:alnum:]])(equal|compare|lexicographical_compare|mismatch|search|find)[[:space:]]*\([^;]*reveal\(\)' "a secret compared by an algorithm"
[ "$bad" -eq 0 ] && echo "no secret is compared by what tells where it differs"
