#pragma once
// The inside of a Plan: what can happen on a record of one log service, and the literals that announce it.

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "matches/character_form.h"
#include "matches/conditions.h"
#include "matches/literal_scanner.h"
#include "matches/matcher.h"
#include "matches/readings.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

struct PlannedSignature {
  const signatures::Signature* signature = nullptr;
  std::vector<std::string> record_fields;  // taken from the record by name
  std::vector<std::uint32_t> contexts;  // into Compiled::contexts, parallel to signature->context
  Conditions::Id condition = 0;
};

struct PlannedRecovery {
  const signatures::Signature* signature = nullptr;
  const signatures::Recovery* recovery = nullptr;
  std::vector<std::string> record_fields;
  Conditions::Id condition = 0;
  RecoverySet place = 0;  // of its signature, in a set
};

struct PlannedContext {
  const signatures::Context* context = nullptr;
  std::string name;  // "SIGNATURE/context": how saved memory knows it again
  signatures::ValueType key_type =
      signatures::ValueType::kText;  // of context->same_field in the record itself
  Conditions::Id condition = 0;
};

struct PlannedHeartbeat {
  const signatures::Signature* signature = nullptr;
  Conditions::Id condition = 0;
};

// Items in the order in which they are tried: signatures, fallback signatures, recoveries, contexts, heartbeats.
struct Item {
  enum class Kind {
    kSignature,
    kFallback,
    kRecovery,
    kContext,
    kHeartbeat
  } kind = Kind::kSignature;
  std::uint32_t index = 0;  // into the list of its kind
};

struct Plan::Compiled {
  Compiled(const signatures::SignatureSet& set, std::string_view service);

  std::vector<PlannedSignature> signatures;
  std::vector<PlannedRecovery> recoveries;
  std::vector<PlannedContext> contexts;
  // What absences expect. Of the records of one read that satisfy it only the newest matters.
  std::vector<PlannedHeartbeat> heartbeats;
  Conditions conditions;
  std::vector<Item> items;
  std::vector<std::vector<std::uint32_t>> items_of;  // by literal
  LiteralScanner scanner{
      {}};            // of all literals and what the conditions want to know, for one record
  Readings readings;  // of records of all streams
  std::vector<const signatures::Signature*> recovering;

  // Of recovering[index].
  static RecoverySet place_in_set(std::size_t index) {
    return RecoverySet{1} << std::min<std::size_t>(index, 63);
  }

  // A recovery that nobody wishes for.
  bool is_idle(std::uint32_t item, std::string_view text, RecoverySet wanted,
               const RecoveryWish& wish) const;

  // What announces failures and recoveries.
  struct Announcements {
    std::vector<std::string> failures;
    // With those whom they announce, if nothing else has the same literal.
    std::vector<std::pair<std::string, RecoverySet>> recoveries;
  };
  // In a W3C log with this header; empty: in any log.
  const Announcements& announcements(const std::vector<std::string>& columns);

  // For bytes of logs. Contexts are not among what it finds; recoveries that are not wanted may be, so that there are not
  // too many scanners. `openers` adds the opener of CCM; `telltales` are lower case, ASCII and kMinLiteralBytes or more.
  struct Search {
    const Announcements* announcements = nullptr;
    RecoverySet wanted = 0;
    bool openers = false;
    CharacterForm form = CharacterForm::kOneByte;
    std::vector<std::string> telltales{};
    bool operator==(const Search&) const = default;
  };
  // Valid until it is asked again.
  LiteralScanner& scanner_for(const Search& search);
  bool has_scanner(const Search& search) const;
  LiteralScanner& context_scanner_for(CharacterForm form);
  LiteralScanner& heartbeat_scanner_for(std::size_t number, CharacterForm form);

  Conditions::Id condition_of(const Item& item) const;

  const PlannedContext* find_context(std::string_view name, std::uint32_t& index) const;

 private:
  using Literals = std::map<std::string, std::vector<std::uint32_t>>;
  void ask_for_fields();
  const signatures::Detection& detection_of(const Item& item) const;
  Announcements announcements_of(const Literals& literals) const;

  Announcements in_any_log_;
  // By header; those of the first few.
  std::map<std::vector<std::string>, Announcements> by_header_;
  std::vector<std::string> context_literals_;
  // Built when first asked for. Each learns for itself.
  struct Searcher {
    Search search;
    std::unique_ptr<LiteralScanner> scanner;
  };
  std::vector<Searcher> scanners_;
  using ByForm = std::array<std::unique_ptr<LiteralScanner>, kCharacterForms>;
  ByForm context_scanners_;
  std::vector<ByForm> heartbeat_scanners_;
};

}  // namespace cmgmon::matches
