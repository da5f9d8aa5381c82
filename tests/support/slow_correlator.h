#pragma once
// What the correlator is held against: keeps every match ever, and looks at all of them for every new one.
// It shares nothing with agent-core but value types.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::test {

class SlowCorrelator {
 public:
  struct Answer {
    matches::Match match;
    std::string stream;
    bool backlog = false;
  };

  SlowCorrelator(const signatures::SignatureSet& set, std::size_t max_events)
      : set_(set), max_events_(max_events) {}

  // What comes out of this match, in order.
  std::vector<Answer> take(const matches::Match& match, const std::string& stream, bool backlog,
                           base::Time now);

 private:
  struct Event {
    matches::Match match;
    std::string stream;
    base::Time time{};
    std::size_t arrival = 0;
    std::size_t rule = 0;  // its place among the correlation's rules
    matches::Fields group;
    std::string value;
    bool dim = false;     // a newer one of its rule has been here
    bool opener = false;  // found its group empty
  };
  struct Recovery {
    matches::Match match;
    std::string stream;
    base::Time time{};
  };

  void recover(const Recovery& recovery);
  // The time of its match, if there is one; the match is the last of the answers.
  std::optional<base::Time> count(const signatures::Signature& correlation, Event event,
                                  bool backlog, base::Time now, std::vector<Answer>& answers);
  bool heals(const matches::Match& recovery, const signatures::Signature& correlation,
             const Event& event) const;
  std::uint64_t counted(const signatures::Correlation& correlation,
                        const std::vector<const Event*>& window) const;
  void take_one(const matches::Match& match, base::Time time, const std::string& stream,
                bool backlog, base::Time now, std::vector<Answer>& answers);

  const signatures::SignatureSet& set_;
  std::size_t max_events_;
  std::size_t arrivals_ = 0;
  std::map<std::string, std::vector<Event>> events_;  // by correlation
  std::vector<Recovery> recoveries_;
  std::map<std::pair<std::string, matches::Fields>, std::size_t> quoted_;  // by correlation, group
};

}  // namespace cmgmon::test
