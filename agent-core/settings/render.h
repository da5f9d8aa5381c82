#pragma once
// The settings in force, as YAML that says where each value comes from. Reading it back gives the same settings.
//
// Tests: tests/unit/settings/render_test.cpp

#include <chrono>
#include <string>

#include "settings/settings.h"

namespace cmgmon::settings {

std::string render_settings(const Settings& settings);

// The largest unit that is exact: 90000 ms is "90s".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace cmgmon::settings
