#!/bin/bash
# The live demonstration behind ./run: one process writes logs, cmgmon watches them and shows what it finds.
#
#   demonstration.sh CMGMON DEMO_WRITER [--follow]
set -euo pipefail
program=$1
writer=$2
follow=${3:-}
folder=$(mktemp -d)
logs=$folder/logs
mkdir "$logs"
writer_pid=
cmgmon_pid=
finish() {
  trap - EXIT INT TERM
  [ -z "$writer_pid" ] || kill "$writer_pid" 2>/dev/null || true
  [ -z "$cmgmon_pid" ] || { kill -INT "$cmgmon_pid" 2>/dev/null && wait "$cmgmon_pid"; } || true
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

cat >&2 <<TEXT
A writer process appends connector, client, token service and IIS log lines to $logs;
cmgmon follows them. ${follow:+Ctrl-C ends.}${follow:-It takes about half a minute.}

TEXT
"$program" run --data "$folder/data" --host CP01 \
  --source sms_cloud_proxyconnector="$logs/SMS_Cloud_ProxyConnector.log" \
  --source configmgr_client="$logs/LocationServices.log" \
  --source ccm_sts="$logs/CCM_STS.log" \
  --source iis="$logs/u_ex*.log" &
cmgmon_pid=$!
"$writer" "$logs" $follow &
writer_pid=$!
wait "$writer_pid" || true
writer_pid=
# What has been decided is delivered before the program ends.
kill -INT "$cmgmon_pid" 2>/dev/null || true
wait "$cmgmon_pid" || true
cmgmon_pid=
journal=$folder/data/alerts/alerts.jsonl
[ ! -f "$journal" ] || echo "The alert journal for log shippers had $(wc -l <"$journal") lines; the first: $(head -c 300 "$journal")..." >&2
