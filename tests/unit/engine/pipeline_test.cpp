#include "engine/pipeline.h"

#include <gtest/gtest.h>

#include <random>

#include "engine_fixture.h"
#include "records/framer.h"

namespace cmgmon::engine {
namespace {

using incidents::State;
using test::at_second;
using test::failure;
using test::heartbeat;
using test::recovery;

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() { restart(""); }

  // A new process that has nothing but what the old one saved.
  void restart(const std::string& book, const store::StreamState* stream = nullptr) {
    pipeline_.reset();
    book_ = std::make_unique<incidents::IncidentBook>(set_, options_,
                                                      [] { return incidents::Facts{}; });
    if (!book.empty()) {
      ASSERT_TRUE(book_->load(book).has_value());
    }
    pipeline_ = std::make_unique<Pipeline>(set_, *book_, "CP01");
    if (stream != nullptr) {
      pipeline_->restore("connector.log", *stream);
    }
    process(tail::StreamOpened{{1, "connector.log", "connector", {}}});
  }

  void process(const tail::TailEvent& event, int second = 0) {
    pipeline_->process(event, at_second(second));
    if (std::holds_alternative<tail::BacklogEnded>(event)) {
      pipeline_->end_look(at_second(second));
    }
  }
  void write(const std::string& bytes, int second = 0) {
    process(tail::Chunk{1, "connector.log", offset_, bytes}, second);
    offset_ += bytes.size();
  }
  store::StreamState saved() const {
    tail::Checkpoint checkpoint;
    checkpoint.stream = "connector.log";
    checkpoint.offset = offset_;
    return pipeline_->state_at(checkpoint);
  }
  std::vector<std::string> transitions() {
    std::vector<std::string> told;
    for (const auto& transition : book_->take_transitions()) {
      if (transition.kind != incidents::TransitionKind::kUpdated) {
        told.push_back(std::string(name_of(transition.kind)) + " " +
                       transition.incident.group.at("endpoint"));
      }
    }
    return told;
  }

  signatures::SignatureSet set_ = test::small_set();
  incidents::BookOptions options_{std::chrono::milliseconds(0)};
  std::unique_ptr<incidents::IncidentBook> book_;
  std::unique_ptr<Pipeline> pipeline_;
  std::uint64_t offset_ = 0;
};

using Told = std::vector<std::string>;

TEST_F(PipelineTest, AClockThatWasAheadForOneLineMakesNothingQuiet) {
  for (auto& signature : set_.signatures) {
    signature.quiet = std::chrono::minutes(30);
  }
  constexpr int kAhead = 12 * 3600;
  restart("");
  process(tail::FileStarted{1, "connector.log", 0});
  process(tail::BacklogEnded{1});
  write(test::connector_line("going on", kAhead), kAhead);
  write(failure("SMS_MP", 10), 10);
  write(failure("SMS_MP", 20), 20);
  EXPECT_EQ(transitions(), (Told{"raised SMS_MP"}));
  // It was ahead once more when the program was stopped.
  write(test::connector_line("going on, but", kAhead).substr(0, 20), kAhead);
  const store::StreamState stopped = saved();
  restart(book_->save(), &stopped);
  process(tail::FileStarted{1, "connector.log", stopped.checkpoint.resume}, 30);
  pipeline_->caught_up(at_second(30));
  write(test::connector_line("going on, but", kAhead).substr(20), 30);
  write(failure("SMS_MP", 40), 40);
  EXPECT_EQ(transitions(), Told{});
  write(test::connector_line("going on", 40 + 1800), 40 + 1800);
  EXPECT_EQ(transitions(), (Told{"cleared SMS_MP"})) << "now it was quiet for so long";
}

// Of a slow server, for one.
TEST_F(PipelineTest, WhatALogThatIsOpenedLaterShowsToBeOverIsNotRaisedAfterARestart) {
  const auto open = [&](tail::StreamId id) {
    const std::string name = id == 1 ? "connector.log" : "other.log";
    process(tail::StreamOpened{{id, name, "connector", {}}});
    process(tail::FileStarted{id, name, 0});
  };
  const auto say = [&](tail::StreamId id, const std::string& line) {
    process(tail::Chunk{id, id == 1 ? "connector.log" : "other.log", 0, line}, 30);
  };
  store::StreamState followed;
  followed.backlog_done = true;
  for (const bool healed : {true, false}) {
    for (const tail::StreamId fails : {tail::StreamId{1}, tail::StreamId{2}}) {
      for (const tail::StreamId first : {tail::StreamId{1}, tail::StreamId{2}}) {
        SCOPED_TRACE(testing::Message() << "log " << fails << " fails, log " << first
                                        << " is opened first" << (healed ? ", healed" : ""));
        book_ = std::make_unique<incidents::IncidentBook>(set_, options_,
                                                          [] { return incidents::Facts{}; });
        pipeline_ = std::make_unique<Pipeline>(set_, *book_, "CP01");
        for (const char* name : {"connector.log", "other.log"}) {
          followed.checkpoint.stream = name;
          pipeline_->restore(name, followed);
        }
        for (const tail::StreamId id : {first, tail::StreamId{3} - first}) {
          open(id);
          if (id == fails) {
            say(id, failure("SMS_MP", 10));
          } else if (healed) {
            say(id, recovery("SMS_MP", 20));
          }
          EXPECT_EQ(transitions(), Told{});
        }
        pipeline_->caught_up(at_second(30));
        EXPECT_EQ(transitions(), healed ? Told{} : Told{"raised SMS_MP"});
      }
    }
  }
}

TEST_F(PipelineTest, ALineFromTheFutureMakesNothingQuiet) {
  for (auto& signature : set_.signatures) {
    signature.quiet = std::chrono::minutes(30);
  }
  constexpr int kAhead = 12 * 3600;
  for (const auto& line : {test::connector_line("going on", kAhead), failure("CCM_STS", kAhead),
                           recovery("CCM_STS", kAhead), test::heartbeat(kAhead)}) {
    SCOPED_TRACE(line);
    offset_ = 0;
    restart("");
    process(tail::FileStarted{1, "connector.log", 0});
    process(tail::BacklogEnded{1});
    write(failure("SMS_MP", 0), 0);
    static_cast<void>(transitions());
    write(line, 10);
    write(failure("SMS_MP", 20), 20);
    book_->advance(at_second(20));
    for (const auto& told : transitions()) {
      EXPECT_EQ(told, "raised CCM_STS");
    }
    write(test::connector_line("going on", 1820), 1820);
    EXPECT_EQ(transitions().back(), "cleared SMS_MP");
  }
}

TEST_F(PipelineTest, ALogThatEndsInTheFutureSaysNothingOfNow) {
  for (auto& signature : set_.signatures) {
    signature.quiet = std::chrono::minutes(30);
  }
  restart("");
  process(tail::FileStarted{1, "connector.log", 0});
  process(tail::BacklogEnded{1});
  write(test::connector_line("going on", 12 * 3600), 12 * 3600);
  const store::StreamState stopped = saved();
  restart("", &stopped);
  process(tail::FileStarted{1, "connector.log", stopped.checkpoint.resume}, 10);
  write(failure("SMS_MP", 10), 10);
  write("and a line without an end", 11);
  pipeline_->caught_up(at_second(12));
  EXPECT_EQ(transitions(), (Told{"raised SMS_MP"}));
}

TEST_F(PipelineTest, RaisesOnceCountsAndClears) {
  process(tail::FileStarted{1, "connector.log", 0});
  process(tail::BacklogEnded{1});
  write(failure("SMS_MP", 0));
  EXPECT_EQ(transitions(), (Told{"raised SMS_MP"}));
  write(failure("SMS_MP", 1));
  EXPECT_EQ(transitions(), Told{});
  EXPECT_EQ(book_->incidents().at(0).count, 2U);
  EXPECT_EQ(book_->incidents().at(0).fields.at("host"), "CP01");
  write(recovery("SMS_MP", 2), 2);
  EXPECT_EQ(transitions(), (Told{"cleared SMS_MP"}));
}

TEST_F(PipelineTest, BacklogRaisesOnlyWhatIsStillOpenAndSaysLate) {
  process(tail::FileStarted{1, "connector.log", 0});
  write(failure("CCM_STS", 0) + recovery("CCM_STS", 1) + failure("SMS_MP", 2), 10);
  EXPECT_EQ(transitions(), Told{});
  process(tail::BacklogEnded{1}, 10);
  const auto told = book_->take_transitions();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].incident.group.at("endpoint"), "SMS_MP");
  EXPECT_TRUE(told[0].incident.late);
  EXPECT_EQ(told[0].incident.first_seen, at_second(2));
}

// Logs are read one after the other, in the order of their names; what they say is ordered by its times.
TEST_F(PipelineTest, WhatAnotherLogOfTheBacklogShowsToBeOverIsNotRaised) {
  std::string healthy;  // more of it than a log that is framed as a whole
  while (healthy.size() < std::size_t{64} << 10U) {
    healthy += test::connector_line("nothing to see", 0);
  }
  const struct {
    const char* name;
    int failed;
    int recovered;
    Told told;
  } rows[] = {
      {"over", 10, 20, {}},
      {"broken again", 30, 20, {"raised SMS_MP"}},
  };
  for (const auto& row : rows) {
    for (const bool failure_first : {false, true}) {
      SCOPED_TRACE(std::string(row.name) + (failure_first ? ", failure read first" : ""));
      restart("");
      // As the follower tells it: all logs that were found, then what stands in them.
      pipeline_->process(tail::StreamOpened{{2, "other.log", "connector", {}}}, at_second(40));
      const std::string bad = failure("SMS_MP", row.failed) + healthy;
      const std::string good = recovery("SMS_MP", row.recovered) + healthy;
      const auto read = [&](tail::StreamId id, const std::string& path, const std::string& bytes) {
        pipeline_->process(tail::FileStarted{id, path, 0}, at_second(40));
        pipeline_->process(tail::Chunk{id, path, 0, bytes}, at_second(40));
        pipeline_->process(tail::BacklogEnded{id}, at_second(40));
      };
      read(1, "connector.log", failure_first ? bad : good);
      read(2, "other.log", failure_first ? good : bad);
      EXPECT_EQ(transitions(), Told{}) << "decided before the other log was read";
      pipeline_->end_look(at_second(40));
      EXPECT_EQ(transitions(), row.told);
      // And the backlog is over.
      pipeline_->process(tail::Chunk{1, "connector.log", bad.size(), failure("CCM_STS", 50)},
                         at_second(50));
      EXPECT_EQ(transitions(), Told{"raised CCM_STS"});
    }
  }
}

TEST_F(PipelineTest, ARestartAtEveryByteChangesNothing) {
  const std::string text =
      failure("SMS_MP", 0) + failure("CCM_STS", 1) + recovery("SMS_MP", 2) + failure("SMS_MP", 3);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    SCOPED_TRACE("restart after byte " + std::to_string(cut));
    offset_ = 0;
    restart("");
    process(tail::FileStarted{1, "connector.log", 0});
    process(tail::BacklogEnded{1});
    write(text.substr(0, cut));
    auto told = transitions();
    const auto state = saved();
    ASSERT_LE(state.checkpoint.resume, cut);
    restart(book_->save(), &state);
    offset_ = state.checkpoint.resume;
    process(tail::FileStarted{1, "connector.log", offset_});
    write(text.substr(offset_));
    for (auto& more : transitions()) {
      told.push_back(std::move(more));
    }
    EXPECT_EQ(told, (Told{"raised SMS_MP", "raised CCM_STS", "cleared SMS_MP", "raised SMS_MP"}));
  }
}

TEST_F(PipelineTest, AnUnfinishedRecordOfAFileThatEndedIsNeverEvaluated) {
  process(tail::FileStarted{1, "connector.log", 0});
  process(tail::BacklogEnded{1});
  const auto line = failure("SMS_MP", 0);
  write(line.substr(0, line.size() - 20));
  process(tail::FileEnded{1, "connector.log"});
  process(tail::FileStarted{1, "connector.log", 0});
  write(recovery("SMS_MP", 1));
  EXPECT_EQ(transitions(), Told{});
  const auto reports = pipeline_->take_file_reports();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].bytes, line.size() - 20);
}

TEST_F(PipelineTest, LateLinesOfAnOlderFileAreReadWithItsOwnFields) {
  const std::string older = "#Fields: date time cs-uri-stem sc-status\r\n";
  const std::string newer = "#Fields: date time sc-status cs-uri-stem\r\n";
  const std::string late = "2026-03-01 10:00:01 /endpoint/SMS_MP/403 403\r\n";
  for (const bool restarted : {false, true}) {
    SCOPED_TRACE(restarted);
    restart("");
    process(tail::FileStarted{1, "u_ex1.log", 0});
    process(tail::BacklogEnded{1});
    process(tail::Chunk{1, "u_ex1.log", 0, older});
    process(tail::FileEnded{1, "u_ex1.log"});
    process(tail::FileStarted{1, "u_ex2.log", 0});
    process(tail::Chunk{1, "u_ex2.log", 0, newer});
    if (restarted) {
      offset_ = newer.size();
      const auto state = saved();
      restart(book_->save(), &state);
      process(tail::FileStarted{1, "u_ex2.log", newer.size()});
    }
    process(tail::FileStarted{1, "u_ex1.log", older.size()});
    process(tail::Chunk{1, "u_ex1.log", older.size(), late});
    process(tail::FileEnded{1, "u_ex1.log"});
    EXPECT_EQ(transitions(), Told{"raised SMS_MP"});
    process(tail::FileStarted{1, "u_ex2.log", newer.size()});
    process(tail::Chunk{1, "u_ex2.log", newer.size(),
                        "2026-03-01 10:00:02 403 /endpoint/CCM_STS/403\r\n"});
    EXPECT_EQ(transitions(), Told{"raised CCM_STS"});
  }
}

// The absence of the set has an incident of its own, without an endpoint.
class PipelineAbsenceTest : public PipelineTest {
 protected:
  void look(int second, signatures::ServiceState state = signatures::ServiceState::kRunning) {
    pipeline_->looked(at_second(second), {{"SMS_TEST", state}});
  }
  // Looks every 30 seconds, up to and including `end`.
  void watch(int begin, int end) {
    for (int second = begin; second < end; second += 30) {
      look(second);
    }
    look(end);
  }
  std::vector<std::string> silence() {
    std::vector<std::string> told;
    for (const auto& transition : book_->take_transitions()) {
      if (transition.kind != incidents::TransitionKind::kUpdated) {
        told.push_back(std::string(name_of(transition.kind)) + " " + transition.incident.cause);
      }
    }
    return told;
  }
};

TEST_F(PipelineAbsenceTest, RaisesSilenceAndClearsItWhenTheLogSpeaksAgain) {
  process(tail::FileStarted{1, "connector.log", 0});
  write(heartbeat(0));
  process(tail::BacklogEnded{1});
  watch(0, 870);
  EXPECT_EQ(silence(), Told{});
  look(900);
  EXPECT_EQ(silence(), Told{"raised Silent for 15 min."});
  const auto incident = book_->incidents().at(0);
  EXPECT_EQ(incident.group.at("path"), "connector.log");
  EXPECT_EQ(incident.fields.at("host"), "CP01");
  EXPECT_EQ(incident.evidence.at(0).message, "connection is alive");
  write(test::connector_line("something else", 910), 910);
  look(910);
  EXPECT_EQ(silence(), Told{});
  write(heartbeat(920), 920);
  EXPECT_EQ(silence(), Told{"cleared Silent for 15 min."});
}

TEST_F(PipelineAbsenceTest, ARestartKnowsWhatWasSilentAndForHowLong) {
  for (const int cut : {600, 900}) {
    SCOPED_TRACE(cut);
    offset_ = 0;
    restart("");
    process(tail::FileStarted{1, "connector.log", 0});
    write(heartbeat(0));
    process(tail::BacklogEnded{1});
    watch(0, cut);
    auto told = silence();
    const std::string absence = pipeline_->save_absence();
    const std::string book = book_->save();
    auto state = saved();
    pipeline_.reset();
    book_ = std::make_unique<incidents::IncidentBook>(set_, options_,
                                                      [] { return incidents::Facts{}; });
    ASSERT_TRUE(book_->load(book).has_value());
    pipeline_ = std::make_unique<Pipeline>(set_, *book_, "CP01");
    ASSERT_TRUE(pipeline_->load_absence(absence).has_value());
    pipeline_->restore("connector.log", state);
    process(tail::StreamOpened{{1, "connector.log", "connector", {}}}, 40000);
    process(tail::FileStarted{1, "connector.log", offset_}, 40000);
    watch(40000, 40000 + 300 + 270);
    for (auto& more : silence()) {
      told.push_back(std::move(more));
    }
    EXPECT_EQ(told.size(), cut == 900 ? 1U : 0U);
    look(40000 + 600);
    for (auto& more : silence()) {
      told.push_back(std::move(more));
    }
    EXPECT_EQ(told.size(), 1U);
    write(heartbeat(40700), 40700);
    EXPECT_EQ(silence().size(), 1U);
  }
}

TEST_F(PipelineAbsenceTest, ALogThatCannotBeReadIsNotSilent) {
  process(tail::FileStarted{1, "connector.log", 0});
  write(heartbeat(0));
  process(tail::BacklogEnded{1});
  process(tail::InputProblem{"connector.log", "locked", "unlock it"});
  watch(0, 7200);
  EXPECT_EQ(silence(), Told{});
  process(tail::InputRecovered{"connector.log"}, 7200);
  watch(7230, 7200 + 870);
  EXPECT_EQ(silence(), Told{});
  look(7200 + 900);
  EXPECT_EQ(silence(), Told{"raised Silent for 2 h 15 min."});
}

TEST_F(PipelineAbsenceTest, ARolloverIsNoSilence) {
  process(tail::FileStarted{1, "connector.log", 0});
  write(heartbeat(0));
  process(tail::BacklogEnded{1});
  watch(0, 870);
  process(tail::FileEnded{1, "connector.lo_"}, 870);
  process(tail::FileStarted{1, "connector.log", 0}, 870);
  watch(900, 1170);
  EXPECT_EQ(silence(), Told{});
  look(1200);
  EXPECT_EQ(silence(), Told{"raised Silent for 20 min."});
}

TEST_F(PipelineTest, IgnoresEventsOfStreamsItDoesNotKnow) {
  process(tail::Chunk{7, "x", 0, failure("SMS_MP", 0)});
  process(tail::FileEnded{7, "x"});
  process(tail::BacklogEnded{7});
  EXPECT_EQ(transitions(), Told{});
}

// What the book knows in the end, when every record is framed and held against everything.
class Forward {
 public:
  Forward(const signatures::SignatureSet& set, incidents::IncidentBook& book, std::size_t streams)
      : plan_(set, "connector"), book_(book) {
    for (std::size_t i = 0; i < streams; ++i) {
      framers_.emplace_back().start_file(0);
      matchers_.emplace_back(plan_, matches::Fields());
    }
  }
  void feed(std::size_t stream, const std::string& bytes, base::Time now) {
    const std::string key = std::to_string(stream);
    framers_[stream].feed(bytes, now, [&](const records::Record& record) {
      matchers_[stream].match(
          record, key, [&](const matches::Match& match) { book_.apply(match, key, false, now); });
    });
  }

 private:
  const matches::Plan plan_;
  incidents::IncidentBook& book_;
  std::vector<records::Framer> framers_;
  std::vector<matches::Matcher> matchers_;
};

std::vector<std::string> summary(const incidents::IncidentBook& book) {
  std::vector<std::string> lines;
  for (const auto& incident : book.incidents()) {
    const auto time = [](const auto& at) { return at ? base::to_rfc3339(*at) : std::string("-"); };
    lines.push_back(incident.group.at("endpoint") + " " + std::string(name_of(incident.state)) +
                    " " + std::to_string(incident.count) + " " + time(incident.first_seen) + " " +
                    time(incident.last_seen) + " " + time(incident.cleared_at));
  }
  return lines;
}

// Recoveries are looked for only when they matter; with one stream and with two that heal each other.
TEST(Pipeline, KnowsWhatItWouldKnowIfItLookedAtEverything) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto number = [&](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
  const auto set = test::small_set();
  const auto facts = [] { return incidents::Facts{}; };
  incidents::BookOptions options;
  options.clear_hold = std::chrono::milliseconds(0);
  for (int round = 0; round < 12; ++round) {
    const std::size_t streams = 1 + static_cast<std::size_t>(round % 2);
    incidents::IncidentBook want(set, options, facts);
    incidents::IncidentBook got(set, options, facts);
    Forward forward(set, want, streams);
    Pipeline pipeline(set, got, "");
    for (std::size_t i = 0; i < streams; ++i) {
      const auto id = static_cast<tail::StreamId>(i);
      pipeline.process(tail::StreamOpened{{id, std::to_string(i), "connector", {}}}, at_second(0));
      pipeline.process(tail::BacklogEnded{id}, at_second(0));
      pipeline.process(tail::FileStarted{id, std::to_string(i), 0}, at_second(0));
    }
    const int rare = 3 + number(200);
    std::vector<std::uint64_t> offsets(streams);
    for (int second = 0; second < 300; ++second) {
      const auto stream = static_cast<std::size_t>(number(static_cast<int>(streams) - 1));
      std::string bytes;
      for (int lines = number(60); lines > 0; --lines) {
        const std::string endpoint = number(1) == 0 ? "SMS_MP" : "CCM_STS";
        const int at = std::max(0, second - number(3) * (streams > 1 ? 1 : 0));
        switch (number(rare)) {
          case 0:
            bytes += failure(endpoint, at);
            break;
          case 1:
            bytes += recovery(endpoint, at);
            break;
          default:
            bytes += test::connector_line("endpoint " + endpoint + " answered 200 slowly", at);
            break;
        }
      }
      forward.feed(stream, bytes, at_second(second));
      const auto id = static_cast<tail::StreamId>(stream);
      const std::uint64_t offset = std::exchange(offsets[stream], offsets[stream] + bytes.size());
      pipeline.process(tail::Chunk{id, std::to_string(stream), offset, bytes}, at_second(second));
    }
    ASSERT_EQ(summary(got), summary(want)) << "round " << round;
  }
}

}  // namespace
}  // namespace cmgmon::engine
