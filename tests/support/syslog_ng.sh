#!/bin/bash
# Prints the folder that Debian's syslog-ng is unpacked in. It cannot be installed beside rsyslog, and both are wanted.
# What it links to comes with installer/packages.sh native.
#
#   root=$(syslog_ng.sh); LD_LIBRARY_PATH=$root/usr/lib/syslog-ng $root/usr/sbin/syslog-ng --version
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cmgmon
root=$cache/syslog-ng
mkdir -p "$cache"
exec 9>"$cache/syslog-ng.lock"
flock 9
if [ ! -x "$root/usr/sbin/syslog-ng" ]; then
  work=$(mktemp -d "$cache/syslog-ng-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && { apt-get -q download syslog-ng-core || { apt-get -q update && apt-get -q download syslog-ng-core; }; }) >&2
  rm -rf "$root"
  dpkg -x "$work"/syslog-ng-core_*.deb "$root"
fi
echo "$root"
