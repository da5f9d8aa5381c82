#!/bin/bash
# The one place that calls Wine. Every call works on a Wine folder of the project's own, never on the user's.
#
#   wine.sh [run] EXE [ARG...]   runs a Windows program; boots Wine first if needed (ctest's emulator)
#   wine.sh boot [WINEDEBUG]     boots Wine; with WINEDEBUG always anew, so that services trace with it
#   wine.sh stop                 ends every process of this Wine folder, services too
#   wine.sh trace                prints the path of the file that services' traces go to (ReportEventW among them)
#   wine.sh path FILE            prints FILE as the Windows path that Wine knows it by
#
# CMGMON_WINEPREFIX names another folder; a test that starts services or boots with a trace needs one of its own.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

export WINEPREFIX=${CMGMON_WINEPREFIX:-$root/build/windows/wine}
export WINEARCH=win64
export WINELOADER=/usr/lib/wine/wine64  # /usr/bin/wine complains about the absent 32-bit part at each call
export WINESERVER=/usr/lib/wine/wineserver64
export WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"  # no questions about Mono and Gecko
unset DISPLAY
# Wine maps a page at a fixed address (0x7ffe0000) of each process. Where the kernel places a process at random, its heap
# lies there once in some thousand starts, and Wine ends it with code 1 and no word. Children inherit the setting.
fixed=(setarch -R)
"${fixed[@]}" true 2>/dev/null || fixed=()  # some containers forbid it
trace=$WINEPREFIX/boot.err

running() { [ -d "$WINEPREFIX" ] && "$WINESERVER" -k0 2>/dev/null; }

stop() {
  running || return 0
  "$WINESERVER" -k >/dev/null 2>&1 || true
  local tries=100
  while running && [ $((tries -= 1)) -gt 0 ]; do
    sleep 0.1
  done
}

# boot DEBUG. The server must be up, told to stay (-p), before anything else, and nothing started here may keep a
# descriptor of the caller: Wine's services inherit theirs from whoever boots, and live on.
boot() {
  local fresh=
  [ -f "$WINEPREFIX/system.reg" ] || fresh=yes
  mkdir -p "$WINEPREFIX"
  : >"$trace"
  (
    export WINEDEBUG=$1
    exec 9>&-
    setsid "$WINESERVER" -p </dev/null >/dev/null 2>&1
    setsid "${fixed[@]}" "$WINELOADER" wineboot </dev/null >/dev/null 2>>"$trace"
    if [ -n "$fresh" ]; then
      WINEDEBUG=-all "${fixed[@]}" "$WINELOADER" reg add 'HKCU\Software\Wine' /v Version /d win10 /f </dev/null >/dev/null 2>&1
    fi
  )
}

# locked FUNCTION...: one boot or stop at a time in this Wine folder, however many tests run.
locked() {
  mkdir -p "$(dirname "$WINEPREFIX")"
  (
    flock 9
    "$@"
  ) 9>"$WINEPREFIX.lock"
}

boot_if_down() { running || boot "${WINEDEBUG:--all}"; }
boot_anew() {
  stop
  boot "$1"
}

case ${1:-} in
  boot)
    if [ $# -ge 2 ]; then locked boot_anew "$2"; else locked boot_if_down; fi
    ;;
  stop) locked stop ;;
  trace) echo "$trace" ;;
  path) printf 'Z:%s\n' "$(realpath -m "$2" | tr / '\\')" ;;
  '')
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
    exit 2
    ;;
  *)
    [ "$1" != run ] || shift
    running || locked boot_if_down
    export WINEDEBUG=${WINEDEBUG:--all}
    exec "${fixed[@]}" "$WINELOADER" "$@"
    ;;
esac
