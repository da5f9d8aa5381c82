// x-cmgmon.absence: what should be written again and again.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "signatures/rule_reader.h"

namespace cmgmon::signatures {

namespace {

// The logs are looked at twice a minute where the system tells of every change.
constexpr std::chrono::minutes kShortest{1};

void read_armed_by(base::Mapping& mapping, const Place& place, Absence& absence) {
  const auto text = mapping.text("armed-by");
  if (!text || *text == "first-match") {
    return;
  }
  if (*text == "always") {
    absence.armed_by = Absence::ArmedBy::kAlways;
  } else if (*text == "service-running") {
    absence.armed_by = Absence::ArmedBy::kServiceRunning;
  } else {
    place.complain(*mapping.child("armed-by"),
                   "'armed-by' is none of first-match, service-running, always");
  }
}

void read_per(base::Mapping& mapping, const Place& place, Absence& absence) {
  const auto text = mapping.text("per");
  absence.per_stream = !text || *text == "stream";
  if (text && *text != "stream" && *text != "service") {
    place.complain(*mapping.child("per"), "'per' is none of stream, service");
  }
}

void add_recoveries(Signature& signature) {
  Recovery heard;
  heard.name = kHeardAgain;
  heard.on = signature.group_by;
  Recovery pointless = heard;
  pointless.name = kNoLongerExpected;
  pointless.confirmed = false;
  signature.recoveries = {heard, pointless};
}

}  // namespace

void read_absence(const base::YamlNode& node, const Place& place, Signature& signature) {
  Absence absence;
  base::Mapping mapping(node, place.file, *place.complaints, "absence");
  if (!mapping.valid()) {
    return;
  }
  if (const auto* expect = mapping.child("expect")) {
    absence.expect = read_detection(*expect, place, "what the absence expects", true);
  }
  absence.every = mapping.duration("every").value_or(absence.every);
  absence.grace = mapping.duration("grace").value_or(absence.grace);
  absence.while_running = mapping.texts("while-running");
  absence.stopped_at_most = mapping.duration("stopped-at-most");
  absence.while_open = mapping.texts("while-open");
  read_armed_by(mapping, place, absence);
  read_per(mapping, place, absence);
  mapping.finish();
  if (!mapping.has("every")) {
    mapping.complain("absence has no 'every', the longest time between two occurrences");
  } else if (absence.every < kShortest) {
    place.complain(*mapping.child("every"), "'every' must be 1m or more");
  }
  if (absence.while_running.empty()) {
    if (absence.armed_by == Absence::ArmedBy::kServiceRunning) {
      place.complain(*mapping.child("armed-by"),
                     "'armed-by: service-running' needs 'while-running'");
    }
    if (absence.stopped_at_most) {
      place.complain(*mapping.child("stopped-at-most"), "'stopped-at-most' needs 'while-running'");
    }
  }
  if (std::find(absence.while_open.begin(), absence.while_open.end(), signature.name) !=
      absence.while_open.end()) {
    place.complain(*mapping.child("while-open"), "'while-open' names the rule itself");
  }
  add_recoveries(signature);
  signature.absence = std::move(absence);
}

}  // namespace cmgmon::signatures
