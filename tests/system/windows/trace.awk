# Turns Wine's trace of ReportEventW into one block for each event:
#
#   event 1002 error category 4 (0xc00003ea, type 1, 13 strings)
#    1 CMG connection point has no client certificate that the management point accepts
#    ...
#
# Wine shows about 290 characters of a string after escaping it; at most 250 are kept here (230 of the JSON). An event
# whose strings have not all been written yet is left out. The wall-clock time in the JSON ("at") is replaced by a star.

function hex(digits, value, i) {
  value = 0
  for (i = 1; i <= length(digits); i++) value = value * 16 + index("0123456789abcdef", substr(digits, i, 1)) - 1
  return value
}

# What debugstr_w wrote, without its quotes and escapes of quote, backslash and line ends.
function unescaped(text, out, i, c) {
  sub(/^[^"]*"/, "", text)
  sub(/"(\.\.\.)?\r?$/, "", text)
  out = ""
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\\") {
      i++
      c = substr(text, i, 1)
      if (c == "x") c = "\\x"
      else if (c == "n") c = "\\n"
      else if (c == "r") c = "\\r"
      else if (c == "t") c = "\\t"
    }
    out = out c
  }
  # The time has three or six digits of a second, so what Wine shows after it ends sooner or later.
  if (gsub(/"at":"[^"]*"/, "\"at\":\"*\"", out)) return substr(out, 1, 230)
  return substr(out, 1, 250)
}

/:ReportEventW \(/ {
  sub(/.*ReportEventW \(/, "")
  split($0, argument, /[,)] ?/)
  id = substr(argument[4], 3)
  severity = int(hex(substr(id, 1, 1)) / 4)
  wanted = hex(substr(argument[6], 3))
  type = hex(substr(argument[2], 3))
  block = sprintf("event %d %s category %d (0x%s, type %d, %d strings)\n", hex(substr(id, 5)),
    severity == 3 ? "error" : severity == 2 ? "warning" : severity == 1 ? "information" : "success",
    hex(substr(argument[3], 3)), id, type, wanted)
  strings = 0
  if (wanted == 0) printf "%s", block
  next
}
/:eventlog:ReportEventW L"/ && strings < wanted {
  sub(/.*:eventlog:ReportEventW L/, "")
  block = block sprintf("%2d %s\n", ++strings, unescaped($0))
  if (strings == wanted) printf "%s", block
}
