#include "matches/absence_watch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/slow_absence.h"

namespace cmgmon::matches {
namespace {

using signatures::Absence;
using signatures::ServiceState;
using test::AbsenceEvent;
using test::Told;
using Kind = AbsenceEvent::Kind;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::Time kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);

base::Time at(std::int64_t second) {
  return kStart + seconds(second);
}

// Every 10 minutes, after 5 minutes of grace.
signatures::Signature absence(const std::string& name, bool with_expect = true) {
  signatures::Signature made;
  made.name = name;
  made.services = {"app"};
  made.group_by = {"path"};
  made.absence.emplace();
  if (with_expect) {
    made.absence->expect.emplace();
  }
  made.absence->every = minutes(10);
  made.absence->grace = minutes(5);
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

  std::vector<Told> handle(const AbsenceEvent& event) {
    told_.clear();
    const base::Time now = at(event.now);
    std::optional<base::Time> log_time;
    if (event.log_time) {
      log_time = at(*event.log_time);
    }
    switch (event.kind) {
      case Kind::kOpened:
        watch_->opened(event.log, {"app", {{"host", "CP01"}}, event.flag, true});
        break;
      case Kind::kBacklogEnded:
        watch_->backlog_ended(event.log);
        break;
      case Kind::kRolledOver:
        watch_->rolled_over(event.log);
        break;
      case Kind::kWrote:
        watch_->wrote(event.log, event.log, log_time, now);
        break;
      case Kind::kHeard: {
        records::Record record;
        record.message = "alive";
        record.time = log_time;
        watch_->heard(event.log, *set_.find(event.name), record, event.log, now);
        break;
      }
      case Kind::kUnreadable:
      case Kind::kReadable:
        watch_->unreadable(event.log, event.kind == Kind::kUnreadable);
        break;
      case Kind::kLooked:
        watch_->looked(now, {states_, [&](std::string_view name) {
                               return incidents_.contains(std::string(name));
                             }});
        break;
      case Kind::kService:
        states_[event.name] = event.state == "stopped"   ? ServiceState::kStopped
                              : event.state == "running" ? ServiceState::kRunning
                              : event.state == "failed"  ? ServiceState::kFailed
                                                         : ServiceState::kUnknown;
        break;
      case Kind::kIncident:
        if (event.flag) {
          incidents_.insert(event.name);
        } else {
          incidents_.erase(event.name);
        }
        break;
      case Kind::kRestart: {
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
              std::chrono::duration_cast<seconds>(*match.time - kStart).count();
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
  std::vector<Told> told_;
  Match newest_;
};

// A story about one rule, ALIVE, and its log, a.log, with a look every 30 seconds.
class Story {
 public:
  explicit Story(signatures::Signature signature = absence("ALIVE")) {
    set_.signatures.push_back(std::move(signature));
    watched_ = std::make_unique<Watched>(set_);
  }

  void event(Kind kind, const std::string& name = "", const std::string& state = "",
             bool flag = false, std::optional<std::int64_t> log_time = {}) {
    AbsenceEvent event;
    event.kind = kind;
    event.log = "a.log";
    event.name = name;
    event.state = state;
    event.flag = flag;
    event.now = now_;
    event.log_time = log_time;
    for (auto& told : watched_->handle(event)) {
      told_ += told.what + "@" + std::to_string(told.time) + " ";
    }
  }
  void opened(bool remote = false) {
    event(Kind::kOpened, "", "", remote);
    event(Kind::kBacklogEnded);
    look();
  }
  void look() { event(Kind::kLooked); }
  void heard() {
    event(Kind::kHeard, "ALIVE", "", false, now_);
    look();
  }
  void pass(std::int64_t duration) {
    for (const std::int64_t end = now_ + duration; now_ < end;) {
      now_ = std::min(now_ + 30, end);
      look();
    }
  }
  void jump(std::int64_t duration) {
    now_ += duration;
    look();
  }
  std::string told() { return std::exchange(told_, {}); }
  Watched& watched() { return *watched_; }

 private:
  signatures::SignatureSet set_;
  std::unique_ptr<Watched> watched_;
  std::int64_t now_ = 0;
  std::string told_;
};

TEST(AbsenceWatch, RaisesOnceWhenOverdueAndClearsWhenHeardAgain) {
  Story s;
  s.opened();
  s.heard();
  s.pass(899);  // 5 minutes of grace, 10 of silence
  EXPECT_EQ(s.told(), "");
  s.pass(1);
  EXPECT_EQ(s.told(), "overdue@900 ");
  s.pass(7200);
  EXPECT_EQ(s.told(), "");
  s.heard();
  EXPECT_EQ(s.told(), "heard_again@8100 ");
  s.pass(600);
  EXPECT_EQ(s.told(), "overdue@8700 ");
}

TEST(AbsenceWatch, TellsWhatIsKnownOfTheSilence) {
  Story s;
  s.opened();
  s.event(Kind::kHeard, "ALIVE", "", false, -3600);  // the log's clock is an hour behind
  s.pass(900);
  const Match& match = s.watched().newest();
  EXPECT_EQ(match.fields.at("silent_for"), "1 h 15 min");
  EXPECT_EQ(match.fields.at("last_heard"), "2026-11-21T23:00:00.000Z");
  EXPECT_EQ(match.fields.at("expected_every"), "10 min");
  EXPECT_EQ(match.fields.at("path"), "a.log");
  EXPECT_EQ(match.fields.at("log"), "a.log");
  EXPECT_EQ(match.fields.at("host"), "CP01");
  ASSERT_EQ(match.evidence.size(), 1U);
  EXPECT_EQ(match.evidence[0].message, "alive");
  s.heard();
  EXPECT_EQ(s.watched().newest().fields.at("path"), "a.log");
}

TEST(AbsenceWatch, ExpectsNothingBeforeItIsArmed) {
  Story s;
  s.opened();
  s.pass(7200);
  EXPECT_EQ(s.told(), "");

  struct Row {
    const char* name;
    std::optional<std::int64_t> log_time;  // of an occurrence in the backlog
    const char* told;
  };
  const Row rows[] = {{"an hour old", -3600, "overdue@900 "},
                      {"a day old", -86400, "overdue@900 "},
                      {"older", -86401, ""},
                      {"nobody knows how old", std::nullopt, ""}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Story backlog;
    backlog.event(Kind::kOpened);
    backlog.event(Kind::kHeard, "ALIVE", "", false, row.log_time);
    backlog.event(Kind::kBacklogEnded);
    backlog.look();
    backlog.pass(1800);
    EXPECT_EQ(backlog.told(), row.told);
  }

  auto always = absence("ALIVE");
  always.absence->armed_by = Absence::ArmedBy::kAlways;
  always.absence->per_stream = false;
  Story missing(always);  // no log at all
  missing.look();
  missing.pass(1800);
  EXPECT_EQ(missing.told(), "overdue@900 ");

  auto by_service = absence("ALIVE");
  by_service.absence->armed_by = Absence::ArmedBy::kServiceRunning;
  by_service.absence->while_running = {"AGENT"};
  Story started(by_service);
  started.opened();
  started.pass(3600);
  EXPECT_EQ(started.told(), "");
  started.event(Kind::kService, "AGENT", "running");
  started.pass(660);
  EXPECT_EQ(started.told(), "overdue@4230 ");
}

TEST(AbsenceWatch, CountsOnlyWatchedTime) {
  struct Row {
    const char* name;
    std::function<void(Story&)> happens;  // after 600 s of 900; then 330 s pass
    const char* told;
  };
  const Row rows[] = {
      {"nothing", [](Story&) {}, "overdue@900 "},
      {"suspended for an hour", [](Story& s) { s.jump(3600); }, ""},
      {"suspended, then the rest of the silence",
       [](Story& s) {
         s.jump(3600);
         s.pass(300);
       },
       "overdue@4800 "},
      {"two minutes are none", [](Story& s) { s.jump(120); }, "overdue@900 "},
      {"the clock is set back an hour", [](Story& s) { s.jump(-3600); }, "overdue@-2700 "},
      {"and forward by twenty years", [](Story& s) { s.jump(std::int64_t{20} * 365 * 86400); }, ""},
      {"restarted", [](Story& s) { s.event(Kind::kRestart), s.opened(); }, ""},
      {"restarted long after",
       [](Story& s) {
         s.event(Kind::kRestart);
         s.jump(8 * 3600);
         s.opened();
         s.pass(300);
       },
       "overdue@30000 "},
      {"rolled over", [](Story& s) { s.event(Kind::kRolledOver); }, ""},
      {"rolled over again and again",
       [](Story& s) {
         for (int i = 0; i < 10; ++i) {
           s.event(Kind::kRolledOver);
           s.pass(30);
         }
       },
       "overdue@1200 "},
      {"unreadable", [](Story& s) { s.event(Kind::kUnreadable), s.pass(3600); }, ""},
      {"unreadable for a while",
       [](Story& s) {
         s.event(Kind::kUnreadable);
         s.pass(3600);
         s.event(Kind::kReadable);
       },
       "overdue@4500 "},
      {"heard", [](Story& s) { s.heard(); }, ""},
      {"something else written", [](Story& s) { s.event(Kind::kWrote); }, "overdue@900 "},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Story s;
    s.opened();
    s.heard();
    s.pass(600);
    row.happens(s);
    s.pass(330);
    EXPECT_EQ(s.told(), row.told);
  }
}

TEST(AbsenceWatch, AnythingWrittenCountsWithoutExpect) {
  Story s(absence("ALIVE", false));
  s.opened();
  s.event(Kind::kWrote, "", "", false, 0);
  s.pass(800);
  s.event(Kind::kWrote, "", "", false, 800);
  s.pass(600);
  EXPECT_EQ(s.told(), "");
  s.pass(60);
  EXPECT_EQ(s.told(),
            "overdue@1430 ");  // what was written since the look before 800 is as old as that look
  s.event(Kind::kWrote);
  EXPECT_EQ(s.told(), "heard_again@1460 ");
}

TEST(AbsenceWatch, IsPatientWithAStoppedService) {
  auto rule = absence("ALIVE");
  rule.absence->while_running = {"AGENT"};
  struct Row {
    const char* name;
    const char* state;
    bool remote;
    std::optional<std::chrono::milliseconds> at_most;
    const char* told;  // within four hours
  };
  const Row rows[] = {
      {"stopped", "stopped", false, {}, ""},
      {"stopped for too long", "stopped", false, std::chrono::hours(1), "overdue@4500 "},
      {"crashed", "failed", false, {}, "overdue@900 "},
      {"running", "running", false, {}, "overdue@900 "},
      {"unknown", "unknown", false, {}, "overdue@900 "},
      {"stopped here, the log is from elsewhere", "stopped", true, {}, "overdue@900 "},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    rule.absence->stopped_at_most = row.at_most;
    Story s(rule);
    s.opened(row.remote);
    s.heard();
    s.pass(840);
    s.event(Kind::kService, "AGENT", row.state);
    s.pass(4 * 3600);
    EXPECT_EQ(s.told(), row.told);
  }

  Story restarted(rule);
  restarted.opened();
  restarted.heard();
  restarted.pass(840);
  restarted.event(Kind::kService, "AGENT", "stopped");
  restarted.pass(60);
  restarted.event(Kind::kService, "AGENT", "running");
  restarted.pass(899);
  EXPECT_EQ(restarted.told(), "");
  restarted.pass(1);
  EXPECT_EQ(restarted.told(), "overdue@1800 ");
}

TEST(AbsenceWatch, EndsWithTheIncidentThatMadeItMatter) {
  auto rule = absence("ALIVE");
  rule.absence->while_open = {"OTHER", "ANOTHER"};
  Story s(rule);
  s.opened();
  s.heard();
  s.pass(7200);
  EXPECT_EQ(s.told(), "");
  s.event(Kind::kIncident, "ANOTHER", "", true);
  s.pass(600);
  EXPECT_EQ(s.told(), "");
  s.pass(60);
  EXPECT_EQ(s.told(), "overdue@7830 ");
  s.event(Kind::kIncident, "ANOTHER", "", false);
  s.look();
  EXPECT_EQ(s.told(), "no_longer_expected@7860 ");
  s.pass(7200);
  EXPECT_EQ(s.told(), "");
}

TEST(AbsenceWatch, KnowsTheFolderThatCannotBeRead) {
  const std::string log = "D:\\Logs\\a.log";
  signatures::SignatureSet set;
  set.signatures.push_back(absence("ALIVE"));
  for (const auto& [path, silent] : std::map<std::string, bool>{{log, false},
                                                                {"D:\\Logs", false},
                                                                {"D:\\Log", true},
                                                                {"D:\\Logs\\b.log", true},
                                                                {"", true}}) {
    SCOPED_TRACE(path);
    Watched watched(set, std::chrono::hours(100));
    AbsenceEvent event;
    event.log = log;
    for (const auto kind : {Kind::kOpened, Kind::kBacklogEnded, Kind::kLooked}) {
      event.kind = kind;
      watched.handle(event);
    }
    event.kind = Kind::kHeard;
    event.name = "ALIVE";
    watched.handle(event);
    event.kind = Kind::kLooked;
    watched.handle(event);
    watched.watch().unreadable(path, true);
    event.now = 3600;
    EXPECT_EQ(watched.handle(event).size(), silent ? 1U : 0U);
  }
}

TEST(AbsenceWatch, TellsWhenItWillBeOverdue) {
  Story s;
  s.opened();
  EXPECT_EQ(s.watched().watch().next_deadline(), std::nullopt);
  s.heard();
  EXPECT_EQ(s.watched().watch().next_deadline(), at(900));
  s.pass(600);
  EXPECT_EQ(s.watched().watch().next_deadline(), at(900));
  s.heard();
  EXPECT_EQ(s.watched().watch().next_deadline(), at(1200));
  s.pass(600);
  EXPECT_EQ(s.told(), "overdue@1200 ");
  EXPECT_EQ(s.watched().watch().next_deadline(), std::nullopt);
}

TEST(AbsenceWatch, JudgesAFinishedLogByItsOwnTimes) {
  struct Row {
    const char* name;
    std::optional<std::int64_t> heard, newest;
    bool overdue;
  };
  const Row rows[] = {{"goes on too long", 0, 901, true},
                      {"just not", 0, 900, false},
                      {"never heard", {}, 90000, false},
                      {"no times", {}, {}, false}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Story s;
    s.opened();
    if (row.heard) {
      s.event(Kind::kHeard, "ALIVE", "", false, row.heard);
    }
    std::optional<base::Time> newest;
    if (row.newest) {
      newest = at(*row.newest);
    }
    s.watched().watch().end_of_log("a.log", newest, {{}, [](std::string_view) { return false; }});
    s.look();
    EXPECT_EQ(s.watched().newest().signature != nullptr, row.overdue);
  }
}

TEST(AbsenceWatch, RefusesDamagedStateAndForgetsRulesThatAreGone) {
  Story s;
  s.opened();
  s.heard();
  const std::string saved = s.watched().watch().save();
  signatures::SignatureSet other;
  other.signatures.push_back(absence("ANOTHER"));
  AbsenceWatch fresh(other, {}, [](Match&&, const std::string&) {});
  const std::string nothing = fresh.save();
  EXPECT_TRUE(fresh.load(saved).has_value());
  EXPECT_EQ(fresh.save(), nothing);
  for (std::size_t i = 0; i < saved.size(); ++i) {
    std::string damaged = saved;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    EXPECT_FALSE(fresh.load(damaged).has_value()) << "byte " << i;
  }
}

// --- against the twin ------------------------------------------------------------------------------------------------

signatures::SignatureSet random_rules(std::mt19937& random) {
  const auto one_of = [&](std::initializer_list<std::int64_t> values) {
    return *(values.begin() + static_cast<std::int64_t>(random() % values.size()));
  };
  signatures::SignatureSet set;
  for (int i = 0; i < 3; ++i) {
    auto rule = absence("R" + std::to_string(i), random() % 3 != 0);
    auto& about = *rule.absence;
    about.every = seconds(one_of({60, 90, 300}));
    about.grace = seconds(one_of({0, 1, 45, 200}));
    about.per_stream = random() % 3 != 0;
    about.armed_by = static_cast<Absence::ArmedBy>(random() % 3);
    if (about.armed_by == Absence::ArmedBy::kServiceRunning || random() % 2 == 0) {
      about.while_running = {"S1"};
      if (random() % 2 == 0) {
        about.while_running.push_back("S2");
      }
      if (random() % 2 == 0) {
        about.stopped_at_most = seconds(one_of({0, 50, 150}));
      }
    }
    if (random() % 3 == 0) {
      about.while_open = {"I1"};
    }
    set.signatures.push_back(std::move(rule));
  }
  return set;
}

AbsenceEvent random_event(std::mt19937& random, std::int64_t& now) {
  AbsenceEvent event;
  event.log = random() % 2 == 0 ? "a.log" : "b.log";
  const auto dice = random() % 100;
  if (dice < 60) {
    event.kind = Kind::kLooked;
    const auto kind = random() % 40;
    now += kind == 0   ? 3600
           : kind == 1 ? -static_cast<std::int64_t>(random() % 4000)
           : kind == 2 ? std::int64_t{20} * 365 * 86400
           : kind == 3 ? 120 + static_cast<std::int64_t>(random() % 2)
                       : static_cast<std::int64_t>(random() % 60);
  } else if (dice < 72) {
    event.kind = random() % 2 == 0 ? Kind::kHeard : Kind::kWrote;
    event.name = "R" + std::to_string(random() % 3);
    if (random() % 4 != 0) {
      event.log_time =
          now - (random() % 3 == 0 ? 86395 + static_cast<std::int64_t>(random() % 10) : 5);
    }
  } else if (dice < 76) {
    event.kind = Kind::kOpened;
    event.flag = random() % 4 == 0;
  } else if (dice < 84) {
    event.kind = Kind::kBacklogEnded;
  } else if (dice < 86) {
    event.kind = Kind::kRolledOver;
  } else if (dice < 90) {
    event.kind = random() % 3 == 0 ? Kind::kUnreadable : Kind::kReadable;
  } else if (dice < 94) {
    event.kind = Kind::kService;
    event.name = random() % 2 == 0 ? "S1" : "S2";
    event.state = random() % 3 == 0 ? "stopped" : random() % 2 == 0 ? "running" : "unknown";
  } else if (dice < 98) {
    event.kind = Kind::kIncident;
    event.name = "I1";
    event.flag = random() % 3 != 0;
  } else {
    event.kind = Kind::kRestart;
  }
  event.now = now;
  return event;
}

TEST(AbsenceWatch, AgreesWithGoingThroughEverySecond) {
  constexpr unsigned kFirstSeed = 20261122;
  std::size_t overdue = 0;
  std::size_t cleared = 0;
  for (unsigned seed = kFirstSeed; seed < kFirstSeed + 300; ++seed) {
    std::mt19937 random(seed);
    const auto set = random_rules(random);
    Watched fast(set);
    test::SlowAbsence slow(set, 120, 86400);
    std::int64_t now = 0;
    for (int i = 0; i < 400; ++i) {
      const auto event = random_event(random, now);
      const auto told = fast.handle(event);
      ASSERT_EQ(told, slow.handle(event))
          << "seed " << seed << ", event " << i << ", second " << now;
      for (const auto& one : told) {
        (one.what == "overdue" ? overdue : cleared) += 1;
      }
    }
  }
  // The scripts are of use only if something happens in them.
  EXPECT_GT(overdue, 500U);
  EXPECT_GT(cleared, 200U);
}

}  // namespace
}  // namespace cmgmon::matches
