#pragma once
// What was found out about the texts that a log repeats. A storm is a few texts again and again: each of them needs to be
// searched for literals, held against conditions and taken apart only once.
//
// The text of a record is its message and whatever else of it the signatures ask for. It is remembered when it comes for the
// second time, and forgotten when another one that has its place comes twice in a row. Rows of W3C logs are not remembered:
// each has its own time.
//
// Memory:  at most kSlots texts of at most kMaxTextBytes.
// Threads: not thread-safe.
// Tests:   tests/unit/matches/readings_test.cpp

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "records/record.h"

namespace cmgmon::matches {

struct Reading {
  enum class Answer : std::uint8_t { kUnknown, kNo, kYes };

  std::uint64_t id = 0;   // no other text ever has it; 0: the text is not remembered
  bool searched = false;  // candidates are known
  std::vector<std::uint32_t> candidates;  // in the order in which they are tried
  std::vector<Answer> answers;            // parallel: whether their conditions hold
};

class Readings {
 public:
  static constexpr std::size_t kSlots = 64;
  static constexpr std::size_t kMaxTextBytes = 4096;

  // This field (Record::field) of a record is asked for. Before the first find().
  void ask_for(std::string_view field);

  // What is known of a record with this text, to be added to; nullptr: it is not remembered. Valid until the next call.
  Reading* find(const records::Record& record);

 private:
  using Part = std::string_view records::Record::*;
  struct Slot {
    std::uint64_t seen = 0;  // hash of the last text that came here
    std::uint64_t hash = 0;  // of the one that is remembered
    records::Format format = records::Format::kUnknown;
    std::vector<std::string> text;  // parallel to parts_
    Reading reading;
  };

  std::uint64_t hash_of(const records::Record& record) const;
  bool holds(const Slot& slot, const records::Record& record) const;

  std::vector<Part> parts_ = {&records::Record::message};
  std::vector<Slot> slots_;
  std::uint64_t next_id_ = 1;
};

}  // namespace cmgmon::matches
