#!/bin/bash
# Writes numbered failures into a log and rolls it over, as Configuration Manager does. Run by rollover.sh.
#
#   rollover_writer.sh PROGRAM rename|truncate LOG JOURNAL ROLLOVERS
#
# Failure N is refused N % 3 + 1 times for an endpoint of its own and then answered. The last failure before a rollover is
# answered after it. One old file is kept, so it must have been read before it is overwritten (rename), and everything
# must have been read before the log is emptied (truncate): the journal tells.
set -euo pipefail
source "$(dirname "$0")/agent.sh" "$1"
kind=$2 log=$3 journal=$4 rollovers=$5
old=${log%.log}.lo_

fails() {
  local i
  for ((i = 0; i <= $1 % 3; ++i)); do refusal "E$1"; done
}

exec 3>>"$log"
for ((roll = 0; roll < rollovers; ++roll)); do
  n=$((roll * 3))
  {
    fails $n
    answer E$n
    fails $((n + 1))
    site_server 'Maintaining connections...'
    answer E$((n + 1))
    fails $((n + 2))
  } >&3
  if [ "$kind" = rename ]; then
    [ "$roll" = 0 ] || wait_for 300 "failure $((n - 1)) in the journal" in_journal cleared "E$((n - 1))"
    printf '<MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>\r\n' >&3
    mv "$log" "$old"
    exec 3>>"$log"
  else
    wait_for 300 "failure $((n + 2)) in the journal" in_journal raised "E$((n + 2))"
    cp "$log" "$old"
    : >"$log"
  fi
  answer E$((n + 2)) >&3
done
