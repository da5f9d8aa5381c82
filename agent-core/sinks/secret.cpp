#include "sinks/secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/path.h"
#include "base/text.h"
#include "net/url.h"
#include "platform/environment.h"
#include "platform/files.h"
#include "platform/secret_vault.h"

namespace cmgmon::sinks {

namespace {

constexpr std::string_view kHidden = "(secret)";

// Keys of sinks whose values are no secrets.
constexpr std::array kShown = {
    std::string_view("type"), std::string_view("enabled"), std::string_view("level"),
    // jsonl
    std::string_view("path"), std::string_view("max_size_mib"), std::string_view("files"),
    std::string_view("updates"),
    // connections
    std::string_view("host"), std::string_view("port"), std::string_view("ca_file"),
    std::string_view("certificate_file"), std::string_view("key_file"),
    std::string_view("insecure_skip_verify"), std::string_view("timeout"),
    std::string_view("username"),
    // smtp
    std::string_view("security"), std::string_view("from"), std::string_view("to"),
    std::string_view("digest"), std::string_view("max_per_hour"),
    // syslog
    std::string_view("transport"), std::string_view("facility"), std::string_view("enterprise_id"),
    std::string_view("max_message_bytes"), std::string_view("confirm_after"),
    std::string_view("notices"),
    // alertmanager, webhook
    std::string_view("urls"), std::string_view("labels"), std::string_view("preset"),
    std::string_view("method"), std::string_view("content_type"), std::string_view("bare_card")};

bool is_reference(const base::YamlNode& node) {
  if (!node.is_map() || node.size() != 1) {
    return false;
  }
  const std::string key = node.children[0].text;
  return key == "file" || key == "env" || key == "secret";
}

base::YamlNode hidden(const base::YamlNode& node) {
  if (is_reference(node)) {
    return node;
  }
  if (node.is_map()) {
    base::YamlNode copy = base::YamlNode::map();
    for (const auto entry : node.entries()) {
      copy.add(entry.key.text, hidden(entry.value));
    }
    return copy;
  }
  if (node.is_sequence()) {
    base::YamlNode copy = base::YamlNode::sequence();
    for (const auto& item : node.items()) {
      copy.children.push_back(hidden(item));
    }
    return copy;
  }
  return base::YamlNode::scalar(std::string(kHidden));
}

// An address as far as it is none of a webhook: who mistook the key, or wrote a password into it, must not see it printed.
base::YamlNode shown_address(const base::YamlNode& node) {
  if (node.is_sequence()) {
    base::YamlNode copy = base::YamlNode::sequence();
    for (const auto& item : node.items()) {
      copy.children.push_back(shown_address(item));
    }
    return copy;
  }
  const auto url = node.is_scalar() ? net::parse_url(node.text) : base::Error{};
  if (!url) {
    return base::YamlNode::scalar(std::string(kHidden));
  }
  return base::YamlNode::scalar(url->origin() +
                                (url->target == "/" ? "" : "/" + std::string(kHidden)));
}

base::Error nothing_in(const std::string& what, const std::string& remedy) {
  return {base::ErrorKind::kInvalid, 0, what + " has no secret in it", remedy};
}

}  // namespace

base::Result<std::string> Secret::value(const std::string& secrets_folder) const {
  switch (from_) {
    case From::kText:
      return what_;
    case From::kFile: {
      auto text = platform::read_small_file(what_, platform::kMaxSecretBytes);
      if (!text) {
        return text;
      }
      const std::string line(base::trim(text->substr(0, text->find('\n'))));
      if (line.empty()) {
        return nothing_in(base::printable(what_), "Write the secret into its first line");
      }
      return line;
    }
    case From::kEnvironment: {
      const auto text = platform::environment_variable(what_);
      if (!text || text->empty()) {
        return nothing_in("the environment variable " + base::printable(what_),
                          "Set it for the process that runs cmgmon; a service sees the machine's "
                          "variables after its next start");
      }
      return *text;
    }
    case From::kVault:
      return platform::kept_secret(secrets_folder, what_);
  }
  return std::string();
}

std::string secrets_folder(const std::string& state_folder) {
  return base::join_path(state_folder, "secrets");
}

std::optional<Secret> read_secret(base::Mapping& mapping, const base::YamlNode& node,
                                  const std::string& what) {
  if (node.is_scalar()) {
    if (base::trim(node.text).empty()) {
      mapping.complain(node, fmt::format("{} is empty", what));
      return std::nullopt;
    }
    return Secret(Secret::From::kText, node.text);
  }
  if (!is_reference(node) || !node.children[1].is_scalar() || node.children[1].text.empty()) {
    mapping.complain(
        node,
        fmt::format("{} must be a text, {{file: PATH}}, {{env: NAME}} or {{secret: NAME}}", what));
    return std::nullopt;
  }
  const std::string from = node.children[0].text;
  std::string to = node.children[1].text;
  if (from == "env") {
    return Secret(Secret::From::kEnvironment, std::move(to));
  }
  if (from == "secret") {
    return Secret(Secret::From::kVault, std::move(to));
  }
  return Secret(Secret::From::kFile, base::is_absolute_path(to)
                                         ? to
                                         : base::join_path(base::parent_path(mapping.file()), to));
}

std::optional<Secret> read_secret(base::Mapping& mapping, const std::string& key) {
  const auto* node = mapping.child(key);
  return node ? read_secret(mapping, *node, "'" + key + "'") : std::nullopt;
}

bool may_be_shown(std::string_view key) {
  return std::find(kShown.begin(), kShown.end(), key) != kShown.end();
}

base::YamlNode without_secrets(const base::YamlNode& mapping) {
  const auto* type_node = mapping.find("type");
  const std::string type = type_node != nullptr ? type_node->text : "";
  base::YamlNode copy = base::YamlNode::map();
  for (const auto entry : mapping.entries()) {
    const std::string key = entry.key.text;
    if (key == "urls") {
      copy.add(key, type == "alertmanager" ? shown_address(entry.value) : hidden(entry.value));
    } else if (key == "headers" && entry.value.is_map()) {
      // A header may be called as a reference is.
      base::YamlNode headers = base::YamlNode::map();
      for (const auto header : entry.value.entries()) {
        headers.add(header.key.text, hidden(header.value));
      }
      copy.add(key, std::move(headers));
    } else {
      copy.add(key, may_be_shown(key) ? entry.value : hidden(entry.value));
    }
  }
  return copy;
}

}  // namespace cmgmon::sinks
