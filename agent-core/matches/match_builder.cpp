#include "matches/match_builder.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/text.h"
#include "matches/field_values.h"
#include "signatures/field_names.h"

namespace cmgmon::matches {

namespace {

using signatures::Extraction;

constexpr std::size_t kMaxContextEvidence =
    16;                               // quoted records of one match, besides the hit itself
constexpr int kMaxOfOneRecord = 256;  // matches of one signature on one record, with `each`

bool is_repeated(const std::vector<Extraction>& extractions) {
  return std::any_of(extractions.begin(), extractions.end(),
                     [](const Extraction& extraction) { return extraction.each; });
}

// Calls take(position) for each occurrence that an extraction with `each` finds; once, when there is none or it finds nothing.
// take() says whether it is a match, and moves the position on; then tell() is called.
template <typename Take, typename Tell>
void for_each_occurrence(const std::vector<Extraction>& extractions, const Take& take,
                         const Tell& tell) {
  const int most = is_repeated(extractions) ? kMaxOfOneRecord : 1;
  std::size_t position = 0;
  for (int i = 0; i < most; ++i) {
    const bool matched = take(position);
    const bool at_end = position == std::string_view::npos;
    if (matched && (i == 0 || !at_end)) {
      tell();
    }
    if (at_end) {
      break;
    }
  }
}

void quote_record(const records::Record& record, std::string_view path, Evidence& evidence) {
  evidence.path = path;
  evidence.line = record.line;
  evidence.offset = record.offset;
  evidence.time = record.time;
  evidence.time_confidence = record.time_confidence;
  evidence.message = base::prefix_of_bytes(record.message, kMaxEvidenceBytes);
}

}  // namespace

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
  if (number == expression.NamedCapturingGroups().end()) {
    return {};
  }
  const re2::StringPiece& found = groups[static_cast<std::size_t>(number->second)];
  const auto value = typed_value(planned.key_type, std::string_view(found.data(), found.size()));
  return value ? std::string(base::prefix_of_bytes(*value, kMaxFieldBytes)) : std::string();
}

bool MatchBuilder::build(const records::Record& record, std::string_view path,
                         std::uint64_t reading, const Fields& base_fields,
                         const ContextMemory& memory, const MatchHandler& handle) {
  const Subject subject{record, path, reading, base_fields, memory};
  look_back(subject);
  bool matched = false;
  for_each_occurrence(
      signature().extract,
      [&](std::size_t& position) {
        if (!is_repeated(subject)) {
          complete_ = take_fields(subject, position);
        }
        return complete_;
      },
      [&] {
        matched = true;
        match_.signature = &signature();
        match_.time = record.time;
        quote(subject);
        handle(match_);
      });
  return matched;
}

void MatchBuilder::add_used(std::vector<ContextMemory::Handle>& handles) const {
  for (std::size_t i = 0; i < found_.size(); ++i) {
    if (!signature().context[i].shared) {
      handles.insert(handles.end(), found_[i].begin(), found_[i].end());
    }
  }
}

void MatchBuilder::look_back(const Subject& subject) {
  find_keys(subject);
  found_.resize(planned_.contexts.size());
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const std::uint32_t index = planned_.contexts[i];
    const auto& context = *contexts_[index].context;
    found_[i].clear();
    if (context.same_thread) {
      subject.memory.of_thread(index, subject.record, context.within, found_[i]);
    } else if (!keys_[i].empty()) {
      subject.memory.of_key(index, keys_[i], subject.record, context.within, found_[i]);
    }
  }
}

// What connects a context to this record, if not the thread, must come from the record itself.
void MatchBuilder::find_keys(const Subject& subject) {
  const auto& contexts = signature().context;
  const bool known = subject.reading != 0 && subject.reading == keys_of_;
  if (known || std::all_of(contexts.begin(), contexts.end(),
                           [](const auto& context) { return context.same_thread; })) {
    return;
  }
  FieldCollector own(subject.base_fields);
  for (const auto& extraction : signature().extract) {
    if (extraction.from.empty()) {
      own.apply(extraction, subject.record);
    }
  }
  keys_.assign(contexts.size(), {});
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    if (!contexts[i].same_thread) {
      own.take_record_field(contexts[i].same_field, subject.record);
      const auto key = own.fields().find(contexts[i].same_field);
      keys_[i] = key == own.fields().end() ? std::string() : key->second;
    }
  }
  keys_of_ = subject.reading;
}

// The fields would be taken from the same texts as last time.
bool MatchBuilder::is_repeated(const Subject& subject) {
  now_of_.clear();
  if (!matches::is_repeated(signature().extract)) {
    bool known = subject.reading != 0;
    now_of_.push_back(subject.reading);
    for (const auto& handles : found_) {
      now_of_.push_back(handles.size());
      for (const auto handle : handles) {
        now_of_.push_back(subject.memory.at(handle).reading());
        known = known && now_of_.back() != 0;
      }
    }
    if (!known) {
      now_of_.clear();
    }
  }
  const bool same = !now_of_.empty() && now_of_ == of_;
  of_.swap(now_of_);
  return same;
}

// False: something that is required is not there.
bool MatchBuilder::take_fields(const Subject& subject, std::size_t& position) {
  FieldCollector collector(subject.base_fields);
  bool complete = true;
  for (const auto& extraction : signature().extract) {
    complete &= extract(extraction, subject, collector, position) || !extraction.required ||
                collector.knows_one_of(extraction);
  }
  if (!complete) {
    return false;
  }
  for (const auto& name : planned_.record_fields) {
    collector.take_record_field(name, subject.record);
  }
  for (const auto& derived : signature().derived) {
    collector.derive(derived);
  }
  match_.fields = collector.release();
  return true;
}

bool MatchBuilder::extract(const Extraction& extraction, const Subject& subject,
                           FieldCollector& collector, std::size_t& position) const {
  if (extraction.from.empty()) {
    return collector.apply(extraction, subject.record, &position);
  }
  bool told = false;
  for (std::size_t i = 0; i < signature().context.size(); ++i) {
    if (signature().context[i].name != extraction.from) {
      continue;
    }
    for (const auto handle : found_[i]) {
      told |= subject.memory.at(handle).with(
          [&](const records::Record& record) { return collector.apply(extraction, record); });
      if (extraction.newest || (told && !extraction.every)) {
        break;
      }
    }
  }
  return told;
}

// Of each context the newest record; all of them where every one of them had a say. Then the record itself.
void MatchBuilder::quote(const Subject& subject) {
  quoted_.clear();
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const auto& context = signature().context[i];
    if (!context.evidence || found_[i].empty()) {
      continue;
    }
    const bool every =
        std::any_of(signature().extract.begin(), signature().extract.end(),
                    [&](const auto& e) { return e.every && e.from == context.name; });
    quoted_.insert(quoted_.end(), found_[i].begin(),
                   every ? found_[i].end() : found_[i].begin() + 1);
  }
  std::sort(quoted_.begin(), quoted_.end());
  quoted_.erase(std::unique(quoted_.begin(), quoted_.end()), quoted_.end());
  if (quoted_.size() > kMaxContextEvidence) {
    quoted_.erase(quoted_.begin(),
                  quoted_.end() - static_cast<std::ptrdiff_t>(kMaxContextEvidence));
  }
  match_.evidence.resize(quoted_.size() + 1);
  for (std::size_t i = 0; i < quoted_.size(); ++i) {
    subject.memory.at(quoted_[i]).quote(match_.evidence[i]);
  }
  quote_record(subject.record, subject.path, match_.evidence.back());
}

void match_recovery(const PlannedRecovery& planned, const Fields& base_fields,
                    const records::Record& record, std::string_view path,
                    const MatchHandler& handle) {
  Match match;
  const auto take = [&](std::size_t& position) {
    FieldCollector collector(base_fields);
    bool complete = true;
    for (const auto& extraction : planned.recovery->extract) {
      complete &= collector.apply(extraction, record, &position) || !extraction.required ||
                  collector.knows_one_of(extraction);
    }
    if (!complete) {
      return false;
    }
    for (const auto& name : planned.record_fields) {
      if (name != signatures::kHostField) {
        collector.take_record_field(name, record);
      }
    }
    // Without what it is compared on, nobody knows which incident has recovered. The host may be unknown on both sides.
    for (const auto& name : planned.recovery->on) {
      if (name != signatures::kHostField && !collector.fields().contains(name)) {
        return false;
      }
    }
    match.fields = collector.release();
    return true;
  };
  for_each_occurrence(planned.recovery->extract, take, [&] {
    match.signature = planned.signature;
    match.recovery = planned.recovery;
    match.time = record.time;
    match.evidence.resize(1);
    quote_record(record, path, match.evidence.front());
    handle(match);
  });
}

}  // namespace cmgmon::matches
