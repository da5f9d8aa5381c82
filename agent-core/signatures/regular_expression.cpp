#include "signatures/regular_expression.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"

namespace cmgmon::signatures {

RegularExpression compile(std::string_view pattern, std::string_view flags) {
  const std::string shown = base::printable(base::prefix_of_bytes(pattern, 200));
  if (pattern.size() > kMaxPatternBytes) {
    return {nullptr, fmt::format("the regular expression is longer than {} bytes: {}...",
                                 kMaxPatternBytes, shown)};
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxProgramBytes);
  std::string text;
  if (!flags.empty()) {
    text = fmt::format("(?{})", flags);
  }
  text += pattern;
  auto compiled = std::make_shared<const re2::RE2>(text, options);
  if (!compiled->ok()) {
    std::string hint;
    if (compiled->error_code() == re2::RE2::ErrorBadPerlOp) {
      hint = "; look-around is not supported (RE2 syntax)";
    } else if (compiled->error_code() == re2::RE2::ErrorPatternTooLarge) {
      hint = "; use smaller repetition counts";
    }
    return {nullptr, fmt::format("the regular expression is not valid: {}{} in: {}",
                                 base::printable(compiled->error()), hint, shown)};
  }
  return {std::move(compiled), {}};
}

RegularExpression Expressions::compile(std::string_view pattern, std::string_view flags) {
  const std::string key = fmt::format("{}:{}", flags, pattern);
  const auto known = known_.find(key);
  if (known != known_.end()) {
    return {known->second, {}};
  }
  auto expression = signatures::compile(pattern, flags);
  if (expression.compiled != nullptr) {
    known_.emplace(key, expression.compiled);
  }
  return expression;
}

std::vector<std::string> group_names(const re2::RE2& expression) {
  std::vector<std::string> names;
  for (const auto& [number, name] : expression.CapturingGroupNames()) {
    names.push_back(name);
  }
  return names;
}

}  // namespace cmgmon::signatures
