#pragma once
// What stands behind tail in a test: takes its events, holds them to the contract of tail/chunk.h, and keeps the lines.
//
// It is a pipeline in small: an unfinished line waits for its rest, dies with its file, and is where a restart resumes.
// A breach of the contract is an exception, so that it fails any test. A copy is a snapshot for a crash.

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "tail/chunk.h"
#include "tail/follower.h"

namespace cmgmon::support {

class TailConsumer {
 public:
  struct Line {
    std::string text;
    bool after_gap = false;  // a Gap came between the line before and this one
    bool operator==(const Line&) const = default;
  };
  struct Stream {
    tail::StreamInfo info;
    std::string path;          // of the current file, "" between files
    std::uint64_t offset = 0;  // where its next chunk must begin
    std::string unfinished;
    bool gap = false;
    bool live = false;  // BacklogEnded came, in this run
    std::vector<Line> lines;
    std::size_t backlog_lines = 0;
    tail::Checkpoint checkpoint;
    bool has_checkpoint = false;
  };

  void take(const tail::PollOutcome& outcome) {
    for (const tail::TailEvent& event : outcome.events) {
      std::visit([this](const auto& one) { on(one); }, event);
    }
    for (const tail::Checkpoint& checkpoint : outcome.checkpoints) {
      Stream& stream = by_key(checkpoint.stream);
      require(checkpoint.offset == stream.offset, "the checkpoint is where the chunks ended");
      require(checkpoint.resume == checkpoint.offset, "tail does not know about records");
      stream.checkpoint = checkpoint;
      stream.checkpoint.resume -= stream.unfinished.size();
      stream.has_checkpoint = true;
    }
  }

  // What a new run starts from; it forgets what lived in the old one.
  std::vector<tail::Checkpoint> restart() {
    std::vector<tail::Checkpoint> known;
    for (auto& [key, stream] : streams_) {
      stream.path.clear();
      stream.unfinished.clear();
      stream.info.id = 0;
      stream.live = false;
      if (stream.has_checkpoint) {
        known.push_back(stream.checkpoint);
      }
    }
    return known;
  }

  Stream& by_key(const std::string& key) { return streams_[key]; }
  const std::map<std::string, Stream>& streams() const { return streams_; }
  // Of the only stream there is.
  const Stream& only() const {
    require(streams_.size() == 1, "there is one stream");
    return streams_.begin()->second;
  }
  std::string text() const {
    std::string all;
    for (const Line& line : only().lines) {
      all += line.text + ";";
    }
    return all;
  }
  const std::vector<std::string>& log() const { return log_; }  // every event but chunks, in words
  void clear_log() { log_.clear(); }
  const std::vector<tail::Gap>& gaps() const { return gaps_; }

 private:
  static void require(bool holds, const char* what) {
    if (!holds) {
      throw std::logic_error(std::string("contract of tail broken: ") + what);
    }
  }

  Stream& by_id(tail::StreamId id) {
    for (auto& [key, stream] : streams_) {
      if (stream.info.id == id && id != 0) {
        return stream;
      }
    }
    throw std::logic_error("contract of tail broken: StreamOpened comes first");
  }

  static std::string name(const std::string& path) {
    const std::size_t at = path.find_last_of("/\\");
    return at == std::string::npos ? path : path.substr(at + 1);
  }

  void on(const tail::StreamOpened& event) {
    Stream& stream = streams_[event.info.key];
    require(stream.info.id == 0, "StreamOpened once per run");
    stream.info = event.info;
    log_.push_back("opened " + name(event.info.key));
  }
  void on(const tail::FileStarted& event) {
    Stream& stream = by_id(event.stream);
    // Without FileEnded of the one before only to come back from late lines.
    require(stream.unfinished.empty(), "no file is started within a line");
    stream.path = event.path;
    stream.offset = event.offset;
    log_.push_back("start " + name(event.path) + " " + std::to_string(event.offset));
  }
  void on(const tail::Chunk& event) {
    Stream& stream = by_id(event.stream);
    require(!stream.path.empty(), "FileStarted before Chunk");
    require(event.offset == stream.offset, "chunks follow each other");
    require(!event.bytes.empty() && event.bytes.size() <= (256U << 10U),
            "a chunk has 1 byte to 256 KiB");
    stream.offset += event.bytes.size();
    for (const char c : event.bytes) {
      if (c == '\n') {
        stream.lines.push_back(
            {std::exchange(stream.unfinished, ""), std::exchange(stream.gap, false)});
      } else {
        stream.unfinished += c;
      }
    }
    if (!stream.live) {
      stream.backlog_lines = stream.lines.size();
    }
  }
  void on(const tail::FileEnded& event) {
    Stream& stream = by_id(event.stream);
    require(!stream.path.empty(), "FileStarted before FileEnded");
    stream.path.clear();
    stream.unfinished.clear();
    log_.push_back("end " + name(event.path));
  }
  void on(const tail::BacklogEnded& event) {
    Stream& stream = by_id(event.stream);
    require(!stream.live, "BacklogEnded once per run");
    stream.live = true;
    log_.push_back("live");
  }
  void on(const tail::Gap& event) {
    by_id(event.stream).gap = true;
    gaps_.push_back(event);
    log_.push_back("gap " + name(event.path) + " " + std::to_string(event.bytes));
  }
  void on(const tail::InputProblem& event) {
    require(!event.message.empty() && !event.remedy.empty(), "a problem says what and what to do");
    log_.push_back("problem " + name(event.path));
  }
  void on(const tail::InputRecovered& event) { log_.push_back("recovered " + name(event.path)); }

  std::map<std::string, Stream> streams_;
  std::vector<std::string> log_;
  std::vector<tail::Gap> gaps_;
};

}  // namespace cmgmon::support
