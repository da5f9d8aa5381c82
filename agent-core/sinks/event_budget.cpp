#include "sinks/event_budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace cmgmon::sinks {

namespace {

using incidents::TransitionKind;
using signatures::Level;

constexpr std::size_t kMaxSilentEpisodes =
    10000;  // beyond, the clear of a forgotten one is written: harmless
constexpr std::size_t kMaxCountedSignatures = 500;
constexpr std::size_t kMaxNamedSignatures = 20;

}  // namespace

bool EventBudget::over(base::Time now) const {
  return start_ && (now >= *start_ + options_.window || now < *start_ - options_.window);
}

void EventBudget::begin(base::Time now) {
  if (start_ && !over(now)) {
    return;
  }
  start_ = now;
  used_ = 0;
  seen_.clear();
}

bool EventBudget::writes(const incidents::Transition& transition) const {
  const auto& incident = transition.incident;
  if (transition.kind == TransitionKind::kCleared) {
    return !silent_.contains(incident.episode);
  }
  if (incident.level == Level::kCritical || !seen_.contains(incident.signature)) {
    return true;
  }
  const std::size_t allowed =
      incident.level == Level::kHigh ? options_.events : (options_.events + 1) / 2;
  return used_ < allowed;
}

void EventBudget::count(const incidents::Transition& transition, bool written) {
  const auto& incident = transition.incident;
  const bool raised = transition.kind == TransitionKind::kRaised;
  if (written) {
    ++used_;
    if (raised) {
      seen_.insert(incident.signature);
    }
    return;
  }
  // Signatures are few; a bound all the same, for names that come out of a state document.
  const bool known =
      unwritten_.contains(incident.signature) || unwritten_.size() < kMaxCountedSignatures;
  auto& counts = unwritten_[known ? incident.signature : "others"];
  ++(raised ? counts.raised : counts.cleared);
  if (!unwritten_since_) {
    unwritten_since_ = start_.value_or(transition.at);
  }
  if (raised) {
    if (silent_.insert(incident.episode).second) {
      silent_order_.push_back(incident.episode);
    }
    if (silent_order_.size() > kMaxSilentEpisodes) {
      silent_.erase(silent_order_.front());
      silent_order_.pop_front();
    }
  }
}

std::optional<EventBudget::Summary> EventBudget::owed(base::Time now, bool at_once) const {
  if (!unwritten_since_) {
    return std::nullopt;
  }
  const bool due =
      now >= *unwritten_since_ + options_.window || now < *unwritten_since_ - options_.window;
  if (!due && !at_once) {
    return std::nullopt;
  }
  std::vector<std::pair<std::string, Counts>> rows(unwritten_.begin(), unwritten_.end());
  const auto sum = [](const Counts& counts) { return counts.raised + counts.cleared; };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& a, const auto& b) { return sum(a.second) > sum(b.second); });
  Summary summary;
  std::size_t named = 0;
  for (const auto& [signature, counts] : rows) {
    summary.total += sum(counts);
    if (++named > kMaxNamedSignatures) {
      continue;
    }
    summary.counts += summary.counts.empty() ? "" : "; ";
    summary.counts += signature;
    if (counts.raised > 0) {
      summary.counts += fmt::format(" {} raised", counts.raised);
    }
    if (counts.cleared > 0) {
      summary.counts += fmt::format("{} {} cleared", counts.raised > 0 ? "," : "", counts.cleared);
    }
  }
  if (named > kMaxNamedSignatures) {
    summary.counts += fmt::format("; and {} more signatures", named - kMaxNamedSignatures);
  }
  return summary;
}

void EventBudget::go_on(EventBudget before) {
  before.options_ = options_;
  *this = std::move(before);
}

void EventBudget::paid() {
  unwritten_.clear();
  unwritten_since_.reset();
}

}  // namespace cmgmon::sinks
