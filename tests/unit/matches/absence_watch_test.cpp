#include "matches/absence_watch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unit/matches/absence_watched.h"

namespace cmgmon::matches {
namespace {

using signatures::Absence;
using signatures::ServiceState;
using test::AbsenceEvent;
using Kind = AbsenceEvent::Kind;
using std::chrono::minutes;
using std::chrono::seconds;

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
  const std::string local = R"(D:\Logs\a.log)";
  const std::string share = R"(\\srv\Logs\a.log)";
  struct Row {
    std::string log;
    std::string path;
    bool silent = false;
  };
  const Row rows[] = {
      {local, local, false},
      {local, R"(D:\Logs)", false},
      {local, R"(D:\Log)", true},
      {local, R"(D:\Logs\b.log)", true},
      {local, "", true},
      {share, R"(\\srv)", false},
      {share, R"(\\SRV)", false},
      {share, "//Srv", false},
      {share, R"(\\?\UNC\SRV)", false},
      {share, R"(\\srv.corp)", true},
      {share, R"(\\srv2)", true},
      {local, R"(\\srv)", true},
  };
  signatures::SignatureSet set;
  set.signatures.push_back(absence("ALIVE"));
  for (const auto& [log, path, silent] : rows) {
    SCOPED_TRACE(testing::Message() << log << " and " << path);
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

}  // namespace
}  // namespace cmgmon::matches
