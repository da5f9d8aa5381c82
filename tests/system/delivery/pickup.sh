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

echo "--- Alertmanager"
amtool check-config "$pickup/alertmanager/alertmanager.yml"

echo "--- rsyslog"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/server.key" -out "$work/server.pem" -days 1 -subj /CN=localhost 2>/dev/null
cp "$work/server.pem" "$work/ca.pem"
sed "s#/etc/ssl/cmgmon/#$work/#g" "$pickup/syslog/rsyslog-cmgmon.conf" >"$work/rsyslog.conf"
rsyslogd -N1 -f "$work/rsyslog.conf"

echo "--- syslog-ng"
root=$("$(dirname "$0")/../../support/syslog_ng.sh")
{
  echo '@version: 3.38'
  sed "s#/etc/ssl/cmgmon/#$work/#g" "$pickup/syslog/syslog-ng-cmgmon.conf"
} >"$work/syslog-ng.conf"
LD_LIBRARY_PATH=$root/usr/lib/syslog-ng "$root/usr/sbin/syslog-ng" -s -f "$work/syslog-ng.conf" \
  --module-path="$root/usr/lib/syslog-ng/3.38"

echo "--- XML and YAML"
python3 - "$pickup" <<'PYTHON'
import glob
import sys
import xml.etree.ElementTree as tree

import yaml

pickup = sys.argv[1]
files = glob.glob(pickup + "/beats/*.y*ml")
assert len(files) == 2, files
winlogbeat, fluent_bit = (yaml.safe_load(open(name)) for name in sorted(files, reverse=True))
assert winlogbeat["winlogbeat.event_logs"][0]["provider"] == ["CmgHealthMonitor"]
queries = [entry["event_query"] for entry in fluent_bit["pipeline"]["inputs"] if "event_query" in entry]
space = {"s": "http://schemas.microsoft.com/2006/03/windows/events/subscription"}
subscription = tree.parse(pickup + "/wef/cmgmon-subscription.xml").getroot()
# The query is a document within the document.
query = tree.fromstring(subscription.find("s:Query", space).text.strip())
queries.append(query.find("Query/Select").text)
assert subscription.find("s:ContentFormat", space).text == "RenderedText"
for text in queries:
    assert text.startswith("*[System[Provider[@Name='CmgHealthMonitor'] and "), text
    assert text.count("(") == text.count(")") and text.count("[") == text.count("]"), text
assert any("EventID = 9000" in text for text in queries)
PYTHON
