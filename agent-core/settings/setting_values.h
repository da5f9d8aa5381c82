#pragma once
// What single values of the settings file must look like.   Tests: tests/unit/settings/settings_test.cpp

#include <string>
#include <string_view>

namespace cmgmon::settings {

// Why a path cannot be a glob of logs; empty when it can.
std::string trouble_with_glob(std::string_view glob);

}  // namespace cmgmon::settings
