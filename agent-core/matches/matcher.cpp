#include "matches/matcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "matches/compiled_plan.h"
#include "matches/context_memory.h"
#include "matches/match_builder.h"
#include "matches/readings.h"

namespace cmgmon::matches {

struct Matcher::Memory {
  ContextMemory contexts;
  std::vector<std::unique_ptr<MatchBuilder>> builders;  // by signature of the plan, once it matched

  // Of the current record; reused.
  Reading unremembered;
  Reading* reading = &unremembered;
  bool searched = false;  // hits and answers are of this record, too
  LiteralHits hits;
  Conditions::Answers answers;
  std::vector<ContextMemory::Handle> used;
  std::vector<ContextMemory::Link> links;
};

Matcher::Matcher(const Plan& plan, Fields base_fields)
    : plan_(&plan), base_fields_(std::move(base_fields)), memory_(std::make_unique<Memory>()) {}

Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

// Looks for the literals in the text and asks nothing yet.
void Matcher::search(std::string_view text) {
  Plan::Compiled& plan = *plan_->compiled_;
  Memory& memory = *memory_;
  plan.scanner.collect(text, memory.hits);
  memory.answers.clear(plan.conditions);
  memory.searched = true;
}

// What the literals found last announce, in the order in which it is tried.
void Matcher::find_candidates(Reading& reading) const {
  const Plan::Compiled& plan = *plan_->compiled_;
  auto& candidates = reading.candidates;
  candidates.clear();
  for (const auto literal : memory_->hits.ids()) {
    const auto& items = plan.items_of[literal];
    candidates.insert(candidates.end(), items.begin(), items.end());
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  reading.answers.assign(candidates.size(), Reading::Answer::kUnknown);
  reading.searched = true;
}

// What is known of the record; false when nothing can happen on it.
bool Matcher::read(const records::Record& record) {
  Memory& memory = *memory_;
  Reading* const remembered = plan_->compiled_->readings.find(record);
  memory.reading = remembered != nullptr ? remembered : &memory.unremembered;
  memory.searched = false;
  if (remembered == nullptr || !remembered->searched) {
    search(record.message);
    find_candidates(*memory.reading);
  }
  return !memory.reading->candidates.empty();
}

// Whether the condition of a candidate of the record read last holds for it.
bool Matcher::satisfies(const records::Record& record, std::size_t candidate) {
  const Plan::Compiled& plan = *plan_->compiled_;
  Memory& memory = *memory_;
  Reading::Answer& answer = memory.reading->answers[candidate];
  if (answer == Reading::Answer::kUnknown) {
    if (!memory.searched) {
      search(record.message);
    }
    const Item item = plan.items[memory.reading->candidates[candidate]];
    answer = plan.conditions.hold(plan.condition_of(item), record, memory.hits, memory.answers)
                 ? Reading::Answer::kYes
                 : Reading::Answer::kNo;
  }
  return answer == Reading::Answer::kYes;
}

bool Matcher::is_heartbeat(const records::Record& record, std::size_t number) {
  const Plan::Compiled& plan = *plan_->compiled_;
  read(record);
  const auto& candidates = memory_->reading->candidates;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Item item = plan.items[candidates[i]];
    if (item.kind == Item::Kind::kHeartbeat && item.index == number) {
      return satisfies(record, i);
    }
  }
  return false;
}

bool Matcher::may_match_signs(std::string_view text, RecoverySet wanted, const RecoveryWish& wish) {
  const Plan::Compiled& plan = *plan_->compiled_;
  search(text);
  find_candidates(memory_->unremembered);
  const auto& candidates = memory_->unremembered.candidates;
  return std::any_of(candidates.begin(), candidates.end(), [&](std::uint32_t candidate) {
    const Item item = plan.items[candidate];
    return item.kind != Item::Kind::kContext && item.kind != Item::Kind::kHeartbeat &&
           plan.conditions.may_hold(plan.condition_of(item), text, memory_->hits) &&
           !plan.is_idle(candidate, text, wanted, wish);
  });
}

bool Matcher::match_signs(const records::Record& record, std::string_view path, RecoverySet wanted,
                          const RecoveryWish& wish, const MatchHandler& handle) {
  const Plan::Compiled& plan = *plan_->compiled_;
  read(record);
  const auto& candidates = memory_->reading->candidates;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Item::Kind kind = plan.items[candidates[i]].kind;
    if ((kind == Item::Kind::kSignature || kind == Item::Kind::kFallback) && satisfies(record, i)) {
      return false;
    }
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Item item = plan.items[candidates[i]];
    if (item.kind == Item::Kind::kRecovery &&
        !plan.is_idle(candidates[i], record.message, wanted, wish) && satisfies(record, i)) {
      match_recovery(plan.recoveries[item.index], base_fields_, record, path, handle);
    }
  }
  return true;
}

void Matcher::match(const records::Record& record, std::string_view path,
                    const MatchHandler& handle, const HeartbeatHandler& heard) {
  match_items(record, path, handle, heard, true);
}

void Matcher::match_failures(const records::Record& record, std::string_view path,
                             const MatchHandler& handle, const HeartbeatHandler& heard) {
  match_items(record, path, handle, heard, false);
}

MatchBuilder& Matcher::builder_of(std::uint32_t signature) {
  const Plan::Compiled& plan = *plan_->compiled_;
  auto& builders = memory_->builders;
  builders.resize(plan.signatures.size());
  if (!builders[signature]) {
    builders[signature] = std::make_unique<MatchBuilder>(plan.signatures[signature], plan.contexts);
  }
  return *builders[signature];
}

void Matcher::match_items(const records::Record& record, std::string_view path,
                          const MatchHandler& handle, const HeartbeatHandler& heard,
                          bool recoveries) {
  const Plan::Compiled& plan = *plan_->compiled_;
  Memory& memory = *memory_;
  memory.contexts.begin(record);
  if (!read(record)) {
    return;
  }
  const Reading& reading = *memory.reading;
  memory.used.clear();
  memory.links.clear();
  bool matched = false;
  for (std::size_t i = 0; i < reading.candidates.size(); ++i) {
    const Item item = plan.items[reading.candidates[i]];
    switch (item.kind) {
      case Item::Kind::kFallback:
        if (matched) {
          break;
        }
        [[fallthrough]];
      case Item::Kind::kSignature: {
        if (!satisfies(record, i)) {
          break;
        }
        MatchBuilder& builder = builder_of(item.index);
        if (builder.build(record, path, reading.id, base_fields_, memory.contexts, handle)) {
          matched = true;
          builder.add_used(memory.used);
        }
        break;
      }
      case Item::Kind::kRecovery:
        if (recoveries && satisfies(record, i)) {
          match_recovery(plan.recoveries[item.index], base_fields_, record, path, handle);
        }
        break;
      case Item::Kind::kHeartbeat:
        if (heard && satisfies(record, i)) {
          heard(*plan.heartbeats[item.index].signature, record);
        }
        break;
      case Item::Kind::kContext: {
        const PlannedContext& planned = plan.contexts[item.index];
        if (!satisfies(record, i)) {
          break;
        }
        std::string key;
        if (!planned.context->same_thread) {
          key = key_of(planned, record.message);
          if (key.empty()) {
            break;
          }
        }
        memory.links.push_back({item.index, std::move(key)});
        break;
      }
    }
  }
  memory.contexts.use_up(memory.used);
  if (!memory.links.empty()) {
    memory.contexts.keep(record, path, memory.links, reading.id);
  }
}

bool Matcher::remembers(std::uint64_t position) const {
  return memory_->contexts.reaches(position);
}

std::string Matcher::save() const {
  const auto& contexts = plan_->compiled_->contexts;
  return memory_->contexts.save(
      [&](std::uint32_t index) -> const std::string& { return contexts[index].name; });
}

base::Result<void> Matcher::load(std::string_view bytes) {
  return memory_->contexts.load(bytes, [&](std::string_view name) -> std::optional<std::uint32_t> {
    std::uint32_t index = 0;
    if (plan_->compiled_->find_context(name, index) == nullptr) {
      return std::nullopt;
    }
    return index;
  });
}

}  // namespace cmgmon::matches
