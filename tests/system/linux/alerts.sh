#!/bin/bash
# `cmgmon alerts` looks into the state while the service writes, when it is stopped, and where nothing can be written.
#
#   alerts.sh PROGRAM
set -euo pipefail
source "$(dirname "$0")/agent.sh" "$1"
begin alerts
become_nobody
log=$work/logs/SMS_Cloud_ProxyConnector.log
cat >"$data/cmgmon.yaml" <<END
version: 1
polling: {backstop: 1s}
incidents: {clear_hold: 0s}
sources:
  - {service: sms_cloud_proxyconnector, path: '$log'}
END
alerts() { "${nobody[@]}" "$program" alerts --data "$data" --packs "$packs" "$@"; }
lines() { alerts --jsonl "$@" | wc -l; }
expect_lines() { # NUMBER WHAT ARG...
  local number=$1 what=$2
  shift 2
  [ "$(lines "$@")" = "$number" ] || fail "$what: $(lines "$@") lines instead of $number"
}

[ "$(alerts --history)" = 'Nothing was told.' ] || fail "something was told before the first start"
site_server 'Maintaining connections...' >"$log"
start_agent
refusal First >>"$log"
wait_for 60 "the first failure" in_journal raised First
expect_lines 1 "the first failure"

# From now on, as a stream.
follow() { exec "${nobody[@]}" "$program" alerts --data "$data" --packs "$packs" --follow "$@"; }
follow --jsonl >"$work/stream" 2>"$work/stream.err" &
follower=$!
follow --since 1h >"$work/text" &
reader=$!
wait_for 60 "what was told before" grep -q 'RAISED' "$work/text"
# It has looked for the newest before a second passes; what comes later is shown.
sleep 1
answer First >>"$log"
wait_for 60 "the end in the stream" grep -q '"kind":"cleared"' "$work/stream"
refusal Second >>"$log"
wait_for 60 "the next in the stream" grep -q '"kind":"raised".*Second' "$work/stream"
wait_for 60 "the next as text" grep -q 'Second' "$work/text"
for process in "$follower" "$reader"; do
  kill -INT "$process"
  wait_for 20 "the end of --follow" eval "! kill -0 $process"
  wait "$process" || fail "--follow ended with exit code $?"
done
cmp <(tail -n 2 "$journal") "$work/stream" || fail "the stream is not the journal"
[ ! -s "$work/stream.err" ] || fail "--follow said something: $(cat "$work/stream.err")"

expect_lines 3 "while it runs" --history
expect_lines 0 "a while ago" --since 0s
expect_lines 3 "within the day" --since 1d
alerts --history --json | python3 -c '
import json, sys
history = json.load(sys.stdin)
assert history["schema"] == "cmgmon/history/1", history["schema"]
assert [one["kind"] for one in history["transitions"]] == ["raised", "cleared", "raised"]'
alerts --json --follow 2>/dev/null && fail "one document cannot follow"
stop_agent
expect_lines 3 "when it is stopped"

# Where nothing may be written, also after a crash.
look_only() {
  chmod 555 "$data/state"
  expect_lines 3 "$1"
  alerts | grep -q 'endpoint=Second' || fail "$1: the open incident is not shown"
  chmod 755 "$data/state"
}
look_only "in a folder that cannot be written to"
ls "$data/state" | grep -qE 'wal|shm' && fail "a reader left something behind"
start_agent
wait_for 60 "the start" test -s "$data/state/state.db-wal"
kill_agent
look_only "after a crash, in a folder that cannot be written to"
echo "alerts: read while the service runs, when it is stopped, and where nothing can be written"
