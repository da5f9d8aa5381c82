#pragma once
// A correlation: a signature that is found in the matches of other signatures instead of in a log.
//
// Vocabulary is Sigma's (correlation rules specification 2.1); how it is evaluated while logs are being written is
// told in docs/signatures.md, "Correlation".

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::signatures {

inline constexpr std::size_t kMaxCorrelatedRules = 16;
// Events that one group remembers, and so the highest number that a condition can ask for.
inline constexpr std::uint64_t kMaxCorrelatedEvents = 10000;
inline constexpr std::chrono::milliseconds kMinTimespan = std::chrono::seconds(1);
inline constexpr std::chrono::milliseconds kMaxTimespan = std::chrono::hours(24 * 31);
inline constexpr std::chrono::milliseconds kMaxTolerance = std::chrono::hours(1);

// Fields of every correlation's matches, beside its group-by.
inline constexpr std::string_view kEventCountField = "event_count";
inline constexpr std::string_view kValueCountField = "value_count";  // value_count only

struct CountTest {
  enum class Operator {
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
  } op = Operator::kGreaterEqual;
  std::uint64_t value = 0;

  bool holds(std::uint64_t count) const;
};

struct Correlation {
  enum class Type { kEventCount, kValueCount, kTemporal, kTemporalOrdered };

  Type type = Type::kEventCount;
  std::vector<std::string> rules;  // names of signatures; the order is that of kTemporalOrdered
  std::chrono::milliseconds timespan{0};  // events no further apart than this belong together
  std::chrono::milliseconds tolerance = std::chrono::minutes(2);  // how late an event may come
  std::vector<CountTest> condition;                               // all must hold
  std::string field;  // kValueCount: whose values are counted
  // Name in group-by or `field` -> rule -> its field; a name that is not here is the same in all rules.
  std::map<std::string, std::map<std::string, std::string>> aliases;
  bool generate = false;  // the rules stay signatures of their own
  // Everything its matches may know: its own and what the rules know.
  std::set<std::string> fields;

  bool holds(std::uint64_t count) const;
  // What `name` is called in matches of `rule`.
  const std::string& field_of(const std::string& rule, const std::string& name) const;
};

std::string_view name_of(Correlation::Type type);

}  // namespace cmgmon::signatures
