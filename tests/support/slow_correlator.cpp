#include "support/slow_correlator.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace cmgmon::test {

namespace {

using signatures::Correlation;
using signatures::CountTest;
using signatures::Signature;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::optional<std::string> value_of(const matches::Fields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::nullopt : std::optional(found->second);
}

bool same(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return a.has_value() == b.has_value() && (!a || lower(*a) == lower(*b));
}

std::string called(const Correlation& correlation, const std::string& rule,
                   const std::string& name) {
  if (!correlation.aliases.contains(name)) {
    return name;
  }
  return correlation.aliases.at(name).at(rule);
}

bool satisfied(const Correlation& correlation, std::uint64_t count) {
  for (const CountTest& test : correlation.condition) {
    const bool less = count < test.value;
    const bool equal = count == test.value;
    bool holds = false;
    switch (test.op) {
      case CountTest::Operator::kEqual:
        holds = equal;
        break;
      case CountTest::Operator::kNotEqual:
        holds = !equal;
        break;
      case CountTest::Operator::kLess:
        holds = less;
        break;
      case CountTest::Operator::kLessEqual:
        holds = less || equal;
        break;
      case CountTest::Operator::kGreater:
        holds = !less && !equal;
        break;
      case CountTest::Operator::kGreaterEqual:
        holds = !less;
        break;
    }
    if (!holds) {
      return false;
    }
  }
  return true;
}

}  // namespace

// Every chain there is, the long way.
std::uint64_t longest_chain(const std::vector<std::size_t>& rules, std::size_t from,
                            std::size_t above) {
  std::uint64_t longest = 0;
  for (std::size_t i = from; i < rules.size(); ++i) {
    if (rules[i] >= above) {
      longest = std::max(longest, 1 + longest_chain(rules, i + 1, rules[i] + 1));
    }
  }
  return longest;
}

std::uint64_t SlowCorrelator::counted(const Correlation& correlation,
                                      const std::vector<const Event*>& window) const {
  std::set<std::size_t> rules;
  std::set<std::string> values;
  std::vector<std::size_t> order;
  for (const Event* event : window) {
    rules.insert(event->rule);
    values.insert(event->value);
    order.push_back(event->rule);
  }
  switch (correlation.type) {
    case Correlation::Type::kEventCount:
      return window.size();
    case Correlation::Type::kValueCount:
      return values.size();
    case Correlation::Type::kTemporal:
      return rules.size();
    case Correlation::Type::kTemporalOrdered:
      return longest_chain(order, 0, 0);
  }
  return 0;
}

bool SlowCorrelator::heals(const matches::Match& recovery, const Signature& correlation,
                           const Event& event) const {
  const bool of_rule = recovery.signature == event.match.signature;
  const bool of_correlation = recovery.signature == &correlation;
  if (!of_rule && !of_correlation) {
    return false;
  }
  const auto& fields = of_rule ? event.match.fields : event.group;
  return std::all_of(recovery.recovery->on.begin(), recovery.recovery->on.end(),
                     [&](const std::string& name) {
                       return same(value_of(recovery.fields, name), value_of(fields, name));
                     });
}

void SlowCorrelator::recover(const Recovery& recovery) {
  for (auto& [name, events] : events_) {
    std::erase_if(events, [&, &correlation = name](const Event& event) {
      return heals(recovery.match, *set_.find(correlation), event) &&
             (event.stream == recovery.stream || event.time <= recovery.time);
    });
  }
  recoveries_.push_back(recovery);
}

std::optional<base::Time> SlowCorrelator::count(const Signature& signature, Event event,
                                                bool backlog, base::Time now,
                                                std::vector<Answer>& answers) {
  const Correlation& correlation = *signature.correlation;
  const std::string& rule = correlation.rules[event.rule];
  if (!correlation.field.empty()) {
    const auto value = value_of(event.match.fields, called(correlation, rule, correlation.field));
    if (!value) {
      return std::nullopt;
    }
    event.value = *value;
  }
  for (const auto& name : signature.group_by) {
    if (const auto value = value_of(event.match.fields, called(correlation, rule, name))) {
      event.group[name] = *value;
    }
  }
  // Of each kind of recovery only the newest is known.
  std::map<std::pair<const Signature*, const void*>, const Recovery*> newest;
  for (const auto& recovery : recoveries_) {
    if (heals(recovery.match, signature, event)) {
      const Recovery*& known = newest[{recovery.match.signature, recovery.match.recovery}];
      if (known == nullptr || known->time <= recovery.time) {
        known = &recovery;
      }
    }
  }
  for (const auto& [kind, recovery] : newest) {
    if (recovery->stream != event.stream && event.time < recovery->time) {
      return std::nullopt;
    }
  }

  auto& all = events_[signature.name];
  const auto of_group = [&] {
    std::vector<Event*> group;
    for (auto& other : all) {
      if (other.group == event.group) {
        group.push_back(&other);
      }
    }
    std::sort(group.begin(), group.end(), [](const Event* a, const Event* b) {
      return std::pair(a->time, a->arrival) < std::pair(b->time, b->arrival);
    });
    return group;
  };
  const auto remove_from_group = [&](const auto& unwanted) {
    std::erase_if(
        all, [&](const Event& other) { return other.group == event.group && unwanted(other); });
  };
  const auto reach = correlation.timespan + correlation.tolerance;
  if (const auto before = of_group(); !before.empty()) {
    const Event& last = *before.back();
    if (event.time < last.time - reach) {
      if (last.stream != event.stream && last.time <= now + std::chrono::minutes(10)) {
        return std::nullopt;
      }
      remove_from_group([](const Event&) { return true; });
    }
  }
  event.opener = of_group().empty();
  for (Event* other : of_group()) {
    if (other->rule == event.rule && !other->dim) {
      const bool newer =
          std::pair(event.time, event.arrival) > std::pair(other->time, other->arrival);
      (newer ? other->dim : event.dim) = true;
    }
  }
  all.push_back(event);
  while (of_group().size() > max_events_) {
    const std::size_t arrival = of_group().front()->arrival;
    remove_from_group([&](const Event& other) { return other.arrival == arrival; });
  }

  // Every window that ends with an event of the group and holds the new one.
  std::optional<std::vector<const Event*>> found;
  base::Time found_time{};
  const auto group = of_group();
  for (std::size_t last = 0; last < group.size(); ++last) {
    std::vector<const Event*> window;
    bool holds_new = false;
    for (std::size_t i = 0; i <= last; ++i) {
      if (group[i]->time >= group[last]->time - correlation.timespan) {
        window.push_back(group[i]);
        holds_new = holds_new || group[i]->arrival == event.arrival;
      }
    }
    if (holds_new && satisfied(correlation, counted(correlation, window))) {
      found = window;
    }
  }
  if (found) {
    Answer answer;
    matches::Match& match = answer.match;
    match.signature = &signature;
    match.time = found->back()->match.time;
    match.fields = event.group;
    match.fields["event_count"] = std::to_string(found->size());
    if (correlation.type == Correlation::Type::kValueCount) {
      match.fields["value_count"] = std::to_string(counted(correlation, *found));
    }
    for (auto i = found->rbegin(); i != found->rend(); ++i) {
      if (!(*i)->dim) {
        match.fields.insert((*i)->match.fields.begin(), (*i)->match.fields.end());
      }
    }
    std::size_t& quoted = quoted_[{signature.name, event.group}];
    for (const Event* each : *found) {
      if ((!each->dim || each->opener) && each->arrival >= quoted &&
          !each->match.evidence.empty()) {
        match.evidence.push_back(each->match.evidence.back());
      }
    }
    quoted = arrivals_;
    answer.stream = found->back()->stream;
    found_time = found->back()->time;
    answer.backlog = backlog;
    answers.push_back(answer);
  }
  const base::Time newest_time = of_group().empty() ? event.time : of_group().back()->time;
  remove_from_group([&](const Event& other) { return other.time < newest_time - reach; });
  return found ? std::optional(found_time) : std::nullopt;
}

void SlowCorrelator::take_one(const matches::Match& match, base::Time time,
                              const std::string& stream, bool backlog, base::Time now,
                              std::vector<Answer>& answers) {
  const std::size_t arrival = arrivals_++;
  if (match.recovery != nullptr) {
    recover({match, stream, time});
    if (match.signature->correlation) {
      answers.push_back({match, stream, backlog});
    }
    return;
  }
  std::vector<std::pair<Answer, base::Time>> found;
  for (const auto& signature : set_.signatures) {
    if (!signature.correlation) {
      continue;
    }
    const auto& rules = signature.correlation->rules;
    for (std::size_t rule = 0; rule < rules.size(); ++rule) {
      if (rules[rule] == match.signature->name) {
        Event event;
        event.match = match;
        event.stream = stream;
        event.time = time;
        event.arrival = arrival;
        event.rule = rule;
        if (const auto found_at = count(signature, event, backlog, now, answers)) {
          found.emplace_back(answers.back(), *found_at);
        }
      }
    }
  }
  for (const auto& [answer, found_at] : found) {
    take_one(answer.match, found_at, answer.stream, backlog, now, answers);
  }
}

std::vector<SlowCorrelator::Answer> SlowCorrelator::take(const matches::Match& match,
                                                         const std::string& stream, bool backlog,
                                                         base::Time now) {
  std::vector<Answer> answers;
  take_one(match, match.time.value_or(now), stream, backlog, now, answers);
  return answers;
}

}  // namespace cmgmon::test
