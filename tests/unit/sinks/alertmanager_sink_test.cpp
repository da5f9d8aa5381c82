#include "sinks/alertmanager_sink.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <sstream>
#include <utility>

#include "incident_samples.h"
#include "support/test_server.h"
#include "unit/incidents/book_fixture.h"

namespace cmgmon::sinks {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using support::ServerEnd;
using support::TestServer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SetClock final : public base::Clock {
 public:
  base::Time now() const override { return now_; }
  base::Time now_ = at("2026-11-22T10:42:08Z");
};

// Answers with `status` and keeps what it was sent.
class FakePeer {
 public:
  FakePeer()
      : server_(std::make_unique<TestServer>(support::ServerOptions{}, [this](ServerEnd& end) {
          const std::string request = end.read_request();
          const std::size_t body = request.find("\r\n\r\n") + 4;
          {
            const std::scoped_lock lock(mutex_);
            bodies_.push_back(request.substr(body));
          }
          const bool bad = request.find(refuses_) != std::string::npos && !refuses_.empty();
          end.write("HTTP/1.1 " + std::string(bad ? "400 Bad Request" : status_.load()) +
                    "\r\nContent-Length: 0\r\n\r\n");
        })) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  std::vector<Poco::JSON::Array::Ptr> take() {
    const std::scoped_lock lock(mutex_);
    std::vector<Poco::JSON::Array::Ptr> posts;
    for (const auto& body : bodies_) {
      posts.push_back(Poco::JSON::Parser().parse(body).extract<Poco::JSON::Array::Ptr>());
    }
    bodies_.clear();
    return posts;
  }

  std::atomic<const char*> status_ = "200 OK";
  std::string refuses_;  // set before anything is posted

 private:
  std::mutex mutex_;
  std::vector<std::string> bodies_;
  std::unique_ptr<TestServer> server_;
};

std::string field(const Poco::JSON::Array::Ptr& post, unsigned index, const char* name) {
  return post->getObject(index)->getValue<std::string>(name);
}

class AlertmanagerSinkTest : public testing::Test {
 protected:
  std::unique_ptr<AlertmanagerSink> sink(const std::vector<std::string>& urls,
                                         const std::string& more = "") {
    std::string text = "type: alertmanager\nurls: [";
    for (const auto& url : urls) {
      text += "'" + url + "', ";
    }
    base::Complaints complaints;
    const auto node = base::load_yaml(text + "]\n" + more, "cmgmon.yaml", complaints);
    base::Mapping mapping(node.front(), "cmgmon.yaml", complaints, "the sink 'am'");
    auto options = read_alertmanager(mapping, "am");
    mapping.finish();
    for (const auto& complaint : complaints) {
      ADD_FAILURE() << base::describe(complaint);
    }
    return std::make_unique<AlertmanagerSink>(std::move(options), "CMGCP01", "/nowhere", clock_);
  }

  void pass(std::chrono::microseconds time) { clock_.now_ += time; }

  SetClock clock_;
};

TEST_F(AlertmanagerSinkTest, RaisesRepeatsAndResolves) {
  FakePeer peer;
  const auto am = sink({peer.url() + "/prefix/"}, "labels: {team: cmg}\n");
  ASSERT_TRUE(am->deliver(raised(connector_incident())));
  auto posts = peer.take();
  ASSERT_THAT(posts, SizeIs(1));
  const auto labels = posts[0]->getObject(0)->getObject("labels");
  const Labels want = {{"alertname", "CMG-CONN-403-CLIENTCERT"},
                       {"rule", "CMG-CONN-403-CLIENTCERT"},
                       {"instance", "CMGCP01.contoso.com"},
                       {"severity", "critical"},
                       {"event_id", "1002"},
                       {"fingerprint", "0123456789abcdef0123456789abcdef"},
                       {"endpoint", "SMS_MP"},
                       {"team", "cmg"}};
  EXPECT_EQ(labels->size(), want.size());
  for (const auto& [name, value] : want) {
    EXPECT_EQ(labels->optValue<std::string>(name, ""), value) << name;
  }
  EXPECT_EQ(field(posts[0], 0, "startsAt"), "2026-11-22T10:41:58.123Z");
  EXPECT_EQ(field(posts[0], 0, "endsAt"), "2026-11-22T10:46:08.000Z");
  EXPECT_THAT(posts[0]->getObject(0)->getObject("annotations")->getValue<std::string>("resolution"),
              HasSubstr("Restart SMS_EXECUTIVE."));

  // Every minute, with the same labels.
  int repeated = 0;
  for (int i = 0; i < 8; ++i) {
    pass(seconds(30));
    ASSERT_TRUE(am->advance(clock_.now_));
    for (const auto& post : peer.take()) {
      ++repeated;
      EXPECT_EQ(field(post, 0, "endsAt"), base::to_rfc3339(clock_.now_ + minutes(4)));
      EXPECT_EQ(post->getObject(0)->getObject("labels")->size(), want.size());
    }
  }
  EXPECT_EQ(repeated, 4);

  // Fields and level may have changed meanwhile; the labels that resolve it are those that raised it.
  auto incident = connector_incident();
  incident.level = signatures::Level::kHigh;
  incident.fields["host"] = "another";
  pass(seconds(1));
  const std::string ended = base::to_rfc3339(clock_.now_);
  ASSERT_TRUE(am->deliver(cleared(incident, ended.c_str())));
  posts = peer.take();
  ASSERT_THAT(posts, SizeIs(1));
  EXPECT_EQ(field(posts[0], 0, "endsAt"), ended);
  EXPECT_EQ(posts[0]->getObject(0)->getObject("labels")->getValue<std::string>("severity"),
            "critical");
  int told = 0;
  for (int i = 0; i < 20; ++i) {
    pass(seconds(30));
    ASSERT_TRUE(am->advance(clock_.now_));
    for (const auto& post : peer.take()) {
      ++told;
      EXPECT_EQ(field(post, 0, "endsAt"), ended);
    }
  }
  EXPECT_GE(told, 4);
  EXPECT_LE(told, 5);
}

TEST_F(AlertmanagerSinkTest, TellsWhatWasOpenBeforeTheStart) {
  FakePeer peer;
  const auto am = sink({peer.url()});
  am->resume({connector_incident()});
  ASSERT_TRUE(am->advance(clock_.now_));
  ASSERT_THAT(peer.take(), SizeIs(1));
}

// A diagnosis lifts it twice while it is open; each sink raised it with the level that it had when the sink first heard of
// it, and goes on with that.
TEST_F(AlertmanagerSinkTest, LabelsStayAsRaisedThroughLiftRestartAndClear) {
  using incidents::condition;
  using incidents::diagnosis;
  using signatures::Level;
  using Kind = signatures::Condition::Kind;
  const auto lifted_while = [](const char* open, Level level) {
    return diagnosis({condition(Kind::kIncidentOpen, open)}, "Lifted", {}, level);
  };
  auto a = incidents::signature("A", 1001, Level::kMedium);
  a.diagnoses = {lifted_while("C", Level::kCritical), lifted_while("B", Level::kHigh)};
  const struct {
    const char* sinks_level;
    const char* severity;
  } rows[] = {{"medium", "medium"}, {"high", "high"}, {"critical", "critical"}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.sinks_level);
    const auto least = signatures::level_named(row.sinks_level).value();
    incidents::BookFixture f({a, incidents::signature("B", 1002, Level::kLow),
                              incidents::signature("C", 1003, Level::kLow)});
    FakePeer peer;
    auto am = sink({peer.url()}, "level: " + std::string(row.sinks_level) + "\n");
    bool told = false;
    std::vector<std::string> sent;  // labels
    // As a delivery does: an update that reaches the sink's level is a raise for it.
    const auto deliver = [&] {
      for (auto step : f.book().take_transitions()) {
        if (step.incident.signature != "A" || step.incident.level < least) {
          continue;
        }
        if (!std::exchange(told, true)) {
          step.kind = incidents::TransitionKind::kRaised;
        }
        ASSERT_TRUE(am->deliver(step));
      }
      for (const auto& post : peer.take()) {
        std::ostringstream labels;
        post->getObject(0)->getObject("labels")->stringify(labels);
        sent.push_back(labels.str());
      }
    };
    clock_.now_ = incidents::at(seconds(10));
    f.fails("A", seconds(1));
    deliver();
    f.fails("B", seconds(2));
    deliver();
    f.fails("C", seconds(3));
    deliver();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_THAT(sent[0], HasSubstr("\"severity\":\"" + std::string(row.severity) + "\""));

    f.restart();
    am = sink({peer.url()}, "level: " + std::string(row.sinks_level) + "\n");
    std::vector<incidents::Incident> open;
    for (const auto& incident : f.book().told_open()) {
      if (incident.signature == "A") {
        EXPECT_EQ(incident.level, Level::kCritical);
        open.push_back(incident);
      }
    }
    am->resume(open);
    ASSERT_TRUE(am->advance(clock_.now_));
    deliver();
    f.recovers("A", seconds(5));
    f.book().advance(incidents::at(std::chrono::hours(1)));
    deliver();
    ASSERT_THAT(sent, SizeIs(3));
    EXPECT_EQ(sent[1], sent[0]);
    EXPECT_EQ(sent[2], sent[0]);
  }
}

TEST_F(AlertmanagerSinkTest, APeerThatIsDownDelaysNobodyAndCatchesUp) {
  FakePeer peer;
  auto other = std::make_unique<FakePeer>();
  const std::string dead = "http://127.0.0.1:" + std::to_string(support::closed_port());
  const auto am = sink({dead, peer.url(), other->url()});
  ASSERT_TRUE(am->deliver(raised(connector_incident())));
  EXPECT_THAT(peer.take(), SizeIs(1));
  EXPECT_THAT(other->take(), SizeIs(1));
  EXPECT_FALSE(am->advance(clock_.now_));  // the dead one is still owed
  EXPECT_THAT(other->take(), SizeIs(1));

  other->status_ = "503 Service Unavailable";
  pass(minutes(1));
  EXPECT_FALSE(am->advance(clock_.now_));
  EXPECT_THAT(other->take(), SizeIs(1));
  other->status_ = "200 OK";
  pass(seconds(30));
  EXPECT_FALSE(am->advance(clock_.now_));
  EXPECT_THAT(other->take(), SizeIs(1));
}

TEST_F(AlertmanagerSinkTest, SaysWhatAnAnswerMeans) {
  struct Row {
    const char* status;
    bool final;
    const char* text;
  };
  for (const auto& row :
       {Row{"400 Bad Request", true, "refuses what was sent"},
        Row{"503 Service Unavailable", false, "cannot take it now"},
        Row{"401 Unauthorized", false, "does not let us in"}, Row{"302 Found", false, "redirect"},
        Row{"404 Not Found", false, "address"}}) {
    SCOPED_TRACE(row.status);
    FakePeer peer;
    peer.status_ = row.status;
    const auto am = sink({peer.url()});
    const auto delivered = am->deliver(raised(connector_incident()));
    ASSERT_FALSE(delivered);
    EXPECT_EQ(delivered.error().final, row.final);
    EXPECT_THAT(delivered.error().error.message, HasSubstr(row.text));
    EXPECT_THAT(am->last_answer(), HasSubstr(row.status));
    // What was refused for good is not repeated either.
    peer.take();
    EXPECT_EQ(am->advance(clock_.now_ + minutes(1)).has_value(), row.final);
  }
}

TEST_F(AlertmanagerSinkTest, AnAlertThatIsRefusedLaterCostsNoOtherItsLifeAndIsTriedAgain) {
  FakePeer peer;
  peer.refuses_ = "ffff";
  const auto am = sink({peer.url()});
  std::vector<incidents::Incident> open(3, connector_incident());
  open[1].fingerprint = "ffff";
  open[2].fingerprint = "2222";
  am->resume(open);
  for (int minute = 0; minute < 3; ++minute) {
    EXPECT_FALSE(am->advance(clock_.now_));  // it shows in the status
    EXPECT_THAT(peer.take(), SizeIs(4));     // together, then each by itself
    EXPECT_FALSE(am->advance(clock_.now_ + seconds(30)));
    pass(minutes(1));
  }
}

TEST_F(AlertmanagerSinkTest, RaisedAgainIsNotResolvedByTheOldClear) {
  FakePeer peer;
  const auto am = sink({peer.url()});
  ASSERT_TRUE(am->deliver(raised(connector_incident())));
  pass(seconds(10));
  ASSERT_TRUE(am->deliver(cleared(connector_incident(), "2026-11-22T10:42:18Z")));
  auto again = connector_incident();
  again.first_seen = clock_.now_;
  pass(seconds(10));
  ASSERT_TRUE(am->deliver(raised(again, "2026-11-22T10:42:28Z")));
  peer.take();
  pass(minutes(1));
  ASSERT_TRUE(am->advance(clock_.now_));
  const auto posts = peer.take();
  ASSERT_THAT(posts, SizeIs(1));
  ASSERT_EQ(posts[0]->size(), 1U);
  EXPECT_EQ(field(posts[0], 0, "endsAt"), base::to_rfc3339(clock_.now_ + minutes(4)));
}

TEST(AlertLabels, AreValidWhateverTheGroupIs) {
  incidents::Incident incident = connector_incident();
  incident.group = {{"a-b", "1"},
                    {"a b", "2"},
                    {"9x", "3"},
                    {"__name__", "4"},
                    {"", "5"},
                    {"alertname", "6"},
                    {"empty", ""},
                    {"caf\xC3\xA9", hostile_text()},
                    {std::string(300, 'x'), std::string(5000, 'y')}};
  const auto alert = labelled(incident, incident.level, "HOST", {});
  for (const auto& [name, value] : alert.labels) {
    EXPECT_TRUE(is_label_name(name)) << name;
    EXPECT_FALSE(value.empty()) << name;
    EXPECT_LE(value.size(), 210U) << name;
    EXPECT_EQ(value.find_first_of(std::string("\r\n\x1b\0", 4)), std::string::npos) << name;
  }
  EXPECT_EQ(alert.labels.at("alertname"), "CMG-CONN-403-CLIENTCERT");
  EXPECT_EQ(alert.labels.at("group_alertname"), "6");
  EXPECT_EQ(alert.labels.at("a_b"), "2");  // "a b" sorts before "a-b"
  EXPECT_EQ(alert.labels.at("group_9x"), "3");
  EXPECT_EQ(alert.annotations.at("labels_left_out"), "a-b");
  EXPECT_EQ(alert.labels.at("instance"), "HOST");

  for (int i = 0; i < 100; ++i) {
    incident.group["k" + std::to_string(i)] = "v";
  }
  EXPECT_THAT(labelled(incident, incident.level, "HOST", {}).labels, SizeIs(30));
}

TEST(AlertmanagerOptions, NamesMistakes) {
  struct Row {
    const char* text;
    const char* complaint;
  };
  for (const auto& row :
       {Row{"{type: alertmanager}", "'urls' must have 1 to 8"},
        Row{"{urls: []}", "'urls' must have 1 to 8"}, Row{"{urls: ['ftp://x']}", "http://"},
        Row{"{urls: ['http://u:p@x']}", "username"},
        Row{"{urls: ['http://x'], labels: {a-b: c}}", "'a-b' cannot be a label"},
        Row{"{urls: ['http://x'], labels: {severity: c}}", "'severity' cannot be a label"},
        Row{"{urls: ['http://x'], username: a}", "belong together"},
        Row{"{urls: ['http://x'], timeout: 1ms}", "from 1s to 5m"},
        Row{"{urls: ['http://x'], token: ''}", "'token' is empty"}}) {
    SCOPED_TRACE(row.text);
    base::Complaints complaints;
    const auto node = base::load_yaml(row.text, "f", complaints);
    base::Mapping mapping(node.front(), "f", complaints, "the sink 'am'");
    read_alertmanager(mapping, "am");
    std::string all;
    for (const auto& complaint : complaints) {
      all += complaint.message + "\n";
    }
    EXPECT_THAT(all, HasSubstr(row.complaint));
  }
}

}  // namespace
}  // namespace cmgmon::sinks
