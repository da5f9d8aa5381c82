#include "engine/scan.h"

#include <gtest/gtest.h>

#include "base/path.h"
#include "engine/scan_json.h"
#include "engine_fixture.h"

namespace cmgmon::engine {
namespace {

using incidents::State;
using test::at_second;
using test::failure;
using test::recovery;

class ScanTest : public ::testing::Test {
 protected:
  ScanReport scanned(ScanRequest request) {
    return scan(request, set_, test::FixedClock(at_second(100000)), nullptr);
  }
  ScanReport scanned(const std::string& path) {
    ScanRequest request;
    request.paths = {path};
    return scanned(std::move(request));
  }

  signatures::SignatureSet set_ = test::small_set();
  test::LogFolder folder_;
};

TEST_F(ScanTest, ReportsWhatIsInALog) {
  folder_.append("connector.log", failure("SMS_MP", 0) + failure("SMS_MP", 5) +
                                      failure("CCM_STS", 6) + recovery("CCM_STS", 7));
  const auto report = scanned(folder_.path("connector.log"));
  EXPECT_TRUE(report.errors.empty());
  ASSERT_EQ(report.files.size(), 1U);
  EXPECT_EQ(report.files[0].service, "connector");
  EXPECT_EQ(report.files[0].format, records::Format::kSiteServer);
  ASSERT_EQ(report.incidents.size(), 2U);
  const auto& firing = report.incidents[0];
  EXPECT_EQ(firing.group.at("endpoint"), "SMS_MP");
  EXPECT_EQ(firing.state, State::kFiring);
  EXPECT_EQ(firing.count, 2U);
  EXPECT_EQ(firing.first_seen, at_second(0));
  EXPECT_EQ(firing.last_seen, at_second(5));
  EXPECT_EQ(firing.cause, "No certificate for SMS_MP.");
  ASSERT_FALSE(firing.evidence.empty());
  EXPECT_EQ(firing.evidence[0].line, 1U);
  EXPECT_EQ(firing.evidence[0].offset, 0U);
  const auto& cleared = report.incidents[1];
  EXPECT_EQ(cleared.state, State::kCleared);
  EXPECT_EQ(cleared.cleared_by, incidents::ClearedBy::kRecovery);
  EXPECT_EQ(cleared.cleared_at, at_second(7));
}

TEST_F(ScanTest, ALogThatGoesOnWithoutASignOfLifeIsSilentButItsEndIsNot) {
  folder_.append("a/connector.log", test::heartbeat(0) + test::connector_line("going on", 901));
  folder_.append("b/connector.log", test::heartbeat(0) + test::connector_line("going on", 900));
  folder_.append("c/connector.log",
                 test::heartbeat(0) + test::connector_line("going on", 901) + test::heartbeat(902));
  folder_.append("d/connector.log",
                 test::connector_line("going on", 0) + test::connector_line("going on", 90000));
  const auto report = scanned(folder_.path());
  ASSERT_EQ(report.incidents.size(), 1U);
  EXPECT_EQ(report.incidents[0].signature, "TEST-SILENT");
  EXPECT_TRUE(
      base::same_path(report.incidents[0].group.at("path"), folder_.path("a/connector.log")))
      << report.incidents[0].group.at("path");
  EXPECT_EQ(report.incidents[0].state, State::kFiring);
  EXPECT_EQ(report.incidents[0].first_seen, at_second(901));
  EXPECT_EQ(report.incidents[0].evidence.at(0).line, 1U);
}

TEST_F(ScanTest, OneLineOfAClockThatWasAheadSplitsNoIncident) {
  for (auto& signature : set_.signatures) {
    signature.quiet = std::chrono::minutes(30);
  }
  std::string log = test::connector_line("going on", 0) + test::connector_line("ahead", 40000);
  for (int i = 1; i < 12000; ++i) {
    log += i % 2000 == 0 ? failure("SMS_MP", i / 4) : test::connector_line("going on", i / 4);
  }
  folder_.append("connector.log", log);
  const auto report = scanned(folder_.path("connector.log"));
  ASSERT_EQ(report.incidents.size(), 1U);
  EXPECT_EQ(report.incidents[0].count, 5U);
}

TEST_F(ScanTest, LinesWithoutABiasDoNotMakeTheLogLaterThanItIs) {
  for (auto& signature : set_.signatures) {
    signature.quiet = std::chrono::minutes(30);
  }
  const std::string without = "+000";  // what scripts write
  std::string log;
  for (int i = 1; i < 18000; ++i) {
    std::string line =
        i % 3000 == 0 ? failure("SMS_MP", i / 8) : test::connector_line("going on", i / 8);
    log += line.replace(line.find("+00>"), 3, i % 2 == 0 ? "-120" : without);
  }
  folder_.append("connector.log", log);
  const auto report = scanned(folder_.path("connector.log"));
  ASSERT_EQ(report.incidents.size(), 1U);
  EXPECT_EQ(report.incidents[0].count, 5U);
}

TEST_F(ScanTest, RolledOverSiblingsAreOneStreamOldestFirst) {
  folder_.append("connector.log", recovery("SMS_MP", 20));
  folder_.append("connector.lo_", failure("SMS_MP", 10));
  folder_.append("connector-20260301-095500.log", failure("CCM_STS", 1));
  const auto report = scanned(folder_.path());
  ASSERT_EQ(report.files.size(), 3U);
  ASSERT_EQ(report.incidents.size(), 2U);
  EXPECT_EQ(report.incidents[0].state, State::kFiring);
  EXPECT_EQ(report.incidents[1].state, State::kCleared);
}

TEST_F(ScanTest, InFoldersOnlyFilesWithTheNameOfALogAreRead) {
  folder_.append("deep/er/connector.log", failure("SMS_MP", 0));
  folder_.append("deep/notes.txt", failure("SMS_MP", 0));
  EXPECT_EQ(scanned(folder_.path()).files.size(), 1U);
  ScanRequest all;
  all.paths = {folder_.path()};
  all.every_signature = true;
  const auto report = scanned(all);
  EXPECT_EQ(report.files.size(), 2U);
  EXPECT_EQ(report.files[0].service, "");
}

TEST_F(ScanTest, ANamedFileOfAnyNameIsHeldAgainstEverySignature) {
  folder_.append("renamed.txt", failure("SMS_MP", 0));
  const auto report = scanned(folder_.path("renamed.txt"));
  EXPECT_EQ(report.files.at(0).service, "");
  EXPECT_EQ(report.incidents.size(), 1U);
}

TEST_F(ScanTest, WhatCannotBeReadIsAnErrorAndNothingElseStops) {
  folder_.append("connector.log", failure("SMS_MP", 0));
  ScanRequest request;
  request.paths = {folder_.path("missing.log"), folder_.path("connector.log")};
  const auto report = scanned(request);
  ASSERT_EQ(report.errors.size(), 1U);
  EXPECT_EQ(report.errors[0].path, folder_.path("missing.log"));
  EXPECT_FALSE(report.errors[0].error.empty());
  EXPECT_EQ(report.incidents.size(), 1U);
}

TEST_F(ScanTest, ASourceGlobCapturesTheHost) {
  folder_.append("PC17/connector.log", failure("SMS_MP", 0));
  ScanRequest request;
  request.paths = {folder_.path()};
  request.sources = {{"connector", folder_.path("{host}") + "/connector.log", false}};
  const auto report = scanned(request);
  ASSERT_EQ(report.incidents.size(), 1U);
  EXPECT_EQ(report.incidents[0].fields.at("host"), "PC17");
}

TEST_F(ScanTest, TheJsonHasTheKeysOfTheContract) {
  folder_.append("connector.log", failure("SMS_MP", 0));
  const auto json = scan_json(scanned(folder_.path()));
  for (const char* key :
       {"\"schema\": \"cmgmon/scan/1\"", "\"files\"", "\"errors\"", "\"incidents\"",
        "\"malformed_records\": 0", "\"signature\": \"TEST-403\"", "\"state\": \"firing\"",
        "\"cleared_by\": null", "\"first_seen\": \"2026-03-01T10:00:00.000Z\"",
        "\"explained_by\": null", "\"time_confidence\": \"exact\""}) {
    EXPECT_NE(json.find(key), std::string::npos) << key << " in\n" << json;
  }
}

}  // namespace
}  // namespace cmgmon::engine
