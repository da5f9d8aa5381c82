#pragma once
// Regular expressions of packs: RE2 only, so that no pattern and no log text can make matching slow.

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace cmgmon::signatures {

inline constexpr std::size_t kMaxPatternBytes = 4096;
inline constexpr std::size_t kMaxProgramBytes = 1U << 20U;  // compiled

struct RegularExpression {
  std::shared_ptr<const re2::RE2> compiled;  // null: see error
  std::string error;                         // a sentence that quotes the pattern
};

// `flags`: any of "ims" as in (?ims).
RegularExpression compile(std::string_view pattern, std::string_view flags = "");

// Each expression is compiled once, however many rules of the packs write it.
class Expressions {
 public:
  RegularExpression compile(std::string_view pattern, std::string_view flags = "");

 private:
  std::map<std::string, std::shared_ptr<const re2::RE2>, std::less<>> known_;
};

// Names of the groups, in the order of the pattern.
std::vector<std::string> group_names(const re2::RE2& expression);

}  // namespace cmgmon::signatures
