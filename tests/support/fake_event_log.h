#pragma once
// An Event Log that remembers what was reported. The log itself is owned by whoever writes to it; what it recorded
// stays with the test.

#include <memory>
#include <vector>

#include "platform/event_log.h"

namespace cmgmon::support {

struct RecordedEvents {
  std::vector<platform::EventRecord> records;
  bool failing = false;  // every report fails while set
};

class FakeEventLog final : public platform::EventLog {
 public:
  // `into` outlives the log.
  explicit FakeEventLog(RecordedEvents& into) : into_(into) {}

  base::Result<void> report(const platform::EventRecord& record) override {
    if (into_.failing) {
      return base::Error{base::ErrorKind::kIo, 1502, "the event log file is full", "clear it"};
    }
    into_.records.push_back(record);
    return {};
  }

 private:
  RecordedEvents& into_;
};

}  // namespace cmgmon::support
