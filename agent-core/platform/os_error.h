#pragma once
// The one place where a code of the operating system becomes an Error: its kind, its text and what
// an administrator can do about it.
//
// Tests:   tests/unit/platform/os_error_{posix,win}_test.cpp

#include <string>
#include <string_view>

#include "base/result.h"

namespace cmgmon::platform {

// `code` is an errno, or what GetLastError() says on Windows.
base::ErrorKind kind_of_os_code(int code);
// Nobody is there: the error is no answer of the server that was asked.
bool is_network_trouble(int code);

// "Cannot <action> <object>: <text of the system> (error 5)", with a remedy that fits the kind.
base::Error os_error(int code, std::string_view action, std::string_view object);
// The same for what failed last on this thread. Call it before anything else can fail.
base::Error last_os_error(std::string_view action, std::string_view object);

// An Error that is our own verdict, not the system's.
base::Error refusal(base::ErrorKind kind, std::string message, std::string remedy = {});

}  // namespace cmgmon::platform
