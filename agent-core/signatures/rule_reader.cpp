#include "signatures/rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/words.h"
#include "signatures/correlation_reader.h"
#include "signatures/field_names.h"

namespace cmgmon::signatures {

namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) {
      return false;
    }
  }
  return true;
}

bool is_date(std::string_view text) {
  if (text.size() != 10) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') {
      return false;
    }
  }
  return true;
}

bool is_signature_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

void read_date(base::Mapping& rule, const std::string& key) {
  const auto date = rule.text(key);
  if (date && !is_date(*date)) {
    rule.complain(*rule.child(key), fmt::format("'{}' must be a date like 2026-11-22", key));
  }
}

template <typename Items>
std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> names;
  for (const auto item : items) {
    names.emplace_back(name_of(item));
  }
  return names;
}

std::string choices(std::string_view given, const std::vector<std::string>& names) {
  return base::with_hint(
      fmt::format("'{}' is none of {}", base::printable(base::prefix_of_bytes(given, 40)),
                  fmt::join(names, ", ")),
      given, names);
}

void read_level(base::Mapping& rule, Signature& signature) {
  const std::string text = rule.required_text("level");
  if (const auto level = level_named(text)) {
    signature.level = *level;
  } else if (!text.empty()) {
    rule.complain(*rule.child("level"),
                  choices(text, names_of(std::initializer_list<Level>{
                                    Level::kInformational, Level::kLow, Level::kMedium,
                                    Level::kHigh, Level::kCritical})));
  }
}

void read_status(base::Mapping& rule, Signature& signature) {
  const std::string text = rule.required_text("status");
  if (const auto status = status_named(text)) {
    signature.status = *status;
  } else if (!text.empty()) {
    rule.complain(*rule.child("status"),
                  choices(text, names_of(std::initializer_list<Status>{
                                    Status::kStable, Status::kTest, Status::kExperimental,
                                    Status::kDeprecated, Status::kUnsupported})));
  }
}

// A text that must be there and hold something.
std::string required(base::Mapping& rule, const std::string& key) {
  std::string text = rule.required_text(key);
  const auto* node = rule.child(key);
  if (text.empty() && node && node->is_scalar()) {
    rule.complain(*node, fmt::format("'{}' is empty", key));
  }
  return text;
}

void read_identity(base::Mapping& rule, Signature& signature) {
  signature.title = required(rule, "title");
  if (signature.title.size() > 256) {
    rule.complain(*rule.child("title"), "'title' is longer than 256 bytes");
  }
  signature.id = base::to_lower(required(rule, "id"));
  if (!signature.id.empty() && !is_uuid(signature.id)) {
    rule.complain(*rule.child("id"),
                  "'id' must be a UUID like 6d0f1c1e-6c37-4a0e-9f5b-0c6f5a3c1002");
  }
  signature.name = required(rule, "name");
  if (!signature.name.empty() && !is_signature_name(signature.name)) {
    rule.complain(*rule.child("name"), "'name' must be made of capital letters, digits and '-'");
  }
}

void read_log_source(base::Mapping& rule, const Place& place, Signature& signature) {
  const auto* node = rule.child("logsource");
  if (!node) {
    rule.complain("the rule has no 'logsource'");
    return;
  }
  base::Mapping source(*node, place.file, *place.complaints, "logsource");
  source.text("product");
  source.text("category");
  source.text("definition");
  const std::size_t before = place.complaints->size();
  signature.services = source.texts("service");
  if (source.valid() && signature.services.empty() && place.complaints->size() == before) {
    source.complain("logsource has no 'service'");
  }
  source.finish();
}

// Lists under x-cmgmon: each item read by `read`.
template <typename Item>
void read_list(base::Mapping& mapping, const std::string& key, const Place& place,
               std::vector<Item>& items, Item (*read)(const base::YamlNode&, const Place&)) {
  const auto* node = mapping.child(key);
  if (!node) {
    return;
  }
  if (!node->is_sequence()) {
    mapping.complain(*node, fmt::format("'{}' must be a list", key));
    return;
  }
  for (const auto& item : node->items()) {
    items.push_back(read(item, place));
  }
}

bool is_per_service(const base::YamlNode& absence) {
  const auto* per = absence.find("per");
  return per != nullptr && per->text == "service";
}

// Nothing is found when a log is silent, so there is nothing to look back from or to extract; and it ends when the log
// speaks again.
void check_absence_keys(base::Mapping& extension, const Signature& signature) {
  for (const auto* key : {"context", "extract", "derive", "for", "fallback"}) {
    if (extension.has(key)) {
      extension.complain(*extension.child(key),
                         fmt::format("an absence has no '{}'; remove it", key));
    }
  }
  if (!signature.recoveries.empty()) {
    extension.complain(*extension.child("clear"),
                       "an absence ends when what it expects is written again; remove 'recovery'");
  }
}

void read_extension(const base::YamlNode& node, const Place& place, Signature& signature) {
  base::Mapping extension(node, place.file, *place.complaints, "x-cmgmon");
  if (!extension.valid()) {
    return;
  }
  if (!extension.has("version")) {
    extension.complain("x-cmgmon has no 'version'; this program reads version 1");
  }
  extension.integer("version", 1, 1);
  if (!extension.has("event_id")) {
    extension.complain("x-cmgmon has no 'event_id'");
  }
  signature.event_id =
      static_cast<int>(extension.integer("event_id", kMinEventId, kMaxEventId).value_or(0));
  if (signature.correlation) {
    read_correlation_extension(extension, signature);
  } else {
    signature.group_by = extension.texts("group-by");
  }
  const auto* absence = extension.child("absence");
  if (absence && !extension.has("group-by") && !is_per_service(*absence)) {
    signature.group_by = {std::string(kPathField)};
  }
  read_list(extension, "context", place, signature.context, &read_context);
  read_list(extension, "extract", place, signature.extract, &read_extraction);
  if (const auto* extract = extension.child("extract")) {
    check_each(*extract, place, signature.extract);
  }
  read_list(extension, "diagnosis", place, signature.diagnoses, &read_diagnosis);
  if (const auto* derive = extension.child("derive")) {
    signature.derived = read_derived(*derive, place);
  }
  signature.hold = extension.duration("for").value_or(signature.hold);
  signature.suppress = extension.duration("suppress").value_or(signature.suppress);
  signature.keep_firing_for =
      extension.duration("keep_firing_for").value_or(signature.keep_firing_for);
  if (const auto* explains = extension.child("explains")) {
    read_explains(*explains, place, signature);
  }
  signature.fallback = extension.boolean("fallback").value_or(false);
  if (const auto* clear = extension.child("clear")) {
    read_clear(*clear, place, signature);  // after group-by and services, which are its defaults
  }
  if (absence) {
    check_absence_keys(extension, signature);
    read_absence(*absence, place, signature);
  }
  extension.finish();
}

}  // namespace

Signature read_rule(const base::YamlNode& document, const Place& place, const std::string& pack) {
  Signature signature;
  signature.pack = pack;
  signature.origin = place.origin_of(document);
  base::Mapping rule(document, place.file, *place.complaints, "the rule");
  if (!rule.valid()) {
    return signature;
  }
  read_identity(rule, signature);
  read_status(rule, signature);
  read_level(rule, signature);
  signature.description = rule.text("description").value_or("");
  signature.references = rule.texts("references");
  signature.falsepositives = rule.texts("falsepositives");
  signature.tags = rule.texts("tags");
  signature.fields = rule.texts("fields");
  for (const auto* ignored : {"author", "license", "taxonomy"}) {
    rule.text(ignored);  // Sigma's; nothing here depends on them
  }
  rule.child("related");
  read_date(rule, "date");
  read_date(rule, "modified");
  const auto* correlation = rule.child("correlation");
  const auto* detection = rule.child("detection");
  if (correlation) {
    read_correlation(*correlation, place, signature);
    for (const auto* key : {"logsource", "detection"}) {
      if (const auto* node = rule.child(key)) {
        rule.complain(*node, fmt::format("a correlation has no '{}'; its rules have", key));
      }
    }
  } else {
    read_log_source(rule, place, signature);
    if (detection) {
      signature.detection = read_detection(*detection, place, "the detection", false);
    }
  }
  if (const auto* extension = rule.child("x-cmgmon")) {
    read_extension(*extension, place, signature);
  } else {
    rule.complain("the rule has no 'x-cmgmon', which holds its event_id");
  }
  if (correlation && signature.absence) {
    rule.complain(*correlation, "a rule has either a 'correlation' or an 'absence'");
  } else if (!correlation && !detection && !signature.absence) {
    rule.complain("the rule has no 'detection'");
  } else if (detection && signature.absence) {
    rule.complain(*detection,
                  "a rule has either 'detection' or an 'absence'; what is expected "
                  "stands under 'expect'");
  }
  rule.finish();
  return signature;
}

}  // namespace cmgmon::signatures
