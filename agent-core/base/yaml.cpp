#include "base/yaml.h"

// load_yaml() reads the text twice. The first pass takes yaml-cpp's parser events and builds
// nothing: it refuses what we do not want to see as a tree (aliases, depth, duplicate keys, which
// yaml-cpp would all accept). Throwing from an event also stops the parser's own recursion at
// kMaxYamlDepth. The second pass builds the nodes, which know their position.

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <exception>
#include <map>
#include <sstream>

#include <yaml-cpp/eventhandler.h>

#include "base/text.h"
#include "base/words.h"

namespace cmgmon::base {

namespace {

Complaint complaint_at_mark(const YAML::Mark& mark, const std::string& file, std::string message) {
  if (mark.is_null()) {
    return {file, 0, 0, std::move(message)};
  }
  return {file, mark.line + 1, mark.column + 1, std::move(message)};
}

// A file that is wrong everywhere is told about so often: each complaint takes memory.
constexpr std::size_t kMaxMistakes = 100;

struct Refused {};  // ends the first pass early; the complaint is already made

class Inspector final : public YAML::EventHandler {
 public:
  Inspector(const std::string& file, Complaints& complaints)
      : file_(file), complaints_(complaints) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // What begins no value (a comma, a closing bracket) yields empty documents for ever, because
    // the parser never takes it: github.com/jbeder/yaml-cpp/pull/1319.
    if (mark.pos == position_) {
      refuse(mark, "no value can begin here");
    }
    position_ = mark.pos;
    if (empty_) {
      complain(mark, "the document before this one is empty; remove its '---'");
    }
    empty_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, anchor, "");
    if (!open_.empty()) {
      empty_ = false;
    }
    value_begins(mark, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "aliases (*name) are not supported; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, anchor, tag);
    empty_ = false;
    value_begins(mark, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, false);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, true);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Collection {
    bool is_map = false;
    bool key_next = true;
    std::map<std::string, int> keys{};  // with the line of each
  };

  void complain(const YAML::Mark& mark, std::string message) {
    complaints_.push_back(complaint_at_mark(mark, file_, std::move(message)));
    if (++mistakes_ == kMaxMistakes) {
      complaints_.push_back(complaint_at_mark(mark, file_, "too many mistakes to show them all"));
      throw Refused{};
    }
  }
  [[noreturn]] void refuse(const YAML::Mark& mark, std::string message) {
    complain(mark, std::move(message));
    throw Refused{};
  }

  void check(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag) {
    if (anchor != 0) {
      refuse(mark, "anchors (&name) are not supported; write the value out where it is needed");
    }
    // "?" and "!" are how yaml-cpp marks plain and quoted values.
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(mark, fmt::format("tags ({}) are not supported", printable(prefix_of_bytes(tag, 60))));
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool is_map) {
    check(mark, anchor, tag);
    empty_ = false;
    if (!open_.empty() && open_.back().is_map && open_.back().key_next) {
      refuse(mark, "a key must be a text, not a list or a mapping");
    }
    value_begins(mark, "");
    if (open_.size() >= static_cast<std::size_t>(kMaxYamlDepth)) {
      refuse(mark, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
    }
    open_.push_back({is_map});
  }

  // In a mapping, values alternate: key, value, key, value.
  void value_begins(const YAML::Mark& mark, const std::string& text) {
    if (open_.empty() || !open_.back().is_map) {
      return;
    }
    Collection& map = open_.back();
    if (map.key_next) {
      const auto [known, is_new] = map.keys.try_emplace(text, mark.line + 1);
      if (!is_new) {
        complain(mark, fmt::format("'{}' is written twice in the same mapping (first in line {})",
                                   printable(prefix_of_bytes(text, 60)), known->second));
      }
    }
    map.key_next = !map.key_next;
  }

  const std::string& file_;
  Complaints& complaints_;
  std::vector<Collection> open_;
  std::size_t mistakes_ = 0;
  bool empty_ = false;  // nothing but null in the document read last
  int position_ = -1;   // where it began
};

// Brackets that may still be open at the worst place of the text. yaml-cpp keeps every token since
// the first open bracket in memory, so a text of nothing but '[' must not reach it. Closing
// brackets on a line with quotes or comments are not believed, therefore the limit is far above
// what a text of our size can honestly hold.
constexpr int kMaxOpenBrackets = 100000;

// What yaml-cpp must not be given: (position, why).
std::optional<std::pair<std::size_t, std::string>> unfit(std::string_view text) {
  int open = 0;
  bool believe_closing = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
        c == '\x7f') {
      // yaml-cpp takes U+0004 for the end of the file.
      return std::pair(at, fmt::format("control character U+{:04X}; save the file as UTF-8 text",
                                       static_cast<unsigned>(c)));
    }
    if (c == '\n') {
      believe_closing = true;
    } else if (c == '#' || c == '"' || c == '\'') {
      believe_closing = false;
    } else if (c == '[' || c == '{') {
      if (++open > kMaxOpenBrackets) {
        return std::pair(at, std::string("too many open brackets"));
      }
    } else if ((c == ']' || c == '}') && believe_closing && open > 0) {
      --open;
    }
  }
  return std::nullopt;
}

Complaint complaint_at_byte(std::string_view text, std::size_t at, const std::string& file,
                            std::string message) {
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < at; ++i) {
    if (text[i] == '\n') {
      ++line;
      line_start = i + 1;
    }
  }
  return {file, line, static_cast<int>(at - line_start) + 1, std::move(message)};
}

std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t good = 0;
  std::size_t bad = text.size();
  while (bad - good >
         1) {  // a prefix that is cut on a character boundary is valid up to the first damage
    const std::size_t middle = good + (bad - good) / 2;
    const std::string_view prefix = prefix_of_bytes(text, middle);
    if (prefix.size() <= good) {
      break;
    }
    if (is_valid_utf8(prefix)) {
      good = prefix.size();
    } else {
      bad = middle;
    }
  }
  return good;
}

bool inspect(std::string_view text, const std::string& file, Complaints& complaints) {
  const std::size_t before = complaints.size();
  // Without the last line end: behind one, yaml-cpp does not notice that a quoted text was never
  // closed.
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  std::istringstream input{std::string(text)};
  YAML::Parser parser(input);
  Inspector inspector(file, complaints);
  while (parser.HandleNextDocument(inspector)) {
  }
  return complaints.size() == before;
}

// Where to point at: a value that is not there has the position of whatever follows, so then the
// key.
YAML::Node visible(const YAML::Node& map, const std::string& key, const YAML::Node& value) {
  if (value.IsNull()) {
    for (const auto& entry : map) {
      if (entry.first.IsScalar() && entry.first.Scalar() == key) {
        return entry.first;
      }
    }
  }
  return value;
}

std::string quoted(std::string_view key) {
  return fmt::format("'{}'", printable(prefix_of_bytes(key, 60)));
}

}  // namespace

std::string describe(const Complaint& complaint) {
  if (complaint.line == 0) {
    return fmt::format("{}: {}", complaint.file, complaint.message);
  }
  return fmt::format("{}:{}:{}: {}", complaint.file, complaint.line, complaint.column,
                     complaint.message);
}

std::vector<YAML::Node> load_yaml(std::string_view text, const std::string& file,
                                  Complaints& complaints) {
  if (text.size() > kMaxYamlBytes) {
    complaints.push_back(
        {file, 0, 0,
         fmt::format("larger than {} MiB; this is no file of ours", kMaxYamlBytes >> 20U)});
    return {};
  }
  if (!is_valid_utf8(text)) {
    complaints.push_back(complaint_at_byte(text, first_invalid_utf8(text), file,
                                           "not UTF-8; save the file as UTF-8"));
    return {};
  }
  if (const auto reason = unfit(text)) {
    complaints.push_back(complaint_at_byte(text, reason->first, file, reason->second));
    return {};
  }
  try {
    if (!inspect(text, file, complaints)) {
      return {};
    }
    std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    while (documents.size() > 1 && documents.back().IsNull()) {
      documents.pop_back();  // a closing '---'
    }
    if (documents.empty()) {
      documents.emplace_back();  // a text of nothing but comments is one null document
    }
    return documents;
  } catch (const Refused&) {
    return {};
  } catch (const YAML::Exception& problem) {
    complaints.push_back(complaint_at_mark(problem.mark, file, problem.msg));
  } catch (const std::exception& problem) {
    complaints.push_back({file, 0, 0, std::string("cannot be read as YAML: ") + problem.what()});
  }
  return {};
}

Complaint complaint_at(const YAML::Node& node, const std::string& file, std::string message) {
  // Asking an absent node for its position throws.
  return complaint_at_mark(node.IsDefined() ? node.Mark() : YAML::Mark::null_mark(), file,
                           std::move(message));
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::chrono::milliseconds length;
  };
  static constexpr std::array<Unit, 5> kUnits = {
      Unit{"ms", std::chrono::milliseconds(1)}, Unit{"s", std::chrono::seconds(1)},
      Unit{"m", std::chrono::minutes(1)}, Unit{"h", std::chrono::hours(1)},
      Unit{"d", std::chrono::days(1)}};
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || text.front() == '-') {
    return std::nullopt;
  }
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& unit : kUnits) {
    if (unit.name == name) {
      if (count > std::chrono::milliseconds::max() / unit.length) {
        return std::nullopt;
      }
      return count * unit.length;
    }
  }
  return std::nullopt;
}

Mapping::Mapping(const YAML::Node& node, std::string file, Complaints& complaints, std::string what)
    : node_(node), file_(std::move(file)), complaints_(complaints), what_(std::move(what)) {
  valid_ = node_.IsDefined() && node_.IsMap();
  if (!valid_) {
    complain(what_ + " must be a mapping (key: value)");
  }
}

bool Mapping::has(const std::string& key) const {
  if (!valid_) {
    return false;
  }
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) {
      return true;
    }
  }
  return false;
}

std::optional<YAML::Node> Mapping::child(const std::string& key) {
  known_.insert(key);
  if (!valid_) {
    return std::nullopt;
  }
  // Not node_[key]: on a mutable node that would add the key.
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) {
      return entry.second;
    }
  }
  return std::nullopt;
}

std::optional<std::string> Mapping::text(const std::string& key) {
  const auto value = child(key);
  if (!value) {
    return std::nullopt;
  }
  if (!value->IsScalar()) {
    complain(visible(node_, key, *value),
             fmt::format("{} of {} must be a text", quoted(key), what_));
    return std::nullopt;
  }
  return value->Scalar();
}

std::optional<bool> Mapping::boolean(const std::string& key) {
  const auto value = child(key);
  if (!value) {
    return std::nullopt;
  }
  if (value->IsScalar() && (value->Scalar() == "true" || value->Scalar() == "false")) {
    return value->Scalar() == "true";
  }
  complain(visible(node_, key, *value),
           fmt::format("{} of {} must be true or false", quoted(key), what_));
  return std::nullopt;
}

std::optional<std::int64_t> Mapping::integer(const std::string& key, std::int64_t min,
                                             std::int64_t max) {
  const auto value = child(key);
  if (!value) {
    return std::nullopt;
  }
  if (value->IsScalar()) {
    const std::string& digits = value->Scalar();
    std::int64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number);
    if (error == std::errc{} && rest == end && number >= min && number <= max) {
      return number;
    }
  }
  complain(visible(node_, key, *value), fmt::format("{} of {} must be a whole number from {} to {}",
                                                    quoted(key), what_, min, max));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Mapping::duration(const std::string& key) {
  const auto value = child(key);
  if (!value) {
    return std::nullopt;
  }
  if (value->IsScalar()) {
    if (const auto parsed = parse_duration(value->Scalar())) {
      return parsed;
    }
  }
  complain(visible(node_, key, *value),
           fmt::format(
               "{} of {} must be a duration: a whole number and ms, s, m, h or d, like 30s or 24h",
               quoted(key), what_));
  return std::nullopt;
}

std::vector<std::string> Mapping::texts(const std::string& key) {
  const auto value = child(key);
  if (!value) {
    return {};
  }
  if (value->IsScalar()) {
    return {value->Scalar()};
  }
  std::vector<std::string> list;
  if (value->IsSequence()) {
    for (const auto& item : *value) {
      if (item.IsScalar()) {
        list.push_back(item.Scalar());
      } else {
        complain(item, fmt::format("each entry of {} of {} must be a text", quoted(key), what_));
      }
    }
    return list;
  }
  complain(visible(node_, key, *value),
           fmt::format("{} of {} must be a text or a list of texts", quoted(key), what_));
  return list;
}

std::string Mapping::required_text(const std::string& key) {
  if (!has(key)) {
    known_.insert(key);
    if (valid_) {
      complain(fmt::format("{} has no {}", what_, quoted(key)));
    }
    return {};
  }
  return text(key).value_or(std::string());
}

void Mapping::complain(const YAML::Node& at, std::string message) {
  complaints_.push_back(complaint_at(at, file_, std::move(message)));
}

void Mapping::complain(std::string message) {
  complain(node_, std::move(message));
}

void Mapping::finish() {
  if (!valid_) {
    return;
  }
  const std::vector<std::string> known(known_.begin(), known_.end());
  for (const auto& entry : node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
    if (known_.contains(key)) {
      continue;
    }
    complain(entry.first,
             with_hint(fmt::format("unknown key {} in {}", quoted(key), what_), key, known));
  }
}

}  // namespace cmgmon::base
