#include "sinks/incident_json.h"

#include <Poco/JSON/Array.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <sstream>

#include "base/text.h"
#include "base/time.h"
#include "records/record.h"

namespace cmgmon::sinks {

namespace {

using incidents::Incident;
using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

// How much of an incident is written. Counts are items, sizes UTF-16 units before escaping.
struct Limits {
  std::size_t evidence = kAll;
  std::size_t message = kAll;
  std::size_t fields = kAll;
  std::size_t value = kAll;  // of a field or a group value
  std::size_t text = kAll;   // cause and each step
  std::size_t steps = kAll;  // resolution and references, each
  std::size_t id = kAll;     // everything else
};

// From "all" to "hardly anything": log text goes first, then values, then our own texts.
constexpr std::array<Limits, 9> kShrinking = {{
    {},
    {kAll, 1000, kAll, kAll, kAll, kAll, kAll},
    {4, 500, kAll, 500, kAll, kAll, kAll},
    {2, 300, 40, 200, kAll, kAll, kAll},
    {1, 200, 20, 100, 1500, 12, 300},
    {1, 100, 10, 100, 500, 8, 300},
    {0, 0, 8, 60, 200, 4, 200},
    {0, 0, 4, 30, 60, 2, 100},
    {0, 0, 0, 10, 20, 1, 60},  // fits 8,000 units even when every character takes six
}};

class Writer {
 public:
  explicit Writer(const Limits& limits) : limits_(limits) {}

  std::string text(std::string_view from, std::size_t max_units) {
    const std::string_view kept =
        max_units == kAll ? from : base::prefix_of_utf16_units(from, max_units);
    cut_ = cut_ || kept.size() != from.size();
    return json_string(kept);
  }
  std::string id(std::string_view from) { return text(from, limits_.id); }

  static Poco::Dynamic::Var time(const std::optional<base::Time>& at) {
    return at ? Poco::Dynamic::Var(base::to_rfc3339(*at)) : Poco::Dynamic::Var();
  }

  Object::Ptr map(const std::map<std::string, std::string>& values) {
    Object::Ptr object = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    std::size_t left = limits_.fields;
    for (const auto& [key, value] : values) {
      if (left == 0) {
        cut_ = true;
        break;
      }
      --left;
      object->set(text(key, limits_.value), text(value, limits_.value));
    }
    return object;
  }

  Array::Ptr list(const std::vector<std::string>& texts) {
    Array::Ptr array = new Array;
    for (const auto& item : texts) {
      if (array->size() >= limits_.steps) {
        cut_ = true;
        break;
      }
      array->add(text(item, limits_.text));
    }
    return array;
  }

  // The newest pieces are kept: the last one is the failure itself.
  Array::Ptr evidence(const std::vector<matches::Evidence>& pieces) {
    Array::Ptr array = new Array;
    const std::size_t skip =
        pieces.size() > limits_.evidence ? pieces.size() - limits_.evidence : 0;
    cut_ = cut_ || skip > 0;
    for (std::size_t i = skip; i < pieces.size(); ++i) {
      const auto& piece = pieces[i];
      Object::Ptr object = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
      object->set("path", id(piece.path));
      object->set("line", Poco::UInt64{piece.line});
      object->set("offset", Poco::UInt64{piece.offset});
      object->set("time", time(piece.time));
      object->set("time_confidence", std::string(records::name_of(piece.time_confidence)));
      object->set("message", text(piece.message, limits_.message));
      array->add(object);
    }
    return array;
  }

  void incident(Object& object, const incidents::Incident& incident, bool tell_cut) {
    object.set("signature", id(incident.signature));
    object.set("title", id(incident.title));
    object.set("level", std::string(signatures::name_of(incident.level)));
    object.set("event_id", incident.event_id);
    object.set("state", std::string(incidents::name_of(incident.state)));
    object.set("cleared_by",
               incident.cleared_by == incidents::ClearedBy::kNone
                   ? Poco::Dynamic::Var()
                   : Poco::Dynamic::Var(std::string(incidents::name_of(incident.cleared_by))));
    object.set("group", map(incident.group));
    object.set("count", Poco::UInt64{incident.count});
    object.set("first_seen", time(incident.first_seen));
    object.set("last_seen", time(incident.last_seen));
    object.set("cleared_at", time(incident.cleared_at));
    object.set("fields", map(incident.fields));
    object.set("cause", text(incident.cause, limits_.text));
    object.set("resolution", list(incident.resolution));
    object.set("references", list(incident.references));
    object.set("explained_by", incident.explained_by.empty()
                                   ? Poco::Dynamic::Var()
                                   : Poco::Dynamic::Var(id(incident.explained_by)));
    const Array::Ptr pieces = evidence(incident.evidence);
    if (cut_ && tell_cut) {
      object.set("cut", true);
    }
    object.set("evidence", pieces);
  }

  std::string alert(const incidents::Transition& transition, std::string_view host) {
    const auto& incident_of = transition.incident;
    Object object(Poco::JSON_PRESERVE_KEY_ORDER);
    object.set("schema", std::string(kAlertSchema));
    // Second, before any text of a log: the journal finds it again without parsing (jsonl_sink.cpp).
    object.set("delivery_id", id(transition.delivery_id));
    object.set("episode", id(incident_of.episode));
    object.set("fingerprint", id(incident_of.fingerprint));
    object.set("kind", std::string(incidents::name_of(transition.kind)));
    object.set("at", base::to_rfc3339(transition.at));
    object.set("host", id(host_of(incident_of, host)));
    object.set("late", incident_of.late);
    incident(object, incident_of, true);
    return json_text(object);
  }

 private:
  const Limits& limits_;
  bool cut_ = false;
};

// UTF-16 units that the texts alone take at least, without writing them: tells early that a step of kShrinking is not
// enough. A unit is at most three bytes of UTF-8.
std::size_t least_units(const Incident& incident, const Limits& limits) {
  std::size_t units = 0;
  const auto add = [&units](const std::string& text, std::size_t limit) {
    units += std::min(text.size() / 3, limit);
  };
  for (const auto* values : {&incident.group, &incident.fields}) {
    std::size_t left = limits.fields;
    for (auto value = values->begin(); value != values->end() && left > 0; ++value, --left) {
      add(value->second, limits.value);
    }
  }
  for (const auto* texts : {&incident.resolution, &incident.references}) {
    for (std::size_t i = 0; i < std::min(texts->size(), limits.steps); ++i) {
      add((*texts)[i], limits.text);
    }
  }
  for (std::size_t i = 0; i < std::min(incident.evidence.size(), limits.evidence); ++i) {
    add(incident.evidence[incident.evidence.size() - 1 - i].message, limits.message);
  }
  add(incident.title, limits.id);
  add(incident.cause, limits.text);
  return units;
}

// Code points that a viewer acts on; all of them are below U+10000.
bool acts(char32_t code) {
  return (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

// In JSON text such characters stand only inside strings, so they can be replaced without parsing.
std::string escape_acting(std::string_view json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const auto first = static_cast<unsigned char>(json[at]);
    const std::size_t length = first < 0x80 ? 1U : first < 0xE0 ? 2U : first < 0xF0 ? 3U : 4U;
    const std::string_view character = json.substr(at, length);
    char32_t code = first;
    if (character.size() == 2) {
      code = ((first & 0x1FU) << 6U) | (static_cast<unsigned char>(character[1]) & 0x3FU);
    } else if (character.size() == 3) {
      code = ((first & 0x0FU) << 12U) | ((static_cast<unsigned char>(character[1]) & 0x3FU) << 6U) |
             (static_cast<unsigned char>(character[2]) & 0x3FU);
    }
    if (length < 4 && acts(code)) {
      escaped += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    } else {
      escaped += character;
    }
    at += character.size();
  }
  return escaped;
}

std::string escape_percent(std::string_view json) {
  std::string escaped;
  escaped.reserve(json.size());
  for (const char c : json) {
    if (c == '%') {
      escaped += "\\u0025";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

std::string json_string(std::string_view text) {
  return base::is_valid_utf8(text) ? std::string(text) : base::from_utf16(base::to_utf16(text));
}

std::string json_text(const Poco::JSON::Object& object, unsigned indent) {
  std::ostringstream out;
  object.stringify(out, indent, indent == 0 ? -1 : static_cast<int>(indent));
  return escape_acting(out.str());
}

Poco::JSON::Object::Ptr incident_object(const incidents::Incident& incident) {
  Object::Ptr object = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
  Writer(kShrinking.front()).incident(*object, incident, false);
  return object;
}

std::string alert_json(const incidents::Transition& transition, std::string_view host) {
  return Writer(kShrinking.front()).alert(transition, host);
}

std::string event_json(const incidents::Transition& transition, std::string_view host,
                       std::size_t max_units) {
  std::string json;
  for (const auto& limits : kShrinking) {
    if (&limits != &kShrinking.back() && least_units(transition.incident, limits) > max_units) {
      continue;
    }
    json = escape_percent(Writer(limits).alert(transition, host));
    if (base::utf16_length(json) <= max_units) {
      break;
    }
  }
  return json;
}

std::string event_json(const Notice& notice, base::Time at, std::string_view host,
                       std::size_t max_units) {
  static constexpr std::array<const char*, 3> kSeverities = {"information", "warning", "error"};
  std::string json;
  for (std::size_t limit = max_units; limit > 0; limit /= 2) {
    Object object(Poco::JSON_PRESERVE_KEY_ORDER);
    object.set("schema", std::string(kNoticeSchema));
    object.set("event_id", notice.event_id);
    object.set("severity", std::string(kSeverities.at(static_cast<std::size_t>(notice.severity))));
    object.set("at", base::to_rfc3339(at));
    object.set("host", json_string(base::prefix_of_utf16_units(host, limit)));
    object.set("message", json_string(base::prefix_of_utf16_units(notice.message, limit)));
    object.set("remedy", json_string(base::prefix_of_utf16_units(notice.remedy, limit)));
    json = escape_percent(json_text(object));
    if (base::utf16_length(json) <= max_units) {
      break;
    }
  }
  return json;
}

std::string host_of(const incidents::Incident& incident, std::string_view host) {
  for (const auto* values : {&incident.group, &incident.fields}) {
    const auto found = values->find("host");
    if (found != values->end() && !found->second.empty()) {
      return found->second;
    }
  }
  return std::string(host);
}

std::string_view ending_of(incidents::ClearedBy by) {
  switch (by) {
    case incidents::ClearedBy::kRecovery:
      return "recovery seen";
    case incidents::ClearedBy::kQuiet:
      return "no longer seen, recovery not confirmed";
    case incidents::ClearedBy::kOperator:
      return "closed by an operator";
    case incidents::ClearedBy::kExplained:
      return "together with its cause";
    case incidents::ClearedBy::kNone:
      break;
  }
  return "over";
}

}  // namespace cmgmon::sinks
