#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fetches @phala/dcap-qvl and what it needs into a folder: what package-lock.json names, each by its hash, without running
# anything of it. Does nothing, and asks nobody, when the folder has just that already.
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
if ! (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline); then
  echo "fetch.sh: @phala/dcap-qvl could not be fetched with npm; the tests need it once for each build folder" >&2
  exit 1
fi
cp "$here/package-lock.json" "$fetched"
