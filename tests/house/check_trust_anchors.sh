#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every certificate that is compiled in stands in docs/trust-anchors.md with its fingerprint, and nothing else
# does.
#   check_trust_anchors.sh ROOT
set -euo pipefail
cd "$1/src/x509"
page=../../docs/trust-anchors.md
bad=0
sums=$(sha256sum -- roots/*.der intermediates/*.der token_issuers/*.der)
for certificate in roots/*.der intermediates/*.der token_issuers/*.der; do
  sum=$(sha256sum "$certificate" | cut -d ' ' -f 1)
  grep -F "\`${certificate##*/}\`" "$page" | grep -qF "\`$sum\`" ||
    { echo "$certificate ($sum) does not stand in docs/trust-anchors.md" >&2; bad=1; }
done
# The page has no fingerprint of a file that is not there.
while IFS= read -r sum; do
  grep -q "^$sum " <<<"$sums" || { echo "docs/trust-anchors.md: no file has the fingerprint $sum" >&2; bad=1; }
done <<<"$(grep -oE '\b[0-9a-f]{64}\b' "$page")"
exit "$bad"
