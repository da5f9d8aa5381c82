// The correlator against a twin that looks at every match there ever was: random rules, random logs, restarts.
// CMGMON_SEED=n plays one seed.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "correlation_rules.h"
#include "support/slow_correlator.h"

namespace cmgmon::matches {
namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  int below(int end) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(end)); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

std::string random_correlation(Random& random, int number) {
  static const char* const kTypes[] = {"event_count", "value_count", "temporal",
                                       "temporal_ordered"};
  const int type = random.below(4);
  std::vector<std::string> rules = {"TEST-1001", "TEST-1002", "TEST-1003"};
  for (std::size_t i = rules.size(); i > 1; --i) {
    std::swap(rules[i - 1], rules[static_cast<std::size_t>(random.below(static_cast<int>(i)))]);
  }
  rules.resize(static_cast<std::size_t>(type >= 2 ? 2 + random.below(2) : 1 + random.below(3)));
  std::string list;
  for (const auto& rule : rules) {
    list += (list.empty() ? "" : ", ") + rule;
  }
  std::string body = std::string("type: ") + kTypes[type] + ", rules: [" + list + "]";
  const bool aliased = random.chance(30);
  if (aliased) {
    body += ", group-by: [who], aliases: {who: {";
    for (std::size_t i = 0; i < rules.size(); ++i) {
      body += (i == 0 ? "" : ", ") + rules[i] + (random.chance(50) ? ": server" : ": client");
    }
    body += "}}";
  } else {
    static const char* const kGroups[] = {"", ", group-by: [server]",
                                          ", group-by: [server, client]"};
    body += kGroups[random.below(3)];
  }
  body += ", timespan: " + std::to_string(1 + random.below(20)) + "s";
  const std::string field = type == 1 ? "field: code, " : "";
  if (type < 2) {
    static const char* const kConditions[] = {"gte: 2", "gt: 2",         "gte: 1",
                                              "eq: 3",  "gte: 2, lt: 4", "gt: 1, neq: 3"};
    body += ", condition: {" + field + kConditions[random.below(6)] + "}";
  } else if (rules.size() == 3 && random.chance(40)) {
    body += ", condition: {gte: 2}";
  }
  std::string extension = "  tolerance: " + std::to_string(random.below(10)) + "s\n";
  if (!aliased && random.chance(50)) {
    extension +=
        "  clear: {recovery: [{name: up, service: app, detection: {Message|contains: it is up "
        "again}, on: []}]}\n";
  }
  return test::correlation_rule(number, body, extension);
}

std::string random_rules(Random& random) {
  std::string rules = test::correlated_rules();
  const int count = 1 + random.below(3);
  for (int i = 0; i < count; ++i) {
    rules += random_correlation(random, 11 + i);
  }
  if (random.chance(50)) {
    rules += test::correlation_rule(
        21, "type: event_count, rules: [CORR-1011, TEST-1001], timespan: 15s, condition: {gte: 3}");
  }
  return rules;
}

struct Fed {
  Match match;
  std::string stream;
  bool backlog;
  base::Time now;
};

Fed random_match(Random& random, const signatures::SignatureSet& set, std::int64_t& clock) {
  // Mostly steps of 0 to 3 s; at times far ahead, or back again.
  clock += random.chance(3) ? (random.below(120) - 60) * 1000 : random.below(4) * 500;
  const std::int64_t ms = clock - (random.chance(20) ? random.below(12) * 1000 : 0);
  Fields fields;
  static const char* const kValues[] = {"s1", "s2", "S1"};
  for (const auto* name : {"server", "client", "code"}) {
    if (random.chance(85)) {
      fields[name] = kValues[random.below(3)];
    }
  }
  const auto time = random.chance(95) ? std::optional(test::at_ms(ms)) : std::nullopt;
  const std::string stream = random.chance(70) ? "a.log" : "b.log";
  const bool backlog = random.chance(10);
  const base::Time now = test::at_ms(clock);
  if (random.chance(12)) {
    std::vector<std::string> names;
    for (const auto& signature : set.signatures) {
      if (!signature.recoveries.empty()) {
        names.push_back(signature.name);
      }
    }
    const auto& name =
        names[static_cast<std::size_t>(random.below(static_cast<int>(names.size())))];
    return {test::recovery_of(set, name, time, fields), stream, backlog, now};
  }
  const std::string name = "TEST-" + std::to_string(1001 + random.below(3));
  return {test::match_of(set, name, time, fields, name + " at " + std::to_string(ms)), stream,
          backlog, now};
}

std::string describe(const Match& match, const std::string& stream, bool backlog) {
  std::string text = match.signature->name + (match.recovery != nullptr ? " recovery" : "") + " " +
                     (match.time ? base::to_rfc3339(*match.time) : "-") + " " + stream +
                     (backlog ? " backlog" : "");
  for (const auto& [name, value] : match.fields) {
    text += " " + name + "=" + value;
  }
  for (const auto& evidence : match.evidence) {
    text += " '" + evidence.message + "'";
  }
  return text + "\n";
}

void run(std::uint64_t seed) {
  Random random(seed);
  const std::string rules = random_rules(random);
  const auto set = test::rules_from(rules);
  CorrelatorLimits limits;
  limits.max_events = random.chance(30) ? 4 : 1000;
  auto correlator = std::make_unique<Correlator>(set, limits);
  test::SlowCorrelator twin(set, limits.max_events);

  std::string got;
  std::string want;
  const auto handle = [&](const Match& match, const std::string& stream, bool backlog) {
    got += describe(match, stream, backlog);
  };
  const auto expect = [&](const Fed& fed) {
    for (const auto& answer : twin.take(fed.match, fed.stream, fed.backlog, fed.now)) {
      want += describe(answer.match, answer.stream, answer.backlog);
    }
  };
  const auto restart = [&] {
    const auto saved = correlator->save();
    correlator = std::make_unique<Correlator>(set, limits);
    ASSERT_TRUE(correlator->load(saved).has_value());
    ASSERT_EQ(correlator->save(), saved);
  };

  std::int64_t clock = 0;
  std::vector<Fed> held;
  correlator->hold();
  const int to_hold = random.below(40);
  for (int i = 0; i < to_hold; ++i) {
    Fed fed = random_match(random, set, clock);
    if (!fed.match.time) {
      fed.now = test::at_ms(clock);
    }
    correlator->take(fed.match, fed.stream, fed.backlog, fed.now, handle);
    held.push_back(std::move(fed));
    if (random.chance(10)) {
      restart();
      correlator->hold();
    }
  }
  ASSERT_EQ(got, "");
  std::stable_sort(held.begin(), held.end(), [](const Fed& a, const Fed& b) {
    return a.match.time.value_or(a.now) < b.match.time.value_or(b.now);
  });
  const base::Time released = test::at_ms(clock);
  correlator->release(released, handle);
  for (auto& fed : held) {
    // Without a time it counts as of when it was read.
    const bool timed = fed.match.time.has_value();
    const base::Time now = fed.now;
    fed.now = timed ? released : now;
    expect(fed);
  }
  ASSERT_EQ(got, want) << "after release\n" << rules;
  for (int i = 0; i < 120; ++i) {
    const Fed fed = random_match(random, set, clock);
    got.clear();
    want.clear();
    correlator->take(fed.match, fed.stream, fed.backlog, fed.now, handle);
    expect(fed);
    ASSERT_EQ(got, want) << "step " << i << " " << describe(fed.match, fed.stream, fed.backlog)
                         << rules;
    if (random.chance(15)) {
      restart();
    }
  }
}

TEST(CorrelatorModel, EqualsTheTwinThatRemembersEverything) {
  const char* given = std::getenv("CMGMON_SEED");
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const std::uint64_t count = given != nullptr ? 1 : 60;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    run(seed);
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

}  // namespace
}  // namespace cmgmon::matches
