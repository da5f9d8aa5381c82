#!/bin/bash
# Bad input stops neither the program nor the rest of its work, and the answer says what to do.
#
#   bad_input.sh PROGRAM
#
# Some of it means nothing to root, so the program also runs as a user without rights; the test fails when it cannot.
set -euo pipefail
source "$(dirname "$0")/agent.sh" "$1"
begin bad-input

become_nobody

# expect CODE TEXT COMMAND...: the exit code, and a text (may be empty) on standard error; nothing may hang.
expect() {
  local code=0 want=$1 text=$2
  shift 2
  timeout 60 "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
  if [ "$code" != "$want" ] || { [ -n "$text" ] && ! grep -qF -- "$text" "$work/err"; }; then
    cat "$work/err" >&2
    fail "exit code $code instead of $want, or no '$text' from: $*"
  fi
}
unprivileged_expect() { # CODE TEXT ARGUMENT...: the program itself, as nobody
  local want=$1 text=$2
  shift 2
  expect "$want" "$text" "${nobody[@]}" "$program" --packs "$packs" "$@"
}

logs=$work/logs
good=$logs/SMS_Cloud_ProxyConnector.log
{
  site_server 'Maintaining connections...'
  refusal SMS_MP
} >"$good"
secret=$logs/secret
mkdir "$secret" "$logs/folder"
printf 'x' >"$logs/LocationServices.log"
printf 'x' >"$secret/CcmMessaging.log"
chmod 000 "$logs/LocationServices.log" "$secret"
mkfifo "$logs/CCM_STS.log"
ln -s "$good" "$logs/ccmsetup.log"
: >"$logs/PolicyAgent.log"
head -c 3000000 /dev/urandom >"$logs/CAS.log"

# --- scan -------------------------------------------------------------------------------------------------------------
empty=$work/empty # as a data folder: no settings of this machine
mkdir "$empty"
scan=(scan --data "$empty")
unprivileged_expect 3 'Permission denied' "${scan[@]}" "$good" "$logs/LocationServices.log"
grep -q 'CMG-CONN-403-CLIENTCERT' "$work/out" || fail "an unreadable file hides what the others say"
unprivileged_expect 1 'Permission denied' "${scan[@]}" "$logs/LocationServices.log"
unprivileged_expect 3 "$secret" "${scan[@]}" "$logs"
unprivileged_expect 3 'Permission denied' "${scan[@]}" --fail-on low "$good" "$logs/LocationServices.log"
unprivileged_expect 1 'No such file' "${scan[@]}" "$logs/nothing-here.log"
unprivileged_expect 1 'nothing to read' "${scan[@]}" "$logs/folder"
unprivileged_expect 1 "$logs/CCM_STS.log" "${scan[@]}" "$logs/CCM_STS.log"
unprivileged_expect 1 '/dev/zero' "${scan[@]}" /dev/zero
unprivileged_expect 0 '' "${scan[@]}" --fail-on informational "$logs/PolicyAgent.log" "$logs/CAS.log"
exec 4<"$good"
flock -x 4 # whoever locks it keeps nobody from reading
unprivileged_expect 4 '' "${scan[@]}" --fail-on high "$good"
exec 4<&-

# --- a program that cannot start ----------------------------------------------------------------------------------------
run=(run --once --no-default-sources --source "sms_cloud_proxyconnector=$good")
mkdir "$work/closed"
chmod 555 "$work/closed"
unprivileged_expect 5 "$work/closed" "${run[@]}" --data "$work/closed"
if [ "$(id -u)" = 0 ]; then unprivileged_expect 5 "$work" "${run[@]}" --data "$work/not-there"; fi
mkdir "$work/odd"
printf 'x' >"$work/odd/state"
expect 1 "$work/odd/state" "$program" --packs "$packs" "${run[@]}" --data "$work/odd"
mkdir "$work/wrong"
printf 'version: 1\nsinks:\n  journal:\n    levle: high\n' >"$work/wrong/cmgmon.yaml"
expect 2 "$work/wrong/cmgmon.yaml:4:" "$program" --packs "$packs" "${run[@]}" --data "$work/wrong"
grep -qF "did you mean 'level'" "$work/err" || fail "the nearest key is not named"
[ ! -e "$work/wrong/state" ] || fail "a program that cannot start leaves traces"
printf 'version: 1\n' >"$work/wrong/cmgmon.yaml"
chmod 000 "$work/wrong/cmgmon.yaml"
unprivileged_expect 5 "$work/wrong/cmgmon.yaml" scan --data "$work/wrong" "$good"

# --- a program that runs on ------------------------------------------------------------------------------------------------
mkfifo "$logs/fifo.log"
cat >"$data/cmgmon.yaml" <<END
version: 1
polling: {backstop: 1s}
incidents: {clear_hold: 0s}
sources:
  - {service: sms_cloud_proxyconnector, path: '$good'}
  - {service: configmgr_client, path: '$logs/not-yet.log'}
  - {service: configmgr_client, path: '$logs/LocationServices.log'}
  - {service: configmgr_client, path: '$secret/*.log'}
  - {service: configmgr_client, path: '$logs/folder'}
  - {service: configmgr_client, path: '$logs/fifo.log'}
  - {service: configmgr_client, path: '$logs/CAS.log'}
  - {service: configmgr_client, path: '$logs/PolicyAgent.log'}
END
mkdir "$data/state"
printf 'SQLite format 3\0 and then nothing' >"$data/state/state.db"
chmod a+rwx "$data/state"
diary=$data/log/cmgmon.log
start_agent
wait_for 60 "the failure in the log that can be read" in_journal raised SMS_MP
wait_for 60 "the log that is not there" grep -qF "$logs/not-yet.log" "$diary"
wait_for 60 "the log that nobody may read" grep -qF "$logs/LocationServices.log" "$diary"
wait_for 60 "the damaged state" grep -qF 'has been put aside' "$diary"
ls "$data/state" | grep -q 'state.db.damaged' || fail "the damaged state is gone"

# A second one on the same data says so and leaves the first alone.
expect 1 'another cmgmon' "${nobody[@]}" "$program" --packs "$packs" "${run[@]}" --data "$data"
grep -qF -- '--data' "$work/err" || fail "no remedy for a second instance"

# What was missing is read when it comes, what was closed when it is opened; the good log was followed all the time.
touch "$logs/not-yet.log"
wait_for 60 "the log that has come" grep -qF "Reading $logs/not-yet.log again" "$diary"
chmod 644 "$logs/LocationServices.log"
wait_for 60 "the log that can be read now" grep -qF "Reading $logs/LocationServices.log again" "$diary"
printf 'still random\r\n' >>"$logs/CAS.log"
answer SMS_MP >>"$good"
wait_for 60 "the end of the failure" in_journal cleared SMS_MP
stop_agent
[ "$(grep -cF "$logs/not-yet.log" "$diary")" = 2 ] || fail "the missing log was told more than once"
echo "bad input: one clear message each, and nothing else stopped"
