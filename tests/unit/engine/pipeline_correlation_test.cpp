// Correlations through the whole of the pipeline: several logs, backlog, restarts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/pack_test.h"
#include "engine/pipeline.h"
#include "engine/scan.h"
#include "engine_fixture.h"

namespace cmgmon::engine {
namespace {

using test::at_second;
using test::connector_line;
using testing::ElementsAre;
using testing::IsEmpty;

signatures::SignatureSet two_logs() {
  const char* pack = R"(pack: test
version: 1.0.0
format: cmgmon/pack/1
services:
  connector: {title: connector, files: [connector.log]}
  server: {title: server, files: [server.log]}
)";
  const auto rule = [](const char* name, const char* number, const char* service,
                       const char* what) {
    return std::string("title: t\nid: 00000000-0000-4000-8000-00000000") + number +
           "\nname: " + name + "\nstatus: test\nlevel: medium\nlogsource: {service: " + service +
           "}\ndetection: {x: {Message|contains: '" + what + R"( failed to '}, condition: x}
x-cmgmon:
  version: 1
  event_id: )" +
           number +
           R"(
  extract: [{re: 'failed to (?P<to>\w+)'}]
  group-by: [to]
  clear:
    recovery:
      - name: works
        detection: {Message|contains: ')" +
           what + R"( works to '}
        extract: [{re: 'works to (?P<to>\w+)'}]
---
)";
  };
  const std::string rules = rule("TCP", "1501", "connector", "tcp build") +
                            rule("HTTP", "1502", "server", "http build") + R"(title: Down
id: 00000000-0000-4000-8000-000000001510
name: DOWN
status: test
level: critical
correlation: {type: temporal, rules: [TCP, HTTP], group-by: [to], timespan: 1m, generate: true}
x-cmgmon:
  version: 1
  event_id: 1510
  diagnosis: [{otherwise: true, cause: 'No way to {to}.'}]
  clear:
    recovery:
      - name: up
        service: connector
        detection: {Message|contains: 'all is well with '}
        extract: [{re: 'well with (?P<to>\w+)'}]
---
title: Often
id: 00000000-0000-4000-8000-000000001511
name: OFTEN
status: test
level: low
correlation: {type: event_count, rules: [HTTP], timespan: 1h, condition: {gte: 3}, generate: true}
x-cmgmon: {version: 1, event_id: 1511, clear: {quiet: 2h}}
)";
  base::Complaints complaints;
  auto set = signatures::load_packs({{{"pack.yaml", pack}, {"rules.yaml", rules}}}, complaints);
  for (const auto& complaint : complaints) {
    ADD_FAILURE() << base::describe(complaint);
  }
  return set ? std::move(*set) : signatures::SignatureSet{};
}

std::string tcp(const char* what, int second) {
  return connector_line(std::string("tcp build ") + what, second);
}
std::string http(const char* what, int second) {
  return connector_line(std::string("http build ") + what, second);
}

// The pipeline as the agent uses it, with two logs.
class CorrelationPipeline : public testing::Test {
 protected:
  struct Saved {
    std::string book;
    std::string correlations;
    std::map<std::string, store::StreamState> streams;
  };

  CorrelationPipeline() { start({}); }

  void start(const Saved& saved) {
    pipeline_.reset();
    book_ = std::make_unique<incidents::IncidentBook>(set_, incidents::BookOptions{},
                                                      [] { return incidents::Facts{}; });
    if (!saved.book.empty()) {
      ASSERT_TRUE(book_->load(saved.book).has_value());
    }
    pipeline_ = std::make_unique<Pipeline>(set_, *book_, "CP01");
    if (!saved.correlations.empty()) {
      ASSERT_TRUE(pipeline_->restore_correlations(saved.correlations).has_value());
    }
    for (const auto& [key, state] : saved.streams) {
      pipeline_->restore(key, state);
    }
    for (tail::StreamId id : {1U, 2U}) {
      const auto state = saved.streams.find(name(id));
      offsets_[id] = state == saved.streams.end() ? 0 : state->second.checkpoint.resume;
      pipeline_->process(tail::StreamOpened{{id, name(id), service(id), {}}}, now_);
      pipeline_->process(tail::FileStarted{id, name(id), offsets_[id]}, now_);
      read(id);
    }
  }
  Saved save() const {
    Saved saved{book_->save(), pipeline_->save_correlations(), {}};
    for (tail::StreamId id : {1U, 2U}) {
      tail::Checkpoint checkpoint;
      checkpoint.stream = name(id);
      checkpoint.offset = offsets_.at(id);
      saved.streams[name(id)] = pipeline_->state_at(checkpoint);
    }
    return saved;
  }
  static std::string name(tail::StreamId id) { return id == 1 ? "connector.log" : "server.log"; }
  static std::string service(tail::StreamId id) { return id == 1 ? "connector" : "server"; }

  void write(tail::StreamId id, const std::string& bytes) {
    logs_[id] += bytes;
    read(id);
  }
  void read(tail::StreamId id) {
    const std::string bytes = logs_[id].substr(offsets_[id]);
    if (!bytes.empty()) {
      pipeline_->process(tail::Chunk{id, name(id), offsets_[id], bytes}, now_);
      offsets_[id] += bytes.size();
    }
  }
  void live() {
    pipeline_->process(tail::BacklogEnded{1}, now_);
    pipeline_->process(tail::BacklogEnded{2}, now_);
    pipeline_->end_look(now_);
    pipeline_->caught_up(now_);
  }
  std::vector<std::string> told() {
    std::vector<std::string> texts;
    for (const auto& transition : book_->take_transitions()) {
      if (transition.kind != incidents::TransitionKind::kUpdated) {
        texts.push_back(std::string(name_of(transition.kind)) + " " +
                        transition.incident.signature + (transition.incident.late ? " late" : ""));
      }
    }
    return texts;
  }
  std::string incidents() const {
    std::string text;
    for (const auto& incident : book_->incidents()) {
      text += incident.signature + " " + std::string(name_of(incident.state)) + " " +
              std::to_string(incident.count) + " " + incident.fingerprint + " " +
              (incident.last_seen ? base::to_rfc3339(*incident.last_seen) : "") + "\n";
      for (const auto& [field, value] : incident.fields) {
        text += "  " + field + "=" + value + "\n";
      }
      for (const auto& evidence : incident.evidence) {
        text += "  " + evidence.message + "\n";
      }
    }
    return text;
  }

  const signatures::SignatureSet set_ = two_logs();
  base::Time now_ = at_second(4000);
  std::map<tail::StreamId, std::string> logs_;
  std::map<tail::StreamId, std::uint64_t> offsets_ = {{1, 0}, {2, 0}};
  std::unique_ptr<incidents::IncidentBook> book_;
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(CorrelationPipeline, TwoLogsRaiseWhatNeitherShowsAlone) {
  live();
  write(1, tcp("failed to mp1", 0));
  EXPECT_THAT(told(), ElementsAre("raised TCP"));
  write(2, http("failed to mp1", 30));
  EXPECT_THAT(told(), ElementsAre("raised HTTP", "raised DOWN"));
  const auto all = book_->incidents();
  const auto down = std::find_if(all.begin(), all.end(),
                                 [](const auto& incident) { return incident.signature == "DOWN"; });
  ASSERT_NE(down, all.end());
  EXPECT_EQ(down->group.at("to"), "mp1");
  EXPECT_EQ(down->cause, "No way to mp1.");
  EXPECT_EQ(down->first_seen, at_second(30));
  ASSERT_EQ(down->evidence.size(), 2U);
  EXPECT_EQ(down->evidence[0].path, "connector.log");
  EXPECT_EQ(down->evidence[1].path, "server.log");
}

TEST_F(CorrelationPipeline, OneThatHasWorkedInBetweenDoesNotCount) {
  live();
  write(1, tcp("failed to mp1", 0) + tcp("works to mp1", 10));
  write(2, http("failed to mp1", 20));
  told();
  write(1, tcp("failed to mp1", 40));
  EXPECT_THAT(told(), ElementsAre("raised DOWN"));
  write(1, connector_line("all is well with mp1", 50));
  EXPECT_THAT(book_->incidents().size(), 3U);
  write(2, http("failed to mp1", 52));
  now_ += std::chrono::minutes(3);
  book_->advance(now_);
  EXPECT_THAT(told(), testing::Contains("cleared DOWN")) << "a TCP failure before it is over";
}

TEST_F(CorrelationPipeline, BacklogIsCorrelatedInTheOrderOfTimeAndLate) {
  now_ = at_second(4000);
  write(1, tcp("failed to mp1", 0) + connector_line("all is well with mp1", 60) +
               tcp("failed to mp2", 3600));
  write(2, http("failed to mp1", 10) + http("failed to mp2", 3610));
  EXPECT_THAT(told(), IsEmpty());
  live();
  EXPECT_THAT(told(), testing::UnorderedElementsAre("raised TCP late", "raised TCP late",
                                                    "raised HTTP late", "raised HTTP late",
                                                    "raised DOWN late"))
      << "what was down is up again, and what is down is told";
}

TEST_F(CorrelationPipeline, ARestartAnywhereChangesNothing) {
  struct Piece {
    tail::StreamId id;
    std::string bytes;
  };
  const std::vector<Piece> pieces = {
      {1, tcp("failed to mp1", 0)},   {2, http("failed to mp2", 1)},
      {2, http("failed to mp1", 10)}, {1, tcp("works to mp1", 20)},
      {2, http("failed to mp1", 30)}, {1, tcp("failed to mp2", 40)},
      {1, tcp("failed to mp1", 50)},  {1, connector_line("all is well with mp1", 55)},
      {2, http("failed to mp1", 60)}, {2, http("failed to mp2", 90)}};
  // Live or still in the backlog, and every step of it.
  for (const bool is_live : {true, false}) {
    std::string want;
    std::vector<std::string> want_told;
    for (std::size_t cut = 0; cut <= pieces.size(); ++cut) {
      SCOPED_TRACE("restart before piece " + std::to_string(cut) + (is_live ? ", live" : ""));
      logs_.clear();
      start({});
      std::vector<std::string> all_told;
      const auto listen = [&] {
        for (auto& text : told()) {
          all_told.push_back(std::move(text));
        }
      };
      if (is_live) {
        live();
      }
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (i == cut) {
          listen();
          const Saved saved = save();
          start(saved);
          if (is_live) {
            live();
          }
        }
        write(pieces[i].id, pieces[i].bytes);
      }
      if (!is_live) {
        live();
      }
      listen();
      if (cut == 0) {
        want = incidents();
        want_told = all_told;
        ASSERT_THAT(want_told, testing::Contains(testing::HasSubstr("raised DOWN")));
      }
      EXPECT_EQ(incidents(), want);
      EXPECT_EQ(all_told, want_told);
    }
  }
}

TEST_F(CorrelationPipeline, ScanFindsTheSameInFilesReadOneAfterTheOther) {
  const test::LogFolder folder;
  folder.append("connector.log", tcp("failed to mp1", 0) +
                                     connector_line("all is well with mp1", 60) +
                                     tcp("failed to mp1", 200));
  folder.append("server.log", http("failed to mp1", 10) + http("failed to mp1", 190) +
                                  http("works to mp1", 3 * 3600));
  ScanRequest request;
  request.paths = {folder.path()};
  const auto report = scan(request, set_, test::FixedClock(at_second(100000)), nullptr);
  std::vector<std::string> found;
  for (const auto& incident : report.incidents) {
    if (incident.signature == "DOWN") {
      found.push_back(base::to_rfc3339(*incident.first_seen) + " " +
                      std::string(name_of(incident.state)));
    }
  }
  EXPECT_THAT(found,
              ElementsAre("2026-03-01T10:00:10.000Z cleared", "2026-03-01T10:03:20.000Z firing"));
}

TEST_F(CorrelationPipeline, ScanClosesWhatHasBeenQuiet) {
  const test::LogFolder folder;
  folder.append("server.log", http("failed to a", 0) + http("failed to b", 1) +
                                  http("failed to c", 2) + http("works to c", 7203));
  ScanRequest request;
  request.paths = {folder.path()};
  const auto report = scan(request, set_, test::FixedClock(at_second(100000)), nullptr);
  const auto often =
      std::find_if(report.incidents.begin(), report.incidents.end(),
                   [](const auto& incident) { return incident.signature == "OFTEN"; });
  ASSERT_NE(often, report.incidents.end());
  EXPECT_EQ(often->cleared_by, incidents::ClearedBy::kQuiet);
}

TEST(CorrelationPackTest, TestsOfAPackSeeCorrelations) {
  const char* tests = R"(tests:
  - name: both fail
    inputs:
      - service: connector
        envelope: site-server
        lines:
          - {at: 20s, message: tcp build failed to mp1}
          - {at: 2m, message: all is well with mp1}
      - service: server
        envelope: site-server
        lines:
          - {at: 10s, message: http build failed to mp1}
          - {at: 30s, message: http build failed to mp1}
    expect:
      - {signature: TCP}
      - {signature: HTTP}
      - {signature: DOWN, state: cleared, cleared_by: recovery, count: 2, group: {to: mp1},
         first_seen: '2026-03-01T10:00:20.000Z', fields: {event_count: 3}}
  - name: one has worked in between
    inputs:
      - service: connector
        envelope: site-server
        lines:
          - {at: 0s, message: tcp build failed to mp1}
          - {at: 5s, message: tcp build works to mp1}
      - service: server
        envelope: site-server
        lines: [{at: 10s, message: http build failed to mp1}]
    expect: [{signature: TCP, state: cleared}, {signature: HTTP}]
)";
  base::Complaints complaints;
  const auto set = two_logs();
  const auto report = run_pack_tests(
      set, tests, "tests/a.yaml",
      [](const std::string& path) -> base::Result<std::string> {
        return base::Error{base::ErrorKind::kNotFound, 0, path + " does not exist", ""};
      },
      complaints);
  for (const auto& complaint : complaints) {
    ADD_FAILURE() << base::describe(complaint);
  }
  ASSERT_EQ(report.results.size(), 2U);
  for (const auto& result : report.results) {
    EXPECT_TRUE(result.passed) << result.difference;
  }
}

}  // namespace
}  // namespace cmgmon::engine
