#pragma once
// The one way that matches go: past the correlator, into the book. What the correlator finds goes into the book like any
// other match; those of silenced signatures end there.
//
// Errors:  none.
// Threads: not thread-safe; the pipeline thread.
// Life:    the SignatureSet and the IncidentBook outlive it.
// Tests:   tests/unit/engine/pipeline_correlation_test.cpp

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "incidents/incident_book.h"
#include "matches/correlator.h"
#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::engine {

class CorrelatedBook {
 public:
  CorrelatedBook(const signatures::SignatureSet& set, incidents::IncidentBook& book)
      : book_(book), correlator_(set) {}

  void apply(const matches::Match& match, std::string_view stream, bool backlog, base::Time now);
  // Correlations of what was written before wait for all logs to be read.
  void hold() { correlator_.hold(); }
  // The streams whose backlog had a part in what was found.
  std::set<std::string> release(base::Time now);

  std::string save() const { return correlator_.save(); }
  base::Result<void> load(std::string_view bytes) {
    changed_ = true;
    return correlator_.load(bytes);
  }
  // Whether save() may say something else than at the last call.
  bool take_changed() { return std::exchange(changed_, false); }
  const matches::Correlator& correlator() const { return correlator_; }
  // Failures so far, by rule.
  const std::map<std::string, std::uint64_t>& matches() const { return matches_; }

 private:
  matches::Correlator::Handler into_book(base::Time now);
  void count(const matches::Match& match);

  incidents::IncidentBook& book_;
  matches::Correlator correlator_;
  bool changed_ = true;
  std::map<std::string, std::uint64_t> matches_;
};

}  // namespace cmgmon::engine
