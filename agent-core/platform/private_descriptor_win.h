#pragma once
// Who may use what is for SYSTEM and administrators alone. Windows only, for the .cpp files of this room.

#include <windows.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace cmgmon::platform {

// What Windows hands out with LocalAlloc().
struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};
template <typename T>
using Local = std::unique_ptr<T, FreeLocal>;

// Of the administrators; SYSTEM and administrators may do everything, nothing is inherited from above. `path` is for the
// error.
base::Result<Local<void>> only_administrators(const std::string& path);

}  // namespace cmgmon::platform
