#!/bin/bash
# Files that are no logs at all cost no more memory than logs do, and the good record behind them is found.
#
#   hostile_files.sh PROGRAM [ALLOWANCE_MIB]
#
# ALLOWANCE_MIB: what the worst file may cost more than a log of two lines (sanitizers keep freed memory).
# CMGMON_HOSTILE_MIB is the size of the files, 64 if unset.
set -euo pipefail
source "$(dirname "$0")/agent.sh" "$1"
allowance=$((${2:-24} * 1024))
mib=${CMGMON_HOSTILE_MIB:-64}
begin hostile-files

endless_line() { head -c "${mib}M" /dev/zero | tr '\0' x; }
never_closed() { printf '<![LOG[' && endless_line; }
nuls() { head -c "${mib}M" /dev/zero; }
# repeated FILE: over and over.
repeated() {
  local left=$((mib << 20)) size
  size=$(stat -c %s "$1")
  for (( ; left > 0; left -= size)); do head -c "$left" "$1"; done
}
binary() { repeated "$BASH"; }
# It has openers of records in its data, at the start of a line or not as the linker will; nothing closes them.
own_binary() { repeated "$program"; }
openers() { yes '<![LOG[begins like a record of another kind' | head -c "${mib}M" || true; } # yes is told to stop

# peak PID: the most memory it has had, in KiB.
peak() { awk '/^VmHWM:/ { print $2 }' "/proc/$1/status"; }

# scan_of FOLDER: runs scan, leaves its answer in $work/out and the most memory that was seen in $most.
scan_of() {
  local pid now
  most=0
  "$program" scan --json --data "$work/empty" --packs "$packs" "$1" >"$work/out" 2>"$work/agent.out" &
  pid=$!
  while now=$(peak "$pid" 2>/dev/null) && [ -n "$now" ]; do
    most=$now
    sleep 0.01
  done
  wait "$pid" || fail "scan of $1 ended with exit code $?"
}

# hold_scan KIND: the log in the folder of that name.
hold_scan() {
  scan_of "$work/logs/$1"
  grep -q "\"endpoint\": *\"$1\"" "$work/out" || fail "$1: the record behind it is not found by scan"
  echo "$1, $mib MiB: scan has $most KiB at most, $usual KiB for a log of two lines"
  [ "$most" -le $((usual + allowance)) ] || fail "$1: scan takes too much memory"
}

mkdir "$work/empty" "$work/logs/plain"
{ site_server 'Maintaining connections...' && refusal PLAIN; } >"$work/logs/plain/SMS_Cloud_ProxyConnector.log"
usual=0
for _ in 1 2 3 4 5; do # so short a scan is over before it is seen at its peak
  scan_of "$work/logs/plain"
  [ "$most" -le "$usual" ] || usual=$most
done
grep -q '"endpoint": *"PLAIN"' "$work/out" || fail "the failure of the plain log is not found"

# The agent reads all of them, one after the other, while they are there and while they grow.
log=$work/logs/SMS_Cloud_ProxyConnector.log
site_server 'Maintaining connections...' >"$log"
start_agent --source "sms_cloud_proxyconnector=$log"
refusal FIRST >>"$log"
wait_for 60 "the first failure" in_journal raised FIRST
live_usual=$(peak "$agent")

for kind in endless_line never_closed nuls binary own_binary openers; do
  folder=$work/logs/$kind
  mkdir "$folder"
  { "$kind" && printf '\r\n' && refusal "$kind"; } >"$folder/SMS_Cloud_ProxyConnector.log"
  hold_scan "$kind"

  cat "$folder/SMS_Cloud_ProxyConnector.log" >>"$log"
  wait_for 300 "the record behind $kind" in_journal raised "$kind"
  live=$(peak "$agent")
  echo "$kind, $mib MiB: the agent has had $live KiB at most, $live_usual KiB before"
  [ "$live" -le $((live_usual + allowance)) ] || fail "$kind: the agent takes too much memory"
  rm "$folder/SMS_Cloud_ProxyConnector.log"
done
stop_agent

mkdir "$work/logs/utf16"
{ endless_line && printf '\r\n' && refusal utf16; } | iconv -f utf-8 -t utf-16 >"$work/logs/utf16/SMS_Cloud_ProxyConnector.log"
hold_scan utf16
rm -r "$work/logs/utf16"

# As big as the logs that support sees, with as many lines in their messages.
mkdir "$work/logs/lines"
trace='   at System.Net.Http.HttpConnectionPool.SendWithVersionDetectionAndRetryAsync(HttpRequestMessage request, Boolean async, CancellationToken token) with words enough to make this one as long as such lines are in the field, the path of a source file included, and here is its number:'
for ((record = 0; record < 869; record++)); do
  printf '<![LOG[record %d\r\n' "$record"
  for line in 1 2 3 4 5; do printf '%s %d\n' "$trace" "$line"; done
  printf 'end]LOG]!><time="09:00:00.000+00" date="11-16-2026" component="x" context="" type="3" thread="%d" file="">\r\n' "$record"
done >"$work/logs/lines/LocationServices.log"
printf '<![LOG[[CCMHTTP] ERROR INFO: StatusCode=403 StatusText=CMGConnector_Clientcertificaterequired]LOG]!><time="09:00:01.000+00" date="11-16-2026" component="x" context="" type="1" thread="1" file="">\r\n' >>"$work/logs/lines/LocationServices.log"
scan_of "$work/logs/lines"
grep -q '"malformed_records": *0' "$work/out" || fail "records of many lines are called malformed"
grep -q '"line": *6084' "$work/out" || fail "lines are counted wrong"
echo "hostile files: memory stays within the caps, the next good record is found"
