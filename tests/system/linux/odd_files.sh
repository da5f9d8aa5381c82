#!/bin/bash
# What looks like a log and is none is refused at once and read never; the logs beside it are followed as if it were not there.
#
#   odd_files.sh PROGRAM
set -euo pipefail
source "$(dirname "$0")/agent.sh" "$1"
begin odd-files
logs="$work/logs/a b Тест é"
mkdir "$logs"
log=$logs/SMS_Cloud_ProxyConnector.log
diary=$data/log/cmgmon.log
secret=$work/secret
mkdir "$secret"
refusal Secret >"$secret/SMS_Cloud_ProxyConnector-secret.log"
site_server 'Maintaining connections...' >"$log"

# Beside the log: a link to a log elsewhere, a FIFO, a folder, a device; as its backup and its history, too.
ln -s "$secret/SMS_Cloud_ProxyConnector-secret.log" "$logs/SMS_Cloud_ProxyConnector-link.log"
mkfifo "$logs/SMS_Cloud_ProxyConnector-pipe.log"
mkdir "$logs/SMS_Cloud_ProxyConnector-folder.log"
ln -s /dev/zero "$logs/SMS_Cloud_ProxyConnector-zero.log"
ln -s "$secret/SMS_Cloud_ProxyConnector-secret.log" "$logs/SMS_Cloud_ProxyConnector.lo_"
mkfifo "$logs/SMS_Cloud_ProxyConnector-20261122-101500.log"
gzip -c "$secret/SMS_Cloud_ProxyConnector-secret.log" >"$logs/SMS_Cloud_ProxyConnector.log.gz"
# A folder of a client that is a link: everything in it is somebody else's.
mkdir -p "$work/clients/PC1"
ln -s "$secret" "$work/clients/PC2"
refusal Client >"$work/clients/PC1/SMS_Cloud_ProxyConnector.log"
cp "$secret/SMS_Cloud_ProxyConnector-secret.log" "$secret/SMS_Cloud_ProxyConnector.log"
# A path longer than 260 characters.
long=$work/$(printf 'l%.0s' {1..150})/$(printf 'm%.0s' {1..150})
mkdir -p "$long"
site_server 'Maintaining connections...' >"$long/SMS_Cloud_ProxyConnector.log"
# 1,000 logs in one folder.
mkdir "$work/many"
for i in {1..1000}; do site_server 'Maintaining connections...' >"$work/many/SMS_Cloud_ProxyConnector-$i.log"; done

cat >"$data/cmgmon.yaml" <<END
version: 1
incidents: {clear_hold: 0s}
sources:
  - {service: sms_cloud_proxyconnector, path: '$logs/SMS_Cloud_ProxyConnector*.log'}
  - {service: sms_cloud_proxyconnector, path: '$work/clients/{host}/*.log'}
  - {service: sms_cloud_proxyconnector, path: '$long/*.log'}
  - {service: sms_cloud_proxyconnector, path: '$work/many/*.log'}
END
start_agent
wait_for 60 "the client whose folder is a folder" in_journal raised Client
for name in link pipe zero; do
  wait_for 60 "the refusal of the $name" grep -qF "$logs/SMS_Cloud_ProxyConnector-$name.log" "$diary"
done
refusal Many >>"$work/many/SMS_Cloud_ProxyConnector-777.log"
refusal Long >>"$long/SMS_Cloud_ProxyConnector.log"
wait_for 60 "a failure in one of 1,000 logs" in_journal raised Many
wait_for 60 "a failure behind a long path" in_journal raised Long
refusal Here >>"$log"
wait_for 60 "a failure in the log itself" in_journal raised Here
# Rolled over onto the link: the link is replaced, and nothing of what it led to is touched.
before=$(cksum <"$secret/SMS_Cloud_ProxyConnector-secret.log")
mv "$log" "$logs/SMS_Cloud_ProxyConnector.lo_"
refusal After >"$log"
wait_for 60 "a failure in the new log" in_journal raised After
stop_agent
if grep -q Secret "$journal"; then fail "a link was followed"; fi
[ "$before" = "$(cksum <"$secret/SMS_Cloud_ProxyConnector-secret.log")" ] || fail "a file outside was changed"
for name in link pipe zero; do
  [ "$(grep -cF "SMS_Cloud_ProxyConnector-$name.log" "$diary")" = 1 ] || fail "not one event about the $name"
done
echo "odd files: refused, and nothing else stopped"
