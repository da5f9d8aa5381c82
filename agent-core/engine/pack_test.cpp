#include "engine/pack_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.h"
#include "engine/correlated_book.h"
#include "engine/pack_test_compare.h"
#include "engine/pack_test_file.h"
#include "incidents/incident_book.h"
#include "matches/absence_watch.h"
#include "matches/context_memory.h"
#include "matches/matcher.h"
#include "records/framer.h"
#include "signatures/field_names.h"

namespace cmgmon::engine {

namespace {

// The wall clock of the framer, so late that it clamps nothing.
constexpr base::Time kEndOfTime = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);
constexpr std::size_t kMaxBytesOneByOne = 1U << 20U;

// What one record did. All logs of a test are replayed in the order of time, as they would be live.
struct Step {
  base::Time order{};
  std::string stream;
  std::optional<base::Time> time;
  std::vector<matches::Match> matches;
  std::vector<const signatures::Signature*> heartbeats;
  matches::KeptRecord record;  // when it is one
};

// What a run showed: the incidents at each check, and the alerts on the way.
struct Shown {
  std::vector<std::vector<Observed>> checks;
  std::vector<Observed> alerts;
  std::vector<incidents::Transition> transitions;  // what `alerts` points to

  std::string text() const {
    std::string all;
    for (const auto& check : checks) {
      all += describe(check);
    }
    return all + describe(alerts);
  }
};

class Run {
 public:
  Run(const signatures::SignatureSet& set, const PackTest& test, PackTestObserver* observer)
      : set_(set), test_(test), observer_(observer) {}

  Shown run(std::size_t chunk_bytes) {
    steps_.clear();
    for (std::size_t i = 0; i < test_.inputs.size(); ++i) {
      read(test_.inputs[i], fmt::format("input {}", i + 1), chunk_bytes);
    }
    std::stable_sort(steps_.begin(), steps_.end(),
                     [](const Step& a, const Step& b) { return a.order < b.order; });
    const base::Time end = (steps_.empty() ? kTestStart : steps_.back().order) + test_.advance;
    incidents::IncidentBook book(set_, {}, [this] { return test_.facts; });
    CorrelatedBook correlated(set_, book);
    begin_watch(book, correlated);
    Shown shown;
    std::size_t next = 0;
    for (const auto& check : test_.checks) {
      const base::Time until = check.at ? kTestStart + *check.at : std::max(end, now_);
      for (; next < steps_.size() && steps_[next].order <= until; ++next) {
        apply(steps_[next], book, correlated);
      }
      pass(until, book);
      shown.checks.emplace_back();
      for (auto& incident : book.incidents()) {
        shown.checks.back().push_back({std::move(incident)});
      }
    }
    for (; next < steps_.size(); ++next) {
      apply(steps_[next], book, correlated);
    }
    pass(std::max(end, now_), book);
    shown.transitions = std::move(transitions_);
    for (const auto& transition : shown.transitions) {
      if (transition.kind != incidents::TransitionKind::kUpdated) {
        shown.alerts.push_back({transition.incident, &transition});
      }
    }
    if (observer_ != nullptr) {
      for (const auto& transition : shown.transitions) {
        observer_->told(transition.incident);
      }
      for (const auto& check : shown.checks) {
        for (const auto& observed : check) {
          observer_->told(observed.incident);
        }
      }
    }
    return shown;
  }

 private:
  void apply(const Step& step, incidents::IncidentBook& book, CorrelatedBook& correlated) {
    pass(step.order, book);
    for (const auto& match : step.matches) {
      correlated.apply(match, step.stream, false, now_);
    }
    if (step.time) {
      book.watermark(step.stream, *step.time, now_);
    }
    if (watch_) {
      step.record.with([&](const records::Record& record) {
        for (const auto* signature : step.heartbeats) {
          watch_->heard(step.stream, *signature, record, step.stream, now_);
        }
      });
      watch_->wrote(step.stream, step.stream, step.time, now_);
    }
    advance(book);
  }

  // Looks at the logs whenever it matters; however far apart these looks are, the program runs all the time.
  void begin_watch(incidents::IncidentBook& book, CorrelatedBook& correlated) {
    watch_.reset();
    if (!test_.live) {
      return;
    }
    watch_.emplace(
        set_, base_fields(),
        [this, &correlated](matches::Match&& match, const std::string& stream) {
          correlated.apply(match, stream, false, now_);
        },
        base::Duration::max());
    for (std::size_t i = 0; i < test_.inputs.size(); ++i) {
      watch_->opened(fmt::format("input {}", i + 1),
                     {test_.inputs[i].service, base_fields(), false, false});
    }
    advance(book);
  }

  // Time passes, with everything that falls due on the way.
  void pass(base::Time until, incidents::IncidentBook& book) {
    for (;;) {
      auto due = book.next_deadline();
      if (const auto overdue = watch_ ? watch_->next_deadline() : std::nullopt) {
        due = std::min(due.value_or(*overdue), *overdue);
      }
      if (!due || *due <= now_ || *due >= until) {
        break;
      }
      now_ = *due;
      advance(book);
    }
    now_ = std::max(now_, until);
    advance(book);
  }

  void advance(incidents::IncidentBook& book) {
    if (watch_) {
      watch_->looked(now_,
                     {test_.services, [&](std::string_view name) { return book.is_open(name); }});
    }
    book.advance(now_);
    auto decided = book.take_transitions();
    std::move(decided.begin(), decided.end(), std::back_inserter(transitions_));
  }

  matches::Fields base_fields() const {
    const auto host = test_.facts.find(std::string(signatures::kHostField));
    if (host == test_.facts.end() || host->second.empty()) {
      return {};
    }
    return {{std::string(signatures::kHostField), host->second.front()}};
  }

  void read(const TestInput& input, const std::string& stream, std::size_t chunk_bytes) {
    const matches::Plan plan(set_, input.service);
    matches::Matcher matcher(plan, base_fields());
    records::Framer framer;
    std::optional<base::Time> order;
    const auto on_record = [&](const records::Record& record) {
      if (record.time && (!order || *order < *record.time)) {
        order = record.time;
      }
      Step step{order.value_or(kTestStart), stream, record.time, {}, {}, {}};
      if (observer_ != nullptr) {
        observer_->read(record);
      }
      const auto on_match = [&](const matches::Match& match) {
        if (observer_ != nullptr) {
          observer_->matched(record, match);
        }
        step.matches.push_back(match);
      };
      matcher.match(record, stream, on_match,
                    [&](const signatures::Signature& signature, const records::Record&) {
                      step.heartbeats.push_back(&signature);
                    });
      if (test_.live) {
        step.record = matches::KeptRecord(record, stream);
      }
      steps_.push_back(std::move(step));
    };
    framer.start_file(0);
    std::string_view rest = input.bytes;
    while (!rest.empty()) {
      const std::string_view chunk = rest.substr(0, chunk_bytes);
      framer.feed(chunk, kEndOfTime, on_record);
      rest.remove_prefix(chunk.size());
    }
    framer.end_file(kEndOfTime, on_record);
  }

  const signatures::SignatureSet& set_;
  const PackTest& test_;
  PackTestObserver* observer_;
  std::vector<Step> steps_;
  std::vector<incidents::Transition> transitions_;
  std::optional<matches::AbsenceWatch> watch_;
  base::Time now_ = kTestStart;
};

// What differs between what the test states and what was shown.
std::string difference(const PackTest& test, const Shown& shown, const std::string& file) {
  std::string text;
  for (std::size_t i = 0; i < test.checks.size(); ++i) {
    const auto& check = test.checks[i];
    if (auto found = difference(check.expected, shown.checks[i], file); !found.empty()) {
      text += check.at
                  ? fmt::format("  incidents at {}:\n", base::to_rfc3339(kTestStart + *check.at))
                  : std::string("  incidents at the end:\n");
      text += found;
    }
  }
  if (test.alerts) {
    if (auto found = difference(*test.alerts, shown.alerts, file); !found.empty()) {
      text += "  alerts:\n" + found;
    }
  }
  return text;
}

bool is_chosen(const PackTest& test, const std::string& filter) {
  const std::string wanted = base::to_lower(filter);
  return base::find_ignore_case(test.name, wanted) != std::string::npos ||
         base::find_ignore_case(test.rule, wanted) != std::string::npos;
}

}  // namespace

PackTestReport run_pack_tests(const signatures::SignatureSet& set, std::string_view text,
                              const std::string& file, const PackTestReader& read,
                              base::Complaints& complaints, const PackTestOptions& options) {
  PackTestReport report;
  for (const auto& test : read_test_file(set, text, file, read, complaints)) {
    if (!is_chosen(test, options.filter)) {
      continue;
    }
    if (options.begins) {
      options.begins(test.name);
    }
    PackTestResult result{file, test.line, test.name, false, {}};
    const Shown shown = Run(set, test, options.observer).run(std::string_view::npos);
    result.difference = difference(test, shown, file);
    std::size_t bytes = 0;
    for (const auto& input : test.inputs) {
      bytes += input.bytes.size();
    }
    if (!options.once && bytes <= kMaxBytesOneByOne) {
      const Shown again = Run(set, test, nullptr).run(1);
      if (again.text() != shown.text()) {
        result.difference += "  read byte by byte the result is another one:\n" + again.text();
      }
    }
    result.passed = result.difference.empty();
    for (const auto& name : test.expected_signatures()) {
      if (result.passed) {
        report.raised.insert(name);
      }
    }
    report.results.push_back(std::move(result));
  }
  return report;
}

}  // namespace cmgmon::engine
