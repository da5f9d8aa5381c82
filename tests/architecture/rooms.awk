# Reads the sources of agent-core/ and names every include that the order of the rooms forbids, and everything in a pure
# room that does I/O, reads a clock or starts a thread.     awk -f rooms.awk FILE...     exit 1: something is wrong
#
# A file's room is the name of its folder. Changing this table needs a decision record in docs/adr/.

BEGIN {
  # What a room may include: whole rooms, or single headers of one.
  may["base"] = ""
  may["platform"] = "base"
  may["net"] = "base platform"
  may["settings"] = "base platform"
  may["signatures"] = "base"
  may["tail"] = "base platform"
  may["records"] = "base tail/chunk.h"
  may["matches"] = "base records signatures"
  may["incidents"] = "base matches signatures records/record.h"
  may["store"] = "base platform incidents tail/chunk.h tail/checkpoint.h"
  may["sinks"] = "base platform net incidents signatures/signature.h records/record.h"
  may["status"] = "base"
  may["engine"] = "base platform settings signatures tail records matches incidents store sinks status"

  split("base signatures records matches incidents", names, " ")
  for (i in names) pure[names[i]] = 1

  # Not for pure rooms: headers and words.
  impure_header = "^(fstream|iostream|filesystem|thread|stop_token|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|random|windows\\.h|winsock2\\.h|unistd\\.h|fcntl\\.h|pthread\\.h|sys/.*|boost/asio.*|boost/filesystem.*|boost/thread.*|spdlog/.*|Poco/.*)$"
  impure_word = "(system_clock|steady_clock|high_resolution_clock|utc_clock)::now|SystemClock|this_thread|fopen|getenv|random_device|std::time\\(|thread_local"
}

FNR == 1 {
  parts = split(FILENAME, path, "/")
  room = path[parts - 1]
  file = path[parts]
  if (!(room in may)) wrong("is in a room that the table does not know: " room)
  # The one place that may ask the system for the time, and the one that may read signature files.
  exempt = (room == "base" && file ~ /^time\./) || (room == "signatures" && file ~ /^loader/)
}

function wrong(what) {
  printf "%s:%d: %s\n", FILENAME, FNR, what
  bad = 1
}

function allowed(header,    list, count, i, other) {
  other = header
  sub(/\/.*/, "", other)
  if (other == room) return 1
  count = split(may[room], list, " ")
  for (i = 1; i <= count; i++) if (list[i] == other || list[i] == header) return 1
  return 0
}

/^[ \t]*#[ \t]*include/ {
  header = $0
  sub(/^[ \t]*#[ \t]*include[ \t]*/, "", header)
  quoted = (substr(header, 1, 1) == "\"")
  header = substr(header, 2)
  sub(/[">].*/, "", header)
  other = header
  sub(/\/.*/, "", other)
  if (header ~ /\.\./ || (quoted && !(other in may)))
    wrong("includes \"" header "\": write \"room/file.h\"")
  else if ((other in may) && index(header, "/") && !allowed(header))
    wrong(room " may not include " header " (it may: " (may[room] == "" ? "nothing" : may[room]) ")")
  if ((room in pure) && !exempt && header ~ impure_header)
    wrong(room " is a pure room and may not include <" header ">")
  next
}

(room in pure) && !exempt {
  code = $0
  sub(/\/\/.*/, "", code)
  if (match(code, impure_word)) wrong(room " is a pure room and may not use " substr(code, RSTART, RLENGTH))
}

END { exit bad }
