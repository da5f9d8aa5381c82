#!/bin/bash
# A clock that is set under the running program makes nothing quiet, nothing twice and nothing new.
#
#   clock.sh PROGRAM
#
# libfaketime shows the program another wall clock, hours and a year away in both directions. The monotonic clock and the
# times of files stay, as they do when an administrator or a time service sets the clock.
set -euo pipefail
source "$(dirname "$0")/agent.sh" "$1"
begin clock
log=$work/logs/SMS_Cloud_ProxyConnector.log
diary=$data/log/cmgmon.log
cat >"$data/cmgmon.yaml" <<END
version: 1
polling: {backstop: 1s}
incidents: {clear_hold: 0s}
sources:
  - {service: sms_cloud_proxyconnector, path: '$log'}
END
faketime=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1) || fail "libfaketime is missing"
printf '%s' +0 >"$work/shift"
nobody=(env LD_PRELOAD="$faketime" FAKETIME_TIMESTAMP_FILE="$work/shift" FAKETIME_NO_CACHE=1
  FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1)
# The clock jumps between two reads of it, never to half a file.
set_clock() {
  printf '%s' "$1" >"$work/shift.new"
  mv "$work/shift.new" "$work/shift"
}
days_of() { date -u -d "$1 days" +%Y-%m-%d; }
# A record as the connector writes it so many days from now.
stamped() { printf '%s~~  $$<SMS_CLOUD_PROXYCONNECTOR><%s+00><thread=7004 (0x1B5C)>\r\n' "$2" "$(date -u -d "$1 days" '+%m-%d-%Y %H:%M:%S.000')"; }
no_tcp() { site_server 'ERROR: Failed to build Tcp connection 43f5-11aa-b0 with server cmg.contoso.com:10140 Exception: System.Net.WebException: Unable to connect to the remote server'; }
of_tcp() { grep -c "\"kind\":\"$1\".*\"cmg_host\":\"cmg.contoso.com\"" "$journal" || true; }
some_of_tcp() { [ "$(of_tcp "$1")" != 0 ]; }

site_server 'Maintaining connections...' >"$log"
start_agent
names=(Before)
refusal Before >>"$log"
wait_for 60 "the first failure" in_journal raised Before
for shift in +7200 -7200 +365d -365d +0; do
  set_clock "$shift"
  name=At${shift/[+-]/_}$([ "${shift:0:1}" = - ] && echo back || echo on)
  names+=("$name")
  refusal "$name" >>"$log"
  wait_for 60 "a failure with the clock at $shift" in_journal raised "$name"
  case $shift in
    # That the program sees the jump at all: what it says now carries that date.
    *365d)
      echo "# $shift" >>"$data/cmgmon.yaml"
      wait_for 60 "the date of $shift" grep -q "^$(days_of "${shift%d}").* were read anew" "$diary"
      ;;
  esac
done
# The log, too, is written with the clock that is ahead. Nothing is quiet: neither what was open before, nor what fails after it
# was set back.
no_tcp >>"$log"
wait_for 60 "a failure that is quiet after 30 minutes" some_of_tcp raised
set_clock +4d
stamped 4 'Maintaining connections...' >>"$log"
names+=(Ahead)
refusal Ahead >>"$log"
wait_for 60 "a failure with the clock ahead" in_journal raised Ahead
set_clock +0
no_tcp >>"$log"
no_tcp >>"$log"
names+=(Behind)
refusal Behind >>"$log"
wait_for 60 "a failure behind the ones that are quiet after 30 minutes" in_journal raised Behind
[ "$(of_tcp raised) $(of_tcp cleared)" = "1 0" ] || fail "a line of a clock that was ahead made a failure quiet"

for name in "${names[@]}"; do
  grep -q "\"kind\":\"cleared\".*\"endpoint\":\"$name\"" "$journal" && fail "$name was closed by the clock"
  answer "$name" >>"$log"
  wait_for 60 "the end of $name" in_journal cleared "$name"
done
stop_agent
for name in "${names[@]}"; do
  for kind in raised cleared; do
    [ "$(grep -c "\"kind\":\"$kind\".*\"endpoint\":\"$name\"" "$journal")" = 1 ] || fail "$name was not $kind exactly once"
  done
done
if [ "$(grep -c '"kind":"raised"' "$journal")" != $((${#names[@]} + 1)) ]; then fail "the clock raised something"; fi
echo "clock: seven jumps, each failure told once"
