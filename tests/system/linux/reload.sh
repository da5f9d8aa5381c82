#!/bin/bash
# A running agent takes up a changed pack and changed settings without losing what is open, refuses invalid ones, and
# closes an incident when an operator says so.
set -euo pipefail
. "$(dirname "$0")/agent.sh"
begin reload
log=$work/logs/SMS_Cloud_ProxyConnector.log
cp -r "$packs" "$work/packs"
packs=$work/packs
rule=$packs/configmgr-cmg/cmg-conn-403-clientcert.yaml
diary=$data/log/cmgmon.log
printf 'version: 1\n' >"$data/cmgmon.yaml"
refusal SMS_MP >"$log"
start_agent --source "sms_cloud_proxyconnector=$log"
wait_for 30 "the first raise" in_journal raised SMS_MP

# An invalid pack is refused, and everything goes on.
cp "$rule" "$work/rule.yaml"
echo 'nonsense: 1' >>"$rule"
wait_for 30 "the refusal of the invalid pack" grep -q "cmg-conn-403-clientcert.yaml:.*those that were loaded before stay in force" "$diary"
refusal CCM_STS >>"$log"
wait_for 30 "a raise by the old signatures" in_journal raised CCM_STS

# A valid one is taken up; what was open is not raised again.
sed 's/^level: critical/level: high/' "$work/rule.yaml" >"$rule"
wait_for 30 "the new pack" grep -q "Settings and signatures were read anew" "$diary"
refusal CCM_System >>"$log"
wait_for 30 "a raise by the new signatures" grep -q '"kind":"raised".*"level":"high".*"endpoint":"CCM_System"' "$journal"
[ "$(grep -c '"kind":"raised".*"endpoint":"SMS_MP"' "$journal")" = 1 ] || fail "an open incident was raised again"

# A rule is switched off in the settings: nothing more is raised for it, by no fallback either.
printf 'version: 1\nincidents: {clear_hold: 0s}\nrules:\n  CMG-CONN-403-CLIENTCERT: {enabled: false}\n' >"$data/cmgmon.yaml"
wait_for 30 "the new settings" eval '[ "$(grep -c "were read anew" "$diary")" = 2 ]'
refusal CCM_Client >>"$log"
printf 'version: 1\nincidents: {clear_hold: 0s}\n' >"$data/cmgmon.yaml"
wait_for 30 "the old settings" eval '[ "$(grep -c "were read anew" "$diary")" = 3 ]'
refusal SMS_MP >>"$log"
refusal BGB >>"$log"
wait_for 30 "a raise after the rule was switched on" in_journal raised BGB
! grep -q CCM_Client "$journal" || fail "a rule that was switched off raised"

# An operator closes one.
id=$("$program" alerts --data "$data" --packs "$packs" | grep -B1 'endpoint=SMS_MP' | head -n 1 | cut -d ' ' -f 1)
"$program" alerts clear "$id" --data "$data" --packs "$packs" >/dev/null
wait_for 30 "the end by an operator" grep -q '"kind":"cleared".*"cleared_by":"operator".*"endpoint":"SMS_MP"' "$journal"
if "$program" alerts clear ffffffffffff --data "$data" --packs "$packs" >"$work/clear.out" 2>&1; then fail "an incident that is not there was cleared"; fi
grep -q "no open incident" "$work/clear.out" || fail "what to clear was not said"
stop_agent
[ "$(grep -c " started with " "$diary")" = 1 ] || fail "a reload was told as a start"
