#include "sinks/sink_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/path.h"

namespace cmgmon::sinks {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::optional<SinkOptions> read(const std::string& type, const std::string& text,
                                base::Complaints& complaints) {
  const auto documents = base::load_yaml(text, "cmgmon.yaml", complaints);
  return read_sink_options("mine", type, documents.front(), "cmgmon.yaml", complaints);
}

TEST(SinkOptions, HaveDefaults) {
  base::Complaints complaints;
  const auto jsonl = std::get<JsonlOptions>(read("jsonl", "{type: jsonl}", complaints).value());
  EXPECT_EQ(jsonl.name, "mine");
  EXPECT_TRUE(jsonl.enabled);
  EXPECT_EQ(jsonl.level, signatures::Level::kInformational);
  EXPECT_EQ(jsonl.path, "");
  EXPECT_EQ(jsonl.max_size_bytes, 10U << 20U);
  EXPECT_EQ(jsonl.files, 3);
  EXPECT_FALSE(jsonl.updates);
  EXPECT_TRUE(std::holds_alternative<EventLogOptions>(
      read("event-log", "{type: event-log}", complaints).value()));
  EXPECT_TRUE(std::holds_alternative<ConsoleOptions>(read("console", "{}", complaints).value()));
  EXPECT_THAT(complaints, IsEmpty());
}

TEST(SinkOptions, AreRead) {
  base::Complaints complaints;
  const auto jsonl =
      std::get<JsonlOptions>(read("jsonl",
                                  "{type: jsonl, enabled: false, level: high, path: a/b.jsonl, "
                                  "max_size_mib: 2, files: 7, updates: true}",
                                  complaints)
                                 .value());
  EXPECT_FALSE(jsonl.enabled);
  EXPECT_EQ(jsonl.level, signatures::Level::kHigh);
  EXPECT_THAT(jsonl.path, HasSubstr("b.jsonl"));
  EXPECT_EQ(jsonl.max_size_bytes, 2U << 20U);
  EXPECT_EQ(jsonl.files, 7);
  EXPECT_TRUE(jsonl.updates);
}

TEST(SinkOptions, MistakesAreNamedWithLineAndColumn) {
  struct Row {
    const char* name;
    const char* type;
    const char* text;
    const char* complaint;
  };
  const Row rows[] = {
      {"unknown type", "jsnl", "type: jsnl",
       "cmgmon.yaml:1:7: unknown sink type 'jsnl'; did you mean 'jsonl'?"},
      {"no such type", "pigeon", "type: pigeon",
       "known are event-log, jsonl, console, syslog, alertmanager, webhook, dead-man, "
       "smtp"},
      {"unknown key", "jsonl", "{type: jsonl, pth: x}", "cmgmon.yaml:1:15: unknown key 'pth'"},
      {"key of another sink", "console", "{type: console, path: x}",
       "unknown key 'path' in the sink 'mine'"},
      {"level", "console", "{level: hihg}",
       "cmgmon.yaml:1:9: 'level' must be informational, low, medium, high or critical; did you "
       "mean 'high'?"},
      {"enabled", "event-log", "{enabled: maybe}", "true or false"},
      {"size", "jsonl", "{max_size_mib: 0}", "from 1 to 1024"},
      {"files", "jsonl", "{files: many}", "from 1 to 100"},
      {"empty path", "jsonl", "{path: ''}", "'path' is empty"},
      {"not a mapping", "jsonl", "[1]", "must be a mapping"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    base::Complaints complaints;
    EXPECT_FALSE(read(row.type, row.text, complaints).has_value());
    ASSERT_THAT(complaints, SizeIs(1));
    EXPECT_THAT(base::describe(complaints[0]), HasSubstr(row.complaint));
  }
}

}  // namespace
}  // namespace cmgmon::sinks
