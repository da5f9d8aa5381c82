#include "incidents/identity.h"

#include "base/hash.h"
#include "base/text.h"

namespace cmgmon::incidents {
namespace {

// One line per value, so that '=' and line ends inside a value must not look like ours.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '=':
        out += "\\e";
        break;
      default:
        out += c;
    }
  }
}

}  // namespace

std::map<std::string, std::string> group_of(const signatures::Signature& signature,
                                            const matches::Fields& fields) {
  std::map<std::string, std::string> group;
  for (const std::string& name : signature.group_by) {
    if (const auto field = fields.find(name); field != fields.end()) {
      group.emplace(name, field->second);
    }
  }
  return group;
}

std::string fingerprint_of(std::string_view signature,
                           const std::map<std::string, std::string>& group) {
  std::string name;
  append_escaped(name, signature);
  for (const auto& [key, value] : group) {
    name += '\n';
    append_escaped(name, key);
    name += '=';
    append_escaped(name, value);
  }
  return base::stable_id(name);
}

std::int64_t milliseconds_of(base::Time time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string episode_of(std::string_view fingerprint, std::int64_t start_ms) {
  return std::string(fingerprint) + "-" + std::to_string(start_ms);
}

std::string delivery_id_of(std::string_view episode, std::uint64_t sequence) {
  return std::string(episode) + ":" + std::to_string(sequence);
}

int event_id_of(const Transition& transition) {
  const int id = transition.incident.event_id;
  return transition.kind == TransitionKind::kCleared ? cleared_event_id(id) : id;
}

std::string place_key(const std::vector<std::string>& fields,
                      const std::map<std::string, std::string>& group) {
  std::string key;
  for (const std::string& name : fields) {
    const auto value = group.find(name);
    key += '\n' + name;
    if (value != group.end()) {
      // The length keeps a line end inside a value from looking like the next field.
      key += '=' + std::to_string(value->second.size()) + ':' + base::to_lower(value->second);
    }
  }
  return key;
}

}  // namespace cmgmon::incidents
