#include "signatures/condition_parser.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/text.h"
#include "base/words.h"

namespace cmgmon::signatures {

namespace {

struct Token {
  std::string text;  // "" at the end
  std::size_t position = 0;
};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  std::size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (is_space(c)) {
      ++i;
    } else if (c == '(' || c == ')') {
      tokens.push_back({std::string(1, c), i++});
    } else {
      const std::size_t start = i;
      while (i < text.size() && !is_space(text[i]) && text[i] != '(' && text[i] != ')') {
        ++i;
      }
      tokens.push_back({std::string(text.substr(start, i - start)), start});
    }
  }
  tokens.push_back({"", text.size()});
  return tokens;
}

bool is_keyword(std::string_view word) {
  return word == "and" || word == "or" || word == "not";
}

// '*' stands for any characters; names of selections are case-sensitive.
bool name_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;  // the newest one, to which we return
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

class Parser {
 public:
  Parser(std::string_view text, const std::map<std::string, Expression>& selections,
         ParsedCondition& result)
      : tokens_(tokens_of(text)), selections_(selections), result_(result) {}

  void run() {
    result_.expression = alternatives(0);
    if (!result_.error && !current().text.empty()) {
      fail(fmt::format("'{}' is not expected here; combine with 'and' or 'or'", shown()));
    }
  }

 private:
  const Token& current() const { return tokens_[next_]; }
  std::string shown() const { return base::printable(base::prefix_of_bytes(current().text, 60)); }

  bool take(std::string_view word) {
    if (current().text != word) {
      return false;
    }
    ++next_;
    return true;
  }

  void fail(std::string message) {
    if (!result_.error) {
      result_.error = ConditionError{current().position, std::move(message)};
    }
  }

  Expression alternatives(int depth) {
    Expression left = conjunction(depth);
    bool mine = false;  // a bracketed group on the left is not ours to extend
    while (!result_.error && take("or")) {
      Expression right = conjunction(depth);
      if (mine) {
        left.children.push_back(std::move(right));
      } else {
        left = group(Expression::Kind::kOr, std::move(left), std::move(right));
        mine = true;
      }
    }
    return left;
  }

  Expression conjunction(int depth) {
    Expression left = negation(depth);
    bool mine = false;
    while (!result_.error && take("and")) {
      Expression right = negation(depth);
      if (mine) {
        left.children.push_back(std::move(right));
      } else {
        left = group(Expression::Kind::kAnd, std::move(left), std::move(right));
        mine = true;
      }
    }
    return left;
  }

  static Expression group(Expression::Kind kind, Expression&& left, Expression&& right) {
    Expression whole;
    whole.kind = kind;
    whole.children.push_back(std::move(left));
    whole.children.push_back(std::move(right));
    return whole;
  }

  Expression negation(int depth) {
    bool negated = false;
    while (take("not")) {
      negated = !negated;
    }
    Expression inner = primary(depth);
    if (!negated) {
      return inner;
    }
    Expression whole;
    whole.kind = Expression::Kind::kNot;
    whole.children.push_back(std::move(inner));
    return whole;
  }

  Expression primary(int depth) {
    if (depth > kMaxConditionDepth) {
      fail(fmt::format("brackets are nested deeper than {}", kMaxConditionDepth));
      return {};
    }
    if (current().text.empty()) {
      fail("a selection is missing at the end of the condition");
      return {};
    }
    if (take("(")) {
      Expression inner = alternatives(depth + 1);
      if (!result_.error && !take(")")) {
        fail("a closing bracket is missing");
      }
      return inner;
    }
    if (current().text == ")" || is_keyword(current().text)) {
      fail(fmt::format("a selection is expected before '{}'", shown()));
      return {};
    }
    if (tokens_[next_ + 1].text == "of") {  // the end is a token, so there is a next one
      return quantified();
    }
    return selection();
  }

  Expression quantified() {
    const std::string quantity = current().text;
    if (quantity != "1" && quantity != "any" && quantity != "all") {
      fail(fmt::format("'{}' of is not supported; write '1 of' or 'all of'", shown()));
      return {};
    }
    next_ += 2;
    const std::string pattern = current().text;
    Expression whole;
    whole.kind = quantity == "all" ? Expression::Kind::kAnd : Expression::Kind::kOr;
    for (const auto& [name, expression] : selections_) {
      const bool meant =
          pattern == "them" ? name.front() != '_' : !pattern.empty() && name_matches(pattern, name);
      if (meant) {
        whole.children.push_back(use(name, expression));
      }
    }
    if (whole.children.empty()) {
      fail(fmt::format("no selection is called '{}'", shown()));
      return {};
    }
    ++next_;
    return whole;
  }

  Expression selection() {
    const auto found = selections_.find(current().text);
    if (found == selections_.end()) {
      std::vector<std::string> names;
      for (const auto& [name, expression] : selections_) {
        names.push_back(name);
      }
      names.insert(names.end(), {"and", "or", "not"});
      fail(base::with_hint(fmt::format("no selection is called '{}'", shown()), current().text,
                           names));
      return {};
    }
    ++next_;
    return use(found->first, found->second);
  }

  Expression use(const std::string& name, const Expression& expression) {
    result_.used.insert(name);
    nodes_ += node_count(expression);
    if (nodes_ > kMaxExpressionNodes) {
      fail("the condition is too large");
      return {};
    }
    return expression;
  }

  std::vector<Token> tokens_;
  const std::map<std::string, Expression>& selections_;
  ParsedCondition& result_;
  std::size_t next_ = 0;
  std::size_t nodes_ = 0;
};

}  // namespace

std::size_t node_count(const Expression& expression) {
  std::size_t count = 1 + expression.test.values.size();
  for (const auto& child : expression.children) {
    count += node_count(child);
  }
  return count;
}

ParsedCondition parse_condition(std::string_view text,
                                const std::map<std::string, Expression>& selections) {
  ParsedCondition result;
  if (text.size() > kMaxConditionBytes) {
    result.error =
        ConditionError{kMaxConditionBytes,
                       fmt::format("the condition is longer than {} bytes", kMaxConditionBytes)};
    return result;
  }
  Parser(text, selections, result).run();
  return result;
}

}  // namespace cmgmon::signatures
