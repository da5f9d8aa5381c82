# shellcheck shell=bash
# What the tests of the running program share. Sourced by them with $1 = the program.
#
# begin NAME makes a folder of the test's own ($work, gone at the end) and sees that the agent does not outlive the test.

program=$1
nobody=()
packs=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)/config/packs
agent=

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

begin() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/cmgmon-$1.XXXXXX")
  data=$work/data
  journal=$data/alerts/alerts.jsonl
  trap finish EXIT
  mkdir "$data" "$work/logs"
}

finish() {
  local code=$?
  if [ -n "$agent" ]; then kill -9 "$agent" 2>/dev/null || true; fi
  if [ "$code" != 0 ]; then
    echo "--- what the agent said" >&2
    tail -n 40 "$work/agent.out" "$data/log/cmgmon.log" >&2 || true
  fi
  rm -rf "$work"
}

# From here on the program runs as a user without rights, because nothing is forbidden to root. It fails when it cannot; a
# user without rights it is anyway. A copy is made that this user can reach, wherever the build is.
become_nobody() {
  chmod 755 "$work"
  cp "$program" "$work/cmgmon"
  cp -r "$packs" "$work/packs"
  chmod -R a+rX "$work/cmgmon" "$work/packs"
  program=$work/cmgmon packs=$work/packs
  chmod a+rwx "$data"
  if [ "$(id -u)" = 0 ]; then nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --); fi
  "${nobody[@]}" "$program" version >/dev/null || fail "cannot run the program as an unprivileged user"
}

# start_agent ARG...: `cmgmon run` in the background. What it says goes through a pipe: it must not depend on a disk.
start_agent() {
  "${nobody[@]}" "$program" run --data "$data" --packs "$packs" --no-default-sources --host CP1 "$@" \
    > >(cat >>"$work/agent.out") 2>&1 </dev/null &
  agent=$!
}

kill_agent() {
  kill -9 "$agent"
  wait "$agent" 2>/dev/null || true
  agent=
}

# Ends it as an administrator would; it must end well, and within the time a service manager gives.
stop_agent() {
  local code=0 started=$SECONDS
  kill -TERM "$agent"
  wait "$agent" || code=$?
  agent=
  [ "$code" = 0 ] || fail "the agent ended with exit code $code after SIGTERM"
  [ $((SECONDS - started)) -le 20 ] || fail "the agent took $((SECONDS - started)) s to stop"
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds; the time is only there so that a broken program ends the test.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" 2>/dev/null; do
    [ -z "$agent" ] || kill -0 "$agent" 2>/dev/null || fail "the agent ended while we waited for $what"
    [ "$SECONDS" -lt "$deadline" ] || fail "waited in vain for $what"
    sleep 0.02
  done
}

# site_server MESSAGE: a record as the connector writes it, now. No process is started for it: the writers are in a hurry.
site_server() {
  local now
  TZ=UTC0 printf -v now '%(%m-%d-%Y %H:%M:%S)T' -1
  printf '%s~~  $$<SMS_CLOUD_PROXYCONNECTOR><%s.000+00><thread=7004 (0x1B5C)>\r\n' "$1" "$now"
}
refusal() { site_server "Received response https://mp.contoso.com/$1/.sms_aut?MPLIST for message $1: HTTP/1.1 403 CMGConnector_Clientcertificaterequired"; }
answer() { site_server "Received response https://mp.contoso.com/$1/.sms_aut?MPLIST for message $1: HTTP/1.1 200 OK"; }

# in_journal KIND ENDPOINT
in_journal() { grep -q "\"kind\":\"$1\".*\"group\":{\"endpoint\":\"$2\"}" "$journal"; }
