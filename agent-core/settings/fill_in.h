#pragma once
// What the settings file does not say: from the command line, the machine, or built in; and where each came from.

#include "settings/settings.h"

namespace cmgmon::settings {

void fill_in(Settings& settings, const Machine& machine, const Overrides& overrides);

}  // namespace cmgmon::settings
