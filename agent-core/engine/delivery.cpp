#include "engine/delivery.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <limits>
#include <utility>

#include "base/text.h"
#include "sinks/notices.h"

namespace cmgmon::engine {

namespace {

using std::chrono::steady_clock;

constexpr int kFailuresBeforeNotice = 3;
constexpr std::chrono::minutes kTellDropsEvery{10};
constexpr std::chrono::minutes kLettersWindow{10};
constexpr int kLettersPerWindow = 20;

base::Error broken_off(const std::string& why) {
  return {base::ErrorKind::kIo, 0, "the sink broke off: " + base::printable(why),
          "A mistake in this program; report it"};
}

}  // namespace

Delivery::Delivery(const boost::asio::any_io_executor& executor, std::unique_ptr<sinks::Sink> sink,
                   const base::Clock& clock, Callbacks callbacks, const DeliveryLimits& limits)
    : clock_(clock),
      callbacks_(std::move(callbacks)),
      limits_(limits),
      level_(sink->level()),
      wants_updates_(sink->wants_updates()),
      name_(sink->name()),
      wake_(executor),
      sink_(sink.get()),
      worker_(executor, std::shared_ptr<sinks::Sink>(std::move(sink)), [this] { wake_.set(); }) {}

Delivery* find(const Deliveries& deliveries, std::string_view sink) {
  const auto found = std::find_if(deliveries.begin(), deliveries.end(),
                                  [&](const auto& delivery) { return delivery->name() == sink; });
  return found == deliveries.end() ? nullptr : found->get();
}

// --- what comes in

void Delivery::restore(const store::OutboxRow& row) {
  next_id_ = std::max(next_id_, row.id);  // the document of old has no ids
  rows_.push_back({next_id_++, row.transition});
  if (row.id != 0) {
    told_id_ = rows_.back().id;
  }
}

void Delivery::resume(std::vector<incidents::Incident> told_open) {
  std::erase_if(told_open, [this](const auto& open) { return !first_told(open, level_); });
  if (level_ > signatures::Level::kInformational) {
    for (const auto& open : told_open) {
      told_.insert(open.episode);
    }
  }
  std::set<std::string> raised;  // by what waits
  for (const Row& row : rows_) {
    if (row.transition.kind == incidents::TransitionKind::kRaised) {
      raised.insert(row.transition.incident.episode);
    }
  }
  for (const Row& row : rows_) {
    const auto& episode = row.transition.incident.episode;
    const auto same = [&](const incidents::Incident& open) { return open.episode == episode; };
    const auto known = std::find_if(told_open.begin(), told_open.end(), same);
    if (row.transition.kind == incidents::TransitionKind::kRaised && known != told_open.end()) {
      told_open.erase(known);
    } else if (row.transition.kind == incidents::TransitionKind::kCleared &&
               known == told_open.end() && !raised.contains(episode)) {
      auto& open = told_open.emplace_back(row.transition.incident);
      open.state = incidents::State::kFiring;
      open.cleared_by = incidents::ClearedBy::kNone;
      open.cleared_at.reset();
    }
  }
  open_ = std::move(told_open);
}

void Delivery::remember(DeliveryMemory memory) {
  told_failing_ = memory.told_failing;
  notices_.insert(notices_.begin(), std::make_move_iterator(memory.notices.begin()),
                  std::make_move_iterator(memory.notices.end()));
  sink_memory_ = std::move(memory.sink);
}

DeliveryMemory Delivery::take_memory() {
  return {told_failing_, std::exchange(notices_, {}), std::exchange(sink_memory_, {})};
}

// The transition as it is for this sink; nullopt: none of its business. The level of an incident only rises.
std::optional<incidents::Transition> Delivery::as_told(const incidents::Transition& transition) {
  using incidents::TransitionKind;
  if (level_ == signatures::Level::kInformational) {
    return transition;
  }
  const auto& incident = transition.incident;
  if (transition.kind == TransitionKind::kCleared) {
    return told_.erase(incident.episode) > 0 ? std::optional(transition) : std::nullopt;
  }
  if (told_.contains(incident.episode)) {
    return transition;
  }
  if (incident.level < level_ || incident.state == incidents::State::kCleared) {
    return std::nullopt;
  }
  told_.insert(incident.episode);
  incidents::Transition raise = transition;
  raise.kind = TransitionKind::kRaised;
  return raise;
}

void Delivery::add(const incidents::Transition& decided) {
  auto transition = as_told(decided);
  if (!transition) {
    return;
  }
  if (transition->kind == incidents::TransitionKind::kUpdated) {
    if (!wants_updates_) {
      return;
    }
    if (rows_.size() >= limits_.max_queued_with_updates) {
      ++counters_.dropped;
      ++updates_dropped_;
      return;
    }
  }
  rows_.push_back({next_id_++, std::move(*transition)});
}

void Delivery::add(const sinks::Notice& notice) {
  if (notices_.size() == limits_.max_notices) {
    notices_.pop_front();
    ++counters_.dropped;
  }
  notices_.emplace_back(notice, clock_.now());
  wake_.set();
}

void Delivery::release(std::uint64_t added_rows) {
  released_ = std::max(released_, added_rows);
  wake_.set();
}

void Delivery::append_rows(std::vector<store::OutboxRow>& rows) const {
  for (const auto& row : rows_) {
    rows.push_back({name(), row.transition, row.id});
  }
}

void Delivery::take_changes(store::OutboxChanges& changes) {
  for (const std::uint64_t id : std::exchange(removed_, {})) {
    changes.removed.push_back({name(), id});
  }
  const auto fresh = std::find_if(rows_.begin(), rows_.end(),
                                  [this](const Row& row) { return row.id > told_id_; });
  for (auto row = fresh; row != rows_.end(); ++row) {
    changes.added.push_back({name(), row->transition, row->id});
  }
  told_id_ = next_id_ - 1;
}

SinkCounters Delivery::counters() const {
  SinkCounters counters = counters_;
  counters.sink = name_;
  counters.queued = rows_.size();
  counters.failing = failures_ > 0 || advance_failures_ > 0;
  return counters;
}

void Delivery::finish(Steady deadline, bool another_goes_on) {
  finishing_ = true;
  another_goes_on_ = another_goes_on;
  deadline_ = deadline;
  wake_.set();
}

bool Delivery::out_of_time() const {
  return finishing_ && steady_clock::now() >= deadline_;
}

// --- what goes out

// Nothing is confirmed by it.
Delivery::Answer::Answer(const base::Error& error)
    : outcome(sinks::Refusal(error)), unconfirmed(std::numeric_limits<std::size_t>::max()) {}

// Runs it on the sink's thread; nullopt when it did not come back before the deadline. The sink is not to be called again
// then. What it throws is an outcome like any other: nobody else catches it, and it would end the program.
template <typename Outcome>
boost::asio::awaitable<std::optional<Outcome>> Delivery::call(
    std::function<Outcome(sinks::Sink&)> job) {
  auto box = std::make_shared<std::optional<Outcome>>();
  worker_.start([box, job = std::move(job), sink = sink_] {
    try {
      box->emplace(job(*sink));
    } catch (const std::exception& bug) {
      box->emplace(broken_off(bug.what()));
    } catch (...) {
      box->emplace(broken_off("with something that is no exception"));
    }
  });
  const auto began = steady_clock::now();
  bool told = false;
  while (!worker_.idle()) {
    const auto now = steady_clock::now();
    if (out_of_time()) {
      co_return std::nullopt;
    }
    if (!told && now - began >= limits_.stuck_after) {
      told = true;
      told_failing_ = true;
      callbacks_.say(sinks::delivery_stuck(
          name(), std::chrono::duration_cast<std::chrono::seconds>(now - began)));
    }
    auto until = told ? now + std::chrono::hours(1) : began + limits_.stuck_after;
    if (finishing_) {
      until = std::min(until, deadline_);
    }
    co_await wake_.wait(until - now);
  }
  co_return std::move(*box);
}

boost::asio::awaitable<void> Delivery::tell_notices() {
  while (!notices_.empty() && !out_of_time()) {
    std::function<base::Result<void>(sinks::Sink&)> tell =
        [item = std::move(notices_.front())](sinks::Sink& sink) {
          return sink.notify(item.first, item.second);
        };
    notices_.pop_front();
    const auto told = co_await call(std::move(tell));
    if (told && !*told) {  // best effort; what it is about stays visible in the diary
      ++counters_.dropped;
    }
  }
}

void Delivery::remove_row(std::size_t position) {
  const auto row = rows_.begin() + static_cast<std::ptrdiff_t>(position);
  if (row->id <= told_id_) {
    removed_.push_back(row->id);
  }
  rows_.erase(row);
  ++taken_;
}

void Delivery::confirm(std::size_t unconfirmed) {
  if (handed_ <= unconfirmed) {
    return;
  }
  while (handed_ > unconfirmed) {
    remove_row(0);
    --handed_;
    ++counters_.delivered;
  }
  counters_.last_success = clock_.now();
  callbacks_.acknowledged();
}

void Delivery::take_answer(const Answer& answer) {
  confirm(answer.unconfirmed);
  if (handed_ > 0) {
    advance_at_ = std::min(advance_at_, steady_clock::now() + limits_.confirm_every);
  }
}

void Delivery::failed(const base::Error& error, int in_a_row) {
  if (in_a_row >= kFailuresBeforeNotice && !told_failing_) {
    told_failing_ = true;
    callbacks_.say(sinks::delivery_failing(name(), error));
  }
}

void Delivery::works() {
  if (told_failing_ && failures_ == 0 && advance_failures_ == 0) {
    told_failing_ = false;
    callbacks_.say(sinks::delivery_recovered(name(), rows_.size()));
  }
}

boost::asio::awaitable<void> Delivery::advance() {
  advance_at_ = steady_clock::now() + limits_.advance_every;
  std::function<Answer(sinks::Sink&)> job = [now = clock_.now()](sinks::Sink& sink) {
    auto advanced = sink.advance(now);
    sinks::Delivered outcome;
    if (!advanced) {
      outcome = sinks::Refusal(advanced.error());
    }
    return Answer{std::move(outcome), sink.unconfirmed(), sink.take_refused()};
  };
  const auto answer = co_await call(std::move(job));
  if (!answer) {
    co_return;
  }
  if (answer->refused && handed_ > 0) {
    bury(0, *answer->refused);
    --handed_;
  }
  take_answer(*answer);
  if (answer->outcome) {
    advance_failures_ = 0;
    works();
  } else {
    failed(answer->outcome.error().error, ++advance_failures_);
  }
}

boost::asio::awaitable<void> Delivery::deliver_next() {
  std::function<Answer(sinks::Sink&)> job = [row = rows_[handed_].transition](sinks::Sink& sink) {
    auto outcome = sink.deliver(row);
    return Answer{std::move(outcome), sink.unconfirmed()};
  };
  const auto answer = co_await call(std::move(job));
  if (!answer) {
    co_return;
  }
  const auto& outcome = answer->outcome;
  if (!outcome && !outcome.error().final) {
    take_answer(*answer);
    ++counters_.retried;
    failed(outcome.error().error, ++failures_);
    const auto pause = next_pause(failures_, outcome.error().retry_after, limits_.retry, random_);
    try_at_ = steady_clock::now() + pause;
    named_pause_ = outcome.error().retry_after.has_value();
    co_return;
  }
  if (outcome) {
    ++handed_;
  } else {
    bury(handed_, outcome.error());
  }
  take_answer(*answer);
  failures_ = 0;
  works();
}

// A dead letter: the receiver will never take it.
void Delivery::bury(std::size_t position, const sinks::Refusal& refusal) {
  const auto& letter = rows_[position].transition;
  ++counters_.refused;
  const auto now = steady_clock::now();
  if (now >= letters_window_end_) {
    letters_window_end_ = now + kLettersWindow;
    letters_told_ = 0;
  }
  if (letters_told_ < kLettersPerWindow) {
    ++letters_told_;
    callbacks_.say(sinks::delivery_refused(name(), letter, refusal.error));
  } else {
    ++letters_untold_;
  }
  remove_row(position);
  callbacks_.acknowledged();
}

void Delivery::tell_losses(bool at_end) {
  const auto now = steady_clock::now();
  if (updates_dropped_ > 0 && (at_end || now >= tell_drops_at_)) {
    tell_drops_at_ = now + kTellDropsEvery;
    callbacks_.say(sinks::delivery_dropped(name(), std::exchange(updates_dropped_, 0)));
  }
  if (letters_untold_ > 0 && (at_end || now >= letters_window_end_)) {
    callbacks_.say(sinks::deliveries_refused(name(), std::exchange(letters_untold_, 0)));
  }
}

boost::asio::awaitable<void> Delivery::say_farewell() {
  if (!worker_.idle() || out_of_time()) {
    co_return;
  }
  auto memory = std::make_shared<std::any>();
  std::function<Answer(sinks::Sink&)> job = [memory,
                                             hand_over = another_goes_on_](sinks::Sink& sink) {
    sink.finish();
    Answer answer{{}, sink.unconfirmed()};
    if (hand_over) {
      *memory = sink.take_memory();
    }
    return answer;
  };
  if (const auto answer = co_await call(std::move(job))) {
    take_answer(*answer);
    sink_memory_ = std::move(*memory);
  }
}

boost::asio::awaitable<void> Delivery::run() {
  std::function<base::Result<void>(sinks::Sink&)> begin =
      [open = std::exchange(open_, {}),
       memory = std::exchange(sink_memory_, {})](sinks::Sink& sink) {
        sink.remember(memory);
        sink.resume(open);
        return base::Result<void>();
      };
  const auto begun = co_await call(std::move(begin));
  if (begun && !*begun) {
    failed(begun->error(), kFailuresBeforeNotice);  // it does not know what is open
  }
  advance_at_ = steady_clock::now() + limits_.advance_every;
  bool last_try = begun.has_value();  // when the program ends, one more
  while (begun && !out_of_time()) {
    if (failures_ == 0) {
      co_await tell_notices();
    }
    tell_losses(false);
    const auto now = steady_clock::now();
    const bool due = now >= try_at_ || failures_ == 0;
    if (!worker_.idle()) {
      break;  // it hangs, and the time is over
    }
    if (row_waits() && (due || (finishing_ && last_try && !named_pause_))) {
      last_try = last_try && !finishing_;
      co_await deliver_next();
    } else if (finishing_ && (notices_.empty() || failures_ > 0)) {
      break;  // what is left stays in the outbox for the next start
    } else if (now >= advance_at_) {
      co_await advance();
    } else if (notices_.empty() || failures_ > 0) {
      const auto until = row_waits() ? std::min(advance_at_, try_at_) : advance_at_;
      co_await wake_.wait(until - now);
    }
  }
  tell_losses(true);
  co_await say_farewell();
}

}  // namespace cmgmon::engine
