#pragma once
// Writes the logs that the benchmarks read, always the same bytes for the same kind and size, and says what is in them.
//
// A healthy log has the same few hundred failures whatever its size; its lines share words with the literals (CMG, WINHTTP_,
// StatusCode), as real ones do.
//
// Errors: ends the program when the disk refuses.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace cmgmon::bench {

enum class LogKind {
  kClient,       // CMTrace envelope, one of the client's logs
  kClientUtf16,  // the same characters as UTF-16
  kSiteServer,   // the connection point's log: an answer of 200 on nearly half of its lines
  kW3c,
  kStorm,        // every other line is a failure
  kAdversarial,  // healthy where one would learn from it; then near misses of 500 diverse literals, one after the other
};

struct BenchLog {
  std::string path;
  std::uint64_t bytes = 0;
  std::uint64_t lines = 0;
  std::map<std::string, std::uint64_t> planted;  // by literal: lines that hold it
  std::map<std::string, std::uint64_t>
      incidents;  // by signature of the shipped packs: failures in all
};

// Writes `bytes` (rounded to a whole line; of characters, in UTF-16) into the folder, under the name of a log of its kind.
BenchLog write_log(LogKind kind, const std::string& folder, std::uint64_t bytes);

}  // namespace cmgmon::bench
