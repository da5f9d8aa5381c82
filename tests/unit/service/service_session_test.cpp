#include "service/service_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace cmgmon::service {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

class ServiceSessionTest : public ::testing::Test {
 protected:
  std::vector<ServicePhase> phases() const {
    std::vector<ServicePhase> all;
    for (const ServiceReport& report : reports_) {
      all.push_back(report.phase);
    }
    return all;
  }

  std::vector<ServiceReport> reports_;
  ServiceSession session_{[this](const ServiceReport& report) { reports_.push_back(report); }};
};

TEST_F(ServiceSessionTest, WholeLifeIsToldInOrder) {
  session_.start_pending(milliseconds(3000));
  session_.start_pending(milliseconds(4000));
  session_.running();
  session_.request_stop();
  session_.stopped(0);
  EXPECT_THAT(reports_,
              ElementsAre(ServiceReport{ServicePhase::kStartPending, 1, milliseconds(3000), 0},
                          ServiceReport{ServicePhase::kStartPending, 2, milliseconds(4000), 0},
                          ServiceReport{ServicePhase::kRunning, 0, milliseconds(0), 0},
                          ServiceReport{ServicePhase::kStopPending, 1, milliseconds(5000), 0},
                          ServiceReport{ServicePhase::kStopped, 0, milliseconds(0), 0}));
}

TEST_F(ServiceSessionTest, FailedStartNeverSaysRunning) {
  session_.start_pending(milliseconds(1));
  session_.stopped(2);
  EXPECT_THAT(reports_,
              ElementsAre(ServiceReport{ServicePhase::kStartPending, 1, milliseconds(1), 0},
                          ServiceReport{ServicePhase::kStopped, 0, milliseconds(0), 2}));
}

TEST_F(ServiceSessionTest, NothingFollowsStopped) {
  int woken = 0;
  session_.on_parameter_change([&] { ++woken; });
  session_.running();
  session_.stopped(1);
  session_.start_pending(milliseconds(1));
  session_.running();
  session_.request_stop();
  session_.request_parameter_change();
  session_.stopped(0);
  EXPECT_THAT(phases(), ElementsAre(ServicePhase::kRunning, ServicePhase::kStopped));
  EXPECT_EQ(woken, 0);
  EXPECT_FALSE(session_.stop_requested());
}

TEST_F(ServiceSessionTest, StoppingIsNeverTakenBack) {
  session_.start_pending(milliseconds(1));
  session_.request_stop();
  EXPECT_TRUE(session_.stop_requested());
  session_.start_pending(milliseconds(1));
  session_.running();
  session_.request_stop();
  EXPECT_THAT(phases(), ElementsAre(ServicePhase::kStartPending, ServicePhase::kStopPending));
}

TEST_F(ServiceSessionTest, WakesTheBodyOnce) {
  int woken = 0;
  session_.running();
  session_.on_stop([&] { ++woken; });
  EXPECT_EQ(woken, 0);
  session_.request_stop();
  session_.request_stop();
  EXPECT_EQ(woken, 1);
}

TEST_F(ServiceSessionTest, WakesAtOnceWhenTheRequestCameFirst) {
  int woken = 0;
  session_.running();
  session_.request_stop();
  session_.on_stop([&] { ++woken; });
  EXPECT_EQ(woken, 1);
}

TEST_F(ServiceSessionTest, TakenBackWakesNothing) {
  int woken = 0;
  session_.running();
  session_.on_stop([&] { ++woken; });
  session_.on_stop({});
  session_.request_stop();
  session_.on_stop({});
  EXPECT_EQ(woken, 0);
}

TEST_F(ServiceSessionTest, ParameterChangesAreToldWhileRunning) {
  int woken = 0;
  session_.on_parameter_change([&] { ++woken; });
  session_.request_parameter_change();
  EXPECT_EQ(woken, 0);
  session_.running();
  session_.request_parameter_change();
  session_.request_parameter_change();
  EXPECT_EQ(woken, 2);
  session_.request_stop();
  session_.request_parameter_change();
  EXPECT_EQ(woken, 2);
}

// The SCM's thread asks to stop while the body says that it works: whatever comes first, the order of reports is one
// that the SCM accepts, and the body is woken.
TEST_F(ServiceSessionTest, RacingRequestKeepsTheOrder) {
  for (int round = 0; round < 200; ++round) {
    std::vector<ServicePhase> told;
    ServiceSession session([&](const ServiceReport& report) { told.push_back(report.phase); });
    bool woken = false;
    std::thread scm([&] { session.request_stop(); });
    session.running();
    session.on_stop([&] { woken = true; });
    scm.join();
    session.stopped(0);
    EXPECT_TRUE(woken);
    if (told.size() == 3) {
      EXPECT_THAT(told, ElementsAre(ServicePhase::kRunning, ServicePhase::kStopPending,
                                    ServicePhase::kStopped));
    } else {
      EXPECT_THAT(told, ElementsAre(ServicePhase::kStopPending, ServicePhase::kStopped));
    }
  }
}

}  // namespace
}  // namespace cmgmon::service
