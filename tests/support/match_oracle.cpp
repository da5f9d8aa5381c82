#include "support/match_oracle.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace cmgmon::test {

namespace {

using signatures::Expression;
using signatures::FieldTest;
using signatures::Operator;

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c + 32);
    }
  }
  return text;
}

std::optional<std::string> part_of(const OwnedRecord& record, const std::string& name) {
  for (const auto& [column, value] : record.columns) {
    if (lower(column) == lower(name)) {
      return value;
    }
  }
  if (lower(name) == "message") {
    return record.message;
  }
  const bool framed =
      record.format == records::Format::kCcm || record.format == records::Format::kSiteServer;
  if (framed && lower(name) == "component") {
    return record.component;
  }
  if (framed && lower(name) == "thread") {
    return record.thread;
  }
  return std::nullopt;
}

bool one(const FieldTest& test, std::size_t i, const std::string& part) {
  const std::string text = test.cased ? part : lower(part);
  const std::string value = test.cased ? test.values[i] : lower(test.values[i]);
  switch (test.op) {
    case Operator::kEquals:
      return text == value;
    case Operator::kContains:
      return text.find(value) != std::string::npos;
    case Operator::kStartsWith:
      return text.rfind(value, 0) == 0;
    case Operator::kEndsWith:
      return text.size() >= value.size() && text.substr(text.size() - value.size()) == value;
    case Operator::kRegex:
      return re2::RE2::PartialMatch(part, *test.compiled[i]);
    default:
      std::abort();  // rules for the oracle use no others
  }
}

bool satisfies(const Expression& expression, const OwnedRecord& record) {
  if (expression.kind == Expression::Kind::kTest) {
    const auto part = part_of(record, expression.test.field);
    std::size_t held = 0;
    for (std::size_t i = 0; part && i < expression.test.values.size(); ++i) {
      held += one(expression.test, i, *part) ? 1U : 0U;
    }
    return expression.test.all ? held == expression.test.values.size() : held > 0;
  }
  std::size_t held = 0;
  for (const auto& child : expression.children) {
    held += satisfies(child, record) ? 1U : 0U;
  }
  switch (expression.kind) {
    case Expression::Kind::kAnd:
      return held == expression.children.size();
    case Expression::Kind::kOr:
      return held > 0;
    default:
      return held == 0;
  }
}

// All named groups of all occurrences in a text, in order.
std::vector<std::map<std::string, std::string>> occurrences(const re2::RE2& expression,
                                                            const std::string& text) {
  std::vector<std::map<std::string, std::string>> found;
  std::vector<re2::StringPiece> groups(
      static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  for (std::size_t from = 0; from <= text.size();) {
    if (!expression.Match(text, from, text.size(), re2::RE2::UNANCHORED, groups.data(),
                          static_cast<int>(groups.size()))) {
      break;
    }
    auto& values = found.emplace_back();
    for (const auto& [name, number] : expression.NamedCapturingGroups()) {
      values[name] = groups[static_cast<std::size_t>(number)].as_string();
    }
    const auto end = static_cast<std::size_t>(groups[0].end() - text.data());
    from = end > from ? end : from + 1;
  }
  return found;
}

using FlagNames = std::map<std::uint64_t, std::string>;

class Extracted {
 public:
  // Returns whether it told anything.
  bool take(const signatures::Extraction& extraction, const OwnedRecord& record) {
    const auto text = part_of(record, extraction.field);
    if (!text) {
      return false;
    }
    bool told = false;
    auto found = occurrences(*extraction.expression, *text);
    if (!extraction.every && found.size() > 1) {
      found.resize(1);
    }
    for (const auto& values : found) {
      for (const auto& [name, value] : values) {
        told |= take(extraction, name, value);
      }
    }
    return told;
  }

  std::map<std::string, std::string> fields;

 private:
  bool take(const signatures::Extraction& extraction, const std::string& name,
            const std::string& value) {
    const auto type = extraction.types.find(name);
    if (value.empty()) {
      return false;
    }
    if (type == extraction.types.end()) {
      fields.emplace(name, value);
      return true;
    }
    FlagNames flags;
    char* end = nullptr;
    const unsigned long long number = std::strtoull(value.c_str(), &end, 0);
    for (const auto& [bit, bit_name] : type->second.bits) {
      if (*end == '\0' ? (number & bit) != 0 : lower(bit_name) == lower(value)) {
        flags[bit] = bit_name;
      }
    }
    if (flags.empty()) {
      return false;
    }
    if (fields.count(name) == 0 || extraction.every) {
      flags_[name].insert(flags.begin(), flags.end());
      std::string joined;
      for (const auto& [bit, bit_name] : flags_[name]) {
        joined += (joined.empty() ? "" : "|") + bit_name;
      }
      fields[name] = joined;
    }
    return true;
  }

  std::map<std::string, FlagNames> flags_;
};

class Oracle {
 public:
  Oracle(const std::vector<OwnedRecord>& records, const OracleLimits& limits)
      : records_(records), limits_(limits), used_(records.size()) {}

  std::optional<FoundMatch> failure(const signatures::Signature& signature, std::size_t i) {
    if (!satisfies(signature.detection.condition, records_[i])) {
      return std::nullopt;
    }
    std::vector<std::vector<std::size_t>> contexts;
    for (const auto& context : signature.context) {
      contexts.push_back(belonging(signature, context, i));
    }
    Extracted extracted;
    for (const auto& extraction : signature.extract) {
      bool told = false;
      if (extraction.from.empty()) {
        told = extracted.take(extraction, records_[i]);
      }
      for (std::size_t c = 0; c < contexts.size(); ++c) {
        if (signature.context[c].name != extraction.from) {
          continue;
        }
        for (const std::size_t j : contexts[c]) {
          if (extraction.newest ? j == contexts[c].front() : !told || extraction.every) {
            told = extracted.take(extraction, records_[j]) || told;
          }
        }
      }
      for (const auto& group : extraction.expression->NamedCapturingGroups()) {
        told = told || extracted.fields.count(group.first) != 0;
      }
      if (extraction.required && !told) {
        return std::nullopt;
      }
    }
    FoundMatch match{i, signature.name, extracted.fields, {}};
    for (const auto& field : signature.group_by) {
      const auto part = part_of(records_[i], field);
      if (part && !part->empty() && *part != "-") {
        match.fields.emplace(field, *part);
      }
    }
    std::set<std::size_t> quoted = {i};
    for (std::size_t c = 0; c < contexts.size(); ++c) {
      const bool every = std::any_of(
          signature.extract.begin(), signature.extract.end(),
          [&](const auto& e) { return e.every && e.from == signature.context[c].name; });
      for (const std::size_t j : contexts[c]) {
        now_used_.insert(j);
        if (every || j == contexts[c].front()) {
          quoted.insert(j);
        }
      }
    }
    for (const std::size_t j : quoted) {
      match.evidence.push_back(records_[j].offset);
    }
    return match;
  }

  void consume() {
    for (const std::size_t j : now_used_) {
      used_[j] = true;
    }
    now_used_.clear();
  }

 private:
  // Newest first.
  std::vector<std::size_t> belonging(const signatures::Signature& signature,
                                     const signatures::Context& context, std::size_t i) {
    std::string key;
    if (!context.same_thread) {
      Extracted own;
      for (const auto& extraction : signature.extract) {
        if (extraction.from.empty()) {
          own.take(extraction, records_[i]);
        }
      }
      key = own.fields[context.same_field];
      if (key.empty()) {
        return {};
      }
    }
    std::vector<std::size_t> found;
    std::uint64_t bytes = 0;
    std::uint64_t same_thread = 0;
    for (std::size_t j = i; j-- > 0;) {
      const OwnedRecord& record = records_[j];
      bytes += record.length;
      same_thread += record.thread == records_[i].thread ? 1U : 0U;
      if (bytes > limits_.bytes || used_[j] || !satisfies(context.detection.condition, record)) {
        continue;
      }
      if (record.time && records_[i].time) {
        const auto apart = *records_[i].time - *record.time;
        if (apart > limits_.age || -apart > limits_.age) {
          continue;
        }
      }
      if (context.same_thread) {
        if (record.thread != records_[i].thread || same_thread > limits_.records) {
          continue;
        }
      } else {
        const auto values = occurrences(*context.same_expression, record.message);
        if (values.empty() || values.front().at(context.same_field) != key) {
          continue;
        }
      }
      found.push_back(j);
    }
    return found;
  }

  const std::vector<OwnedRecord>& records_;
  const OracleLimits& limits_;
  std::vector<bool> used_;
  std::set<std::size_t> now_used_;
};

bool applies(const std::vector<std::string>& services, const std::string& service) {
  return service.empty() || std::count(services.begin(), services.end(), service) > 0;
}

}  // namespace

std::vector<FoundMatch> find_all(const signatures::SignatureSet& set, const std::string& service,
                                 const std::vector<OwnedRecord>& records,
                                 const OracleLimits& limits) {
  std::vector<FoundMatch> found;
  Oracle oracle(records, limits);
  for (std::size_t i = 0; i < records.size(); ++i) {
    bool taken = false;
    for (const bool fallback : {false, true}) {
      for (const auto& signature : set.signatures) {
        if (signature.fallback != fallback || (fallback && taken) ||
            !applies(signature.services, service)) {
          continue;
        }
        if (auto match = oracle.failure(signature, i)) {
          found.push_back(std::move(*match));
          taken = true;
        }
      }
    }
    for (const auto& signature : set.signatures) {
      for (const auto& recovery : signature.recoveries) {
        if (!applies(recovery.services, service) ||
            !satisfies(recovery.detection.condition, records[i])) {
          continue;
        }
        Extracted extracted;
        for (const auto& extraction : recovery.extract) {
          extracted.take(extraction, records[i]);
        }
        const bool known = std::all_of(recovery.on.begin(), recovery.on.end(), [&](const auto& on) {
          return extracted.fields.count(on) > 0;
        });
        if (known) {
          found.push_back(
              {i, signature.name + "/" + recovery.name, extracted.fields, {records[i].offset}});
        }
      }
    }
    oracle.consume();
  }
  return found;
}

}  // namespace cmgmon::test
