#include "settings/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings_fixture.h"

namespace cmgmon::settings {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

Settings parse_good(std::string_view text, const Overrides& overrides = {}) {
  base::Complaints complaints;
  auto settings = parse_settings(text, test_file(), test_machine(), overrides, complaints);
  for (const auto& complaint : complaints) {
    ADD_FAILURE() << base::describe(complaint);
  }
  return settings.value_or(Settings{});
}

std::string path_of(const base::YamlNode& sink) {
  const auto* path = sink.find("path");
  return path != nullptr ? base::to_yaml(*path) : "";
}

TEST(DurationText, UsesTheLargestExactUnit) {
  struct Row {
    const char* text;
    std::int64_t milliseconds;
  };
  for (const Row& row :
       {Row{"0s", 0}, Row{"1ms", 1}, Row{"1500ms", 1500}, Row{"2s", 2000}, Row{"90s", 90000},
        Row{"2m", 120000}, Row{"24h", 86400000}, Row{"36h", 129600000}, Row{"7d", 604800000}}) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(duration_text(std::chrono::milliseconds(row.milliseconds)), row.text);
    EXPECT_EQ(base::parse_duration(row.text), std::chrono::milliseconds(row.milliseconds));
  }
}

TEST(RenderSettings, TellsWhereEachValueComesFrom) {
  Overrides overrides;
  overrides.default_sources = false;
  const std::string text = render_settings(
      parse_good("\npolling:\n  active: 250ms\nsinks:\n  journal: {level: high}\n", overrides));
  EXPECT_THAT(text, HasSubstr("\n  active: 250ms"));
  EXPECT_THAT(text, ContainsRegex("active: 250ms +# cmgmon.yaml:3\n"));
  EXPECT_THAT(text, ContainsRegex("idle: 2s +# built-in\n"));
  EXPECT_THAT(text, ContainsRegex("host: CMGCP01 +# this machine\n"));
  EXPECT_THAT(text, ContainsRegex("default_sources: false +# command line\n"));
  EXPECT_THAT(text, ContainsRegex("journal: +# cmgmon.yaml:5\n"));
}

TEST(RenderSettings, ReadsBackAsTheSameSettings) {
  const char* rows[] = {
      "",
      "host: \"it's #1: 100% \\\"quoted\\\" \\x1b[31m\"\nconnection_points: ['10.0.0.1', 'no', '- "
      "x', 'a#b']\n",
      "sources:\n  - {service: iis, path: 'a b/{host}/u*.log', required: false}\n  - {service: 'x: "
      "y', path: z}\n",
      "metrics: {listen: '[::1]:9478', textfile: 'a b.prom'}\nheartbeat: {interval: 90s}\n",
      "packs: [a, b]\nbacklog_horizon: 90s\nlog: {level: error}\nsinks: {two: {type: jsonl, path: "
      "'C:\\x'}}\n",
  };
  for (const char* row : rows) {
    SCOPED_TRACE(row);
    const Settings settings = parse_good(row);
    const std::string text = render_settings(settings);
    const Settings again = parse_good(text);
    EXPECT_EQ(again.host, settings.host);
    EXPECT_EQ(again.state_folder, settings.state_folder);
    EXPECT_EQ(again.connection_points, settings.connection_points);
    EXPECT_EQ(again.backlog_horizon, settings.backlog_horizon);
    EXPECT_EQ(again.log_level, settings.log_level);
    EXPECT_EQ(again.metrics.address, settings.metrics.address);
    EXPECT_EQ(again.metrics.port, settings.metrics.port);
    EXPECT_EQ(again.metrics.textfile, settings.metrics.textfile);
    EXPECT_EQ(again.heartbeat_interval, settings.heartbeat_interval);
    ASSERT_EQ(again.sources.size(), settings.sources.size());
    for (std::size_t i = 0; i < again.sources.size(); ++i) {
      EXPECT_EQ(again.sources[i].service, settings.sources[i].service);
      EXPECT_EQ(again.sources[i].path, settings.sources[i].path);
      EXPECT_EQ(again.sources[i].required, settings.sources[i].required);
    }
    ASSERT_EQ(again.packs.size(), settings.packs.size());
    ASSERT_EQ(again.sinks.size(), settings.sinks.size());
    for (std::size_t i = 0; i < again.sinks.size(); ++i) {
      EXPECT_EQ(path_of(again.sinks[i].node), path_of(settings.sinks[i].node));
    }
  }
}

}  // namespace
}  // namespace cmgmon::settings
