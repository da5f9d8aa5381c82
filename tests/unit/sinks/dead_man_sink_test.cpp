#include "sinks/dead_man_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "incident_samples.h"
#include "sinks/notices.h"
#include "support/test_server.h"

namespace cmgmon::sinks {
namespace {

using support::ServerEnd;
using support::TestServer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const base::Time kNow = at("2026-11-22T10:42:08Z");

DeadManOptions read(const std::string& text, std::string& complaints_text) {
  base::Complaints complaints;
  const auto node = base::load_yaml(text, "f", complaints);
  base::Mapping mapping(node.front(), "f", complaints, "the sink 'dead-man'");
  mapping.child("type");
  auto options = read_dead_man(mapping, "dead-man");
  mapping.finish();
  for (const auto& complaint : complaints) {
    complaints_text += complaint.message + "\n";
  }
  return options;
}

DeadManOptions options_for(std::uint16_t port) {
  std::string complaints;
  auto options =
      read("{url: 'http://127.0.0.1:" + std::to_string(port) + "/ping/hunter2'}", complaints);
  EXPECT_THAT(complaints, IsEmpty());
  return options;
}

TEST(DeadManOptions, NamesMistakes) {
  struct Row {
    const char* text;
    const char* complaint;
  };
  for (const auto& row : {Row{"{type: dead-man}", "has no 'url'"},
                          Row{"{url: 'https://x', method: PUT}", "GET or POST"},
                          Row{"{url: 'https://x', preset: teams}", "preset"}}) {
    SCOPED_TRACE(row.text);
    std::string complaints;
    read(row.text, complaints);
    EXPECT_THAT(complaints, HasSubstr(row.complaint));
    EXPECT_THAT(complaints, Not(HasSubstr("https://x")));
  }
  std::string complaints;
  read("{type: dead-man, url: {secret: ping}, method: POST, proxy: 'http://proxy:8080'}",
       complaints);
  EXPECT_THAT(complaints, IsEmpty());
}

TEST(DeadManSink, CallsAtEachHeartbeatAndAtNothingElse) {
  std::string seen;
  const TestServer server({}, [&seen](ServerEnd& end) {
    seen += end.read_request();
    end.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
  });
  DeadManSink sink(options_for(server.port()), "/nowhere");
  EXPECT_TRUE(sink.deliver(raised(connector_incident())));
  EXPECT_TRUE(sink.notify(service_stopped("test"), kNow));
  EXPECT_EQ(server.connections(), 0);
  EXPECT_TRUE(sink.advance(kNow));  // once at first: what an earlier agent may have owed
  EXPECT_TRUE(sink.advance(kNow));
  EXPECT_EQ(server.connections(), 1);
  EXPECT_TRUE(sink.notify(heartbeat("alive"), kNow));
  EXPECT_TRUE(sink.advance(kNow));
  EXPECT_EQ(server.connections(), 2);
  EXPECT_TRUE(sink.notify(heartbeat("alive"), kNow));
  EXPECT_EQ(server.connections(), 3);
  EXPECT_THAT(seen, HasSubstr("GET /ping/hunter2 HTTP/1.1\r\n"));
  EXPECT_THAT(sink.last_answer(), HasSubstr("200"));
}

TEST(DeadManSink, CallsAgainUntilSomebodyHears) {
  std::atomic<int> refusals{2};
  const TestServer server({}, [&refusals](ServerEnd& end) {
    end.read_request();
    end.write(refusals-- > 0 ? "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"
                             : "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
  });
  DeadManSink sink(options_for(server.port()), "/nowhere");
  const auto told = sink.notify(heartbeat("alive"), kNow);
  ASSERT_FALSE(told);
  EXPECT_THAT(base::describe(told.error()) + sink.last_answer(), Not(HasSubstr("hunter")));
  EXPECT_FALSE(sink.advance(kNow));
  EXPECT_TRUE(sink.advance(kNow));
  EXPECT_TRUE(sink.advance(kNow));
  EXPECT_EQ(server.connections(), 3);
}

}  // namespace
}  // namespace cmgmon::sinks
