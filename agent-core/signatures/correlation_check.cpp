#include "signatures/correlation_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/words.h"
#include "signatures/field_names.h"
#include "signatures/hints.h"

namespace cmgmon::signatures {

namespace {

// Where a complaint about `value` under `key` of `section` points: the item or key itself, if it is there.
const base::YamlNode& place_of(const base::YamlNode& section, const std::string& key,
                               const std::string& value) {
  for (const auto entry : section.entries()) {
    if (entry.key.text != key) {
      continue;
    }
    if (entry.value.is_sequence()) {
      for (const auto& item : entry.value.items()) {
        if (item.is_scalar() && item.text == value) {
          return item;
        }
      }
    }
    if (entry.value.is_map()) {
      for (const auto item : entry.value.entries()) {
        if (item.key.text == value) {
          return item.key;
        }
      }
    }
    return entry.value;
  }
  return section;
}

const base::YamlNode& section_of(const base::YamlNode& document) {
  const auto* section = document.find("correlation");
  return section != nullptr ? *section : document;
}

class Check {
 public:
  Check(const CorrelationSource& source, const SignatureSet& set)
      : source_(source), set_(set), section_(section_of(source.document)) {}

  // The steps; each is false after a complaint.
  bool resolve_rules(Correlation& correlation) {
    const std::size_t before = complaints();
    std::set<std::string> seen;
    for (auto& rule : correlation.rules) {
      const base::YamlNode& at = place_of(section_, "rules", rule);
      const auto& all = set_.signatures;
      const auto found = std::find_if(all.begin(), all.end(), [&](const Signature& signature) {
        return signature.name == rule || (!rule.empty() && signature.id == base::to_lower(rule));
      });
      if (found == all.end()) {
        std::vector<std::string> names;
        for (const auto& signature : all) {
          names.push_back(signature.name);
        }
        complain(at, base::with_hint(fmt::format("no signature is called '{}' in the loaded packs",
                                                 shown(rule)),
                                     rule, names));
        continue;
      }
      rule = found->name;
      if (!seen.insert(rule).second) {
        complain(at, fmt::format("'rules' names {} twice", rule));
      }
    }
    if (complaints() == before) {
      check_alias_rules(correlation);
    }
    return complaints() == before;
  }

  // After all correlations have had their rules resolved.
  bool check_circle() {
    std::set<std::string> seen;
    if (!leads_back(source_.name, seen)) {
      return true;
    }
    complain(place_of(section_, "rules", ""),
             fmt::format("'rules' of {} leads back to itself", source_.name));
    return false;
  }

  // After the correlations among its rules have had theirs checked.
  bool check_fields(Signature& signature) {
    const std::size_t before = complaints();
    Correlation& correlation = *signature.correlation;
    correlation.fields.insert(signature.group_by.begin(), signature.group_by.end());
    correlation.fields.insert(std::string(kEventCountField));
    if (correlation.type == Correlation::Type::kValueCount) {
      correlation.fields.insert(std::string(kValueCountField));
    }
    for (const auto& name : correlation.rules) {
      const Signature* rule = set_.find(name);
      if (rule == nullptr) {
        continue;
      }
      const auto known = fields_of(*rule);
      correlation.fields.insert(known.begin(), known.end());
      for (const auto& field : signature.group_by) {
        check_field(correlation, *rule, "group-by", field);
      }
      if (!correlation.field.empty()) {
        check_field(correlation, *rule, "condition", correlation.field);
      }
    }
    return complaints() == before;
  }

 private:
  std::size_t complaints() const { return source_.place.complaints->size(); }

  void complain(const base::YamlNode& at, std::string message) const {
    source_.place.complain(at, std::move(message));
  }

  void check_alias_rules(const Correlation& correlation) {
    for (const auto& [alias, fields] : correlation.aliases) {
      for (const auto& [rule, field] : fields) {
        const auto& rules = correlation.rules;
        if (std::find(rules.begin(), rules.end(), rule) == rules.end()) {
          complain(
              place_of(section_, "aliases", alias),
              base::with_hint(fmt::format("the alias '{}' is about '{}', which is not in 'rules'",
                                          shown(alias), shown(rule)),
                              rule, rules));
        }
      }
      for (const auto& rule : correlation.rules) {
        if (!fields.contains(rule)) {
          complain(place_of(section_, "aliases", alias),
                   fmt::format("the alias '{}' does not say what it is in {}", shown(alias), rule));
        }
      }
    }
  }

  bool leads_back(const std::string& name, std::set<std::string>& seen) const {
    const Signature* signature = set_.find(name);
    if (signature == nullptr || !signature->correlation || !seen.insert(name).second) {
      return false;
    }
    const auto& rules = signature->correlation->rules;
    return std::any_of(rules.begin(), rules.end(), [&](const std::string& next) {
      return next == source_.name || leads_back(next, seen);
    });
  }

  // What every match of `rule` can tell. A correlation vouches for its group and its counts only; parts of the record are
  // there for the asking.
  void check_field(const Correlation& correlation, const Signature& rule, const std::string& key,
                   const std::string& name) const {
    const std::string& field = correlation.field_of(rule.name, name);
    std::set<std::string> known;
    if (rule.correlation) {
      known.insert(rule.group_by.begin(), rule.group_by.end());
      known.insert(std::string(kEventCountField));
      known.insert(std::string(kHostField));
    } else {
      known = fields_of(rule);
    }
    if (known.contains(field) || (!rule.correlation && is_record_field(field))) {
      return;
    }
    const bool aliased = correlation.aliases.contains(name);
    const base::YamlNode& at =
        aliased ? place_of(section_, "aliases", name) : place_of(section_, key, name);
    complain(at, base::with_hint(
                     fmt::format("{} does not extract '{}', which {} uses; 'aliases' can say "
                                 "what it is called there",
                                 rule.name, shown(field),
                                 aliased ? fmt::format("the alias '{}'", shown(name))
                                         : fmt::format("'{}'", key)),
                     field, {known.begin(), known.end()}));
  }

  const CorrelationSource& source_;
  const SignatureSet& set_;
  const base::YamlNode& section_;
};

Signature* named(SignatureSet& set, const std::string& name) {
  for (auto& signature : set.signatures) {
    if (signature.name == name && signature.correlation) {
      return &signature;
    }
  }
  return nullptr;
}

// `generate: false` is the wish of whoever wrote the rule. Another pack cannot take an alert away: a rule is silenced by
// the correlations of its own pack only.
void silence(SignatureSet& set) {
  std::set<std::string> wanted;
  std::set<std::string> unwanted;
  for (const auto& signature : set.signatures) {
    if (!signature.correlation) {
      continue;
    }
    for (const auto& name : signature.correlation->rules) {
      const Signature* rule = set.find(name);
      if (rule != nullptr && rule->pack == signature.pack) {
        (signature.correlation->generate ? wanted : unwanted).insert(name);
      }
    }
  }
  for (auto& signature : set.signatures) {
    signature.silenced = unwanted.contains(signature.name) && !wanted.contains(signature.name);
  }
}

}  // namespace

void check_correlations(const std::vector<CorrelationSource>& sources,
                        std::set<std::string>& broken, SignatureSet& set) {
  std::vector<std::pair<Check, Signature*>> checks;
  for (const auto& source : sources) {
    if (Signature* signature = named(set, source.name)) {
      checks.emplace_back(Check(source, set), signature);
    }
  }
  // One slip, one complaint: what has been complained about is not looked at further, nor what is made of it.
  const auto each = [&](const auto& step) {
    for (auto& [check, signature] : checks) {
      if (!broken.contains(signature->name) && !step(check, *signature)) {
        broken.insert(signature->name);
      }
    }
  };
  each([](Check& check, Signature& signature) {
    return check.resolve_rules(*signature.correlation);
  });
  std::set<std::string> circular;
  each([&](Check& check, Signature& signature) {
    if (!check.check_circle()) {
      circular.insert(signature.name);
    }
    return true;
  });
  broken.insert(circular.begin(), circular.end());
  // Correlations of correlations come after what they are made of.
  std::set<std::string> done;
  for (std::size_t round = 0; round < checks.size(); ++round) {
    each([&](Check& check, Signature& signature) {
      const auto& rules = signature.correlation->rules;
      const bool whole = std::none_of(rules.begin(), rules.end(), [&](const std::string& name) {
        return broken.contains(name);
      });
      const bool ready = std::all_of(rules.begin(), rules.end(), [&](const std::string& name) {
        return named(set, name) == nullptr || done.contains(name);
      });
      return whole &&
             (!ready || !done.insert(signature.name).second || check.check_fields(signature));
    });
  }
  silence(set);
}

}  // namespace cmgmon::signatures
