#include "matches/conditions.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "matches/matcher.h"
#include "signatures/field_names.h"
#include "signatures/literals.h"

namespace cmgmon::matches {

namespace {

using signatures::Expression;
using signatures::FieldTest;
using signatures::Operator;

enum Cost { kFree, kCheap, kMixed, kDear };

// Fields are separated by what no field name, value or number begins with by chance: their lengths.
void append(std::string& key, std::string_view part) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

bool is_as_written(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_literal(std::string_view text) {
  return text.size() >= signatures::kMinLiteralBytes && is_as_written(text);
}

}  // namespace

Conditions::Id Conditions::add(const Expression& expression) {
  if (expression.kind != Kind::kTest) {
    std::vector<Id> children;
    for (const auto& child : expression.children) {
      children.push_back(add(child));
    }
    return add_compound(expression.kind, std::move(children));
  }
  const FieldTest& test = expression.test;
  if (test.op == Operator::kExists) {
    return add_value(test, 0);
  }
  std::vector<Id> values;
  for (std::size_t i = 0; i < test.values.size(); ++i) {
    values.push_back(add_value(test, i));
  }
  return add_compound(test.all ? Kind::kAnd : Kind::kOr, std::move(values));
}

Conditions::Id Conditions::add_value(const FieldTest& test, std::size_t value) {
  Node node;
  node.kind = Kind::kTest;
  node.test = &test;
  node.value = value;
  node.cost = test.op == Operator::kRegex ? kDear : kCheap;
  if (signatures::is_in_message(test.field) && value < test.required.size()) {
    const std::string text = base::to_lower(test.required[value]);
    if (is_as_written(text)) {
      node.part = text;
    }
    if (is_literal(text)) {
      node.text = text;
      node.is_text = test.op == Operator::kContains && !test.cased && text == test.values[value] &&
                     base::equals_ignore_case(test.field, "message");
      node.cost = node.is_text ? kFree : node.cost;
    }
  }
  std::string key = "T" + std::to_string(static_cast<int>(test.op)) + (test.cased ? "c" : "i");
  append(key, base::to_lower(test.field));
  append(key, test.values[value]);
  if (test.op == Operator::kRegex) {
    // The same text may mean something else.
    const auto& options = test.compiled[value]->options();
    append(key, test.compiled[value]->pattern());
    key += std::to_string(options.ParseFlags()) + (options.longest_match() ? "l" : "f");
  }
  return add_node(std::move(key), std::move(node));
}

Conditions::Id Conditions::add_compound(Kind kind, std::vector<Id> children) {
  std::sort(children.begin(), children.end());
  children.erase(std::unique(children.begin(), children.end()), children.end());
  if (kind != Kind::kNot && children.size() == 1) {
    return children.front();
  }
  std::string key = kind == Kind::kAnd ? "A" : kind == Kind::kOr ? "O" : "N";
  for (const Id child : children) {
    key += ' ' + std::to_string(child);
  }
  std::stable_sort(children.begin(), children.end(),
                   [&](Id a, Id b) { return nodes_[a].cost < nodes_[b].cost; });
  Node node;
  node.kind = kind;
  node.children = std::move(children);
  node.cost = kMixed;
  return add_node(std::move(key), std::move(node));
}

Conditions::Id Conditions::add_node(std::string key, Node node) {
  const auto [known, is_new] = ids_.emplace(std::move(key), static_cast<Id>(nodes_.size()));
  if (is_new) {
    nodes_.push_back(std::move(node));
  }
  return known->second;
}

std::vector<std::string_view> Conditions::fields() const {
  std::vector<std::string_view> names;
  for (const Node& node : nodes_) {
    if (node.test != nullptr) {
      names.emplace_back(node.test->field);
    }
  }
  return names;
}

std::vector<std::string> Conditions::texts() const {
  std::set<std::string> texts;
  for (const Node& node : nodes_) {
    if (!node.text.empty()) {
      texts.insert(node.text);
    }
  }
  return {texts.begin(), texts.end()};
}

void Conditions::set_literals(const std::vector<std::string>& literals) {
  for (Node& node : nodes_) {
    if (!node.text.empty()) {
      const auto found = std::find(literals.begin(), literals.end(), node.text);
      node.literal = static_cast<LiteralId>(found - literals.begin());
    }
  }
}

bool Conditions::hold(Id id, const records::Record& record, const LiteralHits& hits,
                      Answers& answers) const {
  std::uint8_t& known = answers.known_[id];
  if (known == Answers::kUnknown) {
    known = ask(nodes_[id], record, hits, answers) ? Answers::kYes : Answers::kNo;
  }
  return known == Answers::kYes;
}

bool Conditions::ask(const Node& node, const records::Record& record, const LiteralHits& hits,
                     Answers& answers) const {
  const auto child_holds = [&](Id child) { return hold(child, record, hits, answers); };
  switch (node.kind) {
    case Kind::kTest:
      if (node.literal != kNone && (node.is_text || !hits.holds(node.literal))) {
        return hits.holds(node.literal);
      }
      return value_holds(*node.test, node.value, record);
    case Kind::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), child_holds);
    case Kind::kOr:
      return std::any_of(node.children.begin(), node.children.end(), child_holds);
    case Kind::kNot:
      return !child_holds(node.children.front());
  }
  return false;
}

bool Conditions::may_hold(Id id, std::string_view text, const LiteralHits& hits) const {
  const Node& node = nodes_[id];
  const auto child_may = [&](Id child) { return may_hold(child, text, hits); };
  switch (node.kind) {
    case Kind::kTest:
      return node.literal != kNone ? hits.holds(node.literal)
                                   : base::find_ignore_case(text, node.part) != text.npos;
    case Kind::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), child_may);
    case Kind::kOr:
      return std::any_of(node.children.begin(), node.children.end(), child_may);
    case Kind::kNot:
      return true;
  }
  return true;
}

}  // namespace cmgmon::matches
