#include "signatures/detection_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "signatures/condition_parser.h"
#include "signatures/field_names.h"
#include "signatures/literals.h"
#include "signatures/regular_expression.h"
#include "signatures/sigma_text.h"

namespace cmgmon::signatures {

namespace {

std::string shown(std::string_view text) {
  return base::printable(base::prefix_of_bytes(text, 80));
}

// What stands behind the field name: `Field|contains|all`.
struct Modifiers {
  Operator op = Operator::kEquals;
  bool given = false;  // an operator was written
  bool cased = false;
  bool all = false;
  std::string flags;  // of re
};

const std::vector<std::string>& modifier_names() {
  static const std::vector<std::string> names = {"all", "cased", "contains", "endswith",  "exists",
                                                 "gt",  "gte",   "i",        "lt",        "lte",
                                                 "m",   "re",    "s",        "startswith"};
  return names;
}

std::optional<Operator> operator_named(std::string_view name) {
  static const std::map<std::string_view, Operator> operators = {
      {"contains", Operator::kContains}, {"startswith", Operator::kStartsWith},
      {"endswith", Operator::kEndsWith}, {"re", Operator::kRegex},
      {"lt", Operator::kLess},           {"lte", Operator::kLessEqual},
      {"gt", Operator::kGreater},        {"gte", Operator::kGreaterEqual},
      {"exists", Operator::kExists}};
  const auto found = operators.find(name);
  return found == operators.end() ? std::nullopt : std::optional(found->second);
}

Expression combined(Expression::Kind kind, std::vector<Expression> parts) {
  if (parts.size() == 1) {
    return std::move(parts.front());
  }
  Expression whole;
  whole.kind = kind;
  whole.children = std::move(parts);
  return whole;
}

// One `Field|modifiers: values` entry.
class EntryReader {
 public:
  EntryReader(const base::YamlNode& key, const Place& place) : key_(key), place_(place) {}

  Expression read(const base::YamlNode& values) {
    if (!read_key()) {
      return {};
    }
    std::vector<const base::YamlNode*> list;
    if (values.is_sequence()) {
      for (const auto& value : values.items()) {
        list.push_back(&value);
      }
      if (list.empty()) {
        place_.complain(values, fmt::format("{} has an empty list of values", shown(key_.text)));
      }
    } else {
      list.push_back(&values);
    }
    return read_values(list);
  }

  // Bare texts: the message contains one of them.
  static Expression keywords(const base::YamlNode& at,
                             const std::vector<const base::YamlNode*>& values, const Place& place) {
    EntryReader reader(at, place);
    reader.field_ = "Message";
    reader.modifiers_.op = Operator::kContains;
    return reader.read_values(values);
  }

 private:
  bool read_key() {
    if (!key_.is_scalar()) {
      place_.complain(key_, "a field name is expected");
      return false;
    }
    const std::string& text = key_.text;
    std::size_t start = text.find('|');
    field_ = text.substr(0, start);
    const std::size_t before = place_.complaints->size();
    while (start != std::string::npos) {
      const std::size_t end = text.find('|', start + 1);
      const std::size_t length = end == std::string::npos ? end : end - start - 1;
      read_modifier(text.substr(start + 1, length));
      start = end;
    }
    if (field_.empty()) {  // Sigma: '|all': [keywords]
      field_ = "Message";
      if (!modifiers_.given) {
        modifiers_.op = Operator::kContains;
      }
    } else if (!is_record_field(field_)) {
      std::string message = fmt::format("records have no field '{}'", shown(field_));
      if (const auto meant = base::nearest(field_, record_field_names())) {
        message += fmt::format("; did you mean '{}'?", *meant);
      } else {
        message +=
            "; known are Message, Component, Thread, Type, Source and the columns of W3C logs";
      }
      place_.complain(key_, std::move(message));
    }
    const bool comparable = modifiers_.op != Operator::kRegex && modifiers_.op < Operator::kLess;
    if (modifiers_.cased && !comparable) {
      place_.complain(key_,
                      "'cased' goes with texts only (regular expressions are case-sensitive "
                      "unless 'i' is given)");
    }
    if (!modifiers_.flags.empty() && modifiers_.op != Operator::kRegex) {
      place_.complain(key_, "'i', 'm' and 's' go with 're' only");
    }
    return place_.complaints->size() == before;
  }

  void read_modifier(const std::string& name) {
    if (const auto op = operator_named(name)) {
      if (modifiers_.given) {
        place_.complain(key_,
                        fmt::format("'{}' cannot be combined with the operator before it", name));
      }
      modifiers_.op = *op;
      modifiers_.given = true;
    } else if (name == "all") {
      modifiers_.all = true;
    } else if (name == "cased") {
      modifiers_.cased = true;
    } else if (name == "i" || name == "m" || name == "s") {
      modifiers_.flags += name;
    } else {
      std::string message = fmt::format("unknown modifier '{}'", shown(name));
      if (const auto meant = base::nearest(name, modifier_names())) {
        message += fmt::format("; did you mean '{}'?", *meant);
      } else {
        message +=
            "; known are contains, startswith, endswith, re (with i, m, s), cased, all, "
            "exists, lt, lte, gt, gte";
      }
      place_.complain(key_, std::move(message));
    }
  }

  Expression read_values(const std::vector<const base::YamlNode*>& values) {
    for (const auto* value : values) {
      read_value(*value);
    }
    std::vector<Expression> parts = std::move(others_);
    for (auto& [op, test] : tests_) {
      Expression part;
      part.kind = Expression::Kind::kTest;
      part.test = std::move(test);
      parts.push_back(std::move(part));
    }
    return combined(modifiers_.all ? Expression::Kind::kAnd : Expression::Kind::kOr,
                    std::move(parts));
  }

  void add(Operator op, std::string value, std::shared_ptr<const re2::RE2> compiled,
           std::string required) {
    FieldTest& test = tests_[op];
    test.field = field_;
    test.op = op;
    test.cased = modifiers_.cased;
    test.all = modifiers_.all;
    test.origin = place_.origin_of(key_);
    if (!modifiers_.cased && op != Operator::kRegex) {
      value = base::to_lower(value);
    }
    test.values.push_back(std::move(value));
    if (op == Operator::kRegex) {
      test.compiled.push_back(std::move(compiled));
    }
    test.required.push_back(std::move(required));
  }

  void add_exists(bool expected) {
    Expression test;
    test.kind = Expression::Kind::kTest;
    test.test.field = field_;
    test.test.op = Operator::kExists;
    test.test.values = {expected ? "true" : "false"};
    test.test.required = {""};
    test.test.origin = place_.origin_of(key_);
    others_.push_back(std::move(test));
  }

  void read_value(const base::YamlNode& value) {
    if (value.is_null()) {
      if (modifiers_.given) {
        place_.complain(value, fmt::format("a value is missing for {}", shown(key_.text)));
      } else {
        add_exists(false);
      }
      return;
    }
    if (!value.is_scalar()) {
      place_.complain(value, "a text is expected");
      return;
    }
    switch (modifiers_.op) {
      case Operator::kExists:
        if (value.text != "true" && value.text != "false") {
          place_.complain(value, "'exists' takes true or false");
        } else {
          add_exists(value.text == "true");
        }
        break;
      case Operator::kLess:
      case Operator::kLessEqual:
      case Operator::kGreater:
      case Operator::kGreaterEqual:
        read_number(value);
        break;
      case Operator::kRegex: {
        auto expression = place_.expressions->compile(value.text, modifiers_.flags);
        if (expression.compiled == nullptr) {
          place_.complain(value, expression.error);
        } else {
          add(Operator::kRegex, value.text, std::move(expression.compiled), "");
        }
        break;
      }
      default:
        read_text(value);
    }
  }

  void read_number(const base::YamlNode& value) {
    const std::string& digits = value.text;
    std::int64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc{} || rest != end) {
      place_.complain(value, fmt::format("'{}' is not a whole number", shown(digits)));
      return;
    }
    add(modifiers_.op, digits, nullptr, "");
  }

  void read_text(const base::YamlNode& value) {
    using Kind = SigmaPiece::Kind;
    auto pieces = parse_sigma_text(value.text);
    const Operator op = modifiers_.op;
    if (op != Operator::kEquals && longest_text(pieces).empty()) {
      place_.complain(value, "this text would be found in everything");
      return;
    }
    if (op == Operator::kContains || op == Operator::kEndsWith) {
      if (pieces.front().kind != Kind::kAny) {
        pieces.insert(pieces.begin(), {Kind::kAny, {}});
      }
    }
    if (op == Operator::kContains || op == Operator::kStartsWith) {
      if (pieces.back().kind != Kind::kAny) {
        pieces.push_back({Kind::kAny, {}});
      }
    }
    const auto is = [&](std::initializer_list<Kind> kinds) {
      return std::equal(pieces.begin(), pieces.end(), kinds.begin(), kinds.end(),
                        [](const SigmaPiece& piece, Kind kind) { return piece.kind == kind; });
    };
    const std::string text = longest_text(pieces);
    if (pieces.empty() || is({Kind::kText})) {
      add(Operator::kEquals, text, nullptr, text);
    } else if (is({Kind::kAny})) {
      add_exists(true);
    } else if (is({Kind::kAny, Kind::kText, Kind::kAny})) {
      add(Operator::kContains, text, nullptr, text);
    } else if (is({Kind::kText, Kind::kAny})) {
      add(Operator::kStartsWith, text, nullptr, text);
    } else if (is({Kind::kAny, Kind::kText})) {
      add(Operator::kEndsWith, text, nullptr, text);
    } else {
      auto expression =
          place_.expressions->compile(to_regular_expression(pieces, modifiers_.cased));
      if (expression.compiled == nullptr) {
        place_.complain(value, "this text with wildcards is too long");
      } else {
        add(Operator::kRegex, value.text, std::move(expression.compiled), text);
      }
    }
  }

  const base::YamlNode& key_;
  const Place& place_;
  std::string field_;
  Modifiers modifiers_;
  std::map<Operator, FieldTest> tests_;
  std::vector<Expression> others_;
};

Expression read_fields(const base::YamlNode& node, const Place& place) {
  std::vector<Expression> parts;
  for (const auto entry : node.entries()) {
    parts.push_back(EntryReader(entry.key, place).read(entry.value));
  }
  if (parts.empty()) {
    place.complain(node, "an empty selection would hold for every record");
  }
  return combined(Expression::Kind::kAnd, std::move(parts));
}

// A mapping: all entries hold. A list: one of its mappings or texts holds. A text: a keyword.
Expression read_selection(const base::YamlNode& node, const Place& place) {
  if (node.is_map()) {
    return read_fields(node, place);
  }
  if (node.is_scalar()) {
    return EntryReader::keywords(node, {&node}, place);
  }
  if (!node.is_sequence() || node.size() == 0) {
    place.complain(node, "a selection must be a mapping of fields, or a list of mappings or texts");
    return {};
  }
  std::vector<Expression> parts;
  std::vector<const base::YamlNode*> keywords;
  for (const auto& item : node.items()) {
    if (item.is_map()) {
      parts.push_back(read_fields(item, place));
    } else if (item.is_scalar()) {
      keywords.push_back(&item);
    } else {
      place.complain(item, "a mapping of fields or a text is expected");
    }
  }
  if (!keywords.empty()) {
    parts.push_back(EntryReader::keywords(node, keywords, place));
  }
  return combined(Expression::Kind::kOr, std::move(parts));
}

bool valid_selection_name(const base::YamlNode& key, const Place& place) {
  static const std::set<std::string> reserved = {"and",  "or",  "not", "of",
                                                 "them", "all", "any", "1"};
  if (!key.is_scalar() || key.text.empty() ||
      key.text.find_first_of(" \t\r\n()*|") != std::string::npos || reserved.contains(key.text)) {
    place.complain(key,
                   "the name of a selection must be one word, and none of the condition's own");
    return false;
  }
  return true;
}

Expression read_full(const base::YamlNode& node, const Place& place, const std::string& what) {
  std::map<std::string, Expression> selections;
  std::map<std::string, const base::YamlNode*> keys;
  const base::YamlNode* condition = node.find("condition");
  for (const auto entry : node.entries()) {
    if (entry.key.is_scalar() && entry.key.text == "condition") {
      continue;
    } else if (entry.key.is_scalar() && entry.key.text == "timeframe") {
      place.complain(entry.key, "'timeframe' is no longer part of Sigma and not supported");
    } else if (valid_selection_name(entry.key, place)) {
      auto& selection = selections[entry.key.text];
      selection = read_selection(entry.value, place);
      selection.selection = entry.key.text;
      keys[entry.key.text] = &entry.key;
    }
  }
  if (condition == nullptr) {
    place.complain(node, fmt::format("{} has no 'condition'", what));
    return {};
  }
  if (!condition->is_scalar()) {
    place.complain(*condition, "the condition must be one text");
    return {};
  }
  auto parsed = parse_condition(condition->text, selections);
  if (parsed.error) {
    auto complaint =
        base::complaint_at(*condition, place.file,
                           fmt::format("condition, character {}: {}", parsed.error->position + 1,
                                       parsed.error->message));
    if (condition->plain) {  // written without quotes: the character stands where it seems to
      complaint.column += static_cast<int>(parsed.error->position);
    }
    place.complaints->push_back(std::move(complaint));
    return {};
  }
  for (const auto& [name, key] : keys) {
    if (!parsed.used.contains(name) && name.front() != '_') {
      place.complain(*key, fmt::format("selection '{}' is not used in the condition", shown(name)));
    }
  }
  return std::move(parsed.expression);
}

}  // namespace

void Place::complain(const base::YamlNode& at, std::string message) const {
  complaints->push_back(base::complaint_at(at, file, std::move(message)));
}

Origin Place::origin_of(const base::YamlNode& node) const {
  return {file, node.line, node.column};
}

Detection read_detection(const base::YamlNode& node, const Place& place, const std::string& what,
                         bool short_form) {
  const std::size_t before = place.complaints->size();
  Detection detection;
  const bool full = node.find("condition") != nullptr;
  if (full || (!short_form && node.is_map())) {
    detection.condition = read_full(node, place, what);
  } else if (short_form) {
    detection.condition = read_selection(node, place);
  } else {
    place.complain(node, fmt::format("{} must be a mapping of selections and a condition", what));
  }
  if (place.complaints->size() != before) {
    return detection;
  }
  if (node_count(detection.condition) > kMaxExpressionNodes) {
    place.complain(node, fmt::format("{} is too large", what));
    return detection;
  }
  auto literals = required_literals(detection.condition);
  if (!literals) {
    place.complain(
        node,
        fmt::format("{} has no literal: a record that satisfies it must hold a plain text of at "
                    "least {} ASCII characters. Add one to every alternative, for example "
                    "'Message|contains: ...' beside the regular expression",
                    what, kMinLiteralBytes));
    return detection;
  }
  detection.literals = std::move(*literals);
  return detection;
}

}  // namespace cmgmon::signatures
