#!/bin/bash
# A damaged state database does not stop the program: it is kept aside, one event says so, and nothing is told twice.
#
#   damaged_state.sh PROGRAM
set -euo pipefail
source "$(dirname "$0")/agent.sh" "$1"
begin damaged-state
log=$work/logs/SMS_Cloud_ProxyConnector.log
state=$data/state/state.db
cat >"$data/cmgmon.yaml" <<END
version: 1
polling: {backstop: 1s}
incidents: {clear_hold: 0s}
END
follow() { start_agent --source "sms_cloud_proxyconnector=$log"; }

# put PLACE FORMAT: bytes in the middle of the database.
put() { printf "$2" | dd of="$state" bs=1 seek="$1" conv=notrunc status=none; }

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
for damage in truncated flipped zeroed; do
  number=$((number + 1))
  size=$(stat -c %s "$state")
  case $damage in
    truncated) truncate -s $((size / 2)) "$state" ;;
    flipped)
      place=$(grep -abo 'CREATE TABLE rooms' "$state" | head -n 1)
      put "${place%%:*}" B # instead of C
      ;;
    zeroed) dd if=/dev/zero of="$state" bs="$size" count=1 conv=notrunc status=none ;;
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
  [ ${#kept[@]} = "$number" ] || fail "${#kept[@]} damaged databases are kept instead of $number"
  found=
  for file in "${kept[@]}"; do if cmp -s "$file" "$work/$damage"; then found=yes; fi; done
  [ -n "$found" ] || fail "the $damage database is not kept as it was"
  echo "$damage: running after $took s"
done

# One of a newer version is left alone: without it, it goes on and says so. The version stands in bytes 60 to 63.
put 60 '\0\0\0\143'
cp "$state" "$work/newer"
: >"$work/agent.out"
follow
wait_for 60 "the event about the newer state" grep -qF 'The state cannot be saved' "$work/agent.out"
refusal Newer >>"$log"
wait_for 60 "a failure beside the newer state" in_journal raised Newer
stop_agent
cmp "$state" "$work/newer" || fail "the newer state was touched"
[ "$(grep -cF 'written by a newer version' "$data/log/cmgmon.log")" = 1 ] || fail "not one event about the newer state"
put 60 '\0\0\0\2'

# It still knows what is open.
follow
for endpoint in Open After1 After2 After3 Newer; do
  answer "$endpoint" >>"$log"
  wait_for 60 "the end of $endpoint" in_journal cleared "$endpoint"
done
stop_agent
for endpoint in Over Open After1 After2 After3 Newer; do
  for kind in raised cleared; do
    count=$(grep -c "\"kind\":\"$kind\".*\"endpoint\":\"$endpoint\"" "$journal")
    [ "$count" = 1 ] || fail "$endpoint was $kind $count times"
  done
done
echo "damaged state: kept aside, told, and nothing told twice"
