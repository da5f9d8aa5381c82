#!/bin/bash
# The program by hand on Windows: its verbs, the service without an MSI, and configurations with mistakes in them.
#
#   verbs_test.sh BIN MSI
# shellcheck source=tests/system/windows/windows.sh
. "$(dirname "$0")/windows.sh"

samples=$(windows_path "$project/config/packs/configmgr-cmg/tests/samples")

step "a Windows on which the product never was"
fresh_windows
mkdir -p "$program" "$data" # as 'cmgmon service install' finds it: copied, not installed
cp "$bin/cmgmon.exe" "$program/"
cp -r "$project/config/packs" "$program/packs"

step "verbs that need no service"
cmgmon 0 version
says "CMG Health Monitor $version"
cmgmon 0 rules list
says CMG-CONN-403-CLIENTCERT
cmgmon 0 rules test
cmgmon 0 rules lint
cmgmon 0 config validate
cmgmon 2 nonsense
cmgmon 0 scan --all --json "$samples"
says '"signature": "CMG-CONN-403-CLIENTCERT"'
cmgmon 4 scan --fail-on critical "$samples\\connector-403-clientcert.log"
cmgmon 0 scan --fail-on low "$samples\\connector-healthy.log"
cmgmon 1 scan 'C:\no such folder'
# Only Windows starts it so. Wine takes ten seconds to say that it did not: looked at below.
"$wine" run "$program/cmgmon.exe" service run </dev/null >"$work/service-run" 2>&1 &
service_run=$!

step "run --once on a folder with letters beyond any code page"
mkdir -p "$drive/Журнал ログ"
cp "$project/config/packs/configmgr-cmg/tests/samples/connector-403-clientcert.log" "$drive/Журнал ログ/SMS_Cloud_ProxyConnector.log"
cmgmon 0 scan --json 'C:\Журнал ログ'
says 'Журнал ログ'
says '"signature": "CMG-CONN-403-CLIENTCERT"'
cmgmon 0 --data 'C:\Журнал ログ\data' run --once --no-default-sources --source 'sms_cloud_proxyconnector=C:\Журнал ログ\*.log'
[ -f "$drive/Журнал ログ/data/state/state.db" ] || fail "no state in the data folder that was named"

step "the service by hand"
cmgmon 1 service status
says "not-installed"
cmgmon 1 service start
cmgmon 0 service install
says "Service CmgHealthMonitor installed"
registry_has 'HKLM\SYSTEM\CurrentControlSet\Services\CmgHealthMonitor' /v ImagePath || fail "no ImagePath"
says '"C:\Program Files\CMG Health Monitor\cmgmon.exe" service run'
cmgmon 1 service install
cmgmon 0 service start
next_event "1 information"
cmgmon 0 service status --json
says '"state":"running"'
next_event "100 warning"

step "an invalid configuration: without a last good copy it does not start, and says why"
cmgmon 0 service stop
next_event "2 information"
printf 'version: 1\nincidents:\n  clear_hld: 5s\n' >"$configuration"
rm -f "$data/state/cmgmon.last-good.yaml"
cmgmon 2 config validate
says 'cmgmon.yaml:3:3'
says "did you mean 'clear_hold'"
cmgmon 1 service start
says "exit code 2"
next_event "3 error category 1 (0xc0000003, type 1, 3 strings)"
event_says 1 "cmgmon.yaml:3:3"
event_says 2 "cmgmon config validate"
service_is STOPPED || fail "it is not stopped"
# Windows counts 1066: the service stopped with a code of its own.
grep -q "WIN32_EXIT_CODE.*1066" "$out" || fail "Windows does not know that the service chose its exit code"
grep -q "SERVICE_EXIT_CODE.*: *2\b" "$out" || fail "Windows does not know the exit code"
cmgmon 1 service status
says "last exit code 2"

step "with one it runs on it, and says so"
printf 'version: 1\nhost: good.contoso.com\n' >"$configuration"
cmgmon 0 service start
next_event "1 information"
next_event "100 warning"
cmgmon 0 service stop
next_event "2 information"
printf 'version: 1\nhost: [\n' >"$configuration"
cmgmon 0 service start
next_event "1 information"
next_event "310 error category 1 (0xc0000136, type 1, 3 strings)"
event_says 1 "cmgmon.yaml"
event_says 3 good.contoso.com # the host of the last good copy
next_event "100 warning"

step "'service run' by hand says what to do instead"
code=0
wait $service_run || code=$?
[ $code = 1 ] || fail "'service run' by hand ended with exit code $code"
grep -q 'cmgmon service start' "$work/service-run" || fail "it does not say what to do instead: $(cat "$work/service-run")"

step "a second one for the same data does not run"
rm "$configuration"
cmgmon 1 run --once
says "another cmgmon uses the state folder"

step "the service by hand goes as it came"
cmgmon 0 service uninstall
next_event "2 information"
cmgmon 1 service status
says "not-installed"
[ -d "$data/state" ] || fail "its data is gone"
no_more_events

step "done"
