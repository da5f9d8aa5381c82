#include "engine/status_report.h"

#include <utility>

namespace cmgmon::engine {

status::AgentStatus StatusReport::take(const incidents::IncidentBook& book,
                                       const Pipeline& pipeline,
                                       const std::vector<std::unique_ptr<Delivery>>& deliveries,
                                       base::Time now) {
  status::AgentStatus status = seen;
  status.taken = now;
  status.unreadable = unreadable.size();

  std::vector<status::AlertCount> told;
  for (const auto& count : book.open_counts()) {
    status.incidents_told += count.told;
    status.incidents_folded += count.folded;
    status.incidents_pending += count.pending;
    told.push_back({count.signature, std::string(signatures::name_of(count.level)), count.event_id,
                    count.told});
  }
  status.alerts = alerts_.update(told, now);
  const auto counters = book.counters();
  status.incidents_dropped = counters.dropped_incidents;
  status.clears_cancelled = counters.cancelled_clears;
  status.raises_suppressed = counters.suppressed;

  for (const auto& [service, read] : pipeline.counters()) {
    status::InputStatus& input = status.inputs[service];
    input.streams = read.streams;
    input.bytes = read.bytes;
    input.malformed = read.malformed;
    input.last_read = read.last_read;
    const auto unread = unread_bytes.find(service);
    input.unread_bytes = unread == unread_bytes.end() ? 0 : unread->second;
  }
  const auto& correlated = pipeline.correlated();
  status.matches = correlated.matches();
  const auto& correlator = correlated.correlator();
  status.correlated_late = correlator.counters().late_events;
  status.correlated_dropped = correlator.counters().dropped_events;
  status.correlation_groups_dropped = correlator.counters().dropped_groups;
  status.correlation_groups = correlator.groups();
  status.correlation_bytes = correlator.bytes();

  for (const auto& delivery : deliveries) {
    status::SinkStatus sink;
    auto sink_counters = delivery->counters();
    sink.name = std::move(sink_counters.sink);
    sink.queued = sink_counters.queued;
    sink.delivered = sink_counters.delivered;
    sink.retried = sink_counters.retried;
    sink.refused = sink_counters.refused;
    sink.dropped = sink_counters.dropped;
    sink.last_success = sink_counters.last_success;
    sink.failing = sink_counters.failing;
    status.sinks.push_back(std::move(sink));
  }
  return status;
}

}  // namespace cmgmon::engine
