#pragma once
// Our UTF-8 text and paths in the form that the Windows API wants. Only for *_win.cpp.
//
// Tests:   tests/unit/platform/native_path_win_test.cpp

#include <string>
#include <string_view>

#include "base/result.h"

namespace cmgmon::platform {

std::wstring to_wide(std::string_view utf8);
std::string from_wide(std::wstring_view text);

// The absolute path behind \\?\ or \\?\UNC\: no length limit, and names mean what they say.
//
// kInvalid for what is not a file of a disk or share: reserved device names (NUL, COM1.log),
// alternate data streams (a.log:stream), device and pipe namespaces (\\.\, \\server\pipe\), names
// that Win32 would change (a trailing dot or space).
base::Result<std::wstring> native_path(const std::string& path);

}  // namespace cmgmon::platform
