#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian 12 packages that building and testing need. Does nothing, at once, when they are all there.
#   tools/setup.sh          compiler, CMake, libraries
#   tools/setup.sh --test   also Node.js with npm, for the tests that hold other implementations against this one, a
#                           TPM that is a program (swtpm), and Python, which rewrites sources for tools/removed_checks.sh
#   tools/setup.sh --full   also clang 19 with its sanitizers, formatter and linter
#   tools/setup.sh --bench  also Google Benchmark, and age to be compared with
set -euo pipefail
case "${1-}" in -h | --help) sed -n '3,/^set /s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;; esac

# ca-certificates: what the services that collateral comes from are trusted by.
packages=(g++ cmake ninja-build pkg-config ca-certificates libssl-dev libcurl4-openssl-dev libxml2-dev nlohmann-json3-dev libcli11-dev libgtest-dev libcbor-dev libtss2-dev zlib1g-dev)
# Node.js of another source than Debian does as well.
node=()
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  node=(nodejs npm)
fi
case "$*" in
  "") ;;
  --test) packages+=("${node[@]}" swtpm python3) ;;
  --full) packages+=("${node[@]}" swtpm python3 clang-19 clang-format-19 clang-tidy-19 libclang-rt-19-dev llvm-19) ;;
  --bench) packages+=(libbenchmark-dev age bc) ;;
  *) echo "setup.sh: it takes one of --test, --full and --bench, or nothing, and got '$*'" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  for tool in c++ cmake ninja; do
    if ! command -v "$tool" >/dev/null; then
      echo "setup.sh: this is not Debian and '$tool' is missing; install what these Debian packages hold: ${packages[*]}" >&2
      exit 1
    fi
  done
  exit 0
fi

# dpkg-query names packages that it does not know on stderr and fails; both only mean "missing" here.
installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup.sh: these packages are missing: ${missing[*]}; run as root 'apt-get install ${missing[*]}', or install sudo" >&2
    exit 1
  fi
  as_root=(sudo)
  [ -t 0 ] || as_root+=(-n)   # nobody is there to type a password: fail instead of waiting
  if ! "${as_root[@]}" true; then
    echo "setup.sh: these packages are missing: ${missing[*]}; sudo was refused, so run as root 'apt-get install ${missing[*]}'" >&2
    exit 1
  fi
fi

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}
echo "setup.sh: installing ${missing[*]}" >&2
apt update >&2
apt install --no-install-recommends "${missing[@]}" >&2
