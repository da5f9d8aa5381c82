# shellcheck shell=bash disable=SC2154
# Sourced by the Windows system tests: logs of a Configuration Manager site in the places where a server has them, and
# records as their writers form them. Times are fixed, so that events are the same in each run.
connector_log=$drive/SMS/Logs/SMS_Cloud_ProxyConnector.log
client_log=$drive/ClientLogs/PC-4711/LocationServices.log
sts_log=$drive/SMS_CCM/Logs/CCM_STS.log
iis_log=$drive/inetpub/logs/LogFiles/W3SVC1/u_ex260301.log

make_log_folders() {
  mkdir -p "$(dirname "$connector_log")" "$(dirname "$client_log")" "$(dirname "$sts_log")" "$(dirname "$iis_log")"
}

# connector TIME MESSAGE
connector() {
  printf '%s~~  $$<SMS_CLOUD_PROXYCONNECTOR><03-01-2026 %s+000><thread=6124 (0x17EC)>\r\n' "$2" "$1" >>"$connector_log"
}
# ccm FILE COMPONENT TIME MESSAGE
ccm() {
  printf '<![LOG[%s]LOG]!><time="%s+00" date="03-01-2026" component="%s" context="" type="1" thread="3180" file="ccmhttperror.cpp:297">\r\n' \
    "$4" "$3" "$2" >>"$1"
}
client() { ccm "$client_log" LocationServices "$@"; }
sts() { ccm "$sts_log" CCM_STS "$@"; }
# iis TIME STEM CLIENT "STATUS SUBSTATUS WIN32"
iis() { printf '2026-03-01 %s 10.0.0.4 GET %s SITESIGNCERT 443 - %s SMS+CCM+5.0 - %s 11\r\n' "$@" >>"$iis_log"; }

# One request that the management point answers through the connector: response TIME MESSAGE ENDPOINT STATUS
response() {
  connector "$1" "Received response https://mp1.corp.contoso.com/$3/x for message $2: HTTP/1.1 $4"
}
# The same, refused, as it is published: with forwarding and web exception.
refused() {
  connector "$1" "Forwarding proxy message $2 to URL: https://mp1.corp.contoso.com/$3/x"
  connector "$1" "Web exception for message $2: System.Net.WebException: The remote server returned an error: (${4%% *}) ${4#*_}.~~   at System.Net.HttpWebRequest.EndGetResponse(IAsyncResult asyncResult)"
  response "$@"
}
# client_status TIME CMG_HOST "STATUS" PHRASE
client_status() {
  client "$1" "[CCMHTTP] ERROR: URL=https://$2/CCM_Proxy_MutualAuth/3456/SMS_MP/.sms_aut?SITESIGNCERT, Port=443, Options=31, Code=0, Text=CCM_E_BAD_HTTP_STATUS_CODE"
  client "$1" "[CCMHTTP] ERROR INFO: StatusCode=$3 StatusText=$4"
}
# client_success TIME CMG_HOST
client_success() {
  client "$1" "OutgoingMessage(Queue='mp_[http]mp_locationmanager', ID={76453CC6-76BA-4B68-BE30-BA70754570BB}): Delivered successfully to host '$2/CCM_Proxy_MutualAuth/3456'."
}

# What a healthy site writes.
healthy_start() {
  connector 09:00:00.000 'Maintaining connections...'
  response 09:00:01.000 m-0 SMS_MP '200 OK'
  client 09:00:00.000 'Current AD site of machine is HQ'
  sts 09:00:00.000 'Return token to client'
  printf '#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-03-01 09:00:00\r\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n' >>"$iis_log"
  iis 09:00:01 /SMS_MP/.sms_aut 192.0.2.10 '200 0 0'
}

# The service has read what there was in all four logs: from here on lines are news.
backlog_is_read() { grep -q 'All logs have been read' "$data/log/cmgmon.log" 2>/dev/null; }
