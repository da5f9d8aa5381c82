#!/bin/bash
# The product's whole life on a server: installed from its MSI, it follows logs that others write and reports to the Event
# Log, through stop and start, until nothing is left but its data.
#
#   service_test.sh BIN MSI
#
# The detections must be exactly those of events.want, in this order; UPDATE_GOLDEN=1 writes that file anew.
# shellcheck source=tests/system/windows/windows.sh
. "$(dirname "$0")/windows.sh"
# shellcheck source=tests/system/windows/logs.sh
. "$(dirname "$0")/logs.sh"

stop_service() {
  local before=$SECONDS
  cmgmon 0 service stop
  [ $((SECONDS - before)) -le 5 ] || fail "the service took $((SECONDS - before)) s to stop"
  next_event "2 information category 1 (0x40000002, type 4, 3 strings)"
}
start_service() {
  cmgmon 0 service start
  next_event "1 information category 1 (0x40000001, type 4, 3 strings)"
}
# 0 or 1, as the connector's setup writes it
verbose_logging() {
  run 0 reg add 'HKLM\SOFTWARE\Microsoft\SMS\SMS_CLOUD_PROXYCONNECTOR' /v VerboseLogging /t REG_DWORD /d "$1" /f
}

step "a Windows on which the product never was"
fresh_windows

step "the MSI installs a service that runs"
msiexec 0 /i "$(windows_path "$msi")"
wait_for 20 "the service runs" service_is RUNNING
next_event "1 information category 1 (0x40000001, type 4, 3 strings)"
event_says 1 "CMG Health Monitor $version started"
cmgmon 0 service status
says "CmgHealthMonitor is running"

step "there is no connector log yet, and it says so"
next_event "100 warning category 2 (0x80000064, type 2, 3 strings)"
event_says 1 "CMG connection point"

step "what the MSI registered"
registry_has 'HKLM\SYSTEM\CurrentControlSet\Services\CmgHealthMonitor' /v ImagePath || fail "no ImagePath"
says 'cmgmon.exe'
says 'service run'
source_key='HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\CmgHealthMonitor'
for value in 'EventMessageFile.*REG_SZ.*cmgmon-events.dll' 'CategoryMessageFile.*REG_SZ.*cmgmon-events.dll' \
  'CategoryCount.*REG_DWORD.*0x5' 'TypesSupported.*REG_DWORD.*0x7'; do
  registry_has "$source_key" /v "${value%%.*}" || fail "no ${value%%.*}"
  grep -q "$value" "$out" || fail "not as it should be: ${value%%.*}"
done

step "the MSI had the program configure the service, although Wine knows none of it"
grep -q 'ChangeServiceConfig2W SERVICE_CONFIG_FAILURE_ACTIONS .*period 86400' "$("$wine" trace)" || fail "no failure actions"
for level in 3 4 5; do # delayed start, actions also without a crash, service SID
  grep -q "ChangeServiceConfig2W level $level " "$("$wine" trace)" || fail "service information $level was not set"
done
cmgmon 0 service configure
says "Service configured"
says "delayed start (error 124)"

step "configured as an administrator would, and restarted"
sed -i -e 's/^  #clear_hold: .*/  clear_hold: 1s/' -e 's/^#connection_points: .*/connection_points: [192.0.2.10]/' \
  -e 's/^#host: .*/host: CMGCP01.corp.contoso.com/' \
  -e "s/^#sources: .*/sources: [{service: configmgr_client, path: 'C:\\\\ClientLogs\\\\{host}\\\\*.log', required: false}]/" \
  "$configuration"
cmgmon 0 config validate
stop_service
make_log_folders
healthy_start
verbose_logging 0
start_service
wait_for 20 "what is in the logs has been read" backlog_is_read
wait_for 20 "the first sign of life" heartbeat_was_given

step "clients, token service and IIS fail"
client_status 10:00:01.000 cmg1.contoso.com 403 CMGConnector_Clientcertificaterequired
next_event 1001
client_status 10:00:02.000 cmg2.contoso.com 403 CMGConnector_Forbidden
next_event 1004
client 10:00:03.000 '[CCMHTTP] AsyncCallback(): WINHTTP_CALLBACK_STATUS_SECURE_FAILURE Encountered'
client 10:00:03.000 '[CCMHTTP]            : dwStatusInformationLength is 4'
client 10:00:03.000 '[CCMHTTP]            : lpvStatusInformation is 0x9'
client 10:00:03.001 '[CCMHTTP]            : WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED is set'
client 10:00:03.002 '[CCMHTTP] ERROR: URL=https://cmg3.contoso.com/CCM_Proxy_ServerAuth/72057594037928017/CCM_STS, Port=443, Options=63, Code=12175, Text=ERROR_WINHTTP_SECURE_FAILURE'
next_event 1005
client_status 10:00:04.000 cmg4.contoso.com 401 CMGService_Invalid_Token
next_event 1006
sts 10:00:05.000 $'Return code: 401, Description: PreAuth token validation failed, System.IdentityModel.Tokens.SecurityTokenExpiredException: \r\nIDX10223: Lifetime validation failed. The token is expired.\r\nValidTo: \'02/01/2026 10:00:00\'\r\nCurrent time: \'03/01/2026 10:00:05\'.'
next_event 1007
iis 10:00:06 /SMS_MP/.sms_aut 192.0.2.10 '403 7 5'
next_event 1008

step "the connection point fails"
refused 10:00:07.000 m-1 CCM_STS '503 CMGConnector_ServiceUnavailable'
next_event 1099
refused 10:00:08.000 m-2 CCM_STS '403 CMGConnector_Forbidden'
next_event 1009
refused 10:00:09.000 m-3 SMS_MP '403 CMGConnector_Clientcertificaterequired'
next_event 1002
event_says 10 "asks for a client certificate"
[ "$(journal_count '"kind":"raised"' 'Verbose logging of the connector is off')" = 1 ] || fail "the event does not say that verbose logging is off"
[ "$(journal_count '"kind":"raised"' '/v VerboseLogging /t REG_DWORD /d 1 /f')" = 1 ] || fail "the event does not say how to switch it on"
connector 10:00:10.000 'Filtered cert count with digital signature: 7'
connector 10:00:10.000 'Filtered cert count with allowed root CA: 3'
connector 10:00:10.000 'Filtered cert count with private key: 3'
connector 10:00:10.000 'Not client auth cert: C019CC17EEFA681D154BA9F24F8EAE9640D54C49'
connector 10:00:10.000 'Filtered cert count with client auth: 0'
next_event 1003

step "what goes on is counted, and a symptom of it writes nothing"
refused 10:00:11.000 m-4 SMS_MP '403 CMGConnector_Clientcertificaterequired'
client_status 10:00:11.000 cmg5.contoso.com 403 CMGConnector_Clientcertificaterequired

step "everything recovers"
client_success 11:00:01.000 CMG1.CONTOSO.COM
next_event 2001
client_success 11:00:02.000 CMG2.CONTOSO.COM
next_event 2004
client_success 11:00:03.000 CMG3.CONTOSO.COM
next_event 2005
client 11:00:04.000 "Cached encrypted token for 'S-1-5-18'. Will expire at '03/02/2026 18:00:00'"
next_event 2006
sts 11:30:00.000 'Return token to client' # later than the quiet hour, by the log's own clock
next_event 2007
iis 10:30:06 /SMS_MP/.sms_aut 192.0.2.10 '200 0 0'
next_event 2008
response 10:30:07.000 m-5 SMS_MP '200 OK'
next_event 2002
connector 10:30:07.000 'Filtered cert count with client auth: 1' # alone it would end 1002 as well, as its cause
next_event 2003
response 10:30:08.000 m-6 CCM_STS '200 OK'
next_event 2009
connector 11:30:00.000 'Maintaining connections...'
next_event 2099

step "with verbose logging on it does not speak of it; the incident stays open over a restart"
verbose_logging 1
stop_service
start_service
refused 12:00:00.000 m-7 SMS_MP '403 CMGConnector_Clientcertificaterequired'
next_event 1002
[ "$(journal_count '"kind":"raised"' 'Verbose logging of the connector is off')" = 1 ] || fail "it says that verbose logging is off, and it is on"
stop_service
start_service
refused 12:00:01.000 m-8 SMS_MP '403 CMGConnector_Clientcertificaterequired' # the same incident, no second event
refused 12:00:02.000 m-9 CCM_STS '500 CMGConnector_InternalServerError'
next_event 1099
response 12:00:03.000 m-10 SMS_MP '200 OK'
next_event 2002

step "what stays when it stops"
stop_service
service_is STOPPED || fail "it is not stopped"
no_more_events

step "all detections were the expected ones, string by string"
events | awk '/^event /{show = $2 >= 1000} show' >"$work/events"
if [ -n "${UPDATE_GOLDEN:-}" ]; then cp "$work/events" "$here/events.want"; fi
diff -u "$here/events.want" "$work/events" || fail "the detections differ from events.want"
[ "$(journal_count '"kind":"raised"')" = "$(grep -c '^event 1' "$here/events.want")" ] || fail "the journal has other beginnings than the Event Log"
[ "$(journal_count '"kind":"cleared"')" = "$(grep -c '^event 2' "$here/events.want")" ] || fail "the journal has other ends than the Event Log"

step "done"
