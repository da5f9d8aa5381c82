#include "status/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace cmgmon::status {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

AgentStatus sample() {
  AgentStatus status;
  status.version = "1.2.3";
  status.host = "CMGCP01";
  status.taken = *base::from_rfc3339("2026-03-01T10:00:30.500Z");
  status.started = *base::from_rfc3339("2026-03-01T09:00:00Z");
  status.loaded = status.started;
  status.alerts = {{"CMG-CONN-403-CLIENTCERT", "critical", 1002, 2}};
  status.matches = {{"CMG-CONN-403-CLIENTCERT", 17}};
  status.inputs["iis"] = {3, 1000, 1, 5, status.taken};
  status.inputs["ccm_sts"] = {};
  status.readers = {{"", false, status.taken}, {"srv1", true, {}}};
  status.sinks = {{"journal", 4, 100, 2, 1, 0, status.taken, true}};
  return status;
}

TEST(Metrics, SaysWhatIsOpenAndWhatWasRead) {
  const std::string text = metrics_text(sample());
  for (const char* line :
       {"cmgmon_alert_active{rule=\"CMG-CONN-403-CLIENTCERT\",severity=\"critical\","
        "event_id=\"1002\",host=\"CMGCP01\"} 2\n",
        "cmgmon_build_info{version=\"1.2.3\",host=\"CMGCP01\"} 1\n",
        "cmgmon_heartbeat_timestamp_seconds 1772359230.5\n",
        "cmgmon_config_last_reload_successful 1\n",
        "cmgmon_signature_matches_total{rule=\"CMG-CONN-403-CLIENTCERT\"} 17\n",
        "cmgmon_input_bytes_total{service=\"iis\"} 1000\n",
        "cmgmon_input_malformed_records_total{service=\"iis\"} 1\n",
        "cmgmon_input_lag_bytes{service=\"iis\"} 5\n", "cmgmon_input_hanging{server=\"local\"} 0\n",
        "cmgmon_input_hanging{server=\"srv1\"} 1\n",
        "cmgmon_input_last_look_timestamp_seconds{server=\"srv1\"} 0\n",
        "cmgmon_sink_queue_length{sink=\"journal\"} 4\n",
        "cmgmon_sink_failing{sink=\"journal\"} 1\n", "# TYPE cmgmon_sink_delivered_total counter\n",
        "# TYPE cmgmon_sink_queue_length gauge\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  // A log that nothing was read of has no time of reading, and not the year 1970.
  EXPECT_THAT(text, Not(HasSubstr("last_read_timestamp_seconds{service=\"ccm_sts\"")));
}

TEST(Metrics, EveryFamilyHasHelpAndStandsOnce) {
  std::istringstream lines(metrics_text(sample()));
  std::set<std::string> helped;
  std::set<std::string> typed;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash;
    std::string what;
    std::string name;
    words >> hash >> what >> name;
    if (hash == "#") {
      EXPECT_TRUE((what == "HELP" ? helped : typed).insert(name).second) << line;
    }
  }
  EXPECT_EQ(helped, typed);
  EXPECT_GT(helped.size(), 30U);
}

std::ptrdiff_t series_of(const std::string& text, const std::string& family) {
  std::istringstream lines(text);
  std::ptrdiff_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    count += line.starts_with(family + "{") ? 1 : 0;
  }
  return count;
}

TEST(Metrics, HasABoundedNumberOfSeries) {
  AgentStatus status = sample();
  status.alerts.clear();
  for (int i = 0; i < 5000; ++i) {
    const std::string rule = "RULE-" + std::to_string(i);
    status.alerts.push_back({rule, "high", 1500, 3});
    status.matches[rule] = 2;
  }
  const std::string text = metrics_text(status);
  EXPECT_EQ(series_of(text, "cmgmon_alert_active"), 201);
  EXPECT_EQ(series_of(text, "cmgmon_signature_matches_total"), 501);
  EXPECT_THAT(text, HasSubstr("cmgmon_alert_active{rule=\"other\",severity=\"other\","
                              "event_id=\"0\",host=\"CMGCP01\"} 14400\n"));
  EXPECT_THAT(text, HasSubstr("cmgmon_alert_series_folded 4800\n"));
  // 4,500 rules with 2 matches each, and the 17 of the sample's, whose name comes first.
  EXPECT_THAT(text, HasSubstr("cmgmon_signature_matches_total{rule=\"other\"} 9002\n"));
}

TEST(Metrics, HostileNamesStayWithinTheirLabel) {
  AgentStatus status = sample();
  const std::string hostile =
      "a\"} 1\ncmgmon_forged{x=\"\\\r\x1b[31m\xe2\x80\xae\xff\xc3" + std::string(5000, 'z');
  status.host = hostile;
  status.sinks[0].name = hostile;
  status.inputs[hostile] = {};
  const std::string text = metrics_text(status);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.starts_with("#") || line.starts_with("cmgmon_")) << line;
    EXPECT_FALSE(line.starts_with("cmgmon_forged")) << line;
    EXPECT_LT(line.size(), 1000U);
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

}  // namespace
}  // namespace cmgmon::status
