#pragma once
// Incidents as JSON, the one outward form: the journal, the last string of an event, `scan --json`.
//
// Key order is fixed. Text is valid UTF-8; characters that a terminal or viewer would act on (controls, direction marks,
// U+2028) are written \uXXXX, which loses nothing. Times are RFC 3339 in UTC, or null.
//
// incident: signature title level event_id state cleared_by group count first_seen last_seen cleared_at fields cause
//           resolution references explained_by evidence[path line offset time time_confidence message]
// alert:    schema delivery_id episode fingerprint kind at host late, then the keys of an incident. "cut": true, before
//           evidence, when something was left out to make it fit.
//
// Tests:   tests/unit/sinks/incident_json_test.cpp

#include <Poco/JSON/Object.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "incidents/incident.h"
#include "sinks/sink.h"

namespace cmgmon::sinks {

inline constexpr std::string_view kAlertSchema = "cmgmon/alert/1";
inline constexpr std::string_view kNoticeSchema = "cmgmon/notice/1";

Poco::JSON::Object::Ptr incident_object(const incidents::Incident& incident);

// What every JSON text of ours goes through on its way out. indent 0: one line without a line end.
std::string json_text(const Poco::JSON::Object& object, unsigned indent = 0);

// Text of a log is not always UTF-8; Poco would pass damage on. U+FFFD instead.
std::string json_string(std::string_view text);

// One line. `host` is the machine's name, for incidents that do not say theirs.
std::string alert_json(const incidents::Transition& transition, std::string_view host);

// The same for the Event Log: percent signs are \u0025, and it has at most max_units UTF-16 units: evidence, fields and
// texts are shortened until it fits, so it is always a whole document.
std::string event_json(const incidents::Transition& transition, std::string_view host,
                       std::size_t max_units);
std::string event_json(const Notice& notice, base::Time at, std::string_view host,
                       std::size_t max_units);

// The machine that the incident is about: its group's or fields' host, else `host`.
std::string host_of(const incidents::Incident& incident, std::string_view host);

// How it ended, in words: "recovery seen", "no longer seen, recovery not confirmed"; "over" when nobody knows.
std::string_view ending_of(incidents::ClearedBy by);

}  // namespace cmgmon::sinks
