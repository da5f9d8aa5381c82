#!/bin/bash
# Trouble that comes and goes costs one event each way and nothing else: what was logged meanwhile is told, once.
#
#   faults.sh PROGRAM
#
# The program runs as a user without rights, because nothing is forbidden to root; the test fails when it cannot.
set -euo pipefail
# Mounts are the test's own and end with it. Where none may be made, the folder is moved away instead.
mounts=${CMGMON_OWN_MOUNTS:-}
if [ -z "$mounts" ] && unshare --mount mount -t tmpfs none /mnt 2>/dev/null; then
  CMGMON_OWN_MOUNTS=yes exec unshare --mount bash "$0" "$@"
fi
source "$(dirname "$0")/agent.sh" "$1"
begin faults
trap '' XFSZ # a file that may not grow is to be an error for the program, not its end
become_nobody
logs=$work/volume/logs
mkdir -p "$work/disk/logs" "$work/volume"
if [ -n "$mounts" ]; then
  mkdir "$work/away" && mount --bind "$work/disk" "$work/volume"
  trap 'code=$?; umount --lazy "$work/volume" "$work/away" || true; (exit "$code"); finish' EXIT
else
  mkdir "$logs"
fi
log=$logs/SMS_Cloud_ProxyConnector.log
diary=$data/log/cmgmon.log
cat >"$data/cmgmon.yaml" <<END
version: 1
polling: {backstop: 1s}
incidents: {clear_hold: 0s}
sources:
  - {service: sms_cloud_proxyconnector, path: '$log'}
END
told_once() { # ENDPOINT KIND
  [ "$(grep -c "\"kind\":\"$2\".*\"endpoint\":\"$1\"" "$journal")" = 1 ] || fail "$1 was not $2 exactly once"
}

site_server 'Maintaining connections...' >"$log"
chmod 755 "$logs"
start_agent
refusal First >>"$log"
wait_for 60 "the first failure" in_journal raised First

# --- a log that may not be read for a while -------------------------------------------------------------------------------
chmod 000 "$log"
refusal Forbidden >>"$log"
wait_for 60 "the closed log" grep -qF "Cannot read $log: " "$diary"
chmod 644 "$log"
wait_for 60 "what was logged meanwhile" in_journal raised Forbidden
wait_for 60 "that it can be read" grep -qF "Reading $log again" "$diary"

# --- a folder that may not be entered -------------------------------------------------------------------------------------
chmod 000 "$logs"
refusal Closed >>"$log"
wait_for 60 "the closed folder" grep -qF " $logs: " "$diary"
chmod 755 "$logs"
wait_for 60 "what was logged meanwhile" in_journal raised Closed
wait_for 60 "that it can be entered" grep -qF "Reading $logs again" "$diary"

# --- a folder that is gone and comes back: an unmounted volume ------------------------------------------------------------
away=$work/away
if [ -n "$mounts" ]; then
  umount --lazy "$work/volume"
  mount --bind "$work/disk" "$away"
  refusal Unmounted >>"$away/logs/${log##*/}"
else
  mv "$logs" "$away"
  refusal Unmounted >>"$away/${log##*/}"
fi
wait_for 60 "the folder that is gone" grep -qE "(No log is found at $log|Cannot list $logs: No such file)" "$diary"
if [ -n "$mounts" ]; then mount --bind "$work/disk" "$work/volume"; else mv "$away" "$logs"; fi
wait_for 60 "what was logged meanwhile" in_journal raised Unmounted

# --- stopped as a whole: a virtual machine that is paused -----------------------------------------------------------------
kill -STOP "$agent"
refusal Paused1 >>"$log"
mv "$log" "$logs/SMS_Cloud_ProxyConnector-20261122-101500.log"
refusal Paused2 >"$log"
mv "$log" "$logs/SMS_Cloud_ProxyConnector-20261122-101600.log"
refusal Paused3 >"$log"
kill -CONT "$agent"
wait_for 60 "what was logged meanwhile" in_journal raised Paused3

# --- a disk that is full ---------------------------------------------------------------------------------------------------
# As on a full disk no file of the program may grow; its output is a pipe.
limit() { "${nobody[@]}" prlimit --pid "$agent" --fsize="$1"; }
limit 1:unlimited
refusal Full >>"$log"
wait_for 60 "that the state cannot be saved" grep -qF 'The state cannot be saved' "$work/agent.out"
wait_for 60 "that the journal cannot be written" grep -qF "Alerts are not reaching the sink 'journal'" "$work/agent.out"
in_journal raised Full && fail "a full disk was written to"
limit unlimited:unlimited
wait_for 60 "what was found meanwhile" in_journal raised Full
wait_for 60 "the state" grep -qF 'The state is being saved again' "$work/agent.out"
wait_for 60 "the sink" grep -qF "The sink 'journal' works again" "$work/agent.out"

for endpoint in First Forbidden Closed Unmounted Paused1 Paused2 Paused3 Full; do
  answer "$endpoint" >>"$log"
  wait_for 60 "the end of $endpoint" in_journal cleared "$endpoint"
done
stop_agent
for endpoint in First Forbidden Closed Unmounted Paused1 Paused2 Paused3 Full; do
  told_once "$endpoint" raised
  told_once "$endpoint" cleared
done
for text in 'The state cannot be saved' 'The state is being saved again' "Alerts are not reaching the sink 'journal'" \
  "The sink 'journal' works again"; do
  [ "$(grep -cF -- "$text" "$work/agent.out")" = 1 ] || fail "'$text' was not said exactly once"
done
[ "$(grep -c 'go unseen until it can be read' "$diary")" = 3 ] || fail "not one event for each of three troubles"
[ "$(grep -c 'Reading .* again' "$diary")" = 3 ] || fail "not one event for the end of each of three troubles"
if grep -F 'could not be read:' "$diary"; then fail "the agent believes that it lost something"; fi
echo "faults: one event each way, nothing lost"
