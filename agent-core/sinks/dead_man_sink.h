#pragma once
// A dead man's switch: calls an address at each heartbeat. Somebody else's watch (healthchecks, a monitor's heartbeat
// check) raises the alarm when the calls stay away. No alert is sent there.
//
// A call that failed is repeated with every advance() until one succeeds or the next heartbeat takes its place; the
// failure shows as one of delivery (events 200 and 201).
//
// Threads: as Sink.   Source: docs/sinks.md.   Tests: tests/unit/sinks/dead_man_sink_test.cpp

#include <string>

#include "sinks/dead_man_options.h"
#include "sinks/http_access.h"
#include "sinks/sink.h"

namespace cmgmon::sinks {

class DeadManSink final : public Sink {
 public:
  DeadManSink(DeadManOptions options, std::string secrets_folder);

  std::string_view name() const override { return options_.name; }
  bool wants_updates() const override { return false; }
  Delivered deliver(const incidents::Transition& transition) override;
  base::Result<void> notify(const Notice& notice, base::Time at) override;
  base::Result<void> advance(base::Time now) override;
  Delivered test(const incidents::Transition& marked) override;
  std::string last_answer() const override { return last_answer_; }

 private:
  Delivered call();

  DeadManOptions options_;
  HttpAccess access_;
  // A heartbeat came and nobody has heard of it. True at first: an earlier agent of this process, which was replaced at a
  // reload, may have owed one.
  bool owed_ = true;
  std::string last_answer_;
};

}  // namespace cmgmon::sinks
