// A random writer against the follower: every line arrives exactly once, or a Gap says that lines are missing.
//
// The writer acts on a file system in memory, between polls and (in half of the runs) between any two calls that a poll
// makes. The model knows only the lines it wrote and which of them are still in some file at the end.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/fake_files.h"
#include "support/tail_consumer.h"
#include "tail/follower.h"

namespace cmgmon::tail {
namespace {

using support::FakeFiles;
using support::TailConsumer;

enum class Scheme { kRenameLo, kRenameDated, kCopyLo, kCopyDated, kIis };

struct Run {
  Scheme scheme = Scheme::kRenameLo;
  bool destructive = false;  // the writer also destroys what may not have been read
  bool racing = false;       // it acts within polls, too
};

// The number comes with its last digit first, so that a few bytes tell two logs apart as a time stamp would.
std::string numbered(std::uint64_t number, std::size_t padding) {
  std::string digits;
  for (int i = 0; i < 6; ++i) {
    digits += static_cast<char>('0' + number % 10);
    number /= 10;
  }
  std::string text = digits;
  while (text.size() < digits.size() + padding) {
    text += 'x' + digits;
  }
  return text;
}

std::uint64_t number_of(const std::string& line) {
  std::uint64_t number = 0;
  for (std::size_t i = std::min<std::size_t>(6, line.size()); i-- > 0;) {
    number = number * 10 + static_cast<std::uint64_t>(line[i] - '0');
  }
  return number;
}

std::string name_of(const std::string& line) {
  return "L" + std::to_string(number_of(line));
}

class Model {
 public:
  Model(const Run& run, std::uint64_t seed) : run_(run), random_(seed) {
    files_.make_folder("logs");
    if (run_.scheme == Scheme::kIis) {
      source_.glob = FakeFiles::path("logs/u_ex*.log");
      new_day();
    } else {
      source_.glob = FakeFiles::path("logs/x.log");
    }
    source_.service = "test";
    // A stream has a past when it is first seen.
    const bool one_backup = run_.scheme == Scheme::kRenameLo || run_.scheme == Scheme::kCopyLo;
    for (std::uint64_t i = pick(one_backup ? 2 : 4); i > 0; --i) {
      write();
      roll();
      finish_copy();
    }
    start({});
  }

  void play(int steps) {
    if (run_.racing) {
      files_.before_each_call([this] {
        if (racing_now_ && !settling_ && pick(12) == 0) {
          writer_step();
        }
      });
    }
    for (int i = 0; i < steps; ++i) {
      const std::uint64_t what = pick(20);
      if (what < 9) {
        writer_step();
      } else if (what < 17) {
        // A byte at a time, too; but nobody can tell logs apart of which a few bytes were seen.
        const std::uint64_t least = run_.destructive || run_.racing ? kBeforeBytes : 1;
        poll(least + pick(pick(2) == 0 ? 40 : 4000));
      } else if (what == 17) {
        note("snapshot");
        snapshot_ = consumer_;
      } else if (what == 18) {
        note("restart");
        start(consumer_.restart());
      } else if (snapshot_) {
        note("crash");
        consumer_ = *snapshot_;
        ++rolls_since_poll_;  // what was seen since is not known any more
        start(consumer_.restart());
      }
    }
    note("settle");
    settling_ = true;
    finish_copy();
    write();  // late lines wait for the end of a line, and nobody can tell of a log that never comes back
    for (int quiet = 0; quiet < 6;) {
      const std::size_t before = delivered();
      const bool more = poll(1 << 20);
      quiet = more || delivered() != before ? 0 : quiet + 1;
    }
  }

  void check() {
    std::string on_disk;
    for (const auto& name : names_) {
      on_disk += files_.read(name);
    }
    std::set<std::uint64_t> seen;
    std::map<std::uint64_t, bool> generation_seen;
    std::uint64_t previous = 0;
    const TailConsumer::Stream& stream = consumer_.only();
    std::vector<std::uint64_t> order;
    for (const auto& line : stream.lines) {
      const std::uint64_t number = number_of(line.text);
      ASSERT_TRUE(lines_.contains(number)) << "made up: " << line.text << " after L" << previous;
      ASSERT_EQ(lines_.at(number).text, line.text) << "torn";
      ASSERT_TRUE(seen.insert(number).second) << "twice: " << name_of(line.text);
      ASSERT_TRUE(number > previous || lines_.at(number).late)
          << "out of order: " << name_of(line.text);
      previous = lines_.at(number).late ? previous : number;
      generation_seen[lines_.at(number).generation] = true;
    }
    // Lines that are missing, and whether a Gap stands where they would.
    for (const auto& [number, line] : lines_) {
      if (seen.contains(number)) {
        continue;
      }
      ASSERT_EQ(on_disk.find(line.text + "\n"), std::string::npos)
          << "still there and not delivered: " << name_of(line.text);
      ASSERT_TRUE(run_.destructive || run_.racing || overran_) << "lost: " << name_of(line.text);
      ASSERT_TRUE(!generation_seen[line.generation] || gap_at(stream, number))
          << "lost without a word: " << name_of(line.text);
    }
    if (!run_.destructive && !run_.racing && !overran_) {
      ASSERT_TRUE(consumer_.gaps().empty()) << "a Gap and nothing is missing";
    }
    ASSERT_EQ(files_.open_handles(), 0);
  }

  const std::vector<std::string>& script() const { return script_; }

 private:
  struct Line {
    std::string text;
    std::uint64_t generation = 0;
    bool late = false;
  };

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  void note(const std::string& what) {
    script_.push_back((racing_now_ ? "  (meanwhile) " : "") + what);
  }
  std::size_t delivered() const {
    return consumer_.streams().empty() ? 0 : consumer_.streams().begin()->second.lines.size();
  }

  static bool gap_at(const TailConsumer::Stream& stream, std::uint64_t number) {
    for (const auto& line : stream.lines) {
      if (number_of(line.text) > number) {
        return line.after_gap;
      }
    }
    return stream.gap;
  }

  // --- the reader

  void start(std::vector<Checkpoint> known) {
    follower_ = std::make_unique<Follower>(std::vector<Source>{source_}, std::move(known), files_);
  }

  bool poll(std::size_t max_bytes) {
    std::set<std::string> hinted;
    const std::uint64_t hint = pick(3);
    if (hint == 0) {
      for (const auto& name : names_) {
        hinted.insert(FakeFiles::path(name));
      }
    } else if (hint == 1 && pick(2) == 0) {
      hinted.insert(FakeFiles::path(live_));
    }
    note("poll " + std::to_string(max_bytes) +
         (hinted.empty() ? "" : " hinted " + std::to_string(hinted.size())));
    now_ += std::chrono::seconds(1);
    racing_now_ = true;
    const PollOutcome outcome = follower_->poll(max_bytes, now_, hinted);
    racing_now_ = false;
    take(outcome);
    if (hinted.empty() && !outcome.more && files_.exists(live_)) {
      rolls_since_poll_ = copying_ ? 1 : 0;
    }
    return outcome.more;
  }

  // --- the writer

  void writer_step() {
    if (copying_) {
      finish_copy();
      return;
    }
    const std::uint64_t what = pick(run_.destructive ? 24 : 16);
    if (what < 10) {
      write();
    } else if (what < 12) {
      write_part();
    } else if (what < 15) {
      roll();
    } else if (what == 15) {
      run_.scheme == Scheme::kIis ? write_late() : sync();
    } else {
      destroy(what);
    }
  }

  void write() {
    for (std::uint64_t i = 1 + pick(4); i > 0; --i) {
      std::string text;
      std::uint64_t number = part_number_;
      if (part_.empty()) {
        number = ++last_number_;
        text = numbered(number, pick(pick(20) == 0 ? 3000 : 60));
        files_.append(live_, text + "\n");
      } else {
        text = part_ + "tail";
        files_.append(live_, "tail\n");
        part_.clear();
      }
      lines_[number] = {text, generation_};
      note("write " + name_of(text));
    }
    names_.insert(live_);
  }

  void write_part() {
    if (part_.empty()) {
      part_number_ = ++last_number_;
      part_ = numbered(part_number_, pick(80));
      files_.append(live_, part_);
      names_.insert(live_);
      note("write part of " + name_of(part_));
    }
  }

  void new_generation() {
    ++generation_;
    part_.clear();
  }

  void roll() {
    if (!files_.exists(live_)) {
      return;
    }
    // A backup that is written over while it is read repeats lines by nature.
    if (run_.scheme == Scheme::kCopyLo && racing_now_ && rolls_since_poll_ > 0) {
      return;
    }
    // Without destruction a backup that is overwritten must have been read: the writer waits for a poll.
    const bool overwrites = run_.scheme == Scheme::kRenameLo || run_.scheme == Scheme::kCopyLo;
    if (overwrites && !run_.destructive && !run_.racing) {
      if (rolls_since_poll_ > 0) {
        poll_fully();
      }
      if (files_.exists("logs/x.lo_")) {
        snapshot_.reset();  // a crash must not take us back to before the overwritten backup
      }
    }
    ++rolls_since_poll_;
    const std::string to = backup_name();
    names_.insert(to);
    note("roll to " + to);
    switch (run_.scheme) {
      case Scheme::kRenameLo:
      case Scheme::kRenameDated:
        files_.rename(live_, to);
        new_generation();
        break;
      case Scheme::kCopyLo:
      case Scheme::kCopyDated:
        files_.copy(live_, to);
        copying_ = true;
        if (!run_.racing || pick(2) == 0) {
          finish_copy();
        }
        break;
      case Scheme::kIis:
        new_day();
        break;
    }
  }

  void take(const PollOutcome& outcome) {
    const std::size_t before = delivered();
    consumer_.clear_log();
    consumer_.take(outcome);
    std::string told;
    for (const auto& event : consumer_.log()) {
      told += ", " + event;
    }
    if (delivered() > before) {
      const auto& lines = consumer_.only().lines;
      told = ", " + name_of(lines[before].text) + " to " + name_of(lines.back().text) + told;
    }
    for (const Checkpoint& at : outcome.checkpoints) {
      told += ", at " + at.path + ":" + std::to_string(at.offset) + " id " +
              std::to_string(at.id.index);
    }
    note("  -> " + std::to_string(delivered() - before) + " lines" + told);
    if (std::getenv("CMGMON_LINES") != nullptr) {
      std::string all;
      for (std::size_t i = before; i < delivered(); ++i) {
        all += " " + name_of(consumer_.only().lines[i].text);
      }
      note("    " + all);
    }
  }

  void poll_fully() {
    note("poll everything");
    for (bool more = true; more;) {
      now_ += std::chrono::seconds(1);
      const PollOutcome outcome = follower_->poll(1 << 20, now_);
      take(outcome);
      more = outcome.more;
    }
    rolls_since_poll_ = 0;
  }

  void finish_copy() {
    if (copying_) {
      copying_ = false;
      note("cut the log");
      files_.rewrite(live_, "");
      new_generation();
    }
  }

  std::string backup_name() {
    if (run_.scheme == Scheme::kRenameLo || run_.scheme == Scheme::kCopyLo) {
      return "logs/x.lo_";
    }
    char name[64];
    ++rolled_;
    std::snprintf(name, sizeof name, "logs/x-20261122-%02u%02u%02u.log", rolled_ / 3600 % 24,
                  rolled_ / 60 % 60, rolled_ % 60);
    return name;
  }

  void new_day() {
    char name[64];
    ++rolled_;
    std::snprintf(name, sizeof name, "logs/u_ex26%02u%02u%02u.log", 1 + rolled_ / 672 % 12,
                  1 + rolled_ / 24 % 28, rolled_ % 24);
    yesterday_ = live_;
    live_ = name;
    names_.insert(live_);
    files_.append(live_, "");
    new_generation();
    note(std::string("new log ") + name);
  }

  void write_late() {
    if (!yesterday_.empty() && files_.exists(yesterday_) &&
        files_.read(yesterday_).ends_with("\n")) {
      ++last_number_;
      const std::string text = numbered(last_number_, 20);
      files_.append(yesterday_, text + "\n");
      lines_[last_number_] = {text, generation_ - 1, true};
      note("write late " + name_of(text));
    }
  }

  // Another program brings the log up to date: the same bytes and more, in the same file or in a new one.
  void sync() {
    if (!files_.exists(live_)) {
      return;
    }
    const std::string bytes = files_.read(live_);
    note("sync");
    if (pick(2) == 0) {
      files_.rewrite(live_, bytes);
    } else {
      // A log that is replaced before anything of it was read cannot be known again.
      if (!run_.destructive && !run_.racing) {
        poll_fully();
      }
      files_.replace(live_, bytes);
    }
    write();
  }

  void destroy(std::uint64_t what) {
    if (!files_.exists(live_)) {
      return;
    }
    overran_ = true;
    if (what < 19) {
      note("truncate");
      files_.rewrite(live_, "");
    } else if (what < 22) {
      note("delete");
      const std::uint64_t id = files_.id(live_);
      files_.remove(live_);
      if (pick(2) == 0) {
        files_.next_id(id);  // file systems use numbers again
      }
    } else {
      note("write over");
      files_.rewrite(live_, "");
    }
    new_generation();
    if (what >= 22) {
      write();
    }
  }

  Run run_;
  std::mt19937_64 random_;
  FakeFiles files_;
  Source source_;
  std::unique_ptr<Follower> follower_;
  TailConsumer consumer_;
  std::optional<TailConsumer> snapshot_;
  base::Time now_ = base::Time(std::chrono::hours(24 * 365 * 50));
  std::string live_ = "logs/x.log";
  std::string yesterday_;
  std::set<std::string> names_;
  std::map<std::uint64_t, Line> lines_;  // complete ones
  std::uint64_t last_number_ = 0;
  std::uint64_t part_number_ = 0;
  std::uint64_t generation_ = 0;
  std::string part_;
  unsigned rolled_ = 0;
  int rolls_since_poll_ = 0;
  bool copying_ = false;
  bool overran_ = false;
  bool racing_now_ = false;  // a poll is under way
  bool settling_ = false;
  std::vector<std::string> script_;
};

void play_all(Scheme scheme) {
  // CMGMON_SEED=n plays one seed, CMGMON_RUNS=n more of them.
  const char* only_seed = std::getenv("CMGMON_SEED");
  const char* runs_wanted = std::getenv("CMGMON_RUNS");
  const std::uint64_t runs = runs_wanted != nullptr ? std::strtoull(runs_wanted, nullptr, 10) : 40;
  const std::uint64_t first = only_seed != nullptr ? std::strtoull(only_seed, nullptr, 10) : 1;
  const std::uint64_t last = only_seed != nullptr ? first : runs;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    for (const bool destructive : {false, true}) {
      for (const bool racing : {false, true}) {
        if (scheme == Scheme::kIis && destructive) {
          continue;
        }
        Model model({scheme, destructive, racing}, seed);
        std::string failure;
        try {
          model.play(80);
          model.check();
        } catch (const std::exception& error) {
          failure = error.what();
        }
        EXPECT_EQ(failure, "");
        if (testing::Test::HasFailure()) {
          std::string script;
          for (const auto& line : model.script()) {
            script += line + "\n";
          }
          FAIL() << "CMGMON_SEED=" << seed << (destructive ? " destructive" : "")
                 << (racing ? " racing" : "") << "\n"
                 << script;
        }
      }
    }
  }
}

TEST(FollowerModel, LosesNothingWhenLogsAreRenamedToLo) {
  play_all(Scheme::kRenameLo);
}
TEST(FollowerModel, LosesNothingWhenLogsAreRenamedToHistory) {
  play_all(Scheme::kRenameDated);
}
TEST(FollowerModel, LosesNothingWhenLogsAreCopiedToLoAndCut) {
  play_all(Scheme::kCopyLo);
}
TEST(FollowerModel, LosesNothingWhenLogsAreCopiedToHistoryAndCut) {
  play_all(Scheme::kCopyDated);
}
TEST(FollowerModel, LosesNothingWhenIisBeginsNewLogs) {
  play_all(Scheme::kIis);
}

}  // namespace
}  // namespace cmgmon::tail
