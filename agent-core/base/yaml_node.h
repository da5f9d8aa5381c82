#pragma once
// A value of a YAML document, and everything below it.
//
// Life:    a plain value: a copy is a copy of all that is below it, and lasts as long as its owner.
// find(), items(), entries() and Mapping refer to the node they are asked of, so the document must
// outlive what they give; who keeps a part of it keeps a copy.
//
// Units:   line and column count from 1; 0 is what was written nowhere.
// Tests:   tests/unit/base/yaml_node_test.cpp

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cmgmon::base {

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMap };
  class Entries;

  Kind kind = Kind::kNull;
  bool plain = false;  // a scalar without quotes
  bool flow = false;   // a collection in brackets
  int line = 0;
  int column = 0;
  std::string text{};                // of a scalar, else empty
  std::vector<YamlNode> children{};  // of a mapping: key, value, key, value ...

  static YamlNode scalar(std::string text);
  static YamlNode sequence();
  static YamlNode map();

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_map() const { return kind == Kind::kMap; }

  std::size_t size() const { return is_map() ? children.size() / 2 : children.size(); }
  const std::vector<YamlNode>& items() const;  // none unless it is a sequence
  Entries entries() const;                     // none unless it is a mapping
  // The value of the key; nullptr: there is none, or this is no mapping.
  const YamlNode* find(std::string_view key) const;
  // Adds an entry behind the others; this is a mapping without the key.
  void add(std::string key, YamlNode value);
};

struct YamlEntry {
  const YamlNode& key;  // a scalar, or null if nothing or '~' is written
  const YamlNode& value;
};

class YamlNode::Entries {
 public:
  class Iterator {
   public:
    explicit Iterator(const YamlNode* key) : key_(key) {}
    YamlEntry operator*() const { return {key_[0], key_[1]}; }
    Iterator& operator++() {
      key_ += 2;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const YamlNode* key_;
  };

  Entries(const YamlNode* keys, std::size_t count) : keys_(keys), count_(count) {}
  Iterator begin() const { return Iterator(keys_); }
  Iterator end() const { return Iterator(keys_ + 2 * count_); }

 private:
  const YamlNode* keys_;
  std::size_t count_;
};

inline YamlNode::Entries YamlNode::entries() const {
  return {children.data(), is_map() ? size() : 0};
}

// As a document that load_yaml() reads back as the same values.
std::string to_yaml(const YamlNode& node);

}  // namespace cmgmon::base
