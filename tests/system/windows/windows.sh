# shellcheck shell=bash disable=SC2034
# Sourced by the Windows system tests: a Windows of their own (Wine), what they do to it, and what they may expect.
#
# Nothing here sleeps for a fixed time: whatever is expected is waited for until a deadline.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../../.." && pwd)
bin=$(realpath "$1") # where cmgmon.exe was built
msi=$(realpath "$2")
version=${msi##*-}
version=${version%.msi}

export CMGMON_WINEPREFIX=${CMGMON_SYSTEM_WINEPREFIX:-$project/build/windows/wine-system}
wine=$project/tests/support/wine.sh
drive=$CMGMON_WINEPREFIX/drive_c
program="$drive/Program Files/CMG Health Monitor"
data=$drive/ProgramData/CmgHealthMonitor
configuration=$data/cmgmon.yaml
journal=$data/alerts/alerts.jsonl
work=$(mktemp -d)
out=$work/out # of the last program that ran
err=$work/err
code=0
seen=0 # events that have been looked at

# Prints what a person needs to see why a test failed.
finish() {
  local status=$?
  if [ $status != 0 ]; then
    echo "--- the last program's output (exit code $code)"
    cat "$out" "$err" 2>/dev/null || true
    echo "--- events after number $seen"
    events | awk -v seen="$seen" '/^event /{n++} n > seen' | cut -c1-200 || true
    echo "--- the service's own log"
    tail -n 20 "$data/log/cmgmon.log" 2>/dev/null || true
  fi
  "$wine" stop
  rm -rf "$work"
  exit $status
}
trap finish EXIT

step() { printf '%5.1f s  %s\n' "$(awk '{print $1}' /proc/uptime | awk -v start="$started" '{print $1 - start}')" "$*"; }
started=$(cut -d' ' -f1 /proc/uptime)

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# --- Windows ----------------------------------------------------------------------------------------------------------

# A Windows on which the product never was: registry as after its first boot, no folders of ours. Making a Wine folder
# takes long, so there is one for all tests, and what they change is undone here.
fresh_windows() {
  local pristine=$CMGMON_WINEPREFIX/pristine hive
  "$wine" stop
  if [ ! -d "$pristine" ]; then
    "$wine" boot
    "$wine" stop
    mkdir -p "$pristine.new"
    cp "$CMGMON_WINEPREFIX"/*.reg "$pristine.new/"
    mv "$pristine.new" "$pristine"
  fi
  for hive in "$pristine"/*.reg; do cp "$hive" "$CMGMON_WINEPREFIX/"; done
  rm -rf "$program" "$data" "$drive/SMS" "$drive/SMS_CCM" "$drive/inetpub" "$drive/ClientLogs" "$drive/windows/Installer"
  boot_windows
}

# Services' calls of ReportEventW are traced from the first boot on, and what Wine cannot set of a service.
boot_windows() {
  "$wine" boot "-all,+eventlog,fixme+advapi,fixme+service"
  seen=0
}

# run EXPECTED_CODE PROGRAM [ARG...]
run() {
  local expected=$1
  shift
  code=0
  "$wine" run "$@" </dev/null >"$out" 2>"$err" || code=$?
  [ "$code" = "$expected" ] || fail "exit code $code instead of $expected of: $*"
}
cmgmon() { run "$1" "$program/cmgmon.exe" "${@:2}"; }

# msiexec EXPECTED_CODE ARG...
msiexec() { run "$1" msiexec /qn "${@:2}"; }
windows_path() { "$wine" path "$1"; }

says() { grep -qF -- "$1" "$out" "$err" || fail "did not say: $1"; }

# wait_for SECONDS WHAT COMMAND...
wait_for() {
  local limit=$1 what=$2 deadline
  shift 2
  deadline=$((SECONDS + limit))
  until "$@"; do
    [ $SECONDS -lt $deadline ] || fail "not within $limit s: $what"
    sleep 0.05
  done
}

# service_is STATE, by Windows' own word.
service_is() {
  "$wine" run sc query CmgHealthMonitor </dev/null >"$out" 2>"$err" || true
  grep -q "STATE.*$1" "$out"
}

registry_has() { "$wine" run reg query "$@" </dev/null >"$out" 2>"$err"; }

# --- events -----------------------------------------------------------------------------------------------------------

all_events() { awk -f "$here/trace.awk" "$("$wine" trace)"; }
# Signs of life come by the clock, so they stand aside.
events() { all_events | awk '/^event /{show = $2 != 9000} show'; }
heartbeat_was_given() { all_events | grep -q '^event 9000 information category 5 '; }
count_of_events() { events | grep -c '^event ' || true; }
there_are_events() { [ "$(count_of_events)" -ge "$1" ]; }

# next_event HEAD: waits for one more event and holds it against the beginning of its first line.
next_event() {
  wait_for 20 "event $1" there_are_events $((seen + 1))
  seen=$((seen + 1))
  events | awk -v number="$seen" '/^event /{n++} n == number' >"$work/event"
  [[ "$(head -n 1 "$work/event")" == "event $1"* ]] || fail "expected event $1, got: $(head -n 2 "$work/event")"
}
# event_says NUMBER TEXT: of the event that came last.
event_says() {
  grep "^ *$1 " "$work/event" | grep -qF -- "$2" ||
    fail "string $1 of $(head -n 1 "$work/event") lacks: $2"
}
# No event came that nobody asked for. Only after something that would have come later has come.
no_more_events() { [ "$(count_of_events)" = "$seen" ] || fail "an event that was not expected"; }

# How many lines of the journal hold both words.
journal_count() {
  awk -v one="$1" -v two="${2:-}" 'index($0, one) && index($0, two) { n++ } END { print n + 0 }' "$journal"
}
