#!/bin/bash
# Another Windows program holds a log open, writes numbered failures and rolls the log over, by rename and by copy and
# truncate, while cmgmon follows it: each failure is found exactly once, over a restart too, and the writer is never
# refused anything.
#
#   rollover_test.sh BIN MSI
# shellcheck source=tests/system/windows/windows.sh
. "$(dirname "$0")/windows.sh"

rollovers=${ROLLOVERS:-25} # of each kind
log_folder=$drive/logs
data=$drive/rollover-data
journal=$data/alerts/alerts.jsonl

# cmgmon as a console program, until kill_cmgmon
start_cmgmon() {
  "$wine" run "$bin/cmgmon.exe" --packs "$(windows_path "$project/config/packs")" --data 'C:\rollover-data' run \
    --no-default-sources --source 'sms_cloud_proxyconnector=C:\logs\SMS_Cloud_ProxyConnector.log' \
    </dev/null >>"$work/cmgmon.out" 2>>"$work/cmgmon.err" 3>&- & # an open 3 would keep the writer waiting for orders
  agent=$!
}
# It dies as in a power cut: what it had not saved is gone.
kill_cmgmon() {
  kill -9 "$agent"
  wait "$agent" 2>/dev/null || true
}
found() {
  { grep '"kind":"raised"' "$journal" 2>/dev/null || true; } | sed -n 's/.*"group":{"phrase":"CMGConnector_Numbered\([0-9]*\)".*/\1/p'
}
found_at_least() { [ "$(found | wc -l)" -ge "$1" ]; }

tell() { echo "$1" >&3; }
failures=0
fail_once() {
  tell w
  failures=$((failures + 1))
}

step "a log that another program holds open"
fresh_windows
rm -rf "$log_folder" "$data"
mkdir -p "$log_folder"
mkfifo "$work/orders"
"$wine" run "$bin/log_writer.exe" 'C:\logs\SMS_Cloud_ProxyConnector.log' <"$work/orders" >"$out" 2>"$err" &
writer=$!
exec 3>"$work/orders"
start_cmgmon
backlog_is_read() { grep -q 'All logs have been read' "$data/log/cmgmon.log" 2>/dev/null; }
wait_for 20 "cmgmon follows the log" backlog_is_read

for kind in r t; do
  step "$rollovers rollovers of kind $kind"
  for ((i = 0; i < rollovers; i++)); do
    # One failure just before the rollover and one just after it; whether the first was read before is a matter of luck.
    fail_once
    tell $kind
    fail_once
    # The next rollover replaces the history file, which must have been read to its end by then: a line of the new file
    # says so. Windows would also refuse to replace a file that anybody has open.
    wait_for 20 "failure $failures is found" found_at_least "$failures"
    if [ "$i" = $((rollovers / 2)) ]; then
      kill_cmgmon
      fail_once
      tell $kind
      fail_once
      start_cmgmon
      wait_for 20 "what happened while cmgmon was dead is found" found_at_least "$failures" # the next rollover takes it away
    fi
  done
  wait_for 20 "all $failures failures are found" found_at_least "$failures"
done

step "each exactly once"
exec 3>&-
code=0
wait "$writer" || code=$?
[ "$(tr -d '\r' <"$out")" = "refused 0" ] || fail "the writer was hindered: $(cat "$out" "$err")"
found | sort -n >"$work/found"
seq "$failures" | diff - "$work/found" || fail "not each of the $failures failures was found exactly once"
kill_cmgmon

step "done: $((2 * rollovers + 2)) rollovers, $failures failures"
