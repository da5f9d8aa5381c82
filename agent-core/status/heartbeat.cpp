#include "status/heartbeat.h"

#include <algorithm>

#include "base/hash.h"
#include "base/words.h"

namespace cmgmon::status {

namespace {

std::string age_text(base::Duration age) {
  const auto seconds =
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(age).count(), 0);
  if (seconds < 120) {
    return std::to_string(seconds) + " s";
  }
  return seconds < 7200 ? std::to_string(seconds / 60) + " min"
                        : std::to_string(seconds / 3600) + " h";
}

}  // namespace

HeartbeatSchedule::HeartbeatSchedule(std::chrono::milliseconds interval, std::string_view host,
                                     bool at_once)
    : interval_(std::max(interval, std::chrono::milliseconds(1))),
      offset_(static_cast<std::int64_t>(base::content_hash(host) %
                                        static_cast<std::uint64_t>(interval_.count()))),
      at_once_(at_once) {}

bool HeartbeatSchedule::due(base::Time now) {
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()) - offset_;
  const std::int64_t number = since_epoch.count() / interval_.count();
  const bool due = last_ ? number != *last_ : at_once_;
  last_ = number;
  return due;
}

std::string heartbeat_text(const AgentStatus& status) {
  std::uint64_t streams = 0;
  std::optional<base::Time> last_read;
  for (const auto& [service, input] : status.inputs) {
    streams += input.streams;
    last_read = std::max(last_read, input.last_read);
  }
  std::string text = "CMG Health Monitor " + status.version +
                     " is alive: " + base::counted(status.incidents_told, "alert") + " open, " +
                     base::counted(streams, "log") + " followed";
  text += last_read ? ", last line read " + age_text(status.taken - *last_read) + " ago"
                    : ", nothing read yet";
  if (status.unreadable > 0) {
    text += ", " + std::to_string(status.unreadable) + " logs or folders unreadable";
  }
  std::string failing;
  std::uint64_t waiting = 0;
  for (const auto& sink : status.sinks) {
    waiting += sink.queued;
    if (sink.failing) {
      failing += (failing.empty() ? "" : ", ") + sink.name;
    }
  }
  text += failing.empty() ? ", all " + base::counted(status.sinks.size(), "sink") + " working."
                          : ". Failing sinks: " + failing + "; " + base::counted(waiting, "alert") +
                                " not delivered.";
  if (status.change_refused) {
    text += " What stands in cmgmon.yaml or the packs is invalid and not in force.";
  }
  return text;
}

}  // namespace cmgmon::status
