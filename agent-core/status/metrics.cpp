#include "status/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <utility>
#include <vector>

#include "base/text.h"

namespace cmgmon::status {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr const char* kOther = "other";

double seconds(base::Time time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

double number(std::uint64_t count) {
  return static_cast<double>(count);
}

// One page of families, in the order in which they were begun.
class Page {
 public:
  Page& counter(const char* name, const char* help) {
    return begin(name, help, MetricType::Counter);
  }
  Page& gauge(const char* name, const char* help) { return begin(name, help, MetricType::Gauge); }

  // A series of the family begun last.
  Page& value(double value, Labels labels = {}) {
    ClientMetric metric;
    for (auto& label : labels) {
      label.value = base::printable(base::prefix_of_bytes(label.value, 128));
    }
    metric.label = std::move(labels);
    if (families_.back().type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    families_.back().metric.push_back(std::move(metric));
    return *this;
  }
  Page& value(std::uint64_t count, Labels labels = {}) {
    return value(number(count), std::move(labels));
  }

  std::string text() {
    std::erase_if(families_, [](const MetricFamily& family) { return family.metric.empty(); });
    const prometheus::TextSerializer serializer;
    const prometheus::Serializer& plain = serializer;
    return plain.Serialize(families_);
  }

 private:
  Page& begin(const char* name, const char* help, MetricType type) {
    MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    families_.push_back(std::move(family));
    return *this;
  }

  std::vector<MetricFamily> families_;
};

void show_agent(Page& page, const AgentStatus& status) {
  page.gauge("cmgmon_build_info", "Which program this is; always 1.")
      .value(1.0, {{"version", status.version}, {"host", status.host}});
  page.gauge("cmgmon_start_time_seconds", "When the program started, Unix time.")
      .value(seconds(status.started));
  page.gauge("cmgmon_heartbeat_timestamp_seconds",
             "When the agent last took stock of itself, Unix time. It stands still when the agent "
             "does.")
      .value(seconds(status.taken));
  page.gauge("cmgmon_config_last_reload_successful",
             "0: what stands in cmgmon.yaml or the packs is invalid and not in force.")
      .value(status.change_refused ? 0.0 : 1.0);
  page.gauge("cmgmon_config_last_reload_success_timestamp_seconds",
             "When the settings and signatures in force were read, Unix time.")
      .value(seconds(status.loaded));
}

void show_alerts(Page& page, const AgentStatus& status) {
  page.gauge("cmgmon_alert_active",
             "Open alerts of the rule; 0 for an hour after the last one ended, then absent.");
  std::uint64_t folded_open = 0;
  std::uint64_t folded = 0;
  for (std::size_t i = 0; i < status.alerts.size(); ++i) {
    const AlertCount& alert = status.alerts[i];
    if (i < kMaxAlertSeries) {
      page.value(alert.open, {{"rule", alert.rule},
                              {"severity", alert.severity},
                              {"event_id", std::to_string(alert.event_id)},
                              {"host", status.host}});
    } else {
      folded_open += alert.open;
      ++folded;
    }
  }
  if (folded > 0) {
    page.value(folded_open,
               {{"rule", kOther}, {"severity", kOther}, {"event_id", "0"}, {"host", status.host}});
  }
  page.gauge("cmgmon_alert_series_folded",
             "Rules whose alerts are in the series \"other\", because there are too many.")
      .value(folded);
  page.gauge("cmgmon_incidents_open",
             "Open incidents: told; folded into the one that explains them; pending, not yet told.")
      .value(status.incidents_told, {{"state", "told"}})
      .value(status.incidents_folded, {{"state", "folded"}})
      .value(status.incidents_pending, {{"state", "pending"}});
  page.counter("cmgmon_incidents_dropped_total", "Incidents given up because too many were open.")
      .value(status.incidents_dropped);
  page.counter("cmgmon_clears_cancelled_total", "Ends not told because the failure came back.")
      .value(status.clears_cancelled);
  page.counter("cmgmon_raises_suppressed_total",
               "Beginnings delayed because the last one had just ended.")
      .value(status.raises_suppressed);

  page.counter("cmgmon_signature_matches_total",
               "Times the failure of the rule was found in a log.");
  std::uint64_t rest = 0;
  std::size_t shown = 0;
  for (const auto& [rule, count] : status.matches) {
    if (shown++ < kMaxRuleSeries) {
      page.value(count, {{"rule", rule}});
    } else {
      rest += count;
    }
  }
  if (shown > kMaxRuleSeries) {
    page.value(rest, {{"rule", kOther}});
  }
}

void show_input(Page& page, const AgentStatus& status) {
  const auto by_service = [&](auto&& value_of) {
    for (const auto& [service, input] : status.inputs) {
      page.value(value_of(input), {{"service", service}});
    }
  };
  page.gauge("cmgmon_input_streams", "Logs that are followed.");
  by_service([](const InputStatus& input) { return number(input.streams); });
  page.counter("cmgmon_input_bytes_total", "Bytes read from logs.");
  by_service([](const InputStatus& input) { return number(input.bytes); });
  page.counter("cmgmon_input_malformed_records_total",
               "Log entries that were looked at and are cut off or damaged.");
  by_service([](const InputStatus& input) { return number(input.malformed); });
  page.gauge("cmgmon_input_lag_bytes", "Bytes written to logs and not read yet.");
  by_service([](const InputStatus& input) { return number(input.unread_bytes); });
  page.gauge("cmgmon_input_last_read_timestamp_seconds",
             "When something new was last read from a log, Unix time.");
  for (const auto& [service, input] : status.inputs) {
    if (input.last_read) {
      page.value(seconds(*input.last_read), {{"service", service}});
    }
  }
  const auto by_reader = [&](auto&& value_of) {
    for (const auto& reader : status.readers) {
      page.value(value_of(reader), {{"server", reader.server.empty() ? "local" : reader.server}});
    }
  };
  page.gauge("cmgmon_input_hanging", "1: the server has not answered for a while.");
  by_reader([](const ReaderStatus& reader) { return reader.hangs ? 1.0 : 0.0; });
  page.gauge("cmgmon_input_last_look_timestamp_seconds",
             "When the newest look at all logs there began that came to an end, Unix time.");
  by_reader([](const ReaderStatus& reader) {
    return reader.last_look ? seconds(*reader.last_look) : 0.0;
  });
  page.gauge("cmgmon_input_unreadable", "Logs and folders that cannot be read now.")
      .value(status.unreadable);
  page.counter("cmgmon_input_gaps_total", "Parts of logs that were lost before they could be read.")
      .value(status.gaps);
  page.counter("cmgmon_input_gap_bytes_total", "Bytes in those parts, as far as known.")
      .value(status.gap_bytes);
  page.gauge("cmgmon_watched_folders", "Folders whose changes the system tells us.")
      .value(status.watches);
  page.counter("cmgmon_watch_overruns_total",
               "Times the system told too little, and everything was looked at.")
      .value(status.watch_overruns);
  page.counter("cmgmon_clock_changes_total", "Times the clock was set by more than a minute.")
      .value(status.clock_changes);
  page.counter("cmgmon_standstills_total",
               "Times the program or the machine stood still for minutes.")
      .value(status.standstills);
}

void show_correlations(Page& page, const AgentStatus& status) {
  page.gauge("cmgmon_correlation_groups", "Windows of correlations that are open.")
      .value(status.correlation_groups);
  page.gauge("cmgmon_correlation_memory_bytes", "Memory that they hold.")
      .value(status.correlation_bytes);
  page.counter("cmgmon_correlation_late_events_total", "Events that came after their window.")
      .value(status.correlated_late);
  page.counter("cmgmon_correlation_dropped_events_total", "Events that a full window did not hold.")
      .value(status.correlated_dropped);
  page.counter("cmgmon_correlation_dropped_groups_total",
               "Windows given up because there were too many.")
      .value(status.correlation_groups_dropped);
}

void show_sinks(Page& page, const AgentStatus& status) {
  const auto by_sink = [&](auto&& value_of) {
    for (const auto& sink : status.sinks) {
      page.value(value_of(sink), {{"sink", sink.name}});
    }
  };
  page.gauge("cmgmon_sink_queue_length", "Alerts that the receiver has not taken yet.");
  by_sink([](const SinkStatus& sink) { return number(sink.queued); });
  page.gauge("cmgmon_sink_failing", "1: the newest attempt to deliver did not succeed.");
  by_sink([](const SinkStatus& sink) { return sink.failing ? 1.0 : 0.0; });
  page.counter("cmgmon_sink_delivered_total", "Messages that the receiver took.");
  by_sink([](const SinkStatus& sink) { return number(sink.delivered); });
  page.counter("cmgmon_sink_retried_total", "Attempts that failed and were made again.");
  by_sink([](const SinkStatus& sink) { return number(sink.retried); });
  page.counter("cmgmon_sink_refused_total",
               "Messages given up because the receiver will never take them.");
  by_sink([](const SinkStatus& sink) { return number(sink.refused); });
  page.counter("cmgmon_sink_dropped_total", "Updates dropped because the queue was full.");
  by_sink([](const SinkStatus& sink) { return number(sink.dropped); });
  page.gauge("cmgmon_sink_last_success_timestamp_seconds",
             "When the receiver last took a message, Unix time.");
  for (const auto& sink : status.sinks) {
    if (sink.last_success) {
      page.value(seconds(*sink.last_success), {{"sink", sink.name}});
    }
  }
}

void show_store(Page& page, const AgentStatus& status) {
  page.counter("cmgmon_store_commits_total", "Times the state was saved.").value(status.commits);
  page.counter("cmgmon_store_commit_failures_total", "Times it could not be saved.")
      .value(status.commit_failures);
  page.gauge("cmgmon_store_last_commit_duration_seconds", "How long the last saving took.")
      .value(std::chrono::duration<double>(status.last_commit).count());
}

}  // namespace

std::string metrics_text(const AgentStatus& status) {
  Page page;
  show_agent(page, status);
  show_alerts(page, status);
  show_input(page, status);
  show_correlations(page, status);
  show_sinks(page, status);
  show_store(page, status);
  return page.text();
}

}  // namespace cmgmon::status
