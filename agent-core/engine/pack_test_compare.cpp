#include "engine/pack_test_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace cmgmon::engine {

namespace {

using incidents::Incident;

std::string time_text(const std::optional<base::Time>& time) {
  return time ? base::to_rfc3339(*time) : "";
}

// One statement of an expectation and what became of it.
struct Line {
  std::string key;
  std::string want;
  std::optional<std::string> got;  // set: it differs
};

// Holds what was stated against an incident.
class Comparison {
 public:
  Comparison(const Expectation& expectation, const Observed& observed) : node_(expectation.node) {
    const Incident& incident = observed.incident;
    std::string resolution;
    for (const auto& step : incident.resolution) {
      resolution += step + "\n";
    }
    std::string evidence;
    for (const auto& record : incident.evidence) {
      evidence += record.message + "\n";
    }
    if (observed.alert != nullptr) {
      equal("kind", std::string(name_of(observed.alert->kind)));
      time("at", observed.alert->at);
    }
    equal("state", std::string(name_of(incident.state)));
    equal("level", std::string(signatures::name_of(incident.level)));
    equal("count", std::to_string(incident.count));
    equal("event_id", std::to_string(incident.event_id));
    equal("title", incident.title);
    equal("cleared_by", std::string(name_of(incident.cleared_by)));
    equal("explained_by", incident.explained_by);
    time("first_seen", incident.first_seen);
    time("last_seen", incident.last_seen);
    time("cleared_at", incident.cleared_at);
    fields("group", incident.group);
    fields("fields", incident.fields);
    contains("cause_contains", incident.cause);
    contains("resolution_contains", resolution);
    contains("evidence_contains", evidence);
  }

  const std::vector<Line>& lines() const { return lines_; }
  std::size_t differences() const {
    return static_cast<std::size_t>(
        std::count_if(lines_.begin(), lines_.end(), [](const Line& line) { return line.got; }));
  }

 private:
  const base::YamlNode* stated(std::string_view key) const { return node_.find(key); }

  void add(const std::string& key, const std::string& want, const std::string& got, bool same) {
    lines_.push_back({key, want, same ? std::nullopt : std::optional(base::printable(got))});
  }

  void equal(const std::string& key, const std::string& got) {
    if (const auto* want = stated(key)) {
      add(key, want->text, got, want->text == got);
    }
  }

  // Stated as a moment, or as how long after the start of the test.
  void time(const std::string& key, const std::optional<base::Time>& got) {
    const auto* want = stated(key);
    if (!want) {
      return;
    }
    if (const auto offset = base::parse_duration(want->text)) {
      const base::Time moment = kTestStart + *offset;
      const bool same = got && *got == moment;
      add(key, want->text + " (" + time_text(moment) + ")", time_text(got), same);
    } else {
      equal(key, time_text(got));
    }
  }

  // A value of null states that the field is absent.
  void fields(const std::string& key, const std::map<std::string, std::string>& got) {
    const auto* want = stated(key);
    if (!want) {
      return;
    }
    for (const auto entry : want->entries()) {
      const std::string& name = entry.key.text;
      const auto found = got.find(name);
      const bool absent = found == got.end() || (key == "group" && found->second.empty());
      const bool none = entry.value.is_null();
      const bool same = none ? absent : !absent && found->second == entry.value.text;
      add(fmt::format("{}.{}", key, name), none ? "(absent)" : entry.value.text,
          absent ? "(absent)" : found->second, same);
    }
  }

  void contains(const std::string& key, const std::string& got) {
    const auto* want = stated(key);
    const auto check = [&](const base::YamlNode& part) {
      add(key, part.text, got, got.find(part.text) != std::string::npos);
    };
    if (want && want->is_scalar()) {
      check(*want);
    } else if (want) {
      for (const auto& part : want->items()) {
        check(part);
      }
    }
  }

  const base::YamlNode& node_;
  std::vector<Line> lines_;
};

bool fits(const Expectation& expectation, const Observed& observed) {
  return expectation.signature == observed.incident.signature &&
         Comparison(expectation, observed).differences() == 0;
}

std::string describe(const std::map<std::string, std::string>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += fmt::format("{}{}: '{}'", text.empty() ? "" : ", ", name, base::printable(value));
  }
  return "{" + text + "}";
}

std::string describe(const Observed& observed) {
  const Incident& incident = observed.incident;
  std::string text = fmt::format("signature: {}\n", incident.signature);
  if (observed.alert != nullptr) {
    text += fmt::format("  kind: {}\n  at: {}\n", name_of(observed.alert->kind),
                        time_text(observed.alert->at));
  }
  text += fmt::format("  state: {}\n  level: {}\n  count: {}\n  group: {}\n  fields: {}\n",
                      name_of(incident.state), signatures::name_of(incident.level), incident.count,
                      describe(incident.group), describe(incident.fields));
  text += fmt::format("  first_seen: {}\n  last_seen: {}\n", time_text(incident.first_seen),
                      time_text(incident.last_seen));
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

// Puts `mark` in front of each line.
std::string marked(char mark, std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    out += mark;
    out += ' ';
    out += text.substr(0, end);
    text.remove_prefix(end);
  }
  return out;
}

// Gives each expectation an incident of its own, as many as possible (augmenting paths).
class Assignment {
 public:
  Assignment(const std::vector<Expectation>& expected, const std::vector<Observed>& got)
      : fits_(expected.size(), std::vector<bool>(got.size())), owner_(got.size()) {
    for (std::size_t e = 0; e < expected.size(); ++e) {
      for (std::size_t g = 0; g < got.size(); ++g) {
        fits_[e][g] = fits(expected[e], got[g]);
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

std::string unmet(const Expectation& expectation, const std::optional<Comparison>& nearest,
                  const std::string& file) {
  const std::string place = fmt::format("{}:{}", file, expectation.node.line);
  if (!nearest) {
    return marked(
        '-', fmt::format("signature: {}    ({}; nothing like it)\n", expectation.signature, place));
  }
  std::string text =
      marked(' ', fmt::format("signature: {}    ({})\n", expectation.signature, place));
  for (const auto& line : nearest->lines()) {
    text += marked(line.got ? '-' : ' ', fmt::format("  {}: {}\n", line.key, line.want));
    if (line.got) {
      text += marked('+', fmt::format("  {}: {}\n", line.key, *line.got));
    }
  }
  return text;
}

}  // namespace

std::string difference(const std::vector<Expectation>& expected, const std::vector<Observed>& got,
                       const std::string& file) {
  const Assignment assignment(expected, got);
  std::string text;
  std::vector<bool> told(got.size());
  for (std::size_t e = 0; e < expected.size(); ++e) {
    if (assignment.is_served(e)) {
      continue;
    }
    std::optional<Comparison> nearest;
    std::size_t its = 0;
    for (std::size_t g = 0; g < got.size(); ++g) {
      if (assignment.is_taken(g) || told[g] || got[g].incident.signature != expected[e].signature) {
        continue;
      }
      const Comparison found(expected[e], got[g]);
      if (!nearest || found.differences() < nearest->differences()) {
        nearest.emplace(found);
        its = g;
      }
    }
    if (nearest) {
      told[its] = true;
    }
    text += unmet(expected[e], nearest, file);
  }
  for (std::size_t g = 0; g < got.size(); ++g) {
    if (!assignment.is_taken(g) && !told[g]) {
      text += marked('+', describe(got[g]));
    }
  }
  return text;
}

std::string describe(const std::vector<Observed>& got) {
  std::string text;
  for (const auto& observed : got) {
    text += describe(observed);
  }
  return text;
}

}  // namespace cmgmon::engine
