#pragma once
// The agent's status in the text format of Prometheus (0.0.4), for its scrapes and for the textfile collector of
// windows_exporter. Names and meanings: docs/metrics.md.
//
// The number of series has a bound whatever the logs hold: no label comes from a log. Labels are names of rules, log
// services and sinks, the severity, the event id, and the host of this agent; beyond kMaxAlertSeries and
// kMaxRuleSeries rules share one series named "other".
//
// Tests:   tests/unit/status/metrics_test.cpp, tests/system/delivery/prometheus_test.py (the real one)

#include <cstddef>
#include <string>

#include "status/agent_status.h"

namespace cmgmon::status {

inline constexpr std::size_t kMaxAlertSeries = 200;
inline constexpr std::size_t kMaxRuleSeries = 500;

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

std::string metrics_text(const AgentStatus& status);

}  // namespace cmgmon::status
