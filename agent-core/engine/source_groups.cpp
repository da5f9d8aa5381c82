#include "engine/source_groups.h"

#include <algorithm>
#include <map>

#include "base/path.h"

namespace cmgmon::engine {

std::vector<SourceGroup> group_by_host(const std::vector<tail::Source>& sources,
                                       std::size_t max_servers) {
  std::map<std::string, std::size_t> group_of;  // by host
  for (const auto& source : sources) {
    group_of[base::network_host(source.glob)];
  }
  group_of.erase("");
  const std::size_t servers = std::min(group_of.size(), max_servers);
  std::size_t count = 0;
  for (auto& [host, group] : group_of) {
    group = 1 + count++ % servers;
  }
  group_of[""] = 0;
  std::vector<SourceGroup> groups(1 + servers);
  groups[0].hosts.insert("");
  for (const auto& source : sources) {
    const std::string host = base::network_host(source.glob);
    SourceGroup& group = groups[group_of.at(host)];
    group.sources.push_back(source);
    if (group.hosts.insert(host).second && !host.empty()) {
      group.roots.emplace(base::network_root(source.glob));
    }
  }
  return groups;
}

}  // namespace cmgmon::engine
