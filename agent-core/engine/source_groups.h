#pragma once
// Which logs are read by one thread: those of this machine, and those of each server whose shares are read.
//
// Tests:   tests/unit/engine/source_groups_test.cpp

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tail/source.h"

namespace cmgmon::engine {

// More servers than this share threads.
inline constexpr std::size_t kMaxServerGroups = 16;

struct SourceGroup {
  std::vector<tail::Source> sources;
  std::set<std::string> hosts;  // as base::network_host() names them; "" is this machine
  // base::network_root() of a source of each server, one however many spellings there are; empty for this machine.
  std::set<std::string> roots;
};

// The first one is this machine's, whether it has sources or not. The order of sources within a group stays.
std::vector<SourceGroup> group_by_host(const std::vector<tail::Source>& sources,
                                       std::size_t max_servers = kMaxServerGroups);

}  // namespace cmgmon::engine
