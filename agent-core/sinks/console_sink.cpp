#include "sinks/console_sink.h"

#include <utility>

#include "base/text.h"
#include "sinks/notices.h"

namespace cmgmon::sinks {

namespace {

using incidents::TransitionKind;

constexpr std::size_t kMaxShown = 10000;

// The largest of 1, 2, 5, 10, 20, 50, ... that is not above `count`.
std::uint64_t step_of(std::uint64_t count) {
  std::uint64_t decade = 1;
  while (count / decade >= 10) {
    decade *= 10;
  }
  const std::uint64_t leading = count / decade;
  return decade * (leading >= 5 ? 5U : leading >= 2 ? 2U : leading);
}

}  // namespace

ConsoleSink::ConsoleSink(std::ostream& out, TextStyle style, ConsoleOptions options,
                         std::string host)
    : out_(out), style_(style), options_(std::move(options)), host_(std::move(host)) {}

bool ConsoleSink::worth_telling(const incidents::Incident& incident) {
  auto found = shown_.find(incident.episode);
  if (found == shown_.end()) {
    if (shown_.size() >= kMaxShown) {
      return false;
    }
    found = shown_.try_emplace(incident.episode, Shown{0, incident.level}).first;
  }
  Shown& shown = found->second;
  const bool told = step_of(incident.count) > step_of(shown.count) || incident.level != shown.level;
  shown = {incident.count, incident.level, shown.over};
  return told;
}

// The clear has been decided and is held back for the others: a person at the terminal sees it at once. True once.
bool ConsoleSink::over_now(const incidents::Incident& incident) {
  const auto found = shown_.find(incident.episode);
  if (found == shown_.end()) {
    return false;
  }
  const bool was_over = found->second.over;
  found->second.over = incident.state == incidents::State::kCleared;
  if (was_over && !found->second.over) {
    found->second.count = 0;  // it came back: worth a line
  }
  return found->second.over && !was_over;
}

Delivered ConsoleSink::deliver(const incidents::Transition& transition) {
  const auto& incident = transition.incident;
  switch (transition.kind) {
    case TransitionKind::kRaised:
      static_cast<void>(worth_telling(incident));
      out_ << raised_block(incident, host_, style_) << '\n';
      break;
    case TransitionKind::kUpdated:
      if (over_now(incident)) {
        out_ << cleared_block(incident, host_, style_) << '\n';
      } else if (incident.state != incidents::State::kCleared && worth_telling(incident)) {
        out_ << updated_line(incident, host_, style_) << '\n';
      } else {
        return {};
      }
      break;
    case TransitionKind::kCleared: {
      const auto shown = shown_.find(incident.episode);
      const bool told = shown != shown_.end() && shown->second.over;
      shown_.erase(incident.episode);
      if (told) {
        return {};  // when it was decided
      }
      out_ << cleared_block(incident, host_, style_) << '\n';
      break;
    }
  }
  out_.flush();
  out_.clear();  // a closed terminal must not hold up the outbox
  return {};
}

base::Result<void> ConsoleSink::notify(const Notice& notice, base::Time at) {
  static_cast<void>(at);
  if (notice.event_id == kHeartbeat) {
    return {};  // who sits here sees that it runs
  }
  const Ink ink = notice.severity == Notice::Severity::kInformation ? Ink::kDim
                  : notice.severity == Notice::Severity::kWarning   ? Ink::kYellow
                                                                    : Ink::kRed;
  std::string text = base::printable(notice.message);
  if (!notice.remedy.empty()) {
    text += " " + base::printable(notice.remedy);
  }
  for (const auto& line : wrapped(text, style_.width)) {
    out_ << inked(line, ink, style_) << '\n';
  }
  out_ << '\n';
  out_.flush();
  out_.clear();
  return {};
}

}  // namespace cmgmon::sinks
