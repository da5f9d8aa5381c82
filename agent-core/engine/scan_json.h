#pragma once
// The result of a scan as one JSON document, schema cmgmon/scan/1 (docs/operations.md).

#include <string>

#include "engine/scan.h"

namespace cmgmon::engine {

std::string scan_json(const ScanReport& report);

}  // namespace cmgmon::engine
