#pragma once
// By which texts a stream looks for signs of recovery: by what they say, or by what the open incidents say that they could end.
//
// "HTTP/1.1 200 OK" stands on every other line of a healthy log, the name of the one endpoint that fails on few of them, or on
// all. Nobody knows beforehand; so a stream counts the records that it looked at in vain, and tries the other way when there
// were many. Both find every sign that is wished for: it holds both texts.
//
// Threads: not thread-safe; one for each stream.
// Tests:   tests/unit/matches/sign_search_test.cpp, stream_matcher_test.cpp

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "matches/compiled_plan.h"
#include "matches/matcher.h"
#include "records/framer.h"

namespace cmgmon::matches {

class SignSearch {
 public:
  explicit SignSearch(Plan::Compiled& plan) : plan_(&plan) {}

  // Of the plan's recovering(): who matters now. `telltales` may be null. True: something else is searched for than before, and
  // a record of which a part was searched must be searched again: it may hold the old text in front and the new one behind.
  bool wish(const RecoveryWish& wish, const Telltales* telltales);
  RecoverySet wanted() const { return wanted_; }
  // The scanner for it all, failures too.
  LiteralScanner& scanner(const records::Framer& framer);
  // What it found at this offset of the stream was nothing.
  void in_vain(std::uint64_t position);

 private:
  // A scanner has to be built and trained: as much work as so many records.
  static constexpr int kMostInVain = 1024;
  enum Way { kBySigns, kByTelltales };

  bool note_telltales(const Telltales& telltales);

  Plan::Compiled* plan_;
  RecoverySet wanted_ = 0;
  RecoverySet told_ = 0;                // those of them that have telltales
  std::vector<std::string> telltales_;  // of all of them
  Way way_ = kBySigns;
  bool is_new_ = false;
  int vain_ = 0;
  std::uint64_t since_ = 0;                   // position
  std::array<std::uint64_t, 2> bytes_for_{};  // so many for kMostInVain, by way; 0: not known
};

}  // namespace cmgmon::matches
