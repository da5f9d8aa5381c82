#pragma once
// The alert journal: one JSON object per line (incident_json.h, "alert"), for log shippers and for looking back.
//
// Exactly once: when it opens, the journal reads the delivery ids of its last lines, and a transition that is among them
// is acknowledged without being written again. A last line torn by a crash is cut off and written anew.
//
// Rotation by size: alerts.jsonl -> alerts.1.jsonl -> alerts.2.jsonl. If a reader keeps the file from being renamed, it
// grows on and rotation is tried again at the next line: no alert waits for a shipper.
// The file is opened for each line and closed after it: others may rename or delete it at any time.
//
// Errors:  deliver() fails when the line is not on the disk; nothing of it counts then, try again.
// Tests:   tests/unit/sinks/jsonl_sink_test.cpp

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "platform/files.h"
#include "sinks/sink.h"
#include "sinks/sink_options.h"

namespace cmgmon::sinks {

class JsonlSink final : public Sink {
 public:
  // options.path must be set. Creates its folder with the first line.
  JsonlSink(JsonlOptions options, std::string host);

  std::string_view name() const override { return options_.name; }
  signatures::Level level() const override { return options_.level; }
  bool wants_updates() const override { return options_.updates; }
  Delivered deliver(const incidents::Transition& transition) override;
  base::Result<void> notify(const Notice& notice, base::Time at) override;

  struct Counters {
    std::uint64_t written = 0;
    std::uint64_t already_there = 0;
    std::uint64_t torn_bytes = 0;
    std::uint64_t rotations = 0;
    std::uint64_t failed_rotations = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  base::Result<void> reconcile();
  base::Result<void> append(const std::string& line);
  base::Result<void> rotate();
  void note_delivery(std::string_view delivery_id);
  std::string rotated_path(int number) const;

  JsonlOptions options_;
  std::string host_;
  bool reconciled_ = false;  // false: the end of the file is unknown, look first
  std::unordered_set<std::string> known_;
  std::deque<std::string> known_order_;
  Counters counters_;
};

}  // namespace cmgmon::sinks
