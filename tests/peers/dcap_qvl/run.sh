#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes quotes, and has @phala/dcap-qvl read and judge them.
#   run.sh FOLDER_OF_THE_PACKAGE WRITE_QUOTES
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# What could not be fetched is left out, as fetch.sh has said.
[ -e "$1/fetched-lock.json" ] || exit 77
quotes=$(mktemp)
trap 'rm -f "$quotes"' EXIT
"$2" >"$quotes"
# The script lies with the sources, the package in the build folder.
NODE_PATH="$1/node_modules" node "$here/compare.js" "$quotes"
