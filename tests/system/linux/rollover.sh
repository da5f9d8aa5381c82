#!/bin/bash
# The running program does not miss or repeat a failure, whatever happens to the log and to itself.
#
#   rollover.sh PROGRAM rename|truncate
#
# A writer of its own rolls a log over 200 times. Meanwhile the agent is killed (kill -9) again and again, at places that a
# seed chooses, and once stopped in good order. Afterwards the alert journal must hold the beginning and the end of every
# numbered failure exactly once, with the right count.
set -euo pipefail
source "$(dirname "$0")/agent.sh" "$1"
kind=$2
rollovers=200
failures=$((rollovers * 3))
seed=${CMGMON_SEED:-$(date +%s)}
RANDOM=$((seed % 32768))
echo "seed $seed (CMGMON_SEED=$seed repeats it)"
begin "rollover-$kind"
log=$work/logs/SMS_Cloud_ProxyConnector.log
cat >"$data/cmgmon.yaml" <<END
version: 1
incidents:
  clear_hold: 0s
sinks:
  journal:
    max_size_mib: 200
END

follow() { start_agent --source "sms_cloud_proxyconnector=$log"; }
journal_lines() { [ -f "$journal" ] && [ "$(wc -l <"$journal")" -ge "$1" ]; }

site_server 'Maintaining connections...' >"$log"
follow
# The first sight of a log is another promise (what is over by then is not told), so it must be over before we begin.
refusal First >>"$log"
wait_for 60 "the first failure" in_journal raised First
answer First >>"$log"
wait_for 60 "its end" in_journal cleared First

bash "$(dirname "$0")/rollover_writer.sh" "$program" "$kind" "$log" "$journal" "$rollovers" &
writer=$!

kills=0
last=$((failures * 2 + 2))
next=$((2 + RANDOM % 200))
while [ "$next" -lt "$last" ]; do
  wait_for 300 "line $next of the journal" journal_lines "$next"
  kills=$((kills + 1))
  if [ "$kills" = 3 ]; then
    stop_agent
  else
    kill_agent
  fi
  follow
  next=$((next + 20 + RANDOM % 240))
done
wait "$writer" || fail "the writer failed"
wait_for 300 "the end of the last failure" journal_lines "$last"
stop_agent
[ "$kills" -ge 4 ] || fail "only $kills interruptions: the test has become too short for its purpose"

# Started again, it finds nothing new to say.
before=$(cksum <"$journal")
"$program" run --once --data "$data" --packs "$packs" --no-default-sources --host CP1 \
  --source "sms_cloud_proxyconnector=$log" >>"$work/agent.out" 2>&1 </dev/null || fail "the last run ended with $?"
[ "$before" = "$(cksum <"$journal")" ] || fail "a restart wrote alerts again"

awk -v failures="$failures" '
  function value(name) { return match($0, "\"" name "\":[^,}]*") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : "" }
  {
    kind = value("kind"); gsub(/"/, "", kind)
    endpoint = match($0, /"group":\{"endpoint":"[^"]*"/) ? substr($0, RSTART + 21, RLENGTH - 22) : "?"
    seen[endpoint, kind]++
    count[endpoint, kind] = value("count")
    if (delivery[value("delivery_id")]++) { print "twice: " value("delivery_id"); wrong++ }
    lines++
  }
  END {
    for (n = 0; n < failures; ++n) {
      e = "E" n
      if (seen[e, "raised"] != 1 || seen[e, "cleared"] != 1 || count[e, "cleared"] != n % 3 + 1) {
        printf "failure %d: %d times raised, %d times cleared, count %s instead of %d\n", n, seen[e, "raised"], seen[e, "cleared"], count[e, "cleared"], n % 3 + 1
        wrong++
      }
    }
    if (lines != failures * 2 + 2) { print lines " lines instead of " failures * 2 + 2; wrong++ }
    exit wrong > 0
  }' "$journal" || fail "not every failure exactly once (seed $seed)"

if grep -E 'could not be read|damaged|cannot be saved' "$data/log/cmgmon.log"; then fail "the agent believes that it lost something"; fi
echo "$rollovers rollovers ($kind), $failures failures, each begun and ended exactly once; $kills interruptions"
