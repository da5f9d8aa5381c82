#pragma once
// Reads log files once, from start to end, and reports the incidents in them. Offline: no state, no sinks.
//
// Each stream has its own time; nothing depends on the day of the scan.
//
// Errors:  never fails as a whole; what could not be read is in ScanReport::errors.
// Threads: one thread; blocking reads.
// Tests:   tests/unit/engine/scan_test.cpp, tests/golden

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/pipeline.h"
#include "incidents/incident.h"
#include "incidents/incident_book.h"
#include "signatures/signature.h"
#include "tail/source.h"

namespace cmgmon::engine {

struct ScanRequest {
  std::vector<std::string> paths;     // files or folders
  std::string service;                // not empty: treat every file as a log of this service
  bool every_signature = false;       // --all: every file, against every signature
  std::vector<tail::Source> sources;  // the configured ones: their globs tell services and captures
  incidents::Facts facts;
};

struct ScanError {
  std::string path;
  std::string error;
  std::string remedy;
};

struct ScanReport {
  std::vector<FileReport> files;
  std::vector<ScanError> errors;
  std::vector<incidents::Incident> incidents;  // by first_seen, then signature
};

// Bytes read so far, and bytes to read in all.
using ScanProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

ScanReport scan(const ScanRequest& request, const signatures::SignatureSet& set,
                const base::Clock& clock, const ScanProgress& progress);

}  // namespace cmgmon::engine
