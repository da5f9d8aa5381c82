#pragma once
// The inside of a Plan: what can happen on a record of one log service, and the literals that announce it.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "matches/literal_scanner.h"
#include "matches/matcher.h"
#include "signatures/signature.h"

namespace cmgmon::matches {

struct PlannedSignature {
  const signatures::Signature* signature = nullptr;
  std::vector<std::string> record_fields;  // taken from the record by name
  std::vector<std::uint32_t> contexts;  // into Compiled::contexts, parallel to signature->context
};

struct PlannedRecovery {
  const signatures::Signature* signature = nullptr;
  const signatures::Recovery* recovery = nullptr;
  std::vector<std::string> record_fields;
};

struct PlannedContext {
  const signatures::Context* context = nullptr;
  std::string name;  // "SIGNATURE/context": how saved memory knows it again
  signatures::ValueType key_type =
      signatures::ValueType::kText;  // of context->same_field in the record itself
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
  std::vector<const signatures::Signature*> heartbeats;
  std::vector<Item> items;
  std::vector<std::vector<std::uint32_t>> items_of;  // by literal
  LiteralScanner scanner{{}};

  const PlannedContext* find_context(std::string_view name, std::uint32_t& index) const;

 private:
  void add_item(Item item, const signatures::Detection& detection,
                std::map<std::string, std::vector<std::uint32_t>>& literals);
};

}  // namespace cmgmon::matches
