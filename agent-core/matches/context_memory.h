#pragma once
// Records that may turn out to belong to a failure, remembered until they are used or too old.
//
// A record is too old for a hit when its start lies more than kContextBytes of records before it, or its time differs by
// more than the context allows (kContextAge if it says nothing; when both are known), or, where the thread is what connects them, when it is not among the last
// kContextRecords records of that thread.
//
// Units:   bytes are those of the stream (Record::position), across a rollover.
// Memory:  at most kContextBytes of records (as they stand in the file), at most kMaxKept.
// Tests:   tests/unit/matches/context_memory_test.cpp

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "matches/match.h"
#include "matches/matcher.h"
#include "records/record.h"

namespace cmgmon::matches {

inline constexpr std::size_t kMaxKept = 1024;

// A record that outlives the call it was seen in.
class KeptRecord {
 public:
  KeptRecord() = default;
  KeptRecord(const records::Record& record, std::string_view path) { assign(record, path, 0); }

  // `reading`: id of what is known of its text, or 0.
  void assign(const records::Record& record, std::string_view path, std::uint64_t reading);

  // Calls use(const records::Record&) with a view that is valid during the call.
  template <typename Use>
  auto with(const Use& use) const {
    std::vector<records::Column> columns(columns_.begin(), columns_.end());
    return use(view(columns));
  }
  void quote(Evidence& evidence) const;

  const std::string& thread() const { return thread_; }
  const std::optional<base::Time>& time() const { return time_; }
  std::uint64_t reading() const { return reading_; }

 private:
  friend class ContextMemory;
  records::Record view(const std::vector<records::Column>& columns) const;

  records::Format format_ = records::Format::kUnknown;
  std::string message_, component_, thread_, type_, source_, path_;
  std::vector<std::pair<std::string, std::string>> columns_;
  std::optional<base::Time> time_;
  records::TimeConfidence time_confidence_ = records::TimeConfidence::kNone;
  std::uint64_t offset_ = 0, length_ = 0, line_ = 0;
  std::uint64_t reading_ = 0;
};

class ContextMemory {
  struct Kept;

 public:
  // One detection that a kept record satisfied, and the value that connects it (empty: the thread does).
  struct Link {
    std::uint32_t context = 0;
    std::string key;
  };
  // Of a kept record; the older one is less. Valid until the next begin().
  struct Handle {
    std::uint64_t number = 0;
    Kept* kept = nullptr;
    auto operator<=>(const Handle&) const = default;
  };

  // The stream has come to this record; call once per record, first.
  void begin(const records::Record& record);

  // Adds handles of what belongs to the record begun last, newest first.
  void of_thread(std::uint32_t context, const records::Record& record,
                 std::chrono::milliseconds age, std::vector<Handle>& handles) const;
  void of_key(std::uint32_t context, std::string_view key, const records::Record& record,
              std::chrono::milliseconds age, std::vector<Handle>& handles) const;
  static const KeptRecord& at(const Handle& handle) { return handle.kept->record; }

  // Reorders them.
  void use_up(std::vector<Handle>& handles);
  // Keeps the record begun last. `reading`: id of what is known of its text, or 0.
  void keep(const records::Record& record, std::string_view path, const std::vector<Link>& links,
            std::uint64_t reading = 0);

  std::size_t size() const { return kept_.size(); }
  // Whether something may belong to a record at `position` or behind it.
  bool reaches(std::uint64_t position) const {
    return !kept_.empty() && kept_.back()->position + kContextBytes >= position;
  }

  // Contexts are saved by name; a name that `index_of` does not know any more is forgotten.
  using NameOf = std::function<const std::string&(std::uint32_t context)>;
  using IndexOf = std::function<std::optional<std::uint32_t>(std::string_view name)>;
  std::string save(const NameOf& name_of) const;
  base::Result<void> load(std::string_view bytes, const IndexOf& index_of);

 private:
  struct Thread {
    std::uint64_t count = 0;
    Kept* newest = nullptr;  // of the kept ones; a thread without any is not watched
  };
  using Threads = std::map<std::string, Thread, std::less<>>;
  struct Kept {
    KeptRecord record;
    std::uint64_t position = 0;
    std::uint64_t number = 0;  // grows with the position
    Threads::iterator thread;
    Kept* older = nullptr;  // of its thread
    Kept* newer = nullptr;
    std::uint64_t thread_count = 0;  // records of its thread up to it, since the thread is watched
    std::vector<Link> links;
  };

  bool near(const Kept& kept, const records::Record& record, std::chrono::milliseconds age) const;
  void add(std::unique_ptr<Kept> kept, std::string_view thread);
  void forget(std::size_t index);
  void forget_old();

  std::deque<std::unique_ptr<Kept>> kept_;  // oldest first
  Threads threads_;
  // What was forgotten last. Context comes and goes with every failure of a storm.
  std::unique_ptr<Kept> spare_;
  Threads::node_type spare_thread_;
  std::uint64_t position_ = 0;  // of the record begun last
  std::uint64_t next_number_ = 1;
};

}  // namespace cmgmon::matches
