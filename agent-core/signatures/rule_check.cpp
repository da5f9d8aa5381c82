#include "signatures/rule_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/words.h"
#include "signatures/field_names.h"
#include "signatures/hints.h"
#include "signatures/service_state.h"
#include "signatures/text_template.h"

namespace cmgmon::signatures {

namespace {

// A part of the document that may be absent.
const base::YamlNode& below(const base::YamlNode& node, std::string_view key) {
  static const base::YamlNode kNone;
  const auto* value = node.find(key);
  return value != nullptr ? *value : kNone;
}

template <typename Visit>
void each_item(const base::YamlNode& node, const Visit& visit) {
  if (node.is_sequence()) {
    for (const auto& item : node.items()) {
      visit(item);
    }
  } else if (node.is_scalar()) {
    visit(node);
  }
}

template <typename Visit>
void each_text(const base::YamlNode& node, const Visit& visit) {
  each_item(node, [&](const base::YamlNode& item) {
    if (item.is_scalar()) {
      visit(item, item.text);
    }
  });
}

template <typename Visit>
void each_entry(const base::YamlNode& node, const Visit& visit) {
  for (const auto entry : node.entries()) {
    if (entry.key.is_scalar()) {
      visit(entry.key.text, entry.key, entry.value);
    }
  }
}

class RuleCheck {
 public:
  RuleCheck(const base::YamlNode& document, const Signature& signature, const Place& place,
            std::vector<Reference>& references)
      : document_(document),
        extension_(below(document, "x-cmgmon")),
        signature_(signature),
        place_(place),
        references_(references),
        fields_(fields_of(signature)) {}

  void run() {
    each_text(
        below(below(document_, "logsource"), "service"),
        [&](const auto& at, const auto& name) { refer(Reference::Kind::kService, at, name); });
    each_item(below(extension_, "explains"), [&](const base::YamlNode& item) {
      const base::YamlNode& at = item.is_map() ? below(item, "signature") : item;
      if (at.is_scalar()) {
        refer(Reference::Kind::kSignature, at, at.text);
      }
    });
    each_text(below(document_, "fields"),
              [&](const auto& at, const auto& name) { check_field(at, name, "'fields' shows"); });
    each_text(below(extension_, "group-by"),
              [&](const auto& at, const auto& name) { check_field(at, name, "'group-by' uses"); });
    each_text(
        below(below(extension_, "absence"), "while-open"),
        [&](const auto& at, const auto& name) { refer(Reference::Kind::kSignature, at, name); });
    check_contexts();
    check_extractions();
    check_derived();
    each_item(below(extension_, "diagnosis"), [&](const auto& node) { check_diagnosis(node); });
    check_recoveries();
  }

 private:
  void refer(Reference::Kind kind, const base::YamlNode& at, const std::string& name) {
    references_.push_back({kind, name, base::complaint_at(at, place_.file, "")});
  }

  std::vector<std::string> suggestions() const {
    std::vector<std::string> names(fields_.begin(), fields_.end());
    const auto record = record_field_names();
    names.insert(names.end(), record.begin(), record.end());
    return names;
  }

  void check_field(const base::YamlNode& at, const std::string& name, std::string_view who) {
    if (!fields_.contains(name) && !is_record_field(name)) {
      place_.complain(at, base::with_hint(fmt::format("{} the field '{}', which nothing extracts",
                                                      who, shown(name)),
                                          name, suggestions()));
    }
  }

  void check_contexts() {
    std::vector<Extraction> from_record;
    for (const auto& extraction : signature_.extract) {
      if (extraction.from.empty()) {
        from_record.push_back(extraction);
      }
    }
    const std::set<std::string> own = fields_of(from_record);
    std::set<std::string> names;
    each_item(below(extension_, "context"), [&](const base::YamlNode& node) {
      const base::YamlNode& name = below(node, "name");
      if (name.is_scalar() && !names.insert(name.text).second) {
        place_.complain(name, fmt::format("there are two contexts called '{}'", shown(name.text)));
      }
      const base::YamlNode& field = below(below(node, "same"), "field");
      if (field.is_scalar() && !own.contains(field.text) && !is_record_field(field.text)) {
        place_.complain(
            field,
            base::with_hint(fmt::format("the record itself gives no field '{}' to compare with",
                                        shown(field.text)),
                            field.text, {own.begin(), own.end()}));
      }
    });
  }

  void check_extractions() {
    std::vector<std::string> contexts;
    for (const auto& context : signature_.context) {
      contexts.push_back(context.name);
    }
    each_item(below(extension_, "extract"), [&](const base::YamlNode& node) {
      const base::YamlNode& from = below(node, "from");
      if (from.is_scalar() &&
          std::find(contexts.begin(), contexts.end(), from.text) == contexts.end()) {
        place_.complain(
            from, base::with_hint(fmt::format("there is no context called '{}'", shown(from.text)),
                                  from.text, contexts));
      }
    });
  }

  bool is_timestamp(const std::string& field) const {
    return std::any_of(
        signature_.extract.begin(), signature_.extract.end(), [&](const auto& extraction) {
          const auto type = extraction.types.find(field);
          return type != extraction.types.end() && type->second.type == ValueType::kTimestamp;
        });
  }

  bool is_number(const std::string& field) const {
    return std::any_of(
        signature_.extract.begin(), signature_.extract.end(), [&](const auto& extraction) {
          const auto type = extraction.types.find(field);
          return type != extraction.types.end() && type->second.type == ValueType::kInteger;
        });
  }

  void check_derived() {
    each_entry(below(extension_, "derive"), [&](const std::string&, const base::YamlNode&,
                                                const base::YamlNode& value) {
      for (const auto* end : {"from", "to"}) {
        const base::YamlNode& field = below(value, end);
        if (field.is_scalar() && !is_timestamp(field.text)) {
          place_.complain(field,
                          fmt::format("'{}' needs a field extracted with the type timestamp; "
                                      "'{}' is none",
                                      end, shown(field.text)));
        }
      }
      for (const auto* number : {"part", "of"}) {
        const base::YamlNode& field = below(value, number);
        if (field.is_scalar() && !is_number(field.text)) {
          place_.complain(field, fmt::format("'{}' needs a field extracted with the type int; "
                                             "'{}' is none",
                                             number, shown(field.text)));
        }
      }
    });
  }

  void check_diagnosis(const base::YamlNode& node) {
    each_entry(below(node, "when"),
               [&](const std::string& key, const base::YamlNode& at, const base::YamlNode& value) {
                 check_condition(key, at, value);
               });
    const auto check_text = [&](const base::YamlNode& at, const std::string& text) {
      for (const auto& name : placeholders(text)) {
        check_field(at, name, "the text uses");
      }
    };
    each_text(below(node, "cause"), check_text);
    each_text(below(node, "resolution"), check_text);
  }

  void check_condition(const std::string& key, const base::YamlNode& at,
                       const base::YamlNode& value) {
    if (key == "open") {
      const base::YamlNode& name = value.is_map() ? below(value, "not") : value;
      each_text(name, [&](const auto& where, const auto& text) {
        refer(Reference::Kind::kSignature, where, text);
      });
      return;
    }
    if (key.starts_with("fact.")) {
      refer(Reference::Kind::kFact, at, key.substr(5));
      return;
    }
    if (key.starts_with(kServicePrefix)) {
      each_text(value.is_map() ? below(value, "not") : value,
                [&](const auto& where, const auto& state) { check_service_state(where, state); });
      return;
    }
    check_field(at, key, "'when' asks for");
    const base::YamlNode* inner = &value;
    for (; inner->is_map(); inner = &below(*inner, "not")) {
      const base::YamlNode& fact = below(*inner, "in_fact");
      if (fact.is_scalar()) {
        refer(Reference::Kind::kFact, fact, fact.text);
      }
      each_text(below(*inner, "has"),
                [&](const auto& where, const auto& flag) { check_flag(where, key, flag); });
    }
  }

  void check_service_state(const base::YamlNode& at, const std::string& state) {
    const std::vector<std::string> names(kServiceStateNames.begin(), kServiceStateNames.end());
    const bool known = std::any_of(names.begin(), names.end(), [&](const auto& name) {
      return base::equals_ignore_case(name, state);
    });
    if (!known) {
      place_.complain(at, base::with_hint(fmt::format("a service is one of {}, never '{}'",
                                                      fmt::join(names, ", "), shown(state)),
                                          state, names));
    }
  }

  void check_flag(const base::YamlNode& at, const std::string& field, const std::string& flag) {
    if (signature_.correlation) {
      return;  // the flags are those of its rules, who may each have their own
    }
    std::vector<std::string> names;
    for (const auto& extraction : signature_.extract) {
      const auto type = extraction.types.find(field);
      if (type != extraction.types.end()) {
        for (const auto& [bit, name] : type->second.bits) {
          names.push_back(name);
        }
      }
    }
    const bool known = std::any_of(names.begin(), names.end(), [&](const auto& name) {
      return base::equals_ignore_case(name, flag);
    });
    if (!known) {
      place_.complain(at, base::with_hint(fmt::format("'{}' is no flag of the field '{}'",
                                                      shown(flag), shown(field)),
                                          flag, names));
    }
  }

  void check_recoveries() {
    std::set<std::string> names;
    std::size_t index = 0;
    each_item(below(below(extension_, "clear"), "recovery"), [&](const base::YamlNode& node) {
      if (index >= signature_.recoveries.size()) {
        return;
      }
      const Recovery& recovery = signature_.recoveries[index++];
      if (!names.insert(recovery.name).second) {
        place_.complain(node,
                        fmt::format("there are two recoveries called '{}'", shown(recovery.name)));
      }
      each_text(below(node, "service"), [&](const auto& at, const auto& name) {
        refer(Reference::Kind::kService, at, name);
      });
      check_recovery_fields(node, recovery);
    });
  }

  // An incident is found again by its group, so that is what a recovery can be compared on.
  void check_recovery_fields(const base::YamlNode& node, const Recovery& recovery) {
    const auto& group = signature_.group_by;
    const std::set<std::string> fields = fields_of(recovery.extract);
    const base::YamlNode& on = below(node, "on");
    for (const auto& field : recovery.on) {
      if (on.is_null() && !fields_.contains(field)) {
        continue;  // from group-by, where the unknown name has been complained about
      }
      const base::YamlNode* at = &node;
      each_text(on, [&](const base::YamlNode& item, const std::string& text) {
        if (text == field) {
          at = &item;
        }
      });
      if (std::find(group.begin(), group.end(), field) == group.end()) {
        place_.complain(*at, base::with_hint(fmt::format("'on' uses '{}', which is not in group-by",
                                                         shown(field)),
                                             field, group));
      } else if (!fields.contains(field) && !is_record_field(field) && field != kHostField) {
        place_.complain(
            *at, base::with_hint(fmt::format("recovery '{}' does not extract '{}', which it is "
                                             "compared on",
                                             shown(recovery.name), shown(field)),
                                 field, {fields.begin(), fields.end()}));
      }
    }
  }

  const base::YamlNode& document_;
  const base::YamlNode& extension_;
  const Signature& signature_;
  const Place& place_;
  std::vector<Reference>& references_;
  const std::set<std::string> fields_;
};

// Reports the first circle that goes through `name`.
bool leads_back(const SignatureSet& set, const std::string& name, const std::string& start,
                std::set<std::string>& seen) {
  const Signature* signature = set.find(name);
  if (signature == nullptr || !seen.insert(name).second) {
    return false;
  }
  return std::any_of(signature->explains.begin(), signature->explains.end(), [&](const auto& next) {
    return next == start || leads_back(set, next, start, seen);
  });
}

}  // namespace

void check_rule(const base::YamlNode& document, const Signature& signature, const Place& place,
                std::vector<Reference>& references) {
  RuleCheck(document, signature, place, references).run();
}

void check_set(const SignatureSet& set, const std::vector<Reference>& references,
               base::Complaints& complaints) {
  std::map<Reference::Kind, std::vector<std::string>> known;
  for (const auto& signature : set.signatures) {
    known[Reference::Kind::kSignature].push_back(signature.name);
  }
  for (const auto& service : set.services) {
    known[Reference::Kind::kService].push_back(service.name);
  }
  known[Reference::Kind::kFact] = built_in_facts();
  for (const auto& fact : set.facts) {
    known[Reference::Kind::kFact].push_back(fact.name);
  }
  static const std::map<Reference::Kind, std::string_view> words = {
      {Reference::Kind::kSignature, "signature"},
      {Reference::Kind::kService, "log service"},
      {Reference::Kind::kFact, "fact"}};
  for (const auto& reference : references) {
    const auto& names = known[reference.kind];
    if (std::find(names.begin(), names.end(), reference.name) == names.end()) {
      complaints.push_back(reference.where);
      complaints.back().message =
          base::with_hint(fmt::format("no {} is called '{}' in the loaded packs",
                                      words.at(reference.kind), shown(reference.name)),
                          reference.name, names);
    }
  }
  for (const auto& signature : set.signatures) {
    for (const auto& [symptom, same] : signature.explains_same) {
      const Signature* const explained = set.find(symptom);
      for (const auto& field : same) {
        for (const Signature* const side : {&signature, explained}) {
          if (side != nullptr && std::find(side->group_by.begin(), side->group_by.end(), field) ==
                                     side->group_by.end()) {
            complaints.push_back(
                {signature.origin.file, signature.origin.line, 1,
                 fmt::format("{} explains {} with the same '{}', which is not in "
                             "the group-by of {}",
                             signature.name, shown(symptom), shown(field), side->name)});
          }
        }
      }
    }
    std::set<std::string> seen;
    if (leads_back(set, signature.name, signature.name, seen)) {
      complaints.push_back({signature.origin.file, signature.origin.line, 1,
                            fmt::format("'explains' of {} leads back to itself", signature.name)});
    }
  }
}

}  // namespace cmgmon::signatures
