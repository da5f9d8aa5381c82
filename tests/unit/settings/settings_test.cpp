#include "settings/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "settings_fixture.h"

namespace cmgmon::settings {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::optional<Settings> parse(std::string_view text, base::Complaints& complaints,
                              const Overrides& overrides = {}) {
  return parse_settings(text, test_file(), test_machine(), overrides, complaints);
}

Settings parse_good(std::string_view text, const Overrides& overrides = {}) {
  base::Complaints complaints;
  auto settings = parse(text, complaints, overrides);
  for (const auto& complaint : complaints) {
    ADD_FAILURE() << base::describe(complaint);
  }
  return settings.value_or(Settings{});
}

std::vector<std::string> sink_names(const Settings& settings) {
  std::vector<std::string> names;
  for (const auto& sink : settings.sinks) {
    names.push_back(sink.name + ":" + sink.type + (sink.built_in ? "" : "!"));
  }
  return names;
}

TEST(Settings, EmptyFileMeansBuiltInValues) {
  for (const char* text :
       {"", "# only a comment\n", "version: 1\n", "polling:\n  #active: 1s\nsinks:\nsources:\n"}) {
    SCOPED_TRACE(text);
    const Settings settings = parse_good(text);
    EXPECT_EQ(settings.host, "CMGCP01");
    EXPECT_EQ(settings.data_folder, rooted("/data"));
    EXPECT_EQ(settings.state_folder, rooted("/data/state"));
    EXPECT_EQ(settings.log_folder, rooted("/data/log"));
    EXPECT_EQ(settings.alerts_folder, rooted("/data/alerts"));
    ASSERT_THAT(settings.packs, SizeIs(2));
    EXPECT_EQ(settings.packs[0].path, rooted("/shipped/packs"));
    EXPECT_TRUE(settings.packs[0].required);
    EXPECT_EQ(settings.packs[1].path, rooted("/data/packs.d"));
    EXPECT_FALSE(settings.packs[1].required);
    EXPECT_TRUE(settings.default_sources);
    EXPECT_THAT(settings.sources, IsEmpty());
    EXPECT_EQ(settings.poll_active, milliseconds(500));
    EXPECT_EQ(settings.poll_idle, milliseconds(2000));
    EXPECT_EQ(settings.poll_network, milliseconds(1000));
    EXPECT_EQ(settings.poll_backstop, milliseconds(30000));
    EXPECT_EQ(settings.backlog_horizon, std::chrono::hours(24));
    EXPECT_EQ(settings.clear_hold, std::chrono::minutes(2));
    EXPECT_EQ(settings.event_budget_events, 60);
    EXPECT_EQ(settings.event_budget_window, std::chrono::minutes(10));
    EXPECT_EQ(settings.log_level, "info");
    EXPECT_EQ(settings.log_max_size_mib, 10);
    EXPECT_EQ(settings.log_files, 5);
    EXPECT_EQ(settings.history_days, 90);
    EXPECT_EQ(settings.history_max_size_mib, 64);
    EXPECT_EQ(settings.metrics.address, "");
    EXPECT_EQ(settings.metrics.textfile, "");
    EXPECT_TRUE(settings.heartbeat);
    EXPECT_EQ(settings.heartbeat_interval, std::chrono::hours(1));
    EXPECT_THAT(sink_names(settings),
                ElementsAre("console:console", "event-log:event-log", "journal:jsonl"));
  }
}

TEST(Settings, EveryKeyIsReadWithItsPlace) {
  const Settings settings = parse_good(R"(version: 1
host: CP7
data_folder: store
log_folder: diary
connection_points: [10.0.0.5, cp2.contoso.com]
packs: [mine]
default_sources: false
sources:
  - service: iis
    path: 'iis/{host}/u_ex*.log'
    required: false
  - service: ccm_sts
    path: sts.log
polling: {active: 100ms, idle: 3s, network: 4s, backstop: 1m}
backlog_horizon: 7d
incidents: {clear_hold: 0s}
event_budget: {events: 5, window: 1h}
log: {level: debug, max_size_mib: 1, files: 2}
history: {days: 7, max_size_mib: 3}
metrics: {listen: '127.0.0.1:9479', textfile: cmgmon.prom}
heartbeat: {enabled: false, interval: 5m}
sinks:
  event-log: {enabled: false}
  second: {type: jsonl, path: second.jsonl}
)");
  EXPECT_EQ(settings.host, "CP7");
  EXPECT_EQ(settings.data_folder, rooted("/etc/cmg/store"));
  EXPECT_EQ(settings.state_folder, rooted("/etc/cmg/store/state"));
  EXPECT_EQ(settings.log_folder, rooted("/etc/cmg/diary"));
  EXPECT_THAT(settings.connection_points, ElementsAre("10.0.0.5", "cp2.contoso.com"));
  ASSERT_THAT(settings.packs, SizeIs(1));
  EXPECT_EQ(settings.packs[0].path, rooted("/etc/cmg/mine"));
  EXPECT_FALSE(settings.default_sources);
  ASSERT_THAT(settings.sources, SizeIs(2));
  EXPECT_EQ(settings.sources[0].service, "iis");
  EXPECT_EQ(base::same_path(settings.sources[0].path,
                            base::join_path(rooted("/etc/cmg"), "iis/{host}/u_ex*.log")),
            true);
  EXPECT_FALSE(settings.sources[0].required);
  EXPECT_EQ(settings.sources[0].origin.line, 9);
  EXPECT_EQ(settings.sources[0].origin.file, test_file());
  EXPECT_TRUE(settings.sources[1].required);
  EXPECT_EQ(settings.poll_active, milliseconds(100));
  EXPECT_EQ(settings.poll_backstop, std::chrono::minutes(1));
  EXPECT_EQ(settings.backlog_horizon, std::chrono::hours(168));
  EXPECT_EQ(settings.clear_hold, milliseconds(0));
  EXPECT_EQ(settings.event_budget_events, 5);
  EXPECT_EQ(settings.event_budget_window, std::chrono::hours(1));
  EXPECT_EQ(settings.log_level, "debug");
  EXPECT_EQ(settings.log_files, 2);
  EXPECT_EQ(settings.history_days, 7);
  EXPECT_EQ(settings.history_max_size_mib, 3);
  EXPECT_EQ(settings.metrics.address, "127.0.0.1");
  EXPECT_EQ(settings.metrics.port, 9479);
  EXPECT_EQ(settings.metrics.textfile, rooted("/etc/cmg/cmgmon.prom"));
  EXPECT_FALSE(settings.heartbeat);
  EXPECT_EQ(settings.heartbeat_interval, std::chrono::minutes(5));
  EXPECT_THAT(sink_names(settings), ElementsAre("console:console", "event-log:event-log!",
                                                "journal:jsonl", "second:jsonl!"));
  EXPECT_EQ(settings.origins.at("polling.idle").line, 14);
  EXPECT_EQ(settings.origins.at("host").kind, Origin::Kind::kFile);
  EXPECT_EQ(settings.origins.at("state_folder").kind, Origin::Kind::kBuiltIn);
}

TEST(Settings, SingleRulesCanBeChanged) {
  const Settings settings = parse_good(R"(rules:
  CMG-A: {enabled: false}
  CMG-B: {level: low, for: 5m, suppress: 1h, keep_firing_for: 10m, quiet: 2h}
  CMG-C: {quiet: never}
)");
  ASSERT_THAT(settings.rules, SizeIs(3));
  EXPECT_EQ(settings.rules[0].name, "CMG-A");
  EXPECT_FALSE(settings.rules[0].enabled);
  EXPECT_EQ(settings.rules[0].origin.line, 2);
  EXPECT_TRUE(settings.rules[1].enabled);
  EXPECT_EQ(settings.rules[1].level, "low");
  EXPECT_EQ(settings.rules[1].hold, std::chrono::minutes(5));
  EXPECT_EQ(settings.rules[1].suppress, std::chrono::hours(1));
  EXPECT_EQ(settings.rules[1].keep_firing_for, std::chrono::minutes(10));
  EXPECT_EQ(settings.rules[1].quiet, std::chrono::hours(2));
  EXPECT_FALSE(settings.rules[1].never_quiet);
  EXPECT_TRUE(settings.rules[2].never_quiet);
  EXPECT_FALSE(settings.rules[2].quiet.has_value());
  EXPECT_THAT(parse_good("rules:\n  #CMG-A: {enabled: false}\n").rules, SizeIs(0));
}

TEST(Settings, EveryMistakeIsNamedWithLineAndColumn) {
  struct Row {
    const char* name;
    const char* text;
    const char* place;
    const char* words;
  };
  const Row rows[] = {
      {"unknown key", "hots: X\n", ":1:1:", "did you mean 'host'?"},
      {"unknown key in a section", "polling:\n  actve: 1s\n", ":2:3:", "did you mean 'active'?"},
      {"duplicate key", "host: A\nhost: B\n", ":2:1:", "twice"},
      {"newer version", "version: 2\n", ":1:10:", "newer program"},
      {"version is text", "version: one\n", ":1:10:", "whole number"},
      {"list instead of mapping", "- host\n", ":1:1:", "must be a mapping"},
      {"section is a text", "polling: fast\n", ":1:10:", "must be a mapping"},
      {"duration without unit", "backlog_horizon: 24\n", ":1:18:", "duration"},
      {"duration too short", "polling: {active: 1ms}\n", ":1:19:", "from 50ms to 1m"},
      {"rules not a mapping", "rules: [CMG-X]\n", ":1:8:", "must be a mapping"},
      {"rule with a slip", "rules: {CMG-X: {enable: false}}\n",
       ":1:17:", "did you mean 'enabled'?"},
      {"rule with a level that is none", "rules: {CMG-X: {level: urgent}}\n",
       ":1:24:", "informational, low, medium"},
      {"rule with a wrong duration", "rules: {CMG-X: {quiet: sometimes}}\n", ":1:24:", "duration"},
      {"duration too long", "incidents: {clear_hold: 2d}\n", ":1:25:", "from 0s to 1h"},
      {"budget of nothing", "event_budget: {events: 0}\n", ":1:24:", "1 to 10000"},
      {"level", "log: {level: warn}\n", ":1:14:", "debug, info, warning or error"},
      {"level with a slip", "log: {level: debgu}\n", ":1:14:", "did you mean 'debug'?"},
      {"empty host", "host: ' '\n", ":1:7:", "empty"},
      {"no packs at all", "packs: []\n", ":1:8:", "nothing would be looked for"},
      {"sources not a list", "sources: {service: iis}\n", ":1:10:", "must be a list"},
      {"source not a mapping", "sources: [iis]\n", ":1:11:", "must be a mapping"},
      {"source without service", "sources: [{path: x.log}]\n", ":1:11:", "has no 'service'"},
      {"source without path", "sources: [{service: iis}]\n", ":1:11:", "has no 'path'"},
      {"source with a slip", "sources: [{service: iis, path: x, require: true}]\n",
       ":1:35:", "did you mean 'required'?"},
      {"double star", "sources: [{service: iis, path: 'a/**/x.log'}]\n", ":1:32:", "'**'"},
      {"open capture", "sources: [{service: iis, path: 'a/{host/x.log'}]\n",
       ":1:32:", "without a '}'"},
      {"closed capture", "sources: [{service: iis, path: 'a/host}/x.log'}]\n",
       ":1:32:", "without a '{'"},
      {"capture name", "sources: [{service: iis, path: 'a/{Ho st}/x.log'}]\n",
       ":1:32:", "small letters"},
      {"capture twice", "sources: [{service: iis, path: 'a/{h}/{h}.log'}]\n", ":1:32:", "twice"},
      {"unset variable", "data_folder: '%CMGMON_NO_SUCH_THING%/x'\n",
       ":1:14:", "%CMGMON_NO_SUCH_THING% is not set"},
      {"sinks a list", "sinks: [journal]\n", ":1:8:", "must be a mapping"},
      {"sink a text", "sinks: {journal: on}\n", ":1:18:", "must be a mapping"},
      {"sink without type", "sinks: {mine: {enabled: true}}\n", ":1:9:", "has no type"},
      {"sink name", "sinks: {'My Sink': {type: jsonl}}\n", ":1:9:", "small letters"},
      {"metrics beside the .prom files", "metrics: {textfile: cmgmon.txt}\n",
       ":1:21:", "end with .prom"},
      {"heartbeat too often", "heartbeat: {interval: 1s}\n", ":1:23:", "from 1m to 24h"},
      {"two documents", "host: A\n---\nhost: B\n", ":3:1:", "one document"},
      {"broken yaml", "host: [\n", ":1:1:", "not found"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    base::Complaints complaints;
    EXPECT_FALSE(parse(row.text, complaints).has_value());
    ASSERT_THAT(complaints, SizeIs(1));
    EXPECT_THAT(base::describe(complaints[0]), HasSubstr(test_file() + row.place));
    EXPECT_THAT(complaints[0].message, HasSubstr(row.words));
  }
}

TEST(Settings, MetricsListenOnAnAddressAndAPort) {
  struct Row {
    const char* text;
    const char* address;  // empty: refused
    int port;
  };
  const Row rows[] = {
      {"127.0.0.1:9478", "127.0.0.1", 9478},
      {"9478", "127.0.0.1", 9478},
      {"localhost:1", "127.0.0.1", 1},
      {"'[::1]:65535'", "::1", 65535},
      {"0.0.0.0:80", "0.0.0.0", 80},
      {"example.org:80", "", 0},
      {"127.0.0.1", "", 0},
      {"127.0.0.1:0", "", 0},
      {"127.0.0.1:65536", "", 0},
      {"'127.0.0.1:'", "", 0},
      {"127.0.0.1:-1", "", 0},
      {"'::1:9478'", "", 0},
      {"'[]:9478'", "", 0},
      {"'[x]:9478'", "", 0},
      {"99999999999999999999", "", 0},
      {"':9478'", "", 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    base::Complaints complaints;
    const auto settings = parse("metrics: {listen: " + std::string(row.text) + "}\n", complaints);
    ASSERT_EQ(settings.has_value(), *row.address != '\0');
    if (settings) {
      EXPECT_EQ(settings->metrics.address, row.address);
      EXPECT_EQ(settings->metrics.port, row.port);
      MetricsSetting again;
      EXPECT_TRUE(again.read_listen(settings->metrics.listen()));
      EXPECT_EQ(again.address, row.address);
      EXPECT_EQ(again.port, row.port);
    } else {
      ASSERT_THAT(complaints, SizeIs(1));
      EXPECT_THAT(complaints[0].message, HasSubstr("such as 127.0.0.1:9478"));
    }
  }
}

TEST(Settings, AllMistakesAreToldAtOnce) {
  base::Complaints complaints;
  EXPECT_FALSE(
      parse("hots: X\nlog: {level: loud, file: 3}\nsources: [{}]\n", complaints).has_value());
  EXPECT_THAT(complaints, SizeIs(5));
}

TEST(Settings, CommandLineWins) {
  Overrides overrides;
  overrides.data_folder = rooted("/elsewhere");
  overrides.host = "OTHER";
  overrides.default_sources = false;
  overrides.packs = {rooted("/p")};
  overrides.sources.push_back({"iis", rooted("/x.log"), true, {}});
  const Settings settings = parse_good(
      "host: A\ndata_folder: b\npacks: [c]\nsources: [{service: ccm_sts, path: "
      "y.log}]\ndefault_sources: true\n",
      overrides);
  EXPECT_EQ(settings.host, "OTHER");
  EXPECT_EQ(settings.data_folder, rooted("/elsewhere"));
  EXPECT_EQ(settings.state_folder, rooted("/elsewhere/state"));
  EXPECT_FALSE(settings.default_sources);
  ASSERT_THAT(settings.packs, SizeIs(1));
  EXPECT_EQ(settings.packs[0].path, rooted("/p"));
  ASSERT_THAT(settings.sources, SizeIs(2));
  EXPECT_EQ(settings.sources[1].service, "iis");
  EXPECT_EQ(settings.sources[1].origin.kind, Origin::Kind::kCommandLine);
}

TEST(Settings, SinkNodesKeepWhatWasWritten) {
  const Settings settings = parse_good("sinks:\n  journal:\n    level: high\n    surprise: 1\n");
  const auto& journal = settings.sinks.back();
  ASSERT_EQ(journal.name, "journal");
  EXPECT_EQ(journal.type, "jsonl");
  EXPECT_EQ(journal.node.find("level")->text, "high");
  EXPECT_EQ(journal.node.find("surprise")->line, 4);  // the sink complains about it, and where
  EXPECT_EQ(journal.file, test_file());
}

// Lines of the default file that show a value, without their '#'; examples are marked as such.
std::string uncommented(bool examples) {
  std::istringstream lines{std::string(default_settings_text())};
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t hash = line.find_first_not_of(' ');
    const bool value = hash != std::string::npos && line[hash] == '#' && hash + 1 < line.size() &&
                       line[hash + 1] >= 'a' && line[hash + 1] <= 'z' &&
                       line.find(':') != std::string::npos;
    if (value && (examples || line.find("# example") == std::string::npos)) {
      line.erase(hash, 1);
    }
    text += line + "\n";
  }
  return text;
}

TEST(DefaultSettings, ShowTheBuiltInValues) {
  EXPECT_EQ(default_settings_text().find('\t'), std::string_view::npos);
  const std::string text = uncommented(false);
  EXPECT_THAT(text, HasSubstr("\n  events: 60\n"));
  const Settings written = parse_good(text);
  const Settings built_in = parse_good("");
  EXPECT_EQ(written.default_sources, built_in.default_sources);
  EXPECT_EQ(written.poll_active, built_in.poll_active);
  EXPECT_EQ(written.poll_idle, built_in.poll_idle);
  EXPECT_EQ(written.poll_network, built_in.poll_network);
  EXPECT_EQ(written.poll_backstop, built_in.poll_backstop);
  EXPECT_EQ(written.backlog_horizon, built_in.backlog_horizon);
  EXPECT_EQ(written.clear_hold, built_in.clear_hold);
  EXPECT_EQ(written.event_budget_events, built_in.event_budget_events);
  EXPECT_EQ(written.event_budget_window, built_in.event_budget_window);
  EXPECT_EQ(written.log_level, built_in.log_level);
  EXPECT_EQ(written.log_max_size_mib, built_in.log_max_size_mib);
  EXPECT_EQ(written.log_files, built_in.log_files);
  EXPECT_EQ(written.history_days, built_in.history_days);
  EXPECT_EQ(written.history_max_size_mib, built_in.history_max_size_mib);
  EXPECT_EQ(written.metrics.address, "");
  EXPECT_EQ(written.heartbeat, built_in.heartbeat);
  EXPECT_EQ(written.heartbeat_interval, built_in.heartbeat_interval);
  ASSERT_EQ(written.sinks.size(), built_in.sinks.size());
  for (std::size_t i = 0; i < written.sinks.size(); ++i) {
    EXPECT_EQ(written.sinks[i].name, built_in.sinks[i].name);
    EXPECT_EQ(written.sinks[i].type, built_in.sinks[i].type);
  }
}

TEST(DefaultSettings, HoldEveryKeyAndGoodExamples) {
  const Settings settings = parse_good(uncommented(true));
  for (const auto& [key, origin] : settings.origins) {
    EXPECT_EQ(origin.kind, Origin::Kind::kFile) << key << " is not in config/cmgmon.yaml";
  }
  EXPECT_EQ(settings.host, "CMGCP01");
}

// As shipped, nobody has asked for any of them: a machine without an Event Log is no mistake.
TEST(DefaultSettings, AreValidAsShipped) {
  EXPECT_THAT(sink_names(parse_good(default_settings_text())),
              ElementsAre("console:console", "event-log:event-log", "journal:jsonl"));
}

}  // namespace
}  // namespace cmgmon::settings
