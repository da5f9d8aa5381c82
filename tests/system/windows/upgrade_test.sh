#!/bin/bash
# Upgrade, refused downgrade, uninstall.
#
#   upgrade_test.sh BIN MSI
# shellcheck source=tests/system/windows/windows.sh
. "$(dirname "$0")/windows.sh"

newer_version=$((${version%%.*} + 1)).0.0
newer=$work/CmgHealthMonitor-$newer_version.msi
installed_versions() {
  "$wine" run uninstaller --list </dev/null >"$out" 2>"$err" || true
  grep -c 'CMG Health Monitor' "$out" || true
}

step "a Windows on which the product never was"
fresh_windows
step "a newer MSI is made"
"$project/installer/windows/build-msi.sh" "$bin" "$newer_version" "$newer"

step "install $version, edit the configuration, leave something in the data folder"
msiexec 0 /i "$(windows_path "$msi")"
wait_for 20 "the service runs" service_is RUNNING
next_event 1
for folder in packs.d state log alerts; do
  [ -d "$data/$folder" ] || fail "no folder $folder in the data folder"
done
echo 'host: edited.contoso.com' >>"$configuration"
cp "$configuration" "$work/edited.yaml"
echo kept >"$data/packs.d/readme.txt"
echo 'an administrator was here' >"$program/packs/configmgr-cmg/pack.yaml" # ours: an upgrade puts it right

step "upgrade to $newer_version"
msiexec 0 /i "$(windows_path "$newer")"
wait_for 20 "the service runs after the upgrade" service_is RUNNING
cmp "$configuration" "$work/edited.yaml" || fail "the upgrade touched the edited configuration"
cmp "$program/packs/configmgr-cmg/pack.yaml" "$project/config/packs/configmgr-cmg/pack.yaml" || fail "the upgrade left a changed pack"
[ "$(installed_versions)" = 1 ] || fail "$(installed_versions) products are installed"
cmgmon 0 config show
says "edited.contoso.com"
cmgmon 0 rules test

step "downgrade to $version is refused"
msiexec 67 /i "$(windows_path "$msi")" # 1603, of which a Unix exit code keeps the low byte
wait_for 20 "the service still runs" service_is RUNNING
[ "$(installed_versions)" = 1 ] || fail "$(installed_versions) products are installed"

step "uninstall removes everything but data"
msiexec 0 /x "$(windows_path "$newer")"
! service_is . || fail "the service is still registered"
! registry_has 'HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\CmgHealthMonitor' || fail "the event source is still registered"
[ "$(installed_versions)" = 0 ] || fail "it is still in the list of installed programs"
[ ! -e "$program" ] || fail "left in the program folder: $(find "$program")"
cmp "$configuration" "$work/edited.yaml" || fail "the configuration went, or changed"
[ "$(cat "$data/packs.d/readme.txt")" = kept ] || fail "what was in packs.d is gone"
[ -f "$data/log/cmgmon.log" ] || fail "the log is gone"

step "done"
