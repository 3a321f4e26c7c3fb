#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches @phala/dcap-qvl and what it needs into a folder: what package-lock.json names, each by its hash, without running
# anything of it. Does nothing, and asks nobody, when the folder has just that already. Ends with 77, which leaves the
# peer's test out, where the registry cannot be reached; what comes and is not what was wanted is a failure.
#   fetch.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1

for tool in node npm; do
  command -v "$tool" >/dev/null ||
    { echo "fetch.sh: '$tool' is missing; tools/setup.sh --test installs Debian's nodejs and npm" >&2; exit 1; }
done
fetched=$folder/fetched-lock.json  # written last: what was cut short is fetched anew
cmp -s "$here/package-lock.json" "$fetched" && exit 0

mkdir -p "$folder"
rm -f "$fetched"
cp "$here/package.json" "$here/package-lock.json" "$folder/"
# Who vouches for the registry: whoever the system trusts, besides those that node brings.
system_authorities=/etc/ssl/certs/ca-certificates.crt
if [ -z "${NODE_EXTRA_CA_CERTS-}" ] && [ -r "$system_authorities" ]; then
  export NODE_EXTRA_CA_CERTS=$system_authorities
fi
if ! (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline) 2>"$folder/said.txt"; then
  cat "$folder/said.txt" >&2
  grep -q EINTEGRITY "$folder/said.txt" && exit 1
  echo "fetch.sh: @phala/dcap-qvl could not be fetched with npm, and its test is left out; it is needed once for each" \
       "build folder" >&2
  exit 77
fi
cp "$here/package-lock.json" "$fetched"
