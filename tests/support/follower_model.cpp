#include "support/follower_model.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/tail_consumer.h"
#include "tail/follower.h"

namespace cmgmon::support {

namespace {

using tail::Checkpoint;
using tail::Follower;
using tail::kBeforeBytes;
using tail::PollOutcome;
using tail::Source;

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
  Model(const ModelRun& run, std::unique_ptr<LogDisk> disk)
      : run_(run), random_(run.seed), disk_(std::move(disk)) {
    disk_->make_folder("logs");
    if (run_.scheme == Scheme::kIis) {
      source_.glob = disk_->full_path("logs/u_ex*.log");
      new_day();
    } else {
      source_.glob = disk_->full_path("logs/x.log");
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
      disk_->before_each_call([this] {
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

  // "" or what does not hold.
  std::string check() {
    std::string on_disk;
    for (const auto& name : names_) {
      on_disk += disk_->read(name);
    }
    std::set<std::uint64_t> seen;
    std::map<std::uint64_t, bool> generation_seen;
    std::uint64_t previous = 0;
    const TailConsumer::Stream& stream = consumer_.only();
    for (const auto& line : stream.lines) {
      const std::uint64_t number = number_of(line.text);
      if (!lines_.contains(number)) {
        return "made up: " + line.text + " after L" + std::to_string(previous);
      }
      if (lines_.at(number).text != line.text) {
        return "torn: " + line.text;
      }
      if (!seen.insert(number).second) {
        return "twice: " + name_of(line.text);
      }
      if (number < previous && !lines_.at(number).late) {
        return "out of order: " + name_of(line.text);
      }
      previous = lines_.at(number).late ? previous : number;
      if (!lines_.at(number).late) {
        generation_seen[lines_.at(number).generation] = true;
      }
    }
    // Lines that are missing, and whether a Gap stands where they would.
    const bool may_lose = run_.destructive || run_.racing || overran_;
    for (const auto& [number, line] : lines_) {
      if (seen.contains(number)) {
        continue;
      }
      if (on_disk.find(line.text + "\n") != std::string::npos) {
        return "still there and not delivered: " + name_of(line.text);
      }
      if (!may_lose) {
        return "lost: " + name_of(line.text);
      }
      // Nobody can tell of late lines in a file that is gone, or of a log that came and went between two looks.
      if (!line.late && generation_seen[line.generation] && !gap_at(stream, number)) {
        return "lost without a word: " + name_of(line.text);
      }
    }
    if (!may_lose && !consumer_.gaps().empty()) {
      return "a Gap and nothing is missing";
    }
    return disk_->open_handles() == 0 ? "" : "a handle was left open";
  }

  const std::vector<std::string>& script() const { return script_; }

 private:
  struct Line {
    std::string text;
    std::uint64_t generation = 0;
    bool late = false;
  };

  static constexpr std::size_t kShortest = 8;  // a line with a number

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  void note(const std::string& what) {
    script_.push_back((racing_now_ ? "  (meanwhile) " : "") + what);
  }
  std::size_t delivered() const {
    return consumer_.streams().empty() ? 0 : consumer_.streams().begin()->second.lines.size();
  }

  // A Gap between the last line before `number` and the first one after it; late lines may stand there, too.
  bool gap_at(const TailConsumer::Stream& stream, std::uint64_t number) const {
    bool gap = false;
    for (const auto& line : stream.lines) {
      const std::uint64_t other = number_of(line.text);
      const bool late = lines_.at(other).late;
      gap = (gap && (late || other > number)) || line.after_gap;
      if (!late && other > number) {
        return gap;
      }
    }
    return gap || stream.gap;
  }

  // --- the reader

  void start(std::vector<Checkpoint> known) {
    follower_ =
        std::make_unique<Follower>(std::vector<Source>{source_}, std::move(known), disk_->files());
  }

  bool poll(std::size_t max_bytes) {
    std::set<std::string> hinted;
    const std::uint64_t hint = pick(3);
    if (hint == 0) {
      for (const auto& name : names_) {
        hinted.insert(disk_->full_path(name));
      }
    } else if (hint == 1 && pick(2) == 0) {
      hinted.insert(disk_->full_path(live_));
    }
    note("poll " + std::to_string(max_bytes) +
         (hinted.empty() ? "" : " hinted " + std::to_string(hinted.size())));
    now_ += std::chrono::seconds(1);
    racing_now_ = true;
    const PollOutcome outcome = follower_->poll(max_bytes, now_, hinted);
    racing_now_ = false;
    take(outcome);
    if (hinted.empty() && !outcome.more && disk_->exists(live_)) {
      rolls_since_poll_ = copying_ ? 1 : 0;
    }
    return outcome.more;
  }

  // --- the writer

  void writer_step() {
    if (copying_) {
      go_on_copying();
      return;
    }
    const std::uint64_t what = pick(run_.destructive ? 28 : 16);
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

  // On Windows a name whose file waits for its deletion cannot be written to.
  bool append(const std::string& name, const std::string& bytes) {
    if (!disk_->append(name, bytes)) {
      note("could not write");
      return false;
    }
    names_.insert(name);
    return true;
  }

  void write() {
    for (std::uint64_t i = 1 + pick(4); i > 0; --i) {
      std::string text;
      std::uint64_t number = part_number_;
      if (part_.empty()) {
        number = last_number_ + 1;
        text = numbered(number, pick(pick(20) == 0 ? 3000 : 60));
        if (!append(live_, text + "\n")) {
          return;
        }
        last_number_ = number;
      } else {
        text = part_ + "tail";
        if (!append(live_, "tail\n")) {
          return;
        }
        part_.clear();
      }
      lines_[number] = {text, generation_};
      note("write " + name_of(text));
    }
  }

  void write_part() {
    if (part_.empty()) {
      const std::string part = numbered(last_number_ + 1, pick(80));
      if (append(live_, part)) {
        part_number_ = ++last_number_;
        part_ = part;
        note("write part of " + name_of(part_));
      }
    }
  }

  void new_generation() {
    ++generation_;
    part_.clear();
  }

  void roll() {
    if (!disk_->exists(live_)) {
      return;
    }
    // Without destruction a backup that is overwritten must have been read: the writer waits for a poll.
    const bool overwrites = run_.scheme == Scheme::kRenameLo || run_.scheme == Scheme::kCopyLo;
    if (overwrites && !run_.destructive && !run_.racing) {
      if (rolls_since_poll_ > 0) {
        poll_fully();
      }
      if (disk_->exists("logs/x.lo_")) {
        snapshot_.reset();  // a crash must not take us back to before the overwritten backup
      }
    }
    ++rolls_since_poll_;
    const std::string to = backup_name();
    names_.insert(to);
    switch (run_.scheme) {
      case Scheme::kRenameLo:
      case Scheme::kRenameDated:
        if (disk_->rename(live_, to)) {
          note("roll to " + to);
          new_generation();
        } else {
          note("could not roll to " + to);
        }
        break;
      case Scheme::kCopyLo:
      case Scheme::kCopyDated:
        if (!disk_->rewrite(to, "")) {
          note("could not copy to " + to);
          break;
        }
        copy_ = to;
        copying_ = true;
        half_copied_ = run_.racing && pick(3) == 0;
        if (half_copied_) {
          const std::string bytes = disk_->read(live_);
          disk_->rewrite(to, bytes.substr(0, pick(bytes.size() + 1)));
          note("begin to copy to " + to);
          break;
        }
        disk_->copy(live_, to);
        note("copy to " + to);
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

  // One more step of a rollover by copying.
  void go_on_copying() {
    if (half_copied_) {
      half_copied_ = false;
      note("copy the rest");
      const std::string bytes = disk_->read(live_);
      disk_->append(copy_, std::string_view(bytes).substr(disk_->read(copy_).size()));
    } else if (copying_) {
      copying_ = false;
      note("cut the log");
      disk_->rewrite(live_, "");
      new_generation();
    }
  }

  void finish_copy() {
    while (copying_) {
      go_on_copying();
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
    disk_->append(live_, "");
    new_generation();
    note(std::string("new log ") + name);
  }

  void write_late() {
    if (yesterday_.empty() || !disk_->exists(yesterday_)) {
      return;
    }
    if (const std::string bytes = disk_->read(yesterday_); bytes.empty() || bytes.back() == '\n') {
      const std::string text = numbered(last_number_ + 1, 20);
      if (append(yesterday_, text + "\n")) {
        lines_[++last_number_] = {text, generation_ - 1, true};
        note("write late " + name_of(text));
      }
    }
  }

  // Another program brings the log up to date: the same bytes and more, in the same file or in a new one.
  void sync() {
    if (!disk_->exists(live_)) {
      return;
    }
    const std::string bytes = disk_->read(live_);
    note("sync");
    if (pick(2) == 0) {
      disk_->rewrite(live_, bytes);
    } else {
      // A log that is replaced before anything of it was read cannot be known again.
      if (!run_.destructive && !run_.racing) {
        poll_fully();
      }
      if (!disk_->replace(live_, bytes)) {
        note("  could not");
      }
    }
    write();
  }

  void destroy(std::uint64_t what) {
    const std::size_t size = disk_->read(live_).size();
    if (!disk_->exists(live_)) {
      return;
    }
    overran_ = true;
    if (what < 19) {
      note("truncate");
      if (!disk_->rewrite(live_, "")) {
        return;
      }
    } else if (what < 22) {
      note("delete");
      // File systems use numbers again.
      if (!(pick(2) == 0 ? disk_->remove_and_use_id_again(live_) : disk_->remove(live_))) {
        note("  could not");
        return;
      }
    } else if (what < 24) {
      note("write over");
      if (!disk_->rewrite(live_, "")) {
        return;
      }
    } else if (what == 24) {
      note("write over, and more than there was");
      if (!disk_->rewrite(live_, "")) {
        return;
      }
    } else if (what == 25 && size > kShortest) {
      note("write over with as many bytes");
      std::string text = numbered(last_number_ + 1, size);
      text.resize(size - 1);
      if (disk_->rewrite(live_, text + "\n")) {
        new_generation();
        lines_[++last_number_] = {text, generation_};
      }
      return;
    } else {
      note("delete the folder");
      if (!disk_->remove_folder("logs")) {
        note("  could not");
        return;
      }
      yesterday_.clear();
    }
    new_generation();
    if (what == 24) {
      for (int i = 0; i < 1000 && disk_->read(live_).size() <= size; ++i) {
        write();
      }
    } else if (what >= 22 && what < 24) {
      write();
    }
  }

  ModelRun run_;
  std::mt19937_64 random_;
  std::unique_ptr<LogDisk> disk_;
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
  bool copying_ = false;  // a rollover by copying is under way
  bool half_copied_ = false;
  std::string copy_;
  bool overran_ = false;
  bool racing_now_ = false;  // a poll is under way
  bool settling_ = false;
  std::vector<std::string> script_;
};

struct Played {
  std::string failure;
  std::vector<std::string> script;
};

Played play_once(const ModelRun& run, std::unique_ptr<LogDisk> disk) {
  Model model(run, std::move(disk));
  Played played;
  try {
    model.play(run.steps);
    played.failure = model.check();
  } catch (const std::exception& error) {
    played.failure = error.what();
  }
  played.script = model.script();
  return played;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

}  // namespace

const char* name_of(Scheme scheme) {
  switch (scheme) {
    case Scheme::kRenameLo:
      return "renamed to .lo_";
    case Scheme::kRenameDated:
      return "renamed to history";
    case Scheme::kCopyLo:
      return "copied to .lo_ and cut";
    case Scheme::kCopyDated:
      return "copied to history and cut";
    case Scheme::kIis:
      return "IIS";
  }
  return "";
}

std::string play_model(const ModelRun& run,
                       const std::function<std::unique_ptr<LogDisk>()>& make_disk) {
  Played played = play_once(run, make_disk());
  if (played.failure.empty()) {
    return {};
  }
  // The same seed with fewer steps is the same script cut short.
  ModelRun shorter = run;
  for (shorter.steps = 1; shorter.steps < run.steps; ++shorter.steps) {
    Played again = play_once(shorter, make_disk());
    if (!again.failure.empty()) {
      played = std::move(again);
      break;
    }
  }
  std::string text = played.failure + "\nCMGMON_SEED=" + std::to_string(run.seed) + " " +
                     name_of(run.scheme) + (run.destructive ? ", destructive" : "") +
                     (run.racing ? ", racing" : "") + ", " + std::to_string(shorter.steps) +
                     " steps\n";
  for (const auto& line : played.script) {
    text += line + "\n";
  }
  return text;
}

std::string play_models(Scheme scheme, std::uint64_t runs,
                        const std::function<std::unique_ptr<LogDisk>()>& make_disk) {
  const std::uint64_t only = from_environment("CMGMON_SEED", 0);
  const std::uint64_t first = only != 0 ? only : 1;
  const std::uint64_t last = only != 0 ? only : from_environment("CMGMON_RUNS", runs);
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    for (const bool destructive : {false, true}) {
      for (const bool racing : {false, true}) {
        std::string failure = play_model({scheme, destructive, racing, seed}, make_disk);
        if (!failure.empty()) {
          return failure;
        }
      }
    }
  }
  return {};
}

}  // namespace cmgmon::support
