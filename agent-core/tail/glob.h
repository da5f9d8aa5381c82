#pragma once
// A glob of a Source, cut into path components once and matched often.
//
// Wildcards never cross a separator. Matching is linear in pattern times text, whatever the file names are.
// Tests: tests/unit/tail/source_test.cpp

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::tail {

class Glob {
 public:
  using Captures = std::map<std::string, std::string>;

  explicit Glob(std::string_view text);

  // Captures are added to `captures` when it is given and the answer is yes.
  bool matches(std::string_view path, Captures* captures = nullptr) const;
  bool matches_component(std::size_t index, std::string_view name) const;
  bool matches_name(std::string_view name) const;  // against the last component
  // The path is a folder that files of this glob may be in or below.
  bool matches_folder_above(std::string_view path) const;

  std::size_t component_count() const { return components_.size(); }
  // Folders up to the first component with a wildcard, as written; all folders when none has one.
  const std::string& fixed_folder() const { return fixed_folder_; }
  std::size_t fixed_components() const { return fixed_components_; }
  bool has_wildcard(std::size_t index) const;
  const std::string& component_text(std::size_t index) const;

 private:
  struct Token {
    enum class Kind { kCharacter, kAnyCharacter, kAnyText, kCapture } kind = Kind::kCharacter;
    char character = 0;  // lower case
    std::string name{};  // of a capture
  };
  struct Component {
    std::string text;
    std::vector<Token> tokens;
    bool wildcard = false;
  };
  static Component parse(std::string_view text);
  static bool match(const Component& component, std::string_view text, Captures* captures);

  std::vector<Component> components_;
  std::string fixed_folder_;
  std::size_t fixed_components_ = 0;
};

}  // namespace cmgmon::tail
