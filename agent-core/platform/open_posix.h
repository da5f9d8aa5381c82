#pragma once
// Opening a file so that nothing but a regular file comes out. Only for *_posix.cpp.

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "base/result.h"
#include "platform/unique_fd.h"

namespace cmgmon::platform {

enum class Links { kFollow, kRefuse };

// Never blocks (FIFOs) and never becomes a controlling terminal. `action` is the verb for the
// message.
base::Result<UniqueFd> open_regular(const std::string& path, int flags, Links links,
                                    const char* action);

}  // namespace cmgmon::platform
