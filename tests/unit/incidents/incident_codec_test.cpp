#include "incidents/incident_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/incidents/book_fixture.h"

namespace cmgmon::incidents {
namespace {

Transition full() {
  Transition made;
  made.kind = TransitionKind::kCleared;
  made.delivery_id = "f-1:9";
  made.sequence = 9;
  made.at = at(seconds(7));
  Incident& incident = made.incident;
  incident.signature = "A";
  incident.title = "Title";
  incident.level = Level::kCritical;
  incident.told = {{Level::kMedium, 1}, {Level::kCritical, 300}};
  incident.event_id = 1002;
  incident.fingerprint = "f";
  incident.episode = "f-1";
  incident.state = State::kCleared;
  incident.cleared_by = ClearedBy::kExplained;
  incident.group = {{"endpoint", "SMS_MP"}, {"host", "ÄÖ\x01"}};
  incident.count = 1ULL << 40U;
  incident.first_seen = at(seconds(1));
  incident.cleared_at = at(seconds(6));
  incident.fields = {{"url", std::string("\xff\0x", 3)}};
  incident.cause = "Cause";
  incident.resolution = {"one", "two"};
  incident.references = {"https://example.com"};
  incident.explained_by = "B";
  incident.late = true;
  incident.evidence.push_back(
      {"C:\\a.log", 7, 99, at(seconds(1)), records::TimeConfidence::kAssumed, "message"});
  incident.evidence.push_back({"b", 0, 0, std::nullopt, records::TimeConfidence::kNone, ""});
  return made;
}

TEST(IncidentCodec, ReturnsEveryField) {
  const Transition before = full();
  const auto after = load_transition(save_transition(before));
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->kind, before.kind);
  EXPECT_EQ(after->delivery_id, before.delivery_id);
  EXPECT_EQ(after->sequence, before.sequence);
  EXPECT_EQ(after->at, before.at);
  const Incident& a = before.incident;
  const Incident& b = after->incident;
  EXPECT_EQ(a.signature, b.signature);
  EXPECT_EQ(a.title, b.title);
  EXPECT_EQ(a.level, b.level);
  EXPECT_EQ(a.told, b.told);
  EXPECT_EQ(a.event_id, b.event_id);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.episode, b.episode);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.cleared_by, b.cleared_by);
  EXPECT_EQ(a.group, b.group);
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.first_seen, b.first_seen);
  EXPECT_EQ(a.last_seen, b.last_seen);
  EXPECT_EQ(a.cleared_at, b.cleared_at);
  EXPECT_EQ(a.fields, b.fields);
  EXPECT_EQ(a.cause, b.cause);
  EXPECT_EQ(a.resolution, b.resolution);
  EXPECT_EQ(a.references, b.references);
  EXPECT_EQ(a.explained_by, b.explained_by);
  EXPECT_EQ(a.late, b.late);
  ASSERT_EQ(a.evidence.size(), b.evidence.size());
  for (std::size_t i = 0; i < a.evidence.size(); ++i) {
    EXPECT_EQ(a.evidence[i].path, b.evidence[i].path);
    EXPECT_EQ(a.evidence[i].line, b.evidence[i].line);
    EXPECT_EQ(a.evidence[i].offset, b.evidence[i].offset);
    EXPECT_EQ(a.evidence[i].time, b.evidence[i].time);
    EXPECT_EQ(a.evidence[i].time_confidence, b.evidence[i].time_confidence);
    EXPECT_EQ(a.evidence[i].message, b.evidence[i].message);
  }
}

TEST(IncidentCodec, ReadsWhatTheFirstVersionWrote) {
  const auto bytes = base::from_base64(
      "Y21nbW9uCnRyYW5zaXRpb24Bz4i7iJKR/MyLAQAFZi0xOjEBAAFBAAMAAANmLTEBAAAAAAAAAAAAAAFCAQA=");
  const auto transition = load_transition(bytes.value());
  ASSERT_TRUE(transition.has_value());
  EXPECT_EQ(transition->delivery_id, "f-1:1");
  EXPECT_EQ(transition->incident.signature, "A");
  EXPECT_EQ(transition->incident.told, (std::vector<Told>{{Level::kHigh, 1}}));
  EXPECT_EQ(transition->incident.explained_by, "B");
  EXPECT_TRUE(transition->incident.late);
}

TEST(IncidentCodec, LevelsOnlyRise) {
  Transition transition = full();
  for (const Level next : {Level::kHigh, Level::kLow}) {
    transition.incident.told = {{Level::kHigh, 1}, {next, 2}};
    EXPECT_FALSE(load_transition(save_transition(transition)).has_value());
  }
  transition.incident.level = Level::kHigh;
  transition.incident.told = {{Level::kCritical, 1}};
  EXPECT_FALSE(load_transition(save_transition(transition)).has_value());
}

TEST(Incident, KnowsWhenSomebodyFirstHeardOfIt) {
  Incident incident;
  incident.level = Level::kHigh;
  EXPECT_EQ(first_told(incident, Level::kMedium), (Told{Level::kHigh, 1}));
  EXPECT_EQ(first_told(incident, Level::kCritical), std::nullopt);
  incident.level = Level::kCritical;  // lifted, and not told yet
  incident.told = {{Level::kLow, 1}, {Level::kHigh, 5}};
  EXPECT_EQ(first_told(incident, Level::kInformational), (Told{Level::kLow, 1}));
  EXPECT_EQ(first_told(incident, Level::kMedium), (Told{Level::kHigh, 5}));
  EXPECT_EQ(first_told(incident, Level::kCritical), std::nullopt);
}

TEST(IncidentCodec, RefusesDamage) {
  const std::string bytes = save_transition(full());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(load_transition(bytes.substr(0, size)).has_value()) << size;
  }
  EXPECT_EQ(load_transition(base::Writer("transition", 3).finish()).error().kind,
            base::ErrorKind::kUnsupported);
  base::Writer strange("transition", 1);
  strange.number(77);  // no such kind of transition
  EXPECT_EQ(load_transition(strange.finish()).error().kind, base::ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace cmgmon::incidents
