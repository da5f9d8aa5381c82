#include "engine/pack_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "engine/pack_test_file.h"
#include "incidents/incident_book.h"
#include "matches/matcher.h"
#include "records/framer.h"
#include "signatures/field_names.h"

namespace cmgmon::engine {

namespace {

using incidents::Incident;

// The wall clock of the framer, so late that it clamps nothing.
constexpr base::Time kEndOfTime = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);
constexpr std::size_t kMaxBytesOneByOne = 1U << 20U;

// --- running -------------------------------------------------------------------------------------

// What one record did. All logs of a test are replayed in the order of time, as they would be live.
struct Step {
  base::Time order{};
  std::string stream;
  std::optional<base::Time> time;
  std::vector<matches::Match> matches;
};

class Run {
 public:
  Run(const signatures::SignatureSet& set, const PackTest& test) : set_(set), test_(test) {}

  std::vector<Incident> incidents(std::size_t chunk_bytes) {
    steps_.clear();
    for (std::size_t i = 0; i < test_.inputs.size(); ++i) {
      read(test_.inputs[i], fmt::format("input {}", i + 1), chunk_bytes);
    }
    std::stable_sort(steps_.begin(), steps_.end(),
                     [](const Step& a, const Step& b) { return a.order < b.order; });
    incidents::IncidentBook book(set_, {}, [this] { return test_.facts; });
    base::Time now = kTestStart;
    for (const auto& step : steps_) {
      now = step.order;
      for (const auto& match : step.matches) {
        book.apply(match, step.stream, false, now);
      }
      if (step.time) {
        book.watermark(step.stream, *step.time, now);
      }
      book.advance(now);
    }
    book.advance(now + test_.advance);
    return book.incidents();
  }

 private:
  void read(const TestInput& input, const std::string& stream, std::size_t chunk_bytes) {
    const matches::Plan plan(set_, input.service);
    matches::Fields base_fields;
    const auto host = test_.facts.find(std::string(signatures::kHostField));
    if (host != test_.facts.end() && !host->second.empty()) {
      base_fields[std::string(signatures::kHostField)] = host->second.front();
    }
    matches::Matcher matcher(plan, base_fields);
    records::Framer framer;
    std::optional<base::Time> order;
    const auto on_record = [&](const records::Record& record) {
      if (record.time && (!order || *order < *record.time)) {
        order = record.time;
      }
      Step step{order.value_or(kTestStart), stream, record.time, {}};
      matcher.match(record, stream,
                    [&](matches::Match&& match) { step.matches.push_back(std::move(match)); });
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
  std::vector<Step> steps_;
};

// --- comparing -----------------------------------------------------------------------------------

std::string time_text(const std::optional<base::Time>& time) {
  return time ? base::to_rfc3339(*time) : "";
}

std::string describe(const std::map<std::string, std::string>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += fmt::format("{}{}: '{}'", text.empty() ? "" : ", ", name, base::printable(value));
  }
  return "{" + text + "}";
}

std::string describe(const Incident& incident) {
  std::string text = fmt::format(
      "- signature: {}\n  state: {}\n  level: {}\n  count: {}\n  group: {}\n  fields: {}\n",
      incident.signature, name_of(incident.state), signatures::name_of(incident.level),
      incident.count, describe(incident.group), describe(incident.fields));
  if (incident.cleared_by != incidents::ClearedBy::kNone) {
    text += fmt::format("  cleared_by: {}\n  cleared_at: {}\n", name_of(incident.cleared_by),
                        time_text(incident.cleared_at));
  }
  if (!incident.explained_by.empty()) {
    text += fmt::format("  explained_by: {}\n", incident.explained_by);
  }
  for (const auto& evidence : incident.evidence) {
    const std::string message = base::printable(base::prefix_of_bytes(evidence.message, 160));
    text += fmt::format("  evidence: {}:{}: {}\n", evidence.path, evidence.line, message);
  }
  return text + fmt::format("  cause: {}\n", base::printable(incident.cause));
}

// Collects what differs between an incident and what was stated about it.
class Comparison {
 public:
  Comparison(const Expectation& expectation, const Incident& incident) : node_(expectation.node) {
    std::string resolution;
    for (const auto& step : incident.resolution) {
      resolution += step + "\n";
    }
    std::string evidence;
    for (const auto& record : incident.evidence) {
      evidence += record.message + "\n";
    }
    equal("state", std::string(name_of(incident.state)));
    equal("level", std::string(signatures::name_of(incident.level)));
    equal("count", std::to_string(incident.count));
    equal("event_id", std::to_string(incident.event_id));
    equal("title", incident.title);
    equal("cleared_by", std::string(name_of(incident.cleared_by)));
    equal("explained_by", incident.explained_by);
    equal("first_seen", time_text(incident.first_seen));
    equal("last_seen", time_text(incident.last_seen));
    equal("cleared_at", time_text(incident.cleared_at));
    fields("group", incident.group);
    fields("fields", incident.fields);
    contains("cause_contains", incident.cause);
    contains("resolution_contains", resolution);
    contains("evidence_contains", evidence);
  }

  const std::vector<std::string>& differences() const { return differences_; }

 private:
  std::optional<YAML::Node> stated(const std::string& key) const {
    for (const auto& entry : node_) {
      if (entry.first.Scalar() == key) {
        return entry.second;
      }
    }
    return std::nullopt;
  }

  void differ(std::string text) { differences_.push_back(std::move(text)); }

  void equal(const std::string& key, const std::string& got) {
    const auto want = stated(key);
    if (want && want->Scalar() != got) {
      differ(fmt::format("{} is '{}', not '{}'", key, base::printable(got), want->Scalar()));
    }
  }

  // A value of null states that the field is absent.
  void fields(const std::string& key, const std::map<std::string, std::string>& got) {
    const auto want = stated(key);
    if (!want) {
      return;
    }
    for (const auto& entry : *want) {
      const std::string& name = entry.first.Scalar();
      const auto found = got.find(name);
      const bool absent = found == got.end() || (key == "group" && found->second.empty());
      if (entry.second.IsNull()) {
        if (!absent) {
          differ(fmt::format("{} has {}: '{}'", key, name, base::printable(found->second)));
        }
      } else if (absent) {
        differ(fmt::format("{} has no {}", key, name));
      } else if (found->second != entry.second.Scalar()) {
        differ(fmt::format("{} {} is '{}', not '{}'", key, name, base::printable(found->second),
                           entry.second.Scalar()));
      }
    }
  }

  void contains(const std::string& key, const std::string& got) {
    const auto want = stated(key);
    const auto check = [&](const YAML::Node& part) {
      if (got.find(part.Scalar()) == std::string::npos) {
        differ(fmt::format("{}: '{}' is not in it", key, part.Scalar()));
      }
    };
    if (want && want->IsScalar()) {
      check(*want);
    } else if (want) {
      for (const auto& part : *want) {
        check(part);
      }
    }
  }

  const YAML::Node node_;
  std::vector<std::string> differences_;
};

std::vector<std::string> differences(const Expectation& expectation, const Incident& incident) {
  if (expectation.signature != incident.signature) {
    return {"another signature"};
  }
  return Comparison(expectation, incident).differences();
}

// Gives each expectation an incident of its own, as many as possible (augmenting paths).
class Assignment {
 public:
  Assignment(const std::vector<Expectation>& expected, const std::vector<Incident>& got)
      : fits_(expected.size(), std::vector<bool>(got.size())), owner_(got.size()) {
    for (std::size_t e = 0; e < expected.size(); ++e) {
      for (std::size_t g = 0; g < got.size(); ++g) {
        fits_[e][g] = differences(expected[e], got[g]).empty();
      }
    }
    for (std::size_t e = 0; e < expected.size(); ++e) {
      std::vector<bool> tried(got.size());
      served_.push_back(serve(e, tried));
    }
  }

  bool is_served(std::size_t expectation) const { return served_[expectation]; }
  bool is_taken(std::size_t incident) const { return owner_[incident].has_value(); }

 private:
  bool serve(std::size_t expectation, std::vector<bool>& tried) {
    for (std::size_t g = 0; g < owner_.size(); ++g) {
      if (!fits_[expectation][g] || tried[g]) {
        continue;
      }
      tried[g] = true;
      if (!owner_[g] || serve(*owner_[g], tried)) {
        owner_[g] = expectation;
        return true;
      }
    }
    return false;
  }

  std::vector<std::vector<bool>> fits_;
  std::vector<std::optional<std::size_t>> owner_;
  std::vector<bool> served_;
};

std::string compare(const std::vector<Expectation>& expected, const std::vector<Incident>& got) {
  const Assignment assignment(expected, got);
  std::string text;
  for (std::size_t e = 0; e < expected.size(); ++e) {
    if (assignment.is_served(e)) {
      continue;
    }
    std::optional<std::vector<std::string>> nearest;
    for (std::size_t g = 0; g < got.size(); ++g) {
      if (!assignment.is_taken(g) && got[g].signature == expected[e].signature) {
        auto found = differences(expected[e], got[g]);
        if (!nearest || found.size() < nearest->size()) {
          nearest = std::move(found);
        }
      }
    }
    text += fmt::format(
        "expected {} (line {}): {}\n", expected[e].signature, expected[e].node.Mark().line + 1,
        nearest ? fmt::format("{}", fmt::join(*nearest, "; ")) : "no such incident");
  }
  for (std::size_t g = 0; g < got.size(); ++g) {
    if (!assignment.is_taken(g)) {
      text += "got, and not expected:\n" + describe(got[g]);
    }
  }
  return text;
}

std::string describe(const std::vector<Incident>& incidents) {
  std::string text;
  for (const auto& incident : incidents) {
    text += describe(incident);
  }
  return text;
}

}  // namespace

PackTestReport run_pack_tests(const signatures::SignatureSet& set, std::string_view text,
                              const std::string& file, const PackTestReader& read,
                              base::Complaints& complaints) {
  PackTestReport report;
  for (const auto& test : read_test_file(set, text, file, read, complaints)) {
    PackTestResult result{file, test.line, test.name, false, {}};
    Run run(set, test);
    const auto got = run.incidents(std::string_view::npos);
    result.difference = compare(test.expected, got);
    std::size_t bytes = 0;
    for (const auto& input : test.inputs) {
      bytes += input.bytes.size();
    }
    if (bytes <= kMaxBytesOneByOne) {
      const auto again = run.incidents(1);
      if (describe(again) != describe(got)) {
        result.difference += "read byte by byte the result is another one:\n" + describe(again);
      }
    }
    result.passed = result.difference.empty();
    if (result.passed) {
      for (const auto& expectation : test.expected) {
        report.raised.insert(expectation.signature);
      }
    }
    report.results.push_back(std::move(result));
  }
  return report;
}

}  // namespace cmgmon::engine
