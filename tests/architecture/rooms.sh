#!/bin/bash
# CTest architecture.rooms: the order of the rooms holds in agent-core/, and the check that says so notices when not.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

check() { find "$1" -mindepth 2 -maxdepth 2 \( -name '*.h' -o -name '*.cpp' \) -exec awk -f "$here/rooms.awk" {} +; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# expect accepted|refused FILE 'CODE': one file alone in a tree of its own.
expect() {
  local outcome=refused
  rm -rf "$scratch/tree"
  mkdir -p "$scratch/tree/$(dirname "$2")"
  printf '%b\n' "$3" >"$scratch/tree/$2"
  ! check "$scratch/tree" >/dev/null || outcome=accepted
  if [ "$outcome" != "$1" ]; then
    echo "self-test: $2 with $(printf %q "$3") was $outcome"
    failures=$((failures + 1))
  fi
}

expect accepted records/a.h '#include <string>\n#include "base/time.h"\n#include "records/b.h"'
expect accepted records/a.h '#include "tail/chunk.h"'
expect refused records/a.h '#include "tail/follower.h"'
expect refused base/a.h '#include "platform/files.h"'
expect refused base/a.h '#include <platform/files.h>'
expect refused matches/a.h '#include "incidents/incident.h"'
expect accepted store/a.cpp '#include "tail/checkpoint.h"'
expect refused store/a.cpp '#include "tail/follower.h"'
expect refused sinks/a.cpp '#include "store/store.h"'
expect accepted engine/a.cpp '#include "sinks/sink.h"\n#include <thread>\n#include <boost/asio.hpp>'
expect refused records/a.h '#include "../base/time.h"'
expect refused records/a.h '#include "b.h"'
expect refused closet/a.h '#include <string>'
for header in fstream thread mutex windows.h boost/asio.hpp spdlog/spdlog.h Poco/JSON/Object.h sys/stat.h; do
  expect refused matches/a.cpp "#  include <$header>"
  expect accepted tail/a.cpp "#include <$header>"
done
expect refused incidents/a.cpp 'auto now = std::chrono::system_clock::now();'
expect accepted incidents/a.cpp '// not system_clock::now(): time is an argument'
expect accepted base/time.cpp 'auto now = std::chrono::system_clock::now();'
expect accepted signatures/loader.cpp '#include <filesystem>'
expect refused signatures/signature.cpp '#include <filesystem>'

check "$root/agent-core" || failures=$((failures + 1))
[ "$failures" = 0 ] || exit 1
echo "the order of the rooms holds"
