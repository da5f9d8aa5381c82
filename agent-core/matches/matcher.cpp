#include "matches/matcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "matches/compiled_plan.h"
#include "matches/context_memory.h"
#include "matches/field_collector.h"
#include "matches/field_values.h"
#include "signatures/field_names.h"

namespace cmgmon::matches {

namespace {

using signatures::Extraction;
using signatures::Signature;

constexpr std::size_t kMaxContextEvidence =
    16;                               // quoted records of one match, besides the hit itself
constexpr int kMaxOfOneRecord = 256;  // matches of one signature on one record, with `each`

// Calls once(position) for each occurrence that an extraction with `each` finds; once, when there is none or it finds nothing.
// once() gives the match, if it is one, and moves the position on.
template <typename Once>
void for_each_occurrence(const std::vector<Extraction>& extractions, const Once& once,
                         const MatchHandler& handle) {
  const bool repeated = std::any_of(extractions.begin(), extractions.end(),
                                    [](const Extraction& extraction) { return extraction.each; });
  std::size_t position = 0;
  for (int i = 0; i < (repeated ? kMaxOfOneRecord : 1); ++i) {
    auto match = once(position);
    const bool at_end = position == std::string_view::npos;
    if (match && (i == 0 || !at_end)) {
      handle(std::move(*match));
    }
    if (at_end) {
      break;
    }
  }
}

Evidence evidence_of(const records::Record& record, std::string_view path) {
  return {std::string(path),
          record.line,
          record.offset,
          record.time,
          record.time_confidence,
          std::string(base::prefix_of_bytes(record.message, kMaxEvidenceBytes))};
}

// What connects a context record to its failure; "" when it does not say.
std::string key_of(const PlannedContext& planned, std::string_view text) {
  const re2::RE2& expression = *planned.context->same_expression;
  std::vector<re2::StringPiece> groups(
      static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  const re2::StringPiece subject(text.data(), text.size());
  if (!expression.Match(subject, 0, subject.size(), re2::RE2::UNANCHORED, groups.data(),
                        static_cast<int>(groups.size()))) {
    return {};
  }
  const auto number = expression.NamedCapturingGroups().find(planned.context->same_field);
  const auto& found = groups[static_cast<std::size_t>(number->second)];
  const auto value = typed_value(planned.key_type, std::string_view(found.data(), found.size()));
  return value ? std::string(base::prefix_of_bytes(*value, kMaxFieldBytes)) : std::string();
}

}  // namespace

struct Matcher::Memory {
  ContextMemory contexts;
  LiteralHits hits;
  std::vector<std::uint32_t> candidates;    // items, reused
  Conditions::Answers answers;              // for this record
  std::vector<ContextMemory::Handle> used;  // by the matches of the current record
};

namespace {

// Builds the matches of one signature on one record.
class MatchBuilder {
 public:
  MatchBuilder(const PlannedSignature& planned, const ContextMemory& memory,
               const records::Record& record, std::string_view path)
      : planned_(planned), memory_(memory), record_(record), path_(path) {}

  // False: no match.
  bool build(const Fields& base_fields, const std::vector<PlannedContext>& contexts,
             const MatchHandler& handle) {
    look_back(base_fields, contexts);
    bool matched = false;
    for_each_occurrence(
        signature().extract,
        [&](std::size_t& position) { return build_one(base_fields, position); },
        [&](Match&& match) {
          matched = true;
          handle(std::move(match));
        });
    return matched;
  }

  // Everything that belongs to this failure and to no other, whether or not it told anything.
  std::vector<ContextMemory::Handle> used() const {
    std::vector<ContextMemory::Handle> handles;
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (!signature().context[i].shared) {
        handles.insert(handles.end(), found_[i].begin(), found_[i].end());
      }
    }
    return handles;
  }

 private:
  const Signature& signature() const { return *planned_.signature; }

  std::optional<Match> build_one(const Fields& base_fields, std::size_t& position) const {
    FieldCollector collector(base_fields);
    bool complete = true;
    for (const auto& extraction : signature().extract) {
      complete &= extract(extraction, collector, position) || !extraction.required ||
                  collector.knows_one_of(extraction);
    }
    if (!complete) {
      return std::nullopt;
    }
    for (const auto& name : planned_.record_fields) {
      collector.take_record_field(name, record_);
    }
    for (const auto& derived : signature().derived) {
      collector.derive(derived);
    }
    Match match;
    match.signature = &signature();
    match.time = record_.time;
    match.fields = collector.release();
    add_evidence(match);
    return match;
  }

  void look_back(const Fields& base_fields, const std::vector<PlannedContext>& contexts) {
    // What connects a context to this record, if not the thread, must come from the record itself.
    FieldCollector own(base_fields);
    if (std::any_of(signature().context.begin(), signature().context.end(),
                    [](const auto& context) { return !context.same_thread; })) {
      for (const auto& extraction : signature().extract) {
        if (extraction.from.empty()) {
          own.apply(extraction, record_);
        }
      }
    }
    for (const std::uint32_t index : planned_.contexts) {
      const auto& context = *contexts[index].context;
      if (context.same_thread) {
        found_.push_back(memory_.of_thread(index, record_, context.within));
        continue;
      }
      own.take_record_field(context.same_field, record_);
      const auto key = own.fields().find(context.same_field);
      found_.push_back(key == own.fields().end()
                           ? std::vector<ContextMemory::Handle>()
                           : memory_.of_key(index, key->second, record_, context.within));
    }
  }

  bool extract(const Extraction& extraction, FieldCollector& collector,
               std::size_t& position) const {
    if (extraction.from.empty()) {
      return collector.apply(extraction, record_, &position);
    }
    bool told = false;
    for (std::size_t i = 0; i < signature().context.size(); ++i) {
      if (signature().context[i].name != extraction.from) {
        continue;
      }
      for (const auto handle : found_[i]) {
        told |= memory_.at(handle).with(
            [&](const records::Record& record) { return collector.apply(extraction, record); });
        if (extraction.newest || (told && !extraction.every)) {
          break;
        }
      }
    }
    return told;
  }

  // Of each context the newest record; all of them where every one of them had a say.
  void add_evidence(Match& match) const {
    std::vector<ContextMemory::Handle> handles;
    for (std::size_t i = 0; i < found_.size(); ++i) {
      const auto& context = signature().context[i];
      if (!context.evidence || found_[i].empty()) {
        continue;
      }
      const bool every =
          std::any_of(signature().extract.begin(), signature().extract.end(),
                      [&](const auto& e) { return e.every && e.from == context.name; });
      handles.insert(handles.end(), found_[i].begin(),
                     every ? found_[i].end() : found_[i].begin() + 1);
    }
    std::sort(handles.begin(), handles.end());
    handles.erase(std::unique(handles.begin(), handles.end()), handles.end());
    if (handles.size() > kMaxContextEvidence) {
      handles.erase(handles.begin(),
                    handles.end() - static_cast<std::ptrdiff_t>(kMaxContextEvidence));
    }
    for (const auto handle : handles) {
      match.evidence.push_back(memory_.at(handle).evidence());
    }
    match.evidence.push_back(evidence_of(record_, path_));
  }

  const PlannedSignature& planned_;
  const ContextMemory& memory_;
  const records::Record& record_;
  std::string_view path_;
  std::vector<std::vector<ContextMemory::Handle>> found_;  // parallel to signature().context
};

std::optional<Match> build_recovery(const PlannedRecovery& planned, const Fields& base_fields,
                                    const records::Record& record, std::string_view path,
                                    std::size_t& position) {
  FieldCollector collector(base_fields);
  bool complete = true;
  for (const auto& extraction : planned.recovery->extract) {
    complete &= collector.apply(extraction, record, &position) || !extraction.required ||
                collector.knows_one_of(extraction);
  }
  if (!complete) {
    return std::nullopt;
  }
  for (const auto& name : planned.record_fields) {
    if (name != signatures::kHostField) {
      collector.take_record_field(name, record);
    }
  }
  // Without what it is compared on, nobody knows which incident has recovered. The host may be unknown on both sides.
  for (const auto& name : planned.recovery->on) {
    if (name != signatures::kHostField && !collector.fields().contains(name)) {
      return std::nullopt;
    }
  }
  Match match;
  match.signature = planned.signature;
  match.recovery = planned.recovery;
  match.time = record.time;
  match.fields = collector.release();
  match.evidence.push_back(evidence_of(record, path));
  return match;
}

}  // namespace

Matcher::Matcher(const Plan& plan, Fields base_fields)
    : plan_(&plan), base_fields_(std::move(base_fields)), memory_(std::make_unique<Memory>()) {}

Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

// What the literals of the record announce, in the order in which it is tried.
bool Matcher::find_candidates(std::string_view text) {
  Plan::Compiled& plan = *plan_->compiled_;
  Memory& memory = *memory_;
  plan.scanner.collect(text, memory.hits);
  auto& candidates = memory.candidates;
  candidates.clear();
  for (const auto literal : memory.hits.ids()) {
    const auto& items = plan.items_of[literal];
    candidates.insert(candidates.end(), items.begin(), items.end());
  }
  memory.answers.clear(plan.conditions);
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return !candidates.empty();
}

// Of the record whose candidates were found last.
bool Matcher::satisfies(const records::Record& record, std::uint32_t condition) const {
  return plan_->compiled_->conditions.hold(condition, record, memory_->hits, memory_->answers);
}

void Matcher::match_sign(std::uint32_t candidate, const records::Record& record,
                         std::string_view path, const MatchHandler& handle,
                         const HeartbeatHandler& heard) const {
  const Plan::Compiled& plan = *plan_->compiled_;
  const Item item = plan.items[candidate];
  if (item.kind == Item::Kind::kRecovery) {
    const PlannedRecovery& planned = plan.recoveries[item.index];
    if (satisfies(record, planned.condition)) {
      for_each_occurrence(
          planned.recovery->extract,
          [&](std::size_t& position) {
            return build_recovery(planned, base_fields_, record, path, position);
          },
          handle);
    }
  } else if (item.kind == Item::Kind::kHeartbeat) {
    const PlannedHeartbeat& planned = plan.heartbeats[item.index];
    if (heard && satisfies(record, planned.condition)) {
      heard(*planned.signature, record);
    }
  }
}

bool Matcher::may_match_signs(std::string_view text, RecoverySet wanted, const RecoveryWish& wish) {
  const Plan::Compiled& plan = *plan_->compiled_;
  find_candidates(text);
  const auto& candidates = memory_->candidates;
  return std::any_of(candidates.begin(), candidates.end(), [&](std::uint32_t candidate) {
    const Item item = plan.items[candidate];
    return item.kind != Item::Kind::kContext &&
           plan.conditions.may_hold(plan.condition_of(item), text, memory_->hits) &&
           !plan.is_idle(candidate, text, wanted, wish);
  });
}

bool Matcher::match_signs(const records::Record& record, std::string_view path, RecoverySet wanted,
                          const RecoveryWish& wish, const MatchHandler& handle,
                          const HeartbeatHandler& heard) {
  const Plan::Compiled& plan = *plan_->compiled_;
  find_candidates(record.message);
  const auto& candidates = memory_->candidates;
  if (std::any_of(candidates.begin(), candidates.end(), [&](std::uint32_t candidate) {
        const Item item = plan.items[candidate];
        return (item.kind == Item::Kind::kSignature || item.kind == Item::Kind::kFallback) &&
               satisfies(record, plan.signatures[item.index].condition);
      })) {
    return false;
  }
  for (const auto candidate : candidates) {
    if (!plan.is_idle(candidate, record.message, wanted, wish)) {
      match_sign(candidate, record, path, handle, heard);
    }
  }
  return true;
}

void Matcher::match(const records::Record& record, std::string_view path,
                    const MatchHandler& handle, const HeartbeatHandler& heard) {
  match_items(record, path, handle, heard, true);
}

void Matcher::match_failures(const records::Record& record, std::string_view path,
                             const MatchHandler& handle) {
  match_items(record, path, handle, {}, false);
}

void Matcher::match_items(const records::Record& record, std::string_view path,
                          const MatchHandler& handle, const HeartbeatHandler& heard, bool signs) {
  const Plan::Compiled& plan = *plan_->compiled_;
  Memory& memory = *memory_;
  memory.contexts.begin(record);
  if (!find_candidates(record.message)) {
    return;
  }
  memory.used.clear();
  bool matched = false;
  std::vector<ContextMemory::Link> links;
  for (const auto candidate : memory.candidates) {
    const Item item = plan.items[candidate];
    switch (item.kind) {
      case Item::Kind::kFallback:
        if (matched) {
          break;
        }
        [[fallthrough]];
      case Item::Kind::kSignature: {
        const PlannedSignature& planned = plan.signatures[item.index];
        if (!satisfies(record, planned.condition)) {
          break;
        }
        MatchBuilder builder(planned, memory.contexts, record, path);
        if (builder.build(base_fields_, plan.contexts, handle)) {
          matched = true;
          const auto used = builder.used();
          memory.used.insert(memory.used.end(), used.begin(), used.end());
        }
        break;
      }
      case Item::Kind::kRecovery:
      case Item::Kind::kHeartbeat:
        if (signs) {
          match_sign(candidate, record, path, handle, heard);
        }
        break;
      case Item::Kind::kContext: {
        const PlannedContext& planned = plan.contexts[item.index];
        if (!satisfies(record, planned.condition)) {
          break;
        }
        std::string key;
        if (!planned.context->same_thread) {
          key = key_of(planned, record.message);
          if (key.empty()) {
            break;
          }
        }
        links.push_back({item.index, std::move(key)});
        break;
      }
    }
  }
  memory.contexts.use_up(memory.used);
  if (!links.empty()) {
    memory.contexts.keep(record, path, std::move(links));
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
