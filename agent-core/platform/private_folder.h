#pragma once
// Folders of our own that only the system and administrators may write to, and whether what is there already is theirs.
//
// A service that runs as LocalSystem takes its settings from a folder below %ProgramData%, where everybody may make
// folders: whoever made ours first would own the settings, whatever its access list says later.
//
// Errors:  kAccessDenied for what is not to be trusted, with what to do.
// Tests:   tests/unit/platform/private_folder_test.cpp, docs/windows-verification.md 29

#include <string>

#include "base/result.h"

namespace cmgmon::platform {

// Makes the folders that are missing. For an administrator or the system each is closed to others from its first moment
// and belongs to the administrators; for others, and outside Windows, as create_folders(). What is there stays as it is.
base::Result<void> create_private_folders(const std::string& path);

// Refuses a file or folder that somebody without rights may have put there: a link or junction, or one whose owner is
// neither the system, the administrators, Windows' installer nor whoever runs this program. What is not there is fine.
// Outside Windows everything is: there the folders are the administrator's from the start.
base::Result<void> check_owner(const std::string& path);

}  // namespace cmgmon::platform
