#!/bin/bash
# Installs the Debian packages that a part of the work needs and this machine lacks. Says nothing when none is missing.
#
#   packages.sh native|windows|sanitizers...
set -euo pipefail

native=(g++ cmake ninja-build ccache libboost1.81-dev libspdlog-dev libfmt-dev libpoco-dev libre2-dev libyaml-cpp-dev
  libcli11-dev googletest libhyperscan-dev python3-jsonschema python3-yaml libssl-dev libsqlite3-dev
  libsqlitecpp-dev prometheus-cpp-dev
  # Servers that the tests of delivery talk to, and what syslog-ng (tests/support/syslog_ng.sh) links to.
  openssl rsyslog rsyslog-openssl libfaketime python3-aiosmtpd libivykis0 libnet1 libwrap0 prometheus
  prometheus-alertmanager)
# From dpkg-dev on: the Windows libraries are built from Debian's sources (installer/windows/prefix.sh).
windows=(g++-mingw-w64-x86-64-posix wine64 wixl msitools dpkg-dev python3-six unicode-data perl tcl)
sanitizers=(clang)

wanted=()
for part in "$@"; do
  case $part in
    native) wanted+=("${native[@]}") ;;
    windows) wanted+=("${windows[@]}") ;;
    sanitizers) wanted+=("${sanitizers[@]}") ;;
    *)
      echo "packages.sh: unknown part '$part'" >&2
      exit 2
      ;;
  esac
done

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
  echo "These Debian packages are missing: ${missing[*]}" >&2
  echo "Install them as root: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "installing: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get -q -o Acquire::Retries=3 update && apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends "${missing[@]}"; } \
  >"$log" 2>&1 </dev/null; then
  tail -n 30 "$log" >&2
  exit 1
fi
