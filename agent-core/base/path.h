#pragma once
// Paths are UTF-8 text everywhere but inside platform/. These are the lexical operations on them;
// nothing here looks at a disk. On Windows both separators count and letter case does not.

#include <string>
#include <string_view>

namespace cmgmon::base {

std::string join_path(std::string_view folder, std::string_view name);
std::string_view file_name(std::string_view path);
std::string_view parent_path(std::string_view path);  // "" when there is none; keeps "C:\" and "/"
bool is_absolute_path(std::string_view path);
bool same_path(std::string_view a, std::string_view b);
char preferred_separator();

// Of a path on a network share, the beginning that names the server, as it is written: \\server or \\?\UNC\server.
// "" for every other path. Written with either separator, on every system.
std::string_view network_root(std::string_view path);
// The name of that server in small letters, "" when there is none.
std::string network_host(std::string_view path);

}  // namespace cmgmon::base
