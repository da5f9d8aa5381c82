#include "service/metrics_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cmgmon::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MetricsEndpointTest : public ::testing::Test {
 protected:
  // A port that somebody else listens on, until `occupant_` goes.
  void SetUp() override {
    auto occupant = status::MetricsServer::start({"127.0.0.1", 0, ""}, *board_, clock_);
    ASSERT_TRUE(occupant.has_value()) << occupant.error().message;
    occupant_ = std::move(*occupant);
    settings_.metrics = {"127.0.0.1", occupant_->port(), ""};
  }

  std::vector<int> follow() {
    std::vector<sinks::Notice> notices;
    endpoint_.follow(settings_, notices);
    return ids(notices);
  }
  std::vector<int> try_again() {
    std::vector<sinks::Notice> notices;
    endpoint_.try_again(notices);
    return ids(notices);
  }
  static std::vector<int> ids(const std::vector<sinks::Notice>& notices) {
    std::vector<int> ids;
    for (const auto& notice : notices) {
      ids.push_back(notice.event_id);
    }
    return ids;
  }
  // Whether our endpoint has the port.
  bool is_taken() {
    return !status::MetricsServer::start({"127.0.0.1", settings_.metrics.port, ""}, *board_, clock_)
                .has_value();
  }

  base::SystemClock clock_;
  std::shared_ptr<status::StatusBoard> board_ = std::make_shared<status::StatusBoard>();
  std::unique_ptr<status::MetricsServer> occupant_;
  settings::Settings settings_;
  MetricsEndpoint endpoint_{board_, clock_};
};

TEST_F(MetricsEndpointTest, OpensNothingUnlessItIsWritten) {
  occupant_.reset();
  const auto port = settings_.metrics.port;
  settings_.metrics = {};
  EXPECT_THAT(follow(), IsEmpty());
  settings_.metrics.port = port;
  EXPECT_FALSE(is_taken());
}

TEST_F(MetricsEndpointTest, SaysOnceThatThePortIsTakenAndTakesItWhenItIsFree) {
  EXPECT_THAT(follow(), ElementsAre(270));
  EXPECT_THAT(try_again(), IsEmpty());
  occupant_.reset();
  EXPECT_THAT(try_again(), ElementsAre(271));
  EXPECT_THAT(try_again(), IsEmpty());
  EXPECT_TRUE(is_taken());
}

TEST_F(MetricsEndpointTest, StaysThroughAReloadAndGoesWhenItIsNoLongerWritten) {
  occupant_.reset();
  EXPECT_THAT(follow(), IsEmpty());
  EXPECT_TRUE(is_taken());
  EXPECT_THAT(follow(), IsEmpty());  // the same settings again
  EXPECT_TRUE(is_taken());
  const auto port = settings_.metrics.port;
  settings_.metrics = {};
  EXPECT_THAT(follow(), IsEmpty());
  settings_.metrics.port = port;
  EXPECT_FALSE(is_taken());
}

}  // namespace
}  // namespace cmgmon::service
