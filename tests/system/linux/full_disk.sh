#!/bin/bash
# A disk that is really full, under everything the program writes: one event each way for the state and for the journal, and
# every alert once and whole, those that did not fit included.
#
#   full_disk.sh PROGRAM
#
# The disk is a small tmpfs in a mount namespace of the test's own, which ends with it; the test fails when it cannot mount.
set -euo pipefail
if [ -z "${CMGMON_OWN_MOUNTS:-}" ]; then
  as_root=()
  if [ "$(id -u)" != 0 ]; then as_root=(--map-root-user); fi
  export CMGMON_OWN_MOUNTS=yes
  exec unshare "${as_root[@]}" --mount --propagation private bash "$0" "$@"
fi
source "$(dirname "$0")/agent.sh" "$1"
begin full-disk
data=/mnt
journal=$data/alerts/alerts.jsonl
log=$work/logs/SMS_Cloud_ProxyConnector.log
mount -t tmpfs -o size=8m tmpfs "$data" || fail "cannot mount a disk"
cat >"$data/cmgmon.yaml" <<END
version: 1
polling: {backstop: 1s}
incidents: {clear_hold: 0s}
sources:
  - {service: sms_cloud_proxyconnector, path: '$log'}
END
said() { grep -qF -- "$1" "$work/agent.out"; }
texts=('The state cannot be saved' "Alerts are not reaching the sink 'journal'"
  'The state is being saved again' "The sink 'journal' works again")

site_server 'Maintaining connections...' >"$log"
start_agent
refusal First >>"$log"
wait_for 60 "the first failure" in_journal raised First

# The last page of the journal still takes an alert or two, the last of them in part.
failures=0
one_more() {
  head -c 8M /dev/zero >>"$data/filler" || true # what was freed meanwhile, too
  if said "${texts[0]}" && said "${texts[1]}"; then return 0; fi
  refusal "Full$((failures += 1))" >>"$log"
  sleep 0.3
  return 1
}
wait_for 60 "that the disk is full" one_more
[ "$(stat -f -c %a "$data")" = 0 ] || fail "the disk is not full"
in_journal raised "Full$failures" && fail "a full disk was written to"
rm "$data/filler"
wait_for 60 "the state" said "${texts[2]}"
wait_for 60 "the sink" said "${texts[3]}"

endpoints=(First)
for ((i = 1; i <= failures; ++i)); do endpoints+=("Full$i"); done
for endpoint in "${endpoints[@]}"; do
  wait_for 60 "what was found meanwhile" in_journal raised "$endpoint"
  answer "$endpoint" >>"$log"
  wait_for 60 "the end of $endpoint" in_journal cleared "$endpoint"
done
stop_agent
start_agent
refusal Last >>"$log"
wait_for 60 "the failure after a restart" in_journal raised Last
stop_agent

for endpoint in "${endpoints[@]}"; do
  for kind in raised cleared; do
    [ "$(grep -c "\"kind\":\"$kind\".*\"endpoint\":\"$endpoint\"" "$journal")" = 1 ] ||
      fail "$endpoint was not $kind exactly once"
  done
done
for text in "${texts[@]}"; do
  [ "$(grep -cF -- "$text" "$work/agent.out")" = 1 ] || fail "'$text' was not said exactly once"
done
if grep -qv '^{.*}$' "$journal"; then fail "the journal holds a line that is none"; fi
echo "full disk: one event each way, $failures alerts waited and none was lost"
