# One line per test from what ctest wrote:   awk -f summary.awk LABELS JUNIT
#
# LABELS has "name<TAB>label" lines. Out: outcome<TAB>label<TAB>name<TAB>reason; outcome is passed, failed or skipped.

function plain(text) {
  gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "'", text)
  gsub(/&amp;/, "\\&", text)
  return text
}
function attribute(line, name,    start) {
  start = index(line, " " name "=\"")
  if (!start) return ""
  line = substr(line, start + length(name) + 3)
  return plain(substr(line, 1, index(line, "\"") - 1))
}
function finish() {
  if (name == "") return
  if (status == "run") outcome = "passed"
  else if (status == "disabled" || (status == "notrun" && skipped != "" && skipped !~ /^Unable to find/)) outcome = "skipped"
  else outcome = "failed"
  if (outcome != "skipped") reason = ""
  else if (status == "disabled") reason = "disabled"
  else if (reason == "") reason = first
  printf "%s\t%s\t%s\t%s\n", outcome, (name in label) ? label[name] : "unlabelled", name, reason
  name = ""
}

BEGIN { FS = "\t" }
NR == FNR { label[$1] = $2; next }
/^\t<testcase / {
  finish()
  name = attribute($0, "name"); status = attribute($0, "status")
  skipped = ""; reason = ""; first = ""; said = 0
  next
}
/^\t\t<skipped / { skipped = attribute($0, "message"); next }
/^\t<\/testcase>/ { finish(); next }
{
  line = $0
  sub(/^\t\t<system-out>/, "", line)
  if (first == "" && line !~ /^[ \t]*$/) first = plain(line)
  # GoogleTest's reason stands in the line after "file:line: Skipped".
  if (said && reason == "") reason = plain(line)
  said = (line ~ /: Skipped$/)
}
