#pragma once
// Matches of several rules become matches of correlations: signatures that are found in other signatures' matches,
// whatever logs those come from (docs/signatures.md, "Correlation").
//
// It is given every match, failures and recoveries, and answers with the matches of correlations, which go the same way
// as any other: failures, and the recoveries of correlations that it was given. Recoveries take what they heal out of the
// windows.
//
// Log time orders events; `now` is the time of those that have none. What was written before the program started is
// read one log after the other: until release() it is held back, and then taken in the order of time.
//
// Errors:  none. Memory is bounded by CorrelatorLimits; what did not fit is counted.
// Threads: not thread-safe; lives on the pipeline.
// Life:    the SignatureSet outlives it.
// Tests:   tests/unit/matches/correlator_test.cpp, correlator_model_test.cpp against tests/support/slow_correlator.h

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

struct CorrelatorLimits {
  std::size_t max_groups = 10000;  // of all correlations
  std::size_t max_bytes = 8U << 20U;
  std::size_t max_events = signatures::kMaxCorrelatedEvents;  // of one group
  std::size_t max_recoveries = 4096;  // remembered for failures that come later than they should
  std::size_t max_held = 50000;
  std::size_t max_held_bytes = 16U << 20U;
};

class Correlator {
 public:
  // A match of a correlation, with the stream of the newest match in it. Backlog: that match was.
  using Handler = std::function<void(const Match& match, const std::string& stream, bool backlog)>;

  explicit Correlator(const signatures::SignatureSet& set, CorrelatorLimits limits = {});
  ~Correlator();
  Correlator(const Correlator&) = delete;
  Correlator& operator=(const Correlator&) = delete;

  // False: no correlation has a use for it, and nothing has changed.
  bool take(const Match& match, std::string_view stream, bool backlog, base::Time now,
            const Handler& handle);
  // Whether a sign of recovery of this signature (of the set) could change anything in windows, but for failures that other
  // logs will yet show: one of it, or one that it is made of, has been taken.
  bool awaits(const signatures::Signature& signature) const;
  // From now on nothing comes out (unless too much is held), until release().
  void hold();
  void release(base::Time now, const Handler& handle);

  struct Counters {
    std::uint64_t dropped_groups = 0;
    std::uint64_t dropped_events = 0;  // beyond max_events
    std::uint64_t late_events = 0;
  };
  Counters counters() const;
  std::size_t groups() const;
  std::size_t bytes() const;

  // Windows and what is held. Versioned; load() of damaged or newer bytes is an error and leaves nothing remembered.
  // Correlations and rules that no longer exist are forgotten.
  std::string save() const;
  base::Result<void> load(std::string_view bytes);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cmgmon::matches
