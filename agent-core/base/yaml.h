#pragma once
// YAML that people write: read strictly, and every complaint says where and what instead.
//
// yaml-cpp accepts duplicate keys and expands aliases without limit; load_yaml() takes the events of
// its parser only and refuses both, over-deep nesting and over-long input.
//
// Units:   line and column count from 1.
// Errors:  load_yaml() never throws. Mapping methods add to the Complaints and go on, so one run
// shows every mistake.
// Life:    a Mapping refers to its node and its Complaints; the caller keeps both alive.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml_node.h"

namespace cmgmon::base {

struct Complaint {
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;
};

// "file:line:column: message"
std::string describe(const Complaint& complaint);

using Complaints = std::vector<Complaint>;

inline constexpr std::size_t kMaxYamlBytes = 4U << 20U;
inline constexpr int kMaxYamlDepth = 32;

// All documents of the text, or none and at least one complaint. Text without any value (nothing but
// comments) is one null document that stands nowhere; a closing '---' makes none.
std::vector<YamlNode> load_yaml(std::string_view text, const std::string& file,
                                Complaints& complaints);

Complaint complaint_at(const YamlNode& node, const std::string& file, std::string message);

// Reads one mapping: each known key once, and finish() names every key nobody asked for (with the
// nearest known one). Each getter returns nothing when the key is absent, and also (with a
// complaint) when its value is of the wrong kind.
class Mapping {
 public:
  Mapping(const YamlNode& node, std::string file, Complaints& complaints, std::string what);
  Mapping(YamlNode&& node, std::string file, Complaints& complaints, std::string what) = delete;

  bool valid() const { return valid_; }  // false: not a mapping; already complained
  const YamlNode& node() const { return *node_; }
  const std::string& file() const { return file_; }

  bool has(std::string_view key) const;
  const YamlNode* child(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  // "250ms", "30s", "10m", "24h", "7d"
  std::optional<std::chrono::milliseconds> duration(std::string_view key);
  // A list of texts; one text counts as a list of one.
  std::vector<std::string> texts(std::string_view key);
  // Complains when the key is absent.
  std::string required_text(std::string_view key);

  void complain(const YamlNode& at, std::string message);
  void complain(std::string message);  // at the mapping itself
  // Call last: complains about every key that was not read.
  void finish();

 private:
  const YamlNode* node_;
  std::string file_;
  Complaints& complaints_;
  std::string what_;
  bool valid_ = false;
  std::vector<std::string> known_;  // keys that were asked for
};

// "30s" -> 30000 ms. nullopt for anything else than a non-negative whole number with a unit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace cmgmon::base
