#pragma once
// Incidents on the terminal, for people who run the program by hand.
//
// Quiet: an open incident speaks again only when its count passes 2, 5, 10, 20, 50, 100, ... or its level changes.
// A clear shows when it is decided, while other sinks still wait for it to last.
// The stream's owner switches the terminal to UTF-8 and colours, and decides `style` (NO_COLOR, not a terminal: none).
//
// Threads: the stream belongs to the sink while a call lasts.
// Tests:   tests/unit/sinks/console_sink_test.cpp

#include <cstdint>
#include <map>
#include <ostream>
#include <string>

#include "sinks/incident_block.h"
#include "sinks/sink.h"
#include "sinks/sink_options.h"

namespace cmgmon::sinks {

class ConsoleSink final : public Sink {
 public:
  // `out` outlives the sink.
  ConsoleSink(std::ostream& out, TextStyle style, ConsoleOptions options, std::string host);

  std::string_view name() const override { return options_.name; }
  signatures::Level level() const override { return options_.level; }
  bool wants_updates() const override { return true; }
  Delivered deliver(const incidents::Transition& transition) override;
  base::Result<void> notify(const Notice& notice, base::Time at) override;

 private:
  struct Shown {
    std::uint64_t count = 0;
    signatures::Level level = signatures::Level::kMedium;
    bool over = false;  // its clear is held back for other sinks
  };

  bool worth_telling(const incidents::Incident& incident);
  bool over_now(const incidents::Incident& incident);

  std::ostream& out_;
  TextStyle style_;
  ConsoleOptions options_;
  std::string host_;
  std::map<std::string, Shown> shown_;  // by episode
};

}  // namespace cmgmon::sinks
