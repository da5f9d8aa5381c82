#pragma once
// Opening a file so that nothing but a file of a disk comes out. Only for *_win.cpp.

#include <windows.h>

#include <string>

#include "base/result.h"
#include "platform/unique_handle.h"

namespace cmgmon::platform {

enum class Links { kFollow, kRefuse };

struct OpenRequest {
  DWORD access = GENERIC_READ;
  DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  DWORD disposition = OPEN_EXISTING;
  DWORD flags = FILE_ATTRIBUTE_NORMAL;
  Links links = Links::kRefuse;
};

// `action` is the verb for the message. A file whose deletion is pending is kBusy, though Windows
// calls that "access denied".
base::Result<UniqueHandle> open_disk_file(const std::string& path, const OpenRequest& request,
                                          const char* action);

// GetLastError() of a file operation on `path`, as an Error.
base::Error last_file_error(const char* action, const std::string& path);

base::Result<std::uint64_t> size_of(HANDLE handle, const std::string& path);

}  // namespace cmgmon::platform
