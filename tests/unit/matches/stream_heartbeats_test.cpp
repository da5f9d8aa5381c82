// StreamMatcher and what absences expect: of each read the newest, wherever it stands.

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "matches/stream_matcher.h"
#include "random_log.h"
#include "support/rules.h"

namespace cmgmon::matches {
namespace {

using test::RandomLog;

const base::Time kNow = *base::from_rfc3339("2027-01-01T00:00:00Z");

// A heartbeat that is common, one of which most records that hold its literal are none, and one that is rare; and a failure, for
// which the framer must come.
const signatures::SignatureSet& rules() {
  static const signatures::SignatureSet set = [] {
    std::string text = test::rule_head(1) + R"(
detection: {failed: {Message|contains: 'failure of '}, condition: failed}
x-cmgmon: {version: 1, event_id: 1001}
)";
    int number = 1;
    const std::pair<const char*, const char*> kExpected[] = {{"record number", "healthy"},
                                                             {"record number", "number [0-9]*7"},
                                                             {"record number 12", "12[0-9]+"}};
    for (const auto& [literal, expression] : kExpected) {
      ++number;
      text += "---\n" + test::rule_head(number) +
              "x-cmgmon:\n  version: 1\n  event_id: " + std::to_string(1000 + number) +
              "\n  absence:\n    expect:\n      alive: {Message|contains: '" + literal +
              "', "
              "Message|re: '" +
              expression + "'}\n      condition: alive\n    every: 15m\n";
    }
    return test::rules_from(text);
  }();
  return set;
}

// By rule: where the newest one was, and what it said.
using Heard = std::map<std::string, std::string>;

std::string describe(const records::Record& record) {
  return std::to_string(record.line) + "@" + std::to_string(record.offset) + "+" +
         std::to_string(record.length) + " " + (record.time ? base::to_rfc3339(*record.time) : "") +
         " " + std::string(record.message.substr(0, 60));
}

class Forward {
 public:
  explicit Forward(const std::string& log) : log_(log) { framer_.start_file(0); }

  const Heard& at(std::size_t end) {
    if (end > framed_) {
      framer_.feed(std::string_view(log_).substr(framed_, end - framed_), kNow,
                   [&](const records::Record& record) {
                     matcher_.match(
                         record, "app.log", [](const Match&) {}, heard_handler_);
                   });
      framed_ = end;
    }
    return heard_;
  }

 private:
  const std::string& log_;
  const Plan plan_{rules(), "app"};
  records::Framer framer_;
  Matcher matcher_{plan_, {}};
  std::size_t framed_ = 0;
  Heard heard_;
  HeartbeatHandler heard_handler_ = [this](const signatures::Signature& signature,
                                           const records::Record& record) {
    heard_[signature.name] = describe(record);
  };
};

// Stops at the first difference.
void expect_newest(const std::string& log, RandomLog& random, std::size_t most, bool restarts) {
  Forward forward(log);
  const Plan plan(rules(), "app");
  Heard heard;
  const HeartbeatHandler handler = [&](const signatures::Signature& signature,
                                       const records::Record& record) {
    heard[signature.name] = describe(record);
  };
  const MatchHandler handle = [](const Match&) {};
  const RecoveryWish never = [](const signatures::Signature&, std::optional<std::string_view>) {
    return false;
  };
  const std::string path = "app.log";
  auto matcher = std::make_unique<StreamMatcher>(plan, Fields());
  const StreamMatcher::Occasion occasion{path, kNow, handle, handler, never};
  matcher->start_file(0);
  for (std::size_t at = 0; at < log.size();) {
    const auto bytes = std::string_view(log).substr(at, random.number(1, most));
    matcher->feed(bytes, occasion);
    at += bytes.size();
    ASSERT_EQ(heard, forward.at(at)) << "after " << at;
    if (restarts && random.one_in(8)) {
      const std::string framer_state = matcher->save_framer();
      const std::string matcher_state = matcher->save_matcher();
      at = matcher->framer().resume_offset();
      matcher = std::make_unique<StreamMatcher>(plan, Fields());
      EXPECT_TRUE(matcher->load_framer(framer_state).has_value());
      EXPECT_TRUE(matcher->load_matcher(matcher_state).has_value());
      matcher->start_file(at);
    }
  }
}

TEST(StreamMatcherHeartbeats, AreTheNewestOfEveryRead) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomLog random(seed);
  for (int round = 0; round < 8; ++round) {
    const std::size_t bytes = random.number(20, 300) * 1024;
    std::string log = round % 4 == 0   ? random.ccm(bytes)
                      : round % 4 == 1 ? random.site_server(bytes)
                      : round % 4 == 2 ? random.mixed(bytes)
                                       : random.plain(bytes);
    for (const std::size_t most :
         {std::size_t{3000}, std::size_t{60000}, std::size_t{256} << 10U}) {
      SCOPED_TRACE(testing::Message() << "round " << round << ", reads of up to " << most);
      ASSERT_NO_FATAL_FAILURE(expect_newest(log, random, most, false));
      // A restart goes back by as much as a match may look back.
      ASSERT_NO_FATAL_FAILURE(expect_newest(log, random, most << 10U, true));
    }
  }
}

}  // namespace
}  // namespace cmgmon::matches
