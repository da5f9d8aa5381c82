#include "matches/correlator.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/codec.h"
#include "base/hash.h"
#include "matches/correlation_groups.h"
#include "matches/recovery_key.h"

namespace cmgmon::matches {

namespace {

using signatures::Signature;

constexpr std::string_view kKind = "correlator";
constexpr std::uint64_t kVersion = 1;
// Nothing is logged so far ahead of the wall clock (records clamps it), unless that has been set back since.
constexpr std::chrono::minutes kFuture{10};

// A match, as far as correlations are concerned.
struct Input {
  const Signature* signature = nullptr;
  const signatures::Recovery* recovery = nullptr;  // null: a failure
  std::string key;                                 // of the recovery
  std::string stream;
  bool backlog = false;
  base::Time time{};
  bool timed = true;
  std::uint64_t order = 0;
  Fields fields;                     // not of a recovery of a rule
  std::optional<Evidence> evidence;  // likewise; the record itself

  std::size_t bytes() const {
    std::size_t bytes = sizeof *this + key.size() + stream.size();
    for (const auto& [name, value] : fields) {
      bytes += name.size() + value.size() + 96;
    }
    return bytes + (evidence ? evidence->path.size() + evidence->message.size() : 0);
  }
  std::size_t recovery_index() const {
    return static_cast<std::size_t>(recovery - signature->recoveries.data());
  }
};

// Thousands are remembered, and a value may have a thousand bytes.
std::string short_key(const std::string& key) {
  constexpr std::size_t kLong = 100;
  return key.size() <= kLong ? key : base::stable_id(key);
}

struct KnownRecovery {
  base::Time time{};
  std::string stream;
};

}  // namespace

class Correlator::Impl {
 public:
  Impl(const signatures::SignatureSet& set, const CorrelatorLimits& limits)
      : set_(set), limits_(limits), groups_(limits.max_groups, limits.max_bytes) {
    for (const auto& signature : set.signatures) {
      if (!signature.correlation) {
        continue;
      }
      uses_[&signature];
      const auto& rules = signature.correlation->rules;
      for (std::size_t i = 0; i < rules.size(); ++i) {
        if (const Signature* rule = set.find(rules[i])) {
          uses_[rule].push_back({&signature, static_cast<std::uint32_t>(i)});
        }
      }
    }
  }

  bool take(const Match& match, std::string_view stream, bool backlog, base::Time now,
            const Handler& handle) {
    if (!uses_.contains(match.signature)) {
      return false;
    }
    if (match.recovery == nullptr) {
      await(match.signature);
    }
    Input input;
    input.signature = match.signature;
    input.recovery = match.recovery;
    input.stream = std::string(stream);
    input.backlog = backlog;
    input.time = match.time.value_or(now);
    input.timed = match.time.has_value();
    input.order = next_order_++;
    if (match.recovery != nullptr) {
      input.key = recovery_key(match.signature->name, input.recovery_index(), *match.recovery,
                               match.fields);
    }
    if (match.recovery == nullptr || match.signature->correlation) {
      input.fields = match.fields;
      if (!match.evidence.empty()) {
        input.evidence = match.evidence.back();
      }
    }
    if (!holding_) {
      apply(std::move(input), now, handle);
      return true;
    }
    held_bytes_ += input.bytes();
    held_.push_back(std::move(input));
    if (held_.size() > limits_.max_held || held_bytes_ > limits_.max_held_bytes) {
      hold_less(now, handle);
    }
    return true;
  }

  bool awaits(const Signature& signature) const { return awaited_.contains(&signature); }

  void hold() { holding_ = true; }

  void release(base::Time now, const Handler& handle) {
    holding_ = false;
    sort_held();
    auto held = std::exchange(held_, {});
    held_bytes_ = 0;
    for (auto& input : held) {
      apply(std::move(input), now, handle);
    }
  }

  Counters counters() const {
    return {groups_.dropped_groups, groups_.dropped_events, late_events_};
  }
  std::size_t groups() const { return groups_.size(); }
  std::size_t bytes() const { return groups_.bytes(); }

  std::string save() const;
  base::Result<void> load(std::string_view bytes);

 private:
  struct Use {
    const Signature* correlation;
    std::uint32_t rule;
  };

  void await(const Signature* signature) {
    if (awaited_.insert(signature).second) {
      for (const Use& use : uses_.at(signature)) {
        await(use.correlation);
      }
    }
  }

  void sort_held() {
    std::stable_sort(held_.begin(), held_.end(),
                     [](const Input& a, const Input& b) { return a.time < b.time; });
  }

  // Of recoveries that follow each other in one log the last one tells almost everything. What is still too much is taken
  // up to the middle.
  void hold_less(base::Time now, const Handler& handle) {
    std::deque<Input> kept;
    std::sort(held_.begin(), held_.end(),
              [](const Input& a, const Input& b) { return a.order > b.order; });
    std::set<std::pair<std::string, std::string>> followed;  // recovery key and stream
    for (auto& input : held_) {
      if (input.recovery != nullptr) {
        if (!followed.emplace(input.key, input.stream).second) {
          continue;
        }
      } else {
        followed.clear();
      }
      kept.push_back(std::move(input));
    }
    std::reverse(kept.begin(), kept.end());
    held_ = std::move(kept);
    const auto count_bytes = [this] {
      held_bytes_ = 0;
      for (const auto& input : held_) {
        held_bytes_ += input.bytes();
      }
    };
    count_bytes();
    if (held_.size() <= limits_.max_held / 2 && held_bytes_ <= limits_.max_held_bytes / 2) {
      return;
    }
    sort_held();
    const auto middle = held_.begin() + static_cast<std::ptrdiff_t>(held_.size() / 2);
    std::vector<Input> oldest(std::make_move_iterator(held_.begin()),
                              std::make_move_iterator(middle));
    held_.erase(held_.begin(), middle);
    count_bytes();
    for (auto& input : oldest) {
      apply(std::move(input), now, handle);
    }
  }

  void apply(Input input, base::Time now, const Handler& handle) {
    input.order = next_order_++;
    if (input.recovery == nullptr) {
      std::vector<Input> found;
      for (const Use& use : uses_.at(input.signature)) {
        count(use, input, now, handle, found);
      }
      // Correlations of correlations: after what they are made of has been counted everywhere.
      for (auto& own : found) {
        apply(std::move(own), now, handle);
      }
      return;
    }
    recover(input);
    if (input.signature->correlation) {
      Match match;
      match.signature = input.signature;
      match.recovery = input.recovery;
      if (input.timed) {
        match.time = input.time;
      }
      match.fields = std::move(input.fields);
      if (input.evidence) {
        match.evidence.push_back(std::move(*input.evidence));
      }
      handle(match, input.stream, input.backlog);
    }
  }

  // Within one log the order tells what is healed, between logs the times do.
  void recover(const Input& input) {
    groups_.heal(input.key, [&](const CorrelatedEvent& event) {
      return event.stream == input.stream || event.time <= input.time;
    });
    auto& known = recoveries_[short_key(input.key)];
    if (known.stream.empty() || known.time <= input.time) {
      known = {input.time, input.stream};
    }
    if (recoveries_.size() > 2 * limits_.max_recoveries) {
      forget_recoveries();
    }
  }

  void forget_recoveries() {
    std::vector<base::Time> times;
    for (const auto& [key, known] : recoveries_) {
      times.push_back(known.time);
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(limits_.max_recoveries);
    std::nth_element(times.begin(), middle, times.end());
    std::erase_if(recoveries_, [&](const auto& entry) { return entry.second.time < *middle; });
  }

  bool healed_already(const CorrelatedEvent& event) const {
    return std::any_of(event.heals.begin(), event.heals.end(), [&](const std::string& key) {
      const auto known = recoveries_.find(short_key(key));
      return known != recoveries_.end() && known->second.stream != event.stream &&
             event.time < known->second.time;
    });
  }

  static void add_keys(const Signature& signature, const Fields& fields,
                       std::vector<std::string>& keys) {
    for (std::size_t i = 0; i < signature.recoveries.size(); ++i) {
      keys.push_back(recovery_key(signature.name, i, signature.recoveries[i], fields));
    }
  }

  void count(const Use& use, const Input& input, base::Time now, const Handler& handle,
             std::vector<Input>& matches) {
    const Signature& signature = *use.correlation;
    const auto& correlation = *signature.correlation;
    const std::string& rule = correlation.rules[use.rule];
    CorrelatedEvent event;
    event.time = input.time;
    event.timed = input.timed;
    event.order = input.order;
    event.rule = use.rule;
    event.stream = input.stream;
    if (!correlation.field.empty()) {
      const auto value = input.fields.find(correlation.field_of(rule, correlation.field));
      if (value == input.fields.end()) {
        return;  // it has no value to be counted
      }
      event.value = value->second;
    }
    Fields values;
    for (const auto& name : signature.group_by) {
      const auto value = input.fields.find(correlation.field_of(rule, name));
      if (value != input.fields.end()) {
        values.emplace(name, value->second);
      }
    }
    add_keys(*input.signature, input.fields, event.heals);
    add_keys(signature, values, event.heals);
    if (healed_already(event)) {
      return;
    }
    CorrelationGroup& group = groups_.at(signature, std::move(values));
    if (group.window.too_late(event)) {
      const CorrelatedEvent& newest = group.window.events().back();
      if (newest.stream != event.stream && newest.time <= now + kFuture) {
        ++late_events_;
        return;
      }
      groups_.restart(group);  // the clock has been set back
    }
    const auto found = groups_.add(group, std::move(event), {{}, 0, input.fields, input.evidence},
                                   limits_.max_events);
    if (found) {
      const CorrelatedEvent& last = group.window.events()[found->last];
      const Match match = match_of(group, *found);
      group.quoted = next_order_;
      Input own;
      own.signature = &signature;
      own.stream = last.stream;
      own.backlog = input.backlog;
      own.time = last.time;
      own.timed = last.timed;
      own.fields = match.fields;
      if (!match.evidence.empty()) {
        own.evidence = match.evidence.back();
      }
      handle(match, own.stream, own.backlog);
      matches.push_back(std::move(own));
    }
    groups_.make_room(group);
  }

  static Match match_of(const CorrelationGroup& group, const CorrelationWindow::Found& found) {
    const auto& events = group.window.events();
    const CorrelatedEvent& first = events[found.first];
    const CorrelatedEvent& last = events[found.last];
    const auto inside = [&](const CorrelatedDetail& detail) {
      const auto at = std::pair(detail.time, detail.order);
      return at >= std::pair(first.time, first.order) && at <= std::pair(last.time, last.order);
    };
    std::map<std::pair<base::Time, std::uint64_t>, const CorrelatedDetail*> told;
    if (group.opening && inside(*group.opening)) {
      told.emplace(std::pair(group.opening->time, group.opening->order), &*group.opening);
    }
    for (const auto& [rule, detail] : group.newest) {
      if (inside(detail)) {
        told.insert_or_assign(std::pair(detail.time, detail.order), &detail);
      }
    }
    Match match;
    match.signature = group.signature;
    if (last.timed) {
      match.time = last.time;
    }
    match.fields = group.values;
    match.fields.emplace(signatures::kEventCountField, std::to_string(found.events));
    if (group.signature->correlation->type == signatures::Correlation::Type::kValueCount) {
      match.fields.emplace(signatures::kValueCountField, std::to_string(found.count));
    }
    for (auto detail = told.rbegin(); detail != told.rend(); ++detail) {
      match.fields.insert(detail->second->fields.begin(), detail->second->fields.end());
    }
    for (const auto& [at, detail] : told) {
      if (detail->evidence && detail->order >= group.quoted) {
        match.evidence.push_back(*detail->evidence);
      }
    }
    return match;
  }

  const signatures::SignatureSet& set_;
  CorrelatorLimits limits_;
  std::map<const Signature*, std::vector<Use>> uses_;  // of every signature that matters here
  std::set<const Signature*> awaited_;
  CorrelationGroups groups_;
  std::map<std::string, KnownRecovery> recoveries_;  // the newest of each key
  std::deque<Input> held_;  // not a vector: tens of thousands, and it grows
  std::size_t held_bytes_ = 0;
  bool holding_ = false;
  std::uint64_t next_order_ = 1;
  std::uint64_t late_events_ = 0;
};

// `hold` is what the caller does at the time, and is not saved.
std::string Correlator::Impl::save() const {
  base::Writer writer(kKind, kVersion);
  writer.number(next_order_).number(late_events_);
  writer.list(recoveries_, [&](const auto& entry) {
    writer.text(entry.first).time(entry.second.time).text(entry.second.stream);
  });
  groups_.save(writer);
  writer.list(held_, [&](const Input& input) {
    writer.text(input.signature->name).boolean(input.recovery != nullptr);
    writer.number(input.recovery != nullptr ? input.recovery_index() : 0).text(input.key);
    writer.text(input.stream).boolean(input.backlog).boolean(input.timed);
    write_detail(writer, {input.time, input.order, input.fields, input.evidence});
  });
  return writer.finish();
}

base::Result<void> Correlator::Impl::load(std::string_view bytes) {
  const auto forget = [&] {
    groups_.clear();
    recoveries_.clear();
    held_.clear();
    held_bytes_ = 0;
  };
  forget();
  auto reader = base::Reader::open(bytes, kKind, kVersion);
  if (!reader) {
    return reader.error();
  }
  next_order_ = reader->number();
  late_events_ = reader->number();
  reader->list([&] {
    std::string key = reader->text();
    auto& known = recoveries_[std::move(key)];
    known.time = reader->time();
    known.stream = reader->text();
  });
  groups_.load(*reader, set_);
  reader->list([&] {
    Input input;
    input.signature = set_.find(reader->view());
    const bool recovers = reader->boolean();
    const std::uint64_t index = reader->number();
    input.key = reader->text();
    input.stream = reader->text();
    input.backlog = reader->boolean();
    input.timed = reader->boolean();
    auto detail = read_detail(*reader);
    input.time = detail.time;
    input.order = detail.order;
    input.fields = std::move(detail.fields);
    input.evidence = std::move(detail.evidence);
    bool known = uses_.contains(input.signature);
    if (known && recovers) {
      const auto& recoveries = input.signature->recoveries;
      known = index < recoveries.size();
      input.recovery = known ? &recoveries[index] : nullptr;
    }
    if (known) {
      held_bytes_ += input.bytes();
      held_.push_back(std::move(input));
    }
  });
  if (const auto complete = reader->finish(); !complete) {
    forget();
    return complete.error();
  }
  if (groups_.size() > 0 || !held_.empty()) {
    for (const auto& [signature, uses] : uses_) {
      awaited_.insert(signature);
    }
  }
  return {};
}

Correlator::Correlator(const signatures::SignatureSet& set, CorrelatorLimits limits)
    : impl_(std::make_unique<Impl>(set, limits)) {}

Correlator::~Correlator() = default;

bool Correlator::take(const Match& match, std::string_view stream, bool backlog, base::Time now,
                      const Handler& handle) {
  return impl_->take(match, stream, backlog, now, handle);
}

bool Correlator::awaits(const Signature& signature) const {
  return impl_->awaits(signature);
}

void Correlator::hold() {
  impl_->hold();
}

void Correlator::release(base::Time now, const Handler& handle) {
  impl_->release(now, handle);
}

Correlator::Counters Correlator::counters() const {
  return impl_->counters();
}

std::size_t Correlator::groups() const {
  return impl_->groups();
}

std::size_t Correlator::bytes() const {
  return impl_->bytes();
}

std::string Correlator::save() const {
  return impl_->save();
}

base::Result<void> Correlator::load(std::string_view bytes) {
  return impl_->load(bytes);
}

}  // namespace cmgmon::matches
