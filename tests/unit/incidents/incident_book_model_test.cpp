// Random failures, recoveries and clocks: the book against its slow twin, and against itself with a restart after
// every step.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "unit/incidents/book_fixture.h"
#include "unit/incidents/slow_book.h"

namespace cmgmon::incidents {
namespace {

constexpr seconds kClearHold{10};
constexpr minutes kHorizon{5};

// Causes first, as the twin wants them.
std::vector<signatures::Signature> rules() {
  auto a = signature("A", 1001, Level::kCritical);
  a.explains = {"B"};
  auto b = signature("B", 1002, Level::kHigh);
  b.explains = {"C", "D"};
  b.explains_same = {{"D", {"g"}}};
  b.quiet = seconds(60);
  auto c = signature("C", 1003, Level::kMedium);
  c.quiet = seconds(30);
  c.hold = seconds(5);
  c.recoveries.front().on = {};
  auto d = signature("D", 1004, Level::kMedium);
  d.quiet = seconds(50);
  d.suppress = seconds(40);
  d.diagnoses = {diagnosis({condition(signatures::Condition::Kind::kIncidentOpen, "A")}, "a", {},
                           Level::kCritical)};
  auto e = signature("E", 1005, Level::kLow);
  e.explains = {"A"};
  e.quiet = seconds(20);
  e.recoveries.front().on = {};
  e.keep_firing_for = seconds(25);
  return {e, a, b, c, d};
}

struct Step {
  enum Kind { kFail, kRecover, kWatermark, kAdvance, kEndBacklog, kClock, kTake } kind = kTake;
  std::string name;
  std::string group;
  std::string stream;
  std::optional<base::Time> time;
  bool backlog = false;
  base::Time now{};
  base::Duration clock_set{};
};

std::string describe(const Step& step) {
  static const char* const kNames[] = {"fail",        "recover", "watermark", "advance",
                                       "end_backlog", "clock",   "take"};
  const auto text = [](base::Time time) { return base::to_rfc3339(time).substr(11); };
  return std::string(kNames[step.kind]) + " " + step.name + " " + step.group + " " + step.stream +
         " " + (step.time ? text(*step.time) : "-") + (step.backlog ? " backlog" : "") + " at " +
         text(step.now);
}

std::vector<Step> random_script(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](int limit) {
    return std::uniform_int_distribution<int>(0, limit - 1)(random);
  };
  std::vector<Step> script;
  base::Time now = at(hours(1));
  bool in_backlog[4] = {below(2) == 0, below(2) == 0, false, false};
  const int busy = 2 + below(10);
  for (int i = 0; i < 250; ++i) {
    Step step;
    now += milliseconds(below(4) == 0 ? below(20000) : below(2000));
    step.now = now;
    const int stream = below(4);
    step.stream = "s" + std::to_string(stream + 1);
    step.backlog = in_backlog[stream];
    step.name = std::string(1, static_cast<char>('A' + below(5)));
    step.group = std::to_string(below(2));
    if (below(10) != 0) {
      step.time = now - milliseconds(step.backlog    ? below(600'000)
                                     : below(3) == 0 ? below(15'000)
                                                     : below(900));
    }
    const int what = below(10 + busy);
    if (what == 0 && step.backlog) {
      in_backlog[stream] = false;
      step.kind = Step::kEndBacklog;
    } else if (what <= 1) {
      step.kind = Step::kWatermark;
      step.time = now - milliseconds(below(1000));
    } else if (what <= 4 && below(10) == 0) {
      step.kind = Step::kClock;
      step.clock_set = seconds(below(3) == 0 ? -below(600) : below(600));
      now += step.clock_set;
    } else if (what <= 4) {
      step.kind = Step::kAdvance;
    } else if (what <= 6) {
      step.kind = Step::kTake;
    } else if (what <= 8) {
      step.kind = Step::kRecover;
    } else {
      step.kind = Step::kFail;
    }
    script.push_back(step);
  }
  Step last;
  last.kind = Step::kAdvance;
  last.now = now + hours(1);
  script.push_back(last);
  last.kind = Step::kTake;
  script.push_back(last);
  return script;
}

// Lines of what the step brought out; only kTake does.
std::vector<std::string> run(BookFixture& f, const Step& step) {
  const matches::Fields fields = {{"g", step.group}};
  std::vector<std::string> lines;
  switch (step.kind) {
    case Step::kFail:
      f.book().apply(f.failure(step.name, step.time, fields), step.stream, step.backlog, step.now);
      break;
    case Step::kRecover:
      f.book().apply(f.recovered(step.name, step.time, fields), step.stream, step.backlog,
                     step.now);
      break;
    case Step::kWatermark:
      f.book().watermark(step.stream, *step.time, step.now);
      break;
    case Step::kAdvance:
      f.book().advance(step.now);
      break;
    case Step::kEndBacklog:
      f.book().end_backlog(step.stream, step.now);
      break;
    case Step::kClock:
      f.book().clock_moved(step.clock_set);
      break;
    case Step::kTake:
      for (const Transition& transition : f.book().take_transitions()) {
        lines.push_back(
            line_of(name_of(transition.kind), transition.incident, transition.sequence));
      }
      break;
  }
  return lines;
}

std::vector<std::string> run(SlowBook& book, const Step& step) {
  switch (step.kind) {
    case Step::kFail:
      book.fail(step.name, step.group, step.time, step.stream, step.backlog, step.now);
      break;
    case Step::kRecover:
      book.recover(step.name, step.group, step.time, step.stream, step.backlog, step.now);
      break;
    case Step::kWatermark:
      book.watermark(step.stream, *step.time, step.now);
      break;
    case Step::kAdvance:
      book.advance(step.now);
      break;
    case Step::kEndBacklog:
      book.end_backlog(step.stream, step.now);
      break;
    case Step::kClock:
      book.clock_moved(step.clock_set);
      break;
    case Step::kTake:
      return book.take();
  }
  return {};
}

std::vector<std::string> shown(const BookFixture& f) {
  std::vector<std::string> lines;
  for (const Incident& incident : f.book().incidents()) {
    lines.push_back(line_of("shown", incident, 0));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

BookOptions options() {
  BookOptions made;
  made.clear_hold = kClearHold;
  made.backlog_horizon = kHorizon;
  return made;
}

// GoogleTest shows texts of several lines as a diff.
std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return text;
}

std::string script_until(const std::vector<Step>& script, std::size_t last) {
  std::string text;
  for (std::size_t i = 0; i <= last; ++i) {
    text += describe(script[i]) + "\n";
  }
  return text;
}

TEST(IncidentBook, AgreesWithItsSlowTwin) {
  std::map<std::string, int> kinds;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    const auto script = random_script(seed);
    BookFixture f(rules(), options());
    SlowBook slow(f.set(), kClearHold, kHorizon);
    for (std::size_t i = 0; i < script.size(); ++i) {
      const auto fast_lines = run(f, script[i]);
      const auto slow_lines = run(slow, script[i]);
      for (const std::string& line : slow_lines) {
        ++kinds[line.substr(0, line.find(' ')) +
                (line.find("(explained)") != std::string::npos ? " explained" : "")];
      }
      ASSERT_EQ(join(fast_lines), join(slow_lines)) << "seed " << seed << " step " << i << "\n"
                                                    << script_until(script, i);
      if (i % 5 != 0 && script[i].kind != Step::kTake) {
        continue;
      }
      ASSERT_EQ(join(shown(f)), join(slow.shown())) << "seed " << seed << " step " << i << "\n"
                                                    << script_until(script, i);
    }
  }
  // The scripts must reach what they are meant to reach.
  for (const char* kind : {"raised", "updated", "cleared", "cleared explained"}) {
    EXPECT_GT(kinds[kind], 10) << kind;
  }
}

TEST(IncidentBook, ARestartAtAnyStepChangesNothing) {
  for (std::uint32_t seed = 1000; seed <= 1012; ++seed) {
    const auto script = random_script(seed);
    BookFixture without(rules(), options());
    BookFixture with(rules(), options());
    std::vector<Transition> expected;
    std::vector<Transition> got;
    for (const Step& step : script) {
      for (auto* side : {&without, &with}) {
        if (step.kind == Step::kTake) {
          for (auto& transition : side->book().take_transitions()) {
            (side == &without ? expected : got).push_back(std::move(transition));
          }
        } else {
          run(*side, step);
        }
      }
      with.restart();
      ASSERT_EQ(without.book().next_deadline(), with.book().next_deadline());
    }
    ASSERT_EQ(expected.size(), got.size()) << "seed " << seed;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      ASSERT_EQ(expected[i].delivery_id, got[i].delivery_id);
      ASSERT_EQ(expected[i].at, got[i].at);
      ASSERT_EQ(expected[i].incident.cause, got[i].incident.cause);
      ASSERT_EQ(expected[i].incident.evidence.size(), got[i].incident.evidence.size());
      ASSERT_EQ(line_of(name_of(expected[i].kind), expected[i].incident, expected[i].sequence),
                line_of(name_of(got[i].kind), got[i].incident, got[i].sequence));
    }
  }
}

TEST(IncidentBook, ChangesInRowsAddUpToTheWholeBook) {
  std::size_t told = 0;
  std::size_t all = 0;
  for (std::uint32_t seed = 3000; seed <= 3004; ++seed) {
    const auto script = random_script(seed);
    BookFixture f(rules(), options());
    for (std::size_t i = 0; i < script.size(); ++i) {
      run(f, script[i]);
      if (i % 17 == 0) {
        f.book().clock_moved(seconds(i % 2 == 0 ? 40 : -40));
      }
      told += f.keep_changes(i % 50 == 49);
      all += f.rows().size();
      if (i % 3 != 0) {
        continue;
      }
      BookFixture whole(rules(), options());
      ASSERT_TRUE(whole.book().load(f.book().save()).has_value());
      BookFixture rows(rules(), options());
      ASSERT_TRUE(rows.book().load_rows(f.rows()).has_value());
      ASSERT_TRUE(rows.book().save() == whole.book().save())
          << "seed " << seed << " step " << i << "\n"
          << script_until(script, i);
    }
  }
  EXPECT_LT(told * 2, all) << "most rows stay as they are";
}

TEST(IncidentBook, AReplayMakesTheSameIdsWhateverTheReadsWere) {
  for (std::uint32_t seed = 2000; seed <= 2012; ++seed) {
    const auto script = random_script(seed);
    std::vector<std::string> ids[2];
    for (const int often : {0, 1}) {
      BookFixture f(rules(), options());
      for (const Step& step : script) {
        if (step.kind != Step::kTake) {
          run(f, step);
        }
        if (often != 0 || step.kind == Step::kTake) {
          for (const Transition& transition : f.book().take_transitions()) {
            if (transition.kind != TransitionKind::kUpdated) {
              ids[often].push_back(transition.delivery_id);
            }
          }
        }
      }
      std::set<std::string> unique(ids[often].begin(), ids[often].end());
      EXPECT_EQ(unique.size(), ids[often].size()) << "seed " << seed;
    }
    EXPECT_EQ(ids[0], ids[1]) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cmgmon::incidents
