#pragma once
// The watch for silence, told the same things as its slow twin.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "matches/absence_watch.h"
#include "support/slow_absence.h"

namespace cmgmon::matches {

inline constexpr base::Time kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);

inline base::Time at(std::int64_t second) {
  return kStart + std::chrono::seconds(second);
}

// Every 10 minutes, after 5 minutes of grace.
inline signatures::Signature absence(const std::string& name, bool with_expect = true) {
  signatures::Signature made;
  made.name = name;
  made.services = {"app"};
  made.group_by = {"path"};
  made.absence.emplace();
  if (with_expect) {
    made.absence->expect.emplace();
  }
  made.absence->every = std::chrono::minutes(10);
  made.absence->grace = std::chrono::minutes(5);
  signatures::Recovery recovery;
  recovery.name = signatures::kHeardAgain;
  made.recoveries.push_back(recovery);
  recovery.name = signatures::kNoLongerExpected;
  made.recoveries.push_back(recovery);
  return made;
}

// The watch, told the same things as the slow twin; and what it said.
class Watched {
 public:
  explicit Watched(const signatures::SignatureSet& set,
                   base::Duration longest = AbsenceWatch::kLongestStep)
      : set_(set), longest_(longest) {
    start();
  }

  std::vector<test::Told> handle(const test::AbsenceEvent& event) {
    told_.clear();
    const base::Time now = at(event.now);
    std::optional<base::Time> log_time;
    if (event.log_time) {
      log_time = at(*event.log_time);
    }
    switch (event.kind) {
      case test::AbsenceEvent::Kind::kOpened:
        watch_->opened(event.log, {"app", {{"host", "CP01"}}, event.flag, true});
        break;
      case test::AbsenceEvent::Kind::kBacklogEnded:
        watch_->backlog_ended(event.log);
        break;
      case test::AbsenceEvent::Kind::kRolledOver:
        watch_->rolled_over(event.log);
        break;
      case test::AbsenceEvent::Kind::kWrote:
        watch_->wrote(event.log, event.log, log_time, now);
        break;
      case test::AbsenceEvent::Kind::kHeard: {
        records::Record record;
        record.message = "alive";
        record.time = log_time;
        watch_->heard(event.log, *set_.find(event.name), record, event.log, now);
        break;
      }
      case test::AbsenceEvent::Kind::kUnreadable:
      case test::AbsenceEvent::Kind::kReadable:
        watch_->unreadable(event.log, event.kind == test::AbsenceEvent::Kind::kUnreadable);
        break;
      case test::AbsenceEvent::Kind::kLooked:
        watch_->looked(now, {states_, [&](std::string_view name) {
                               return incidents_.contains(std::string(name));
                             }});
        break;
      case test::AbsenceEvent::Kind::kService:
        states_[event.name] = event.state == "stopped"   ? signatures::ServiceState::kStopped
                              : event.state == "running" ? signatures::ServiceState::kRunning
                              : event.state == "failed"  ? signatures::ServiceState::kFailed
                                                         : signatures::ServiceState::kUnknown;
        break;
      case test::AbsenceEvent::Kind::kIncident:
        if (event.flag) {
          incidents_.insert(event.name);
        } else {
          incidents_.erase(event.name);
        }
        break;
      case test::AbsenceEvent::Kind::kRestart: {
        const std::string saved = watch_->save();
        start();
        EXPECT_TRUE(watch_->load(saved).has_value());
        EXPECT_EQ(watch_->save(), saved);
        break;
      }
    }
    return std::move(told_);
  }

  AbsenceWatch& watch() { return *watch_; }
  const Match& newest() const { return newest_; }

 private:
  void start() {
    watch_ = std::make_unique<AbsenceWatch>(
        set_, Fields{{"host", "HERE"}},
        [this](Match&& match, const std::string& stream) {
          const auto seconds_since =
              std::chrono::duration_cast<std::chrono::seconds>(*match.time - kStart).count();
          told_.push_back({match.signature->name, stream.starts_with("absence of ") ? "" : stream,
                           match.recovery == nullptr ? "overdue" : match.recovery->name,
                           seconds_since});
          newest_ = std::move(match);
        },
        longest_);
  }

  const signatures::SignatureSet& set_;
  base::Duration longest_;
  std::unique_ptr<AbsenceWatch> watch_;
  signatures::ServiceStates states_;
  std::set<std::string> incidents_;
  std::vector<test::Told> told_;
  Match newest_;
};

}  // namespace cmgmon::matches
