#include "base/yaml.h"

// The handler of yaml-cpp's parser events builds the nodes, and refuses what we do not want to see as
// a tree (aliases, depth, duplicate keys, which yaml-cpp would all accept). Throwing from an event
// also stops the parser's own recursion at kMaxYamlDepth.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <map>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

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

struct Refused {};  // ends the reading early; the complaint is already made

class Reader final : public YAML::EventHandler {
 public:
  Reader(const std::string& file, Complaints& complaints) : file_(file), complaints_(complaints) {}

  std::vector<YamlNode> take() { return std::move(documents_); }
  // Where the last scalar begins if it is no plain one: a quoted text or a block.
  std::optional<std::size_t> last_quoted() const { return last_quoted_; }

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
    add(node_at(mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "aliases (*name) are not supported; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, anchor, tag);
    empty_ = false;
    value_begins(mark, value);
    YamlNode node = node_at(mark);
    node.kind = YamlNode::Kind::kScalar;
    node.plain = tag == "?";
    node.text = value;
    add(std::move(node));
    last_quoted_ = tag == "?" ? std::nullopt : std::optional(static_cast<std::size_t>(mark.pos));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, YamlNode::Kind::kSequence, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap, style);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Collection {
    YamlNode node{};
    bool key_next = true;
    std::map<std::string, int> keys{};  // with the line of each
  };

  static YamlNode node_at(const YAML::Mark& mark) {
    YamlNode node;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void add(YamlNode node) {
    (open_.empty() ? documents_ : open_.back().node.children).push_back(std::move(node));
  }

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

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind, YAML::EmitterStyle::value style) {
    check(mark, anchor, tag);
    empty_ = false;
    if (!open_.empty() && open_.back().node.is_map() && open_.back().key_next) {
      refuse(mark, "a key must be a text, not a list or a mapping");
    }
    value_begins(mark, "");
    if (open_.size() >= static_cast<std::size_t>(kMaxYamlDepth)) {
      refuse(mark, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
    }
    Collection& collection = open_.emplace_back();
    collection.node = node_at(mark);
    collection.node.kind = kind;
    collection.node.flow = style == YAML::EmitterStyle::Flow;
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    node.children.shrink_to_fit();
    add(std::move(node));
  }

  // In a mapping, values alternate: key, value, key, value.
  void value_begins(const YAML::Mark& mark, const std::string& text) {
    if (open_.empty() || !open_.back().node.is_map()) {
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
  std::vector<YamlNode> documents_;
  std::vector<Collection> open_;
  std::optional<std::size_t> last_quoted_;
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

// Whether the text that begins with this quote is closed. A block has no quotes and needs no end.
bool is_closed(std::string_view text) {
  const char quote = text.empty() ? '|' : text.front();
  if (quote != '\'' && quote != '"') {
    return quote == '|' || quote == '>';
  }
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || text.substr(at + 1, 1) != "'") {
        return true;
      }
      ++at;
    }
  }
  return false;
}

struct Reading {
  std::vector<YamlNode> documents;
  Complaints complaints;
  std::optional<std::size_t> last_quoted;
};

Reading read(std::string_view text, const std::string& file) {
  Reading reading;
  Reader reader(file, reading.complaints);
  try {
    std::istringstream input{std::string(text)};
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(reader)) {
    }
    reading.documents = reader.take();
    reading.last_quoted = reader.last_quoted();
  } catch (const Refused&) {
    return reading;
  } catch (const YAML::Exception& problem) {
    reading.complaints.push_back(complaint_at_mark(problem.mark, file, problem.msg));
  } catch (const std::exception& problem) {
    reading.complaints.push_back(
        {file, 0, 0, std::string("cannot be read as YAML: ") + problem.what()});
  }
  return reading;
}

// Behind a line end, yaml-cpp does not notice that a quoted text was never closed, and where a text
// ends is told best at its last visible character.
std::string_view without_blank_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of("\n\r ") + 1);
}

bool may_end_in_quotes(std::string_view text, const Reading& reading) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // no position of yaml-cpp's
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  return reading.last_quoted &&
         !is_closed(text.substr(std::min(*reading.last_quoted, text.size())));
}

// Where to point at: a value that is not there has the position of whatever follows, so then the
// key.
const YamlNode& visible(const YamlNode& map, std::string_view key, const YamlNode& value) {
  if (value.is_null()) {
    for (const auto entry : map.entries()) {
      if (entry.key.is_scalar() && entry.key.text == key) {
        return entry.key;
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

std::vector<YamlNode> load_yaml(std::string_view text, const std::string& file,
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
  Reading reading = read(text, file);
  if (!reading.complaints.empty() || may_end_in_quotes(text, reading)) {
    Reading shorter = read(without_blank_end(text), file);
    if (!shorter.complaints.empty()) {
      reading.complaints = std::move(shorter.complaints);
    }
  }
  if (!reading.complaints.empty()) {
    complaints.insert(complaints.end(), reading.complaints.begin(), reading.complaints.end());
    return {};
  }
  auto& documents = reading.documents;
  while (documents.size() > 1 && documents.back().is_null()) {
    documents.pop_back();  // a closing '---'
  }
  if (documents.empty()) {
    documents.emplace_back();  // a text of nothing but comments is one null document
  }
  return std::move(documents);
}

Complaint complaint_at(const YamlNode& node, const std::string& file, std::string message) {
  return {file, node.line, node.column, std::move(message)};
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

Mapping::Mapping(const YamlNode& node, std::string file, Complaints& complaints, std::string what)
    : node_(&node),
      file_(std::move(file)),
      complaints_(complaints),
      what_(std::move(what)),
      valid_(node.is_map()) {
  if (!valid_) {
    complain(what_ + " must be a mapping (key: value)");
  }
}

bool Mapping::has(std::string_view key) const {
  return node_->find(key) != nullptr;
}

const YamlNode* Mapping::child(std::string_view key) {
  known_.emplace_back(key);
  return node_->find(key);
}

std::optional<std::string> Mapping::text(std::string_view key) {
  const auto* value = child(key);
  if (!value) {
    return std::nullopt;
  }
  if (!value->is_scalar()) {
    complain(visible(*node_, key, *value),
             fmt::format("{} of {} must be a text", quoted(key), what_));
    return std::nullopt;
  }
  return value->text;
}

std::optional<bool> Mapping::boolean(std::string_view key) {
  const auto* value = child(key);
  if (!value) {
    return std::nullopt;
  }
  if (value->is_scalar() && (value->text == "true" || value->text == "false")) {
    return value->text == "true";
  }
  complain(visible(*node_, key, *value),
           fmt::format("{} of {} must be true or false", quoted(key), what_));
  return std::nullopt;
}

std::optional<std::int64_t> Mapping::integer(std::string_view key, std::int64_t min,
                                             std::int64_t max) {
  const auto* value = child(key);
  if (!value) {
    return std::nullopt;
  }
  if (value->is_scalar()) {
    const std::string& digits = value->text;
    std::int64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number);
    if (error == std::errc{} && rest == end && number >= min && number <= max) {
      return number;
    }
  }
  complain(
      visible(*node_, key, *value),
      fmt::format("{} of {} must be a whole number from {} to {}", quoted(key), what_, min, max));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Mapping::duration(std::string_view key) {
  const auto* value = child(key);
  if (!value) {
    return std::nullopt;
  }
  if (value->is_scalar()) {
    if (const auto parsed = parse_duration(value->text)) {
      return parsed;
    }
  }
  complain(visible(*node_, key, *value),
           fmt::format(
               "{} of {} must be a duration: a whole number and ms, s, m, h or d, like 30s or 24h",
               quoted(key), what_));
  return std::nullopt;
}

std::vector<std::string> Mapping::texts(std::string_view key) {
  const auto* value = child(key);
  if (!value) {
    return {};
  }
  if (value->is_scalar()) {
    return {value->text};
  }
  std::vector<std::string> list;
  if (value->is_sequence()) {
    for (const auto& item : value->items()) {
      if (item.is_scalar()) {
        list.push_back(item.text);
      } else {
        complain(item, fmt::format("each entry of {} of {} must be a text", quoted(key), what_));
      }
    }
    return list;
  }
  complain(visible(*node_, key, *value),
           fmt::format("{} of {} must be a text or a list of texts", quoted(key), what_));
  return list;
}

std::string Mapping::required_text(std::string_view key) {
  if (!has(key)) {
    known_.emplace_back(key);
    if (valid_) {
      complain(fmt::format("{} has no {}", what_, quoted(key)));
    }
    return {};
  }
  return text(key).value_or(std::string());
}

void Mapping::complain(const YamlNode& at, std::string message) {
  complaints_.push_back(complaint_at(at, file_, std::move(message)));
}

void Mapping::complain(std::string message) {
  complain(*node_, std::move(message));
}

void Mapping::finish() {
  if (!valid_) {
    return;
  }
  std::sort(known_.begin(), known_.end());
  for (const auto entry : node_->entries()) {
    const std::string& key = entry.key.text;
    if (!std::binary_search(known_.begin(), known_.end(), key)) {
      complain(entry.key,
               with_hint(fmt::format("unknown key {} in {}", quoted(key), what_), key, known_));
    }
  }
}

}  // namespace cmgmon::base
