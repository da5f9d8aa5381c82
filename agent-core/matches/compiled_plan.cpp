#include "matches/compiled_plan.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "base/text.h"
#include "matches/row_literals.h"
#include "records/envelope.h"
#include "signatures/field_names.h"
#include "signatures/text_template.h"

namespace cmgmon::matches {

namespace {

using signatures::Condition;
using signatures::Signature;

// Beyond them all recoveries are searched for, when one of them is.
constexpr std::ptrdiff_t kMaxScanners = 8;
// An administrator may choose other columns any day; a log that does so in every line is not to be helped.
constexpr std::size_t kMaxHeaders = 16;
constexpr std::size_t kMostHeaderBytes = 4096;

bool applies(const std::vector<std::string>& services, std::string_view service) {
  return service.empty() || std::find(services.begin(), services.end(), service) != services.end();
}

// What a signature names.
std::set<std::string> names_in(const Signature& signature) {
  std::set<std::string> names(signature.group_by.begin(), signature.group_by.end());
  names.insert(signature.fields.begin(), signature.fields.end());
  for (const auto& diagnosis : signature.diagnoses) {
    for (const auto& condition : diagnosis.when) {
      if (condition.kind != Condition::Kind::kFactEquals &&
          condition.kind != Condition::Kind::kIncidentOpen) {
        names.insert(condition.subject);
      }
    }
    for (auto& name : signatures::placeholders(diagnosis.cause)) {
      names.insert(std::move(name));
    }
    for (const auto& step : diagnosis.resolution) {
      for (auto& name : signatures::placeholders(step)) {
        names.insert(std::move(name));
      }
    }
  }
  return names;
}

// What a signature names but does not extract must be a part of the record, like c-ip. Correlations ask for more of it.
std::vector<std::string> record_fields_of(const Signature& signature,
                                          const signatures::SignatureSet& set) {
  std::set<std::string> names = names_in(signature);
  for (const auto& other : set.signatures) {
    const auto& correlation = other.correlation;
    if (!correlation || std::find(correlation->rules.begin(), correlation->rules.end(),
                                  signature.name) == correlation->rules.end()) {
      continue;
    }
    auto asked = names_in(other);
    asked.insert(correlation->field);
    for (const auto& name : asked) {
      const std::string& field = correlation->field_of(signature.name, name);
      if (signatures::is_record_field(field)) {
        names.insert(field);
      }
    }
  }
  for (const auto& extracted : signatures::fields_of(signature)) {
    names.erase(extracted);
  }
  return {names.begin(), names.end()};
}

signatures::ValueType type_of(const std::string& field, const Signature& signature) {
  for (const auto& extraction : signature.extract) {
    const auto known = extraction.types.find(field);
    if (extraction.from.empty() && known != extraction.types.end()) {
      return known->second.type;
    }
  }
  return signatures::ValueType::kText;
}

}  // namespace

Plan::Compiled::Compiled(const signatures::SignatureSet& set, std::string_view service) {
  for (const bool fallback : {false, true}) {
    for (const auto& signature : set.signatures) {
      if (signature.correlation || signature.absence || signature.fallback != fallback ||
          !applies(signature.services, service)) {
        continue;
      }
      items.push_back({fallback ? Item::Kind::kFallback : Item::Kind::kSignature,
                       static_cast<std::uint32_t>(signatures.size())});
      PlannedSignature planned{&signature,
                               record_fields_of(signature, set),
                               {},
                               conditions.add(signature.detection.condition)};
      for (const auto& context : signature.context) {
        planned.contexts.push_back(static_cast<std::uint32_t>(contexts.size()));
        contexts.push_back({&context, signature.name + "/" + context.name,
                            type_of(context.same_field, signature),
                            conditions.add(context.detection.condition)});
      }
      signatures.push_back(std::move(planned));
    }
  }
  for (const auto& signature : set.signatures) {
    for (const auto& recovery : signature.recoveries) {
      if (!signature.absence && applies(recovery.services, service)) {
        items.push_back({Item::Kind::kRecovery, static_cast<std::uint32_t>(recoveries.size())});
        if (recovering.empty() || recovering.back() != &signature) {
          recovering.push_back(&signature);
        }
        recoveries.push_back({&signature, &recovery, recovery.on,
                              conditions.add(recovery.detection.condition),
                              place_in_set(recovering.size() - 1)});
      }
    }
  }
  for (std::uint32_t index = 0; index < contexts.size(); ++index) {
    items.push_back({Item::Kind::kContext, index});
  }
  for (const auto& signature : set.signatures) {
    if (signature.absence && signature.absence->expect && applies(signature.services, service)) {
      items.push_back({Item::Kind::kHeartbeat, static_cast<std::uint32_t>(heartbeats.size())});
      heartbeats.push_back({&signature, conditions.add(signature.absence->expect->condition)});
    }
  }
  Literals literals;
  for (std::uint32_t number = 0; number < items.size(); ++number) {
    for (const auto& literal : detection_of(items[number]).literals) {
      literals[literal].push_back(number);
    }
  }
  in_any_log_ = announcements_of(literals);
  for (const auto& [literal, of] : literals) {
    if (std::any_of(of.begin(), of.end(), [&](std::uint32_t number) {
          return items[number].kind == Item::Kind::kContext;
        })) {
      context_literals_.push_back(literal);
    }
  }
  for (const auto& text : conditions.texts()) {
    literals[text];
  }
  std::vector<std::string> texts;
  for (auto& [literal, of] : literals) {
    texts.push_back(literal);
    items_of.push_back(std::move(of));
  }
  conditions.set_literals(texts);
  scanner = LiteralScanner(std::move(texts));
  ask_for_fields();
}

// What of a record makes a difference to anybody.
void Plan::Compiled::ask_for_fields() {
  for (const auto field : conditions.fields()) {
    readings.ask_for(field);
  }
  for (const auto& planned : signatures) {
    for (const auto& field : planned.record_fields) {
      readings.ask_for(field);
    }
    for (const auto& extraction : planned.signature->extract) {
      readings.ask_for(extraction.field);
    }
    for (const auto& context : planned.signature->context) {
      readings.ask_for(context.same_field);
    }
  }
}

Plan::Compiled::Announcements Plan::Compiled::announcements_of(const Literals& literals) const {
  Announcements found;
  for (const auto& [literal, of] : literals) {
    RecoverySet places = 0;
    bool fails = false;
    for (const std::uint32_t number : of) {
      const Item& item = items[number];
      if (item.kind == Item::Kind::kRecovery) {
        places |= recoveries[item.index].place;
      } else {
        fails = fails || item.kind == Item::Kind::kSignature || item.kind == Item::Kind::kFallback;
      }
    }
    if (fails) {
      found.failures.push_back(literal);
    } else if (places != 0) {
      found.recoveries.emplace_back(literal, places);
    }
  }
  return found;
}

const Plan::Compiled::Announcements& Plan::Compiled::announcements(
    const std::vector<std::string>& columns) {
  const std::size_t bytes =
      std::accumulate(columns.begin(), columns.end(), std::size_t{0},
                      [](std::size_t sum, const auto& name) { return sum + name.size(); });
  if (columns.empty() || bytes > kMostHeaderBytes) {
    return in_any_log_;
  }
  const auto known = by_header_.find(columns);
  if (known != by_header_.end()) {
    return known->second;
  }
  if (by_header_.size() >= kMaxHeaders) {
    return in_any_log_;
  }
  Literals literals;
  for (std::uint32_t number = 0; number < items.size(); ++number) {
    const signatures::Detection& detection = detection_of(items[number]);
    for (const auto& literal :
         row_literals(detection.condition, columns).value_or(detection.literals)) {
      literals[literal].push_back(number);
    }
  }
  return by_header_.emplace(columns, announcements_of(literals)).first->second;
}

bool Plan::Compiled::is_idle(std::uint32_t item, std::string_view text, RecoverySet wanted,
                             const RecoveryWish& wish) const {
  if (items[item].kind != Item::Kind::kRecovery) {
    return false;
  }
  const PlannedRecovery& recovery = recoveries[items[item].index];
  return (wanted & recovery.place) == 0 || !wish(*recovery.signature, text);
}

bool Plan::Compiled::has_scanner(const Search& search) const {
  return std::any_of(scanners_.begin(), scanners_.end(),
                     [&](const Searcher& known) { return known.search == search; });
}

LiteralScanner& Plan::Compiled::scanner_for(const Search& search) {
  const auto found = std::find_if(scanners_.begin(), scanners_.end(),
                                  [&](const Searcher& known) { return known.search == search; });
  if (found != scanners_.end()) {
    return *found->scanner;
  }
  const bool by_telltales = !search.telltales.empty();
  const auto is_alike = [&](const Searcher& known) {
    return by_telltales == !known.search.telltales.empty();
  };
  if (std::count_if(scanners_.begin(), scanners_.end(), is_alike) >= kMaxScanners) {
    if (by_telltales) {  // of incidents that are long over
      scanners_.erase(std::find_if(scanners_.begin(), scanners_.end(), is_alike));
    } else if (search.wanted != 0 && search.wanted != kAllRecoveries) {
      Search all = search;
      all.wanted = kAllRecoveries;
      return scanner_for(all);
    }
  }
  std::vector<std::string> texts = search.announcements->failures;
  for (const auto& [literal, places] : search.announcements->recoveries) {
    if ((search.wanted & places) != 0) {
      texts.push_back(literal);
    }
  }
  texts.insert(texts.end(), search.telltales.begin(), search.telltales.end());
  if (search.openers) {
    texts.push_back(base::to_lower(records::kCcmOpener));
  }
  scanners_.push_back({search, std::make_unique<LiteralScanner>(std::move(texts), search.form)});
  return *scanners_.back().scanner;
}

LiteralScanner& Plan::Compiled::context_scanner_for(CharacterForm form) {
  auto& found = context_scanners_[static_cast<std::size_t>(form)];
  if (!found) {
    found = std::make_unique<LiteralScanner>(context_literals_, form);
  }
  return *found;
}

LiteralScanner& Plan::Compiled::heartbeat_scanner_for(std::size_t number, CharacterForm form) {
  heartbeat_scanners_.resize(heartbeats.size());
  auto& found = heartbeat_scanners_[number][static_cast<std::size_t>(form)];
  if (!found) {
    found = std::make_unique<LiteralScanner>(
        heartbeats[number].signature->absence->expect->literals, form);
  }
  return *found;
}

Conditions::Id Plan::Compiled::condition_of(const Item& item) const {
  switch (item.kind) {
    case Item::Kind::kSignature:
    case Item::Kind::kFallback:
      return signatures[item.index].condition;
    case Item::Kind::kRecovery:
      return recoveries[item.index].condition;
    case Item::Kind::kContext:
      return contexts[item.index].condition;
    case Item::Kind::kHeartbeat:
      break;
  }
  return heartbeats[item.index].condition;
}

const signatures::Detection& Plan::Compiled::detection_of(const Item& item) const {
  switch (item.kind) {
    case Item::Kind::kSignature:
    case Item::Kind::kFallback:
      return signatures[item.index].signature->detection;
    case Item::Kind::kRecovery:
      return recoveries[item.index].recovery->detection;
    case Item::Kind::kContext:
      return contexts[item.index].context->detection;
    case Item::Kind::kHeartbeat:
      break;
  }
  return *heartbeats[item.index].signature->absence->expect;
}

const PlannedContext* Plan::Compiled::find_context(std::string_view name,
                                                   std::uint32_t& index) const {
  for (index = 0; index < contexts.size(); ++index) {
    if (contexts[index].name == name) {
      return &contexts[index];
    }
  }
  return nullptr;
}

Plan::Plan(const signatures::SignatureSet& set, std::string_view service)
    : compiled_(std::make_unique<Compiled>(set, service)) {}

Plan::~Plan() = default;

const std::vector<const signatures::Signature*>& Plan::recovering() const {
  return compiled_->recovering;
}

}  // namespace cmgmon::matches
