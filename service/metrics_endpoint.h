#pragma once
// The page for Prometheus, through all reloads: opened when the settings ask for it, opened anew when its address changes,
// tried again when the port was taken.
//
// Threads: one call at a time.
// Tests:   tests/unit/service/metrics_endpoint_test.cpp

#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "settings/settings.h"
#include "sinks/sink.h"
#include "status/metrics_server.h"
#include "status/status_board.h"

namespace cmgmon::service {

class MetricsEndpoint {
 public:
  MetricsEndpoint(std::shared_ptr<status::StatusBoard> board, const base::Clock& clock)
      : board_(std::move(board)), clock_(clock) {}

  // What is to be told about it is added to `notices`.
  void follow(const settings::Settings& settings, std::vector<sinks::Notice>& notices);
  // Again, if it did not work.
  void try_again(std::vector<sinks::Notice>& notices);

 private:
  std::shared_ptr<status::StatusBoard> board_;
  const base::Clock& clock_;
  settings::MetricsSetting wanted_;
  std::string host_;
  std::unique_ptr<status::MetricsServer> server_;
  bool failing_ = false;
};

}  // namespace cmgmon::service
