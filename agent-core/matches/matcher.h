#pragma once
// Holds the records of one stream against the signatures of its log service.
//
// A record is first tested for the signatures' literals; rules, regular expressions and extraction run only on
// records that hold one. Context records (earlier records that belong to a failure) are remembered per stream, within
// the bounds below, and used up by the match they explain, so that the next failure cannot inherit them.
//
// Errors:  none.
// Threads: not thread-safe; one matcher per stream, on the pipeline. They share their Plan.
// Life:    Plan outlives its Matchers; SignatureSet outlives the Plan.
// Tests:   tests/unit/matches/matcher_test.cpp, against tests/support/match_oracle.h

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "matches/match.h"
#include "records/record.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

class MatchBuilder;
struct Reading;

// How far back a failure may look for its context: bytes of the stream (from the start of the context to the start of the
// hit, across a rollover), records of the same thread (where the thread is what connects them), time when both know theirs.
inline constexpr std::size_t kContextBytes = 64U << 10U;
inline constexpr std::size_t kContextRecords = 32;
inline constexpr std::chrono::seconds kContextAge{10};

// The match is valid during the call.
using MatchHandler = std::function<void(const Match&)>;
// A record that the absence `signature` expects; valid during the call. Of those in one read the newest is enough.
using HeartbeatHandler =
    std::function<void(const signatures::Signature& signature, const records::Record& record)>;

// Some of Plan::recovering(), a bit each; those at the end of a long list share one.
using RecoverySet = std::uint64_t;
inline constexpr RecoverySet kAllRecoveries = ~RecoverySet{0};

// Whether a sign of recovery of this signature matters now, if it stands in a record with this text in its message (nullopt:
// in whatever record). The text may be more than the message.
using RecoveryWish = std::function<bool(const signatures::Signature& signature,
                                        std::optional<std::string_view> text)>;
// Texts (lower case) one of which stands in the message of every record in which a sign of recovery of this signature is
// wished for; nullptr: nobody knows any. Valid until the next match.
using Telltales =
    std::function<const std::vector<std::string>*(const signatures::Signature& signature)>;

// The signatures (and recoveries) that apply to one log service, compiled for matching.
class Plan {
 public:
  // `service` empty: every signature of the set (files that belong to no source, and scan --all).
  Plan(const signatures::SignatureSet& set, std::string_view service);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  // Signatures that logs of this service can show the recovery of.
  const std::vector<const signatures::Signature*>& recovering() const;

 private:
  friend class Matcher;
  friend class SignSearch;
  friend class StreamMatcher;
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

class Matcher {
 public:
  // `base_fields` go into every match, e.g. host from the glob.
  Matcher(const Plan& plan, Fields base_fields);
  ~Matcher();
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;

  void match(const records::Record& record, std::string_view path, const MatchHandler& handle,
             const HeartbeatHandler& heard = {});
  // The same in three parts. Recoveries and heartbeats need no context and are none, so records may be held against them out
  // of turn. Of recoveries, only those are reported that are in `wanted` and wished for. False, and nothing is reported, when
  // the record is a failure: then it must have its turn.
  bool match_signs(const records::Record& record, std::string_view path, RecoverySet wanted,
                   const RecoveryWish& wish, const MatchHandler& handle);
  // False: match_signs() of a record whose message stands in this text (as it was written, in bytes of ASCII) would be true
  // and report nothing.
  bool may_match_signs(std::string_view text, RecoverySet wanted, const RecoveryWish& wish);
  // Of one heartbeat of the plan, by its number.
  bool is_heartbeat(const records::Record& record, std::size_t number);
  // Without recoveries.
  void match_failures(const records::Record& record, std::string_view path,
                      const MatchHandler& handle, const HeartbeatHandler& heard);

  // Whether a record at this position, or behind it, may find context in what was matched before.
  bool remembers(std::uint64_t position) const;

  // Look-back memory; versioned. load() of another version's or damaged bytes is an error and leaves the memory empty.
  std::string save() const;
  base::Result<void> load(std::string_view bytes);

 private:
  struct Memory;

  void search(std::string_view text);
  void find_candidates(Reading& reading) const;
  bool read(const records::Record& record);
  bool satisfies(const records::Record& record, std::size_t candidate);
  MatchBuilder& builder_of(std::uint32_t signature);
  void match_items(const records::Record& record, std::string_view path, const MatchHandler& handle,
                   const HeartbeatHandler& heard, bool recoveries);

  const Plan* plan_;
  Fields base_fields_;
  std::unique_ptr<Memory> memory_;
};

// True when `expression` holds for `record`. Exposed for tests and for `rules` tools.
bool holds(const signatures::Expression& expression, const records::Record& record);

}  // namespace cmgmon::matches
