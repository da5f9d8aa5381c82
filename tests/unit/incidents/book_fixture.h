#pragma once
// Signatures, failures and recoveries in one line each, and a book to feed them to.

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "incidents/incident_book.h"
#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::incidents {

using signatures::Level;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// 2026-11-22T00:00:00Z and some.
inline base::Time at(base::Duration offset) {
  return base::Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)) + offset;
}

inline signatures::Recovery recovery(std::string name, std::vector<std::string> on) {
  signatures::Recovery made;
  made.name = std::move(name);
  made.on = std::move(on);
  return made;
}

// A signature that groups by g and recovers by g.
inline signatures::Signature signature(std::string name, int event_id, Level level = Level::kHigh) {
  signatures::Signature made;
  made.name = std::move(name);
  made.title = "Title of " + made.name;
  made.description = "Description of " + made.name;
  made.event_id = event_id;
  made.level = level;
  made.group_by = {"g"};
  made.recoveries = {recovery("ok", {"g"})};
  return made;
}

inline signatures::Condition condition(signatures::Condition::Kind kind, std::string subject,
                                       std::vector<std::string> values = {}, bool negated = false) {
  return {kind, negated, std::move(subject), std::move(values)};
}

inline signatures::Diagnosis diagnosis(std::vector<signatures::Condition> when, std::string cause,
                                       std::vector<std::string> resolution = {},
                                       std::optional<Level> level = {}) {
  signatures::Diagnosis made;
  made.when = std::move(when);
  made.cause = std::move(cause);
  made.resolution = std::move(resolution);
  made.level = level;
  return made;
}

class BookFixture {
 public:
  explicit BookFixture(std::vector<signatures::Signature> signatures, BookOptions options = {})
      : options_(options) {
    set_.signatures = std::move(signatures);
    start();
  }

  const signatures::Signature& rule(std::string_view name) const {
    for (const auto& candidate : set_.signatures) {
      if (candidate.name == name) {
        return candidate;
      }
    }
    ADD_FAILURE() << "no signature " << name;
    return set_.signatures.front();
  }

  matches::Match failure(std::string_view name, std::optional<base::Time> time,
                         matches::Fields fields = {{"g", "1"}}) const {
    matches::Match match;
    match.signature = &rule(name);
    match.time = time;
    match.fields = std::move(fields);
    matches::Evidence evidence;
    evidence.path = "a.log";
    evidence.time = time;
    evidence.message = std::string(name) + " failed";
    match.evidence.push_back(evidence);
    return match;
  }
  matches::Match recovered(std::string_view name, std::optional<base::Time> time,
                           matches::Fields fields = {{"g", "1"}}) const {
    matches::Match match = failure(name, time, std::move(fields));
    match.recovery = &match.signature->recoveries.front();
    return match;
  }

  // Live, in stream "a", read when it was logged.
  void fails(std::string_view name, base::Duration when, matches::Fields fields = {{"g", "1"}},
             std::string_view stream = "a") {
    book_->apply(failure(name, at(when), std::move(fields)), stream, false, at(when));
  }
  void recovers(std::string_view name, base::Duration when, matches::Fields fields = {{"g", "1"}},
                std::string_view stream = "a") {
    book_->apply(recovered(name, at(when), std::move(fields)), stream, false, at(when));
  }
  // Backlog, read at `now`.
  void failed(std::string_view name, base::Duration when, base::Duration now,
              std::string_view stream = "a") {
    book_->apply(failure(name, at(when)), stream, true, at(now));
  }

  // "raised A 1x3, cleared(recovery) B 2x1": kind, signature, group and count.
  std::string said() {
    std::string text;
    for (const Transition& transition : last_ = book_->take_transitions()) {
      const Incident& incident = transition.incident;
      text += text.empty() ? "" : ", ";
      text += name_of(transition.kind);
      if (transition.kind == TransitionKind::kCleared) {
        text += "(" + std::string(name_of(incident.cleared_by)) + ")";
      }
      const auto group = incident.group.find("g");
      text += " " + incident.signature + " " +
              (group == incident.group.end() ? "-" : group->second) + "x" +
              std::to_string(incident.count);
    }
    return text;
  }
  const std::vector<Transition>& last() const { return last_; }

  // "A 1x3 firing, B 2x1 cleared(quiet)"
  std::string shown() const {
    std::string text;
    for (const Incident& incident : book_->incidents()) {
      text += text.empty() ? "" : ", ";
      const auto group = incident.group.find("g");
      text += incident.signature + " " + (group == incident.group.end() ? "-" : group->second) +
              "x" + std::to_string(incident.count) + " " + std::string(name_of(incident.state));
      if (incident.state == State::kCleared) {
        text += "(" + std::string(name_of(incident.cleared_by)) + ")";
      }
      if (!incident.explained_by.empty()) {
        text += " by " + incident.explained_by;
      }
    }
    return text;
  }
  Incident incident(std::string_view name) const {
    for (const Incident& candidate : book_->incidents()) {
      if (candidate.signature == name) {
        return candidate;
      }
    }
    ADD_FAILURE() << "no incident of " << name;
    return {};
  }

  void start() {
    book_ = std::make_unique<IncidentBook>(set_, options_, [this] {
      ++facts_asked;
      return facts;
    });
  }
  // What a store that is told of changes has by now.
  std::size_t keep_changes(bool everything = false) {
    if (everything) {
      rows_.clear();
    }
    auto changes = book_->changes(everything);
    for (auto& [key, bytes] : changes) {
      if (bytes) {
        rows_[key] = std::move(*bytes);
      } else {
        EXPECT_EQ(rows_.erase(key), 1U) << key << " was never told of";
      }
    }
    return changes.size();
  }
  // From its rows, which say the same as the book in one piece.
  void restart() {
    const std::string saved = book_->save();
    keep_changes(true);
    start();
    ASSERT_TRUE(book_->load(saved).has_value());
    const std::string loaded = book_->save();
    start();
    ASSERT_TRUE(book_->load_rows(rows_).has_value());
    ASSERT_TRUE(book_->save() == loaded) << "the rows say something else";
  }
  const std::map<std::string, std::string>& rows() const { return rows_; }

  IncidentBook& book() { return *book_; }
  const IncidentBook& book() const { return *book_; }
  signatures::SignatureSet& set() { return set_; }

  Facts facts;
  int facts_asked = 0;

 private:
  signatures::SignatureSet set_;
  BookOptions options_;
  std::unique_ptr<IncidentBook> book_;
  std::vector<Transition> last_;
  std::map<std::string, std::string> rows_;
};

}  // namespace cmgmon::incidents
