#include "sinks/alertmanager_options.h"

#include <fmt/format.h>

#include "base/text.h"
#include "sinks/alertmanager_labels.h"

namespace cmgmon::sinks {

namespace {

constexpr std::size_t kMaxPeers = 8;

void read_urls(base::Mapping& mapping, AlertmanagerOptions& options) {
  for (const auto& written : mapping.texts("urls")) {
    auto url = net::parse_url(written);
    if (!url) {
      mapping.complain(*mapping.child("urls"), base::describe(url.error()));
      continue;
    }
    while (url->target.ends_with('/')) {
      url->target.pop_back();
    }
    url->target += "/api/v2/alerts";
    options.urls.push_back(std::move(*url));
  }
  if (options.urls.empty() || options.urls.size() > kMaxPeers) {
    const std::string message = fmt::format(
        "'urls' must have 1 to {} addresses, one for each Alertmanager of the cluster", kMaxPeers);
    if (const auto* node = mapping.child("urls")) {
      mapping.complain(*node, message);
    } else {
      mapping.complain(message);
    }
  }
}

}  // namespace

AlertmanagerOptions read_alertmanager(base::Mapping& mapping, const std::string& name) {
  AlertmanagerOptions options;
  read_common(mapping, name, options);
  read_urls(mapping, options);
  options.access = read_http_access(mapping);
  if (const auto* node = mapping.child("labels"); node && !node->is_map()) {
    mapping.complain(*node, "'labels' must be a mapping: name of the label, then its value");
  } else if (node) {
    for (const auto entry : node->entries()) {
      const std::string label = entry.key.text;
      if (!entry.value.is_scalar() || entry.value.text.empty()) {
        mapping.complain(entry.value, "a label's value must be a text");
      } else if (!is_label_name(label) || is_own_label(label)) {
        mapping.complain(entry.key,
                         fmt::format("'{}' cannot be a label: a name has letters, digits and '_', "
                                     "and is none of those that every alert has",
                                     base::printable(base::prefix_of_bytes(label, 60))));
      } else {
        options.labels[label] = entry.value.text;
      }
    }
  }
  return options;
}

}  // namespace cmgmon::sinks
