#include "matches/correlation_window.h"

#include <algorithm>
#include <utility>

namespace cmgmon::matches {

using Type = signatures::Correlation::Type;

bool CorrelationWindow::too_late(const CorrelatedEvent& event) const {
  return !events_.empty() &&
         event.time < events_.back().time - correlation_->timespan - correlation_->tolerance;
}

void CorrelationWindow::take_in_next(Content& content) const {
  const CorrelatedEvent& event = events_[content.end++];
  while (events_[content.begin].time < event.time - correlation_->timespan) {
    let_go(content, events_[content.begin++]);
  }
  ++content.of_rule[event.rule];
  if (correlation_->type == Type::kValueCount) {
    ++content.of_value[event.value];
  } else if (correlation_->type == Type::kTemporalOrdered) {
    const std::size_t rules = correlation_->rules.size();
    content.chains.resize(rules);
    auto& own = content.chains[event.rule];
    own.resize(event.rule + 1);
    own[0] = event.time;
    for (std::size_t before = 0; before < event.rule; ++before) {
      const auto& shorter = content.chains[before];
      for (std::size_t length = 0; length < shorter.size(); ++length) {
        own[length + 1] = std::max(own[length + 1], shorter[length]);
      }
    }
  }
}

void CorrelationWindow::let_go(Content& content, const CorrelatedEvent& event) const {
  --content.of_rule[event.rule];
  if (correlation_->type == Type::kValueCount) {
    const auto value = content.of_value.find(event.value);
    if (--value->second == 0) {
      content.of_value.erase(value);
    }
  }
}

std::uint64_t CorrelationWindow::count(const Content& content) const {
  switch (correlation_->type) {
    case Type::kEventCount:
      return content.end - content.begin;
    case Type::kValueCount:
      return content.of_value.size();
    case Type::kTemporal:
      return static_cast<std::uint64_t>(
          std::count_if(content.of_rule.begin(), content.of_rule.end(),
                        [](std::size_t events) { return events > 0; }));
    case Type::kTemporalOrdered: {
      const base::Time begin = events_[content.end - 1].time - correlation_->timespan;
      std::size_t longest = 0;
      for (const auto& of_rule : content.chains) {
        for (std::size_t length = 0; length < of_rule.size(); ++length) {
          if (of_rule[length] && *of_rule[length] >= begin) {
            longest = std::max(longest, length + 1);
          }
        }
      }
      return longest;
    }
  }
  return 0;
}

void CorrelationWindow::drop_front(const Dropped& dropped) {
  if (newest_.begin > 0) {
    --newest_.begin;
    --newest_.end;
  } else if (newest_.end > 0) {
    let_go(newest_, events_.front());
    --newest_.end;
    // A chain may begin with it.
    stale_ = stale_ || correlation_->type == Type::kTemporalOrdered;
  }
  dropped(events_.front());
  events_.pop_front();
}

std::optional<CorrelationWindow::Found> CorrelationWindow::add(CorrelatedEvent event,
                                                               std::size_t max_events,
                                                               const Dropped& dropped) {
  if (events_.size() >= max_events && event.time < events_.front().time) {
    dropped(event);  // it is the oldest
    return std::nullopt;
  }
  while (events_.size() >= max_events) {
    drop_front(dropped);
  }
  const base::Time time = event.time;
  // Later ones of the same time come after: ties are in the order of arrival.
  const auto place =
      std::upper_bound(events_.begin(), events_.end(), time,
                       [](base::Time t, const CorrelatedEvent& e) { return t < e.time; });
  const auto index = static_cast<std::size_t>(place - events_.begin());
  const bool in_order = place == events_.end() && !stale_;
  events_.insert(place, std::move(event));
  if (!in_order) {
    const auto begin =
        std::lower_bound(events_.begin(), events_.end(), time - correlation_->timespan,
                         [](const CorrelatedEvent& e, base::Time t) { return e.time < t; });
    newest_ = Content();
    newest_.begin = static_cast<std::size_t>(begin - events_.begin());
    newest_.end = newest_.begin;
    stale_ = false;
  }
  std::optional<Found> found;
  while (newest_.end < events_.size()) {
    take_in_next(newest_);
    const std::size_t last = newest_.end - 1;
    if (last >= index && events_[last].time - correlation_->timespan <= time) {
      const std::uint64_t counted = count(newest_);
      if (correlation_->holds(counted)) {
        found = {newest_.begin, last, newest_.end - newest_.begin, counted};
      }
    }
  }
  const base::Time oldest = events_.back().time - correlation_->timespan - correlation_->tolerance;
  while (events_.front().time < oldest) {
    drop_front(dropped);
    if (found) {
      --found->first;
      --found->last;
    }
  }
  return found;
}

void CorrelationWindow::remove_if(const std::function<bool(const CorrelatedEvent&)>& unwanted,
                                  const Dropped& dropped) {
  const std::size_t before = events_.size();
  std::erase_if(events_, [&](const CorrelatedEvent& event) {
    const bool gone = unwanted(event);
    if (gone) {
      dropped(event);
    }
    return gone;
  });
  stale_ = stale_ || events_.size() != before;
}

void CorrelationWindow::clear(const Dropped& dropped) {
  remove_if([](const CorrelatedEvent&) { return true; }, dropped);
}

void CorrelationWindow::restore(CorrelatedEvent event) {
  events_.push_back(std::move(event));
  stale_ = true;
}

}  // namespace cmgmon::matches
