#!/bin/bash
# Packs what was built into an MSI:  build-msi.sh BIN VERSION OUTPUT.msi
#
# BIN holds cmgmon.exe and cmgmon-events.dll; configuration, signature packs and the pickup folder come from config/. A
# version of three numbers, each upgrade with a higher one.
set -euo pipefail
bin=$(realpath "$1")
version=$2
output=$(realpath -m "$3")
here=$(cd "$(dirname "$0")" && pwd)
config=$(cd "$here/../../config" && pwd)

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp "$bin/cmgmon.exe" "$bin/cmgmon-events.dll" "$config/cmgmon.yaml" "$stage/"
cp -r "$config/packs" "$stage/packs"
cp -r "$config/pickup" "$stage/pickup"
cmake -DVERSION="$version" -DTEMPLATE="$here/cmgmon.wxs.in" -DPACKS="$stage/packs" -DPICKUP="$stage/pickup" \
  -DOUTPUT="$stage/cmgmon.wxs" -P "$here/wxs.cmake"

# wixl finds files only relative to its working folder, and drops attributes it does not know with no more than a warning.
cd "$stage"
if ! wixl -a x64 -o package.msi cmgmon.wxs 2>wixl.err || grep -q 'has no property named' wixl.err; then
  cat wixl.err >&2
  exit 1
fi

query() { msibuild package.msi -q "$1"; }
# The configuration: 64-bit (0x100), never overwritten (0x80), stays when the product goes (0x10).
query "UPDATE \`Component\` SET \`Attributes\` = 400 WHERE \`Component\` = 'CmpConfiguration'"
# An elevated installation takes these from the user who starts it.
query "UPDATE \`Property\` SET \`Value\` = 'WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED' WHERE \`Property\` = 'SecureCustomProperties'"
# An upgrade removes the old version first, but inside the transaction: when it fails, the old one is back.
query "UPDATE \`InstallExecuteSequence\` SET \`Sequence\` = 1501 WHERE \`Action\` = 'RemoveExistingProducts'"
# The data folders: the system and administrators, nobody else, nothing inherited from above.
query "CREATE TABLE \`MsiLockPermissionsEx\` (\`MsiLockPermissionsEx\` CHAR(72) NOT NULL, \`LockObject\` CHAR(72) NOT NULL, \`Table\` CHAR(32) NOT NULL, \`SDDLText\` CHAR(0) NOT NULL, \`Condition\` CHAR(255) PRIMARY KEY \`MsiLockPermissionsEx\`)"
for folder in DATADIR PACKSDDIR STATEDIR LOGDIR ALERTSDIR; do
  query "INSERT INTO \`MsiLockPermissionsEx\` (\`MsiLockPermissionsEx\`, \`LockObject\`, \`Table\`, \`SDDLText\`) VALUES ('Acl$folder', '$folder', 'CreateFolder', 'O:BAG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)')"
done

mkdir -p "$(dirname "$output")"
mv package.msi "$output"
