#include "engine/correlated_book.h"

namespace cmgmon::engine {

matches::Correlator::Handler CorrelatedBook::into_book(base::Time now) {
  return [this, now](const matches::Match& match, const std::string& stream, bool backlog) {
    count(match);
    book_.apply(match, stream, backlog, now);
  };
}

void CorrelatedBook::count(const matches::Match& match) {
  if (match.recovery == nullptr) {
    ++matches_[match.signature->name];
  }
}

void CorrelatedBook::apply(const matches::Match& match, std::string_view stream, bool backlog,
                           base::Time now) {
  // A recovery of a correlation comes back from the correlator, in the order of what it ends.
  if (!match.signature->correlation) {
    count(match);
    book_.apply(match, stream, backlog, now);
  }
  changed_ |= correlator_.take(match, stream, backlog, now, into_book(now));
}

std::set<std::string> CorrelatedBook::release(base::Time now) {
  std::set<std::string> of_backlog;
  const auto apply_one = into_book(now);
  changed_ = true;
  correlator_.release(now,
                      [&](const matches::Match& match, const std::string& stream, bool backlog) {
                        if (backlog) {
                          of_backlog.insert(stream);
                        }
                        apply_one(match, stream, backlog);
                      });
  return of_backlog;
}

}  // namespace cmgmon::engine
