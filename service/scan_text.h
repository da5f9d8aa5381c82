#pragma once
// A scan's result for people.

#include "engine/scan.h"
#include "service/console.h"

namespace cmgmon::service {

void print(const engine::ScanReport& report, const Console& console);

}  // namespace cmgmon::service
