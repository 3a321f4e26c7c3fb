#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Alters quotes and collateral, and holds this library's judgement of each against that of @phala/dcap-qvl.
#   run_mutants.sh FOLDER_OF_THE_PACKAGE WRITE_MUTANTS STRIDE VECTORS
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# What could not be fetched is left out, as fetch.sh has said.
[ -e "$1/fetched-lock.json" ] || exit 77
mutants=$(mktemp)
trap 'rm -f "$mutants"' EXIT
"$2" "$3" "$4" >"$mutants"
NODE_PATH="$1/node_modules" node "$here/compare_mutants.js" "$mutants"
