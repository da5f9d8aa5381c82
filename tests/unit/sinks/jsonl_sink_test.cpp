#include "sinks/jsonl_sink.h"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "incident_samples.h"
#include "sinks/incident_json.h"
#include "support/temp_folder.h"

namespace cmgmon::sinks {
namespace {

using incidents::TransitionKind;
using testing::ElementsAre;
using testing::SizeIs;

incidents::Transition numbered(int number) {
  auto transition = raised(connector_incident());
  transition.delivery_id = "episode:" + std::to_string(number);
  return transition;
}

class JsonlSinkTest : public testing::Test {
 protected:
  JsonlOptions options(std::uint64_t max_size_bytes = 10U << 20U, int files = 3) const {
    JsonlOptions made;
    made.name = "journal";
    made.path = folder_.file("alerts/alerts.jsonl");
    made.max_size_bytes = max_size_bytes;
    made.files = files;
    return made;
  }

  // The delivery ids of a file's lines; every line must be a whole document.
  std::vector<std::string> ids(const std::string& name = "alerts/alerts.jsonl") const {
    std::istringstream lines(folder_.read(name));
    std::vector<std::string> list;
    for (std::string line; std::getline(lines, line);) {
      Poco::JSON::Parser parser;
      list.push_back(parser.parse(line).extract<Poco::JSON::Object::Ptr>()->getValue<std::string>(
          "delivery_id"));
    }
    return list;
  }

  support::TempFolder folder_;
};

TEST_F(JsonlSinkTest, WritesOneLinePerTransition) {
  JsonlSink sink(options(), "CMGCP01");
  const auto raise = raised(connector_incident());
  const auto clear = cleared(connector_incident());
  ASSERT_TRUE(sink.deliver(raise).has_value());
  ASSERT_TRUE(sink.deliver(clear).has_value());
  EXPECT_EQ(folder_.read("alerts/alerts.jsonl"),
            alert_json(raise, "CMGCP01") + "\n" + alert_json(clear, "CMGCP01") + "\n");
  EXPECT_EQ(sink.counters().written, 2U);
}

TEST_F(JsonlSinkTest, WhatItTakesIsForTheAdministratorToSay) {
  auto update = numbered(1);
  update.kind = TransitionKind::kUpdated;
  auto wanted = options();
  wanted.level = signatures::Level::kMedium;
  JsonlSink quiet(wanted, "H");
  EXPECT_FALSE(quiet.wants_updates());
  EXPECT_EQ(quiet.level(), signatures::Level::kMedium);
  for (const auto& transition : {update, numbered(3)}) {
    EXPECT_TRUE(quiet.deliver(transition).has_value());
  }
  EXPECT_TRUE(quiet.notify(Notice{}, at("2026-11-22T10:00:00Z")).has_value());
  EXPECT_THAT(ids(), ElementsAre("episode:3"));
  wanted.updates = true;
  JsonlSink chatty(wanted, "H");
  EXPECT_TRUE(chatty.wants_updates());
  EXPECT_TRUE(chatty.deliver(update).has_value());
  EXPECT_THAT(ids(), ElementsAre("episode:3", "episode:1"));
}

TEST_F(JsonlSinkTest, ARedeliveredTransitionIsAcknowledgedAndNotWritten) {
  {
    JsonlSink sink(options(), "H");
    ASSERT_TRUE(sink.deliver(numbered(1)).has_value());
    ASSERT_TRUE(sink.deliver(numbered(2)).has_value());
    ASSERT_TRUE(sink.deliver(numbered(2)).has_value());
  }
  JsonlSink again(options(), "H");
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(again.deliver(numbered(i)).has_value());
  }
  EXPECT_THAT(ids(), ElementsAre("episode:1", "episode:2", "episode:3"));
  EXPECT_EQ(again.counters().already_there, 2U);
}

TEST_F(JsonlSinkTest, AnIdInsideLogTextIsNotAnId) {
  auto forged = numbered(1);
  forged.incident.evidence[0].message =
      "\",\"delivery_id\":\"episode:2\"\n{\"delivery_id\":\"episode:3\"}";
  {
    JsonlSink sink(options(), "H");
    ASSERT_TRUE(sink.deliver(forged).has_value());
  }
  JsonlSink again(options(), "H");
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(again.deliver(numbered(i)).has_value());
  }
  EXPECT_THAT(ids(), ElementsAre("episode:1", "episode:2", "episode:3"));
}

// The crash may come after any byte of the last line.
TEST_F(JsonlSinkTest, ATornLastLineIsCutOffAndWrittenAnew) {
  const std::string first = alert_json(numbered(1), "H") + "\n";
  const std::string second = alert_json(numbered(2), "H") + "\n";
  for (std::size_t kept = 0; kept < second.size();
       kept += kept < 40 || kept + 40 > second.size() ? 1 : 37) {
    SCOPED_TRACE(kept);
    folder_.write("alerts/alerts.jsonl", first + second.substr(0, kept));
    JsonlSink sink(options(), "H");
    ASSERT_TRUE(sink.deliver(numbered(2)).has_value());
    ASSERT_EQ(folder_.read("alerts/alerts.jsonl"), first + second);
    EXPECT_EQ(sink.counters().torn_bytes, kept);
  }
}

TEST_F(JsonlSinkTest, DamageAtTheEndIsCutOff) {
  const std::string first = alert_json(numbered(1), "H") + "\n";
  const std::string second = alert_json(numbered(2), "H") + "\n";
  struct Row {
    const char* name;
    std::string before;
    std::string after;
  };
  const Row rows[] = {
      {"zeros after a power cut", first + std::string(5000, '\0'), first + second},
      {"more zeros than are looked at", first + std::string(5U << 20U, '\0'), first + second},
      {"nothing but zeros", std::string(70000, '\0'), second},
      {"a torn first line", "{\"schema\":", second},
      {"empty", "", second},
      {"lines of somebody else stay", "hello\n\xff\n", "hello\n\xff\n" + second},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    folder_.write("alerts/alerts.jsonl", row.before);
    JsonlSink sink(options(), "H");
    ASSERT_TRUE(sink.deliver(numbered(2)).has_value());
    EXPECT_TRUE(folder_.read("alerts/alerts.jsonl") == row.after);
  }
}

TEST_F(JsonlSinkTest, RotatesBySizeAndForgetsTheOldest) {
  const std::size_t line = alert_json(numbered(1), "H").size() + 1;
  JsonlSink sink(options(2 * line, 3), "H");
  for (int i = 1; i <= 9; ++i) {
    ASSERT_TRUE(sink.deliver(numbered(i)).has_value());
  }
  EXPECT_THAT(ids(), ElementsAre("episode:9"));
  EXPECT_THAT(ids("alerts/alerts.1.jsonl"), ElementsAre("episode:7", "episode:8"));
  EXPECT_THAT(ids("alerts/alerts.2.jsonl"), ElementsAre("episode:5", "episode:6"));
  EXPECT_EQ(folder_.read("alerts/alerts.3.jsonl"), "");
  EXPECT_EQ(sink.counters().rotations, 4U);
}

TEST_F(JsonlSinkTest, OneFileMeansNoHistory) {
  const std::size_t line = alert_json(numbered(1), "H").size() + 1;
  JsonlSink sink(options(2 * line, 1), "H");
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(sink.deliver(numbered(i)).has_value());
  }
  EXPECT_THAT(ids(), ElementsAre("episode:5"));
  EXPECT_EQ(folder_.read("alerts/alerts.1.jsonl"), "");
}

TEST_F(JsonlSinkTest, ALineLargerThanTheLimitIsStillWritten) {
  JsonlSink sink(options(10, 3), "H");
  ASSERT_TRUE(sink.deliver(numbered(1)).has_value());
  ASSERT_TRUE(sink.deliver(numbered(2)).has_value());
  EXPECT_THAT(ids(), ElementsAre("episode:2"));
  EXPECT_THAT(ids("alerts/alerts.1.jsonl"), ElementsAre("episode:1"));
}

TEST_F(JsonlSinkTest, ACrashRightAfterRotationRepeatsNothing) {
  const std::size_t line = alert_json(numbered(1), "H").size() + 1;
  {
    JsonlSink sink(options(2 * line, 3), "H");
    for (int i = 1; i <= 3; ++i) {
      ASSERT_TRUE(sink.deliver(numbered(i)).has_value());
    }
  }
  JsonlSink again(options(2 * line, 3), "H");
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(again.deliver(numbered(i)).has_value());
  }
  EXPECT_THAT(ids(), ElementsAre("episode:3"));
  EXPECT_THAT(ids("alerts/alerts.1.jsonl"), ElementsAre("episode:1", "episode:2"));
}

TEST_F(JsonlSinkTest, WhenItCannotRotateItGrowsOn) {
  folder_.write("alerts/alerts.1.jsonl/in-the-way.txt",
                "a folder that is not empty cannot be replaced");
  folder_.write("alerts/alerts.2.jsonl/in-the-way.txt", "nor this one");
  const std::size_t line = alert_json(numbered(1), "H").size() + 1;
  JsonlSink sink(options(2 * line, 3), "H");
  for (int i = 1; i <= 4; ++i) {
    ASSERT_TRUE(sink.deliver(numbered(i)).has_value());
  }
  EXPECT_THAT(ids(), SizeIs(4));
  EXPECT_EQ(sink.counters().rotations, 0U);
  EXPECT_EQ(sink.counters().failed_rotations, 2U);
}

TEST_F(JsonlSinkTest, AFileThatIsTakenAwayBeginsAnew) {
  JsonlSink sink(options(), "H");
  ASSERT_TRUE(sink.deliver(numbered(1)).has_value());
  ASSERT_TRUE(platform::remove_file(options().path).has_value());
  ASSERT_TRUE(sink.deliver(numbered(2)).has_value());
  EXPECT_THAT(ids(), ElementsAre("episode:2"));
}

TEST_F(JsonlSinkTest, AnUnusablePathIsAnErrorUntilItIsRepaired) {
  folder_.write("alerts", "a file where the folder should be");
  JsonlSink sink(options(), "H");
  const auto failed = sink.deliver(numbered(1));
  ASSERT_FALSE(failed.has_value());
  EXPECT_FALSE(failed.error().error.message.empty());
  ASSERT_TRUE(platform::remove_file(folder_.file("alerts")).has_value());
  ASSERT_TRUE(sink.deliver(numbered(1)).has_value());
  EXPECT_THAT(ids(), ElementsAre("episode:1"));
}

// Random deliveries, restarts and tears against "each id once, in order of first delivery".
TEST_F(JsonlSinkTest, EachTransitionIsThereExactlyOnce) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string path = "alerts/alerts.jsonl";
  auto sink = std::make_unique<JsonlSink>(options(), "H");
  std::vector<std::string> expected;
  int next = 1;
  int acknowledged = 0;  // by the outbox; later ones are delivered again after a restart
  for (int step = 0; step < 120; ++step) {
    const auto choice = random() % 4;
    if (choice == 0) {
      const bool torn = random() % 2 == 0;
      sink.reset();
      if (torn) {
        const std::string line = alert_json(numbered(next), "H");
        folder_.append(path, line.substr(0, random() % line.size()));
      }
      sink = std::make_unique<JsonlSink>(options(), "H");
      for (int i = acknowledged + 1; i < next; ++i) {
        ASSERT_TRUE(sink->deliver(numbered(i)).has_value());
      }
    } else if (choice == 1) {
      acknowledged = next - 1;
    } else {
      ASSERT_TRUE(sink->deliver(numbered(next)).has_value());
      expected.push_back("episode:" + std::to_string(next));
      ++next;
    }
    if (random() % 10 == 0) {
      ASSERT_TRUE(sink->deliver(numbered(std::max(1, next - 1))).has_value());
      if (expected.empty()) {
        expected.push_back("episode:1");
        next = 2;
      }
    }
  }
  ASSERT_TRUE(sink->deliver(numbered(next)).has_value());  // cuts what is still torn
  expected.push_back("episode:" + std::to_string(next));
  EXPECT_EQ(ids(), expected);
}

}  // namespace
}  // namespace cmgmon::sinks
