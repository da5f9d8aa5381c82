#!/bin/bash
# A damaged state document does not stop the program: it is kept aside, one event says so, and nothing is told twice.
#
#   damaged_state.sh PROGRAM
set -euo pipefail
source "$(dirname "$0")/agent.sh" "$1"
begin damaged-state
log=$work/logs/SMS_Cloud_ProxyConnector.log
state=$data/state/state.json
cat >"$data/cmgmon.yaml" <<END
version: 1
polling: {backstop: 1s}
incidents: {clear_hold: 0s}
END
follow() { start_agent --source "sms_cloud_proxyconnector=$log"; }

# The checksum that a document needs to be believed: FNV-1a of its first line.
sealed() {
  local text=$1 i code hash=$((0xcbf29ce484222325))
  for ((i = 0; i < ${#text}; ++i)); do
    printf -v code '%d' "'${text:i:1}"
    hash=$(((hash ^ code) * 0x100000001b3))
  done
  printf '%s\nfnv1a64 %016x\n' "$text" "$hash"
}

site_server 'Maintaining connections...' >"$log"
follow
refusal Over >>"$log"
wait_for 60 "the first failure" in_journal raised Over
answer Over >>"$log"
wait_for 60 "its end" in_journal cleared Over
refusal Open >>"$log"
wait_for 60 "the second failure" in_journal raised Open
stop_agent

number=0
for damage in truncated flipped zeroed newer; do
  number=$((number + 1))
  size=$(stat -c %s "$state")
  case $damage in
    truncated) truncate -s $((size / 2)) "$state" ;;
    flipped)
      byte=$(od -An -tu1 -j $((size / 3)) -N 1 "$state")
      printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$state" bs=1 seek=$((size / 3)) conv=notrunc status=none
      ;;
    zeroed) dd if=/dev/zero of="$state" bs="$size" count=1 conv=notrunc status=none ;;
    newer) sealed '{"schema":"cmgmon/state/99","anything":[]}' >"$state" ;;
  esac
  cp "$state" "$work/$damage"
  : >"$work/agent.out"
  started=$SECONDS
  follow
  refusal "After$number" >>"$log"
  wait_for 60 "the event about the $damage state" grep -qF 'has been put aside' "$work/agent.out"
  wait_for 60 "a failure after the $damage state" in_journal raised "After$number"
  took=$((SECONDS - started))
  stop_agent
  [ "$(grep -cF 'has been put aside' "$work/agent.out")" = 1 ] || fail "not one event about the $damage state"
  kept=("$state".damaged-*)
  [ ${#kept[@]} = "$number" ] || fail "${#kept[@]} damaged documents are kept instead of $number"
  found=
  for file in "${kept[@]}"; do if cmp -s "$file" "$work/$damage"; then found=yes; fi; done
  [ -n "$found" ] || fail "the $damage document is not kept as it was"
  echo "$damage: running after $took s"
done

# It still knows what is open.
follow
for endpoint in Open After1 After2 After3 After4; do
  answer "$endpoint" >>"$log"
  wait_for 60 "the end of $endpoint" in_journal cleared "$endpoint"
done
stop_agent
for endpoint in Over Open After1 After2 After3 After4; do
  for kind in raised cleared; do
    count=$(grep -c "\"kind\":\"$kind\".*\"endpoint\":\"$endpoint\"" "$journal")
    [ "$count" = 1 ] || fail "$endpoint was $kind $count times"
  done
done
echo "damaged state: kept aside, told, and nothing told twice"
