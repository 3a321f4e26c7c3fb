#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every root that is compiled in stands in docs/trust-anchors.md with its fingerprint, and nothing else does.
#   check_trust_anchors.sh ROOT
set -euo pipefail
cd "$1/src/x509/roots"
page=../../../docs/trust-anchors.md
bad=0
sums=$(sha256sum -- *.der)
for root in *.der; do
  sum=$(sha256sum "$root" | cut -d ' ' -f 1)
  grep -F "\`$root\`" "$page" | grep -qF "\`$sum\`" || { echo "$root ($sum) does not stand in docs/trust-anchors.md" >&2; bad=1; }
done
# The page has no fingerprint of a file that is not there.
while IFS= read -r sum; do
  grep -q "^$sum " <<<"$sums" || { echo "docs/trust-anchors.md: no root has the fingerprint $sum" >&2; bad=1; }
done <<<"$(grep -oE '\b[0-9a-f]{64}\b' "$page")"
exit "$bad"
