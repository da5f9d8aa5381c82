#!/bin/bash
# What config/pickup holds for the other side is read by the programs it is for.
#
#   pickup.sh FOLDER
set -euo pipefail
pickup=$1
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
work=$(mktemp -d "${TMPDIR:-/tmp}/cmgmon-pickup.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "--- Prometheus"
promtool check rules "$pickup/prometheus/cmgmon-rules.yaml"
promtool test rules "$pickup/prometheus/cmgmon-rules-test.yaml"
promtool check config "$pickup/prometheus/prometheus.yml"
# Every rule has a test, and every metric in a rule exists.
for alert in $(sed -n 's/^ *- alert: //p' "$pickup/prometheus/cmgmon-rules.yaml"); do
  case $alert in CmgFailureHigh | CmgFailuresBeyondTheSeries) continue ;; esac # as the critical one
  grep -q "alertname: $alert$" "$pickup/prometheus/cmgmon-rules-test.yaml" || fail "no test of the rule $alert"
done
for metric in $(grep -o 'cmgmon_[a-z_]*' "$pickup/prometheus/cmgmon-rules.yaml" | sort -u); do
  grep -q "\"$metric\"" "$pickup/../../agent-core/status/metrics.cpp" || fail "a rule asks for $metric, which nobody exports"
done
