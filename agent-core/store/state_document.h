#pragma once
// The state document: one JSON object on the first line, a checksum of it on the second. People may
// read it; nobody but this program should write it.
//
//   {"schema":"cmgmon/state/1","book":"<base64>","correlations":"<base64>","absence":"<base64>",
//    "outbox":[{"sink":"…","transition":"<base64>"}],
//    "streams":[{"key":"…","checkpoint":{…},"framer":"<base64>","matcher":"<base64>","backlog_done":true}]}
//   fnv1a64 0123456789abcdef
//
// "correlations" and "absence" may be missing: older versions had none.
//
// What the rooms save is opaque here and stands in base64. Numbers that need all 64 bits are
// hexadecimal texts, because JSON readers make doubles of big numbers. A path that is not UTF-8
// (possible on Linux) becomes "<name>_base64".
//
// Errors: decode() tells damage (kCorrupt) from a document of a newer version (kUnsupported).
// Tests:  tests/unit/store/state_document_test.cpp

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace cmgmon::store {

inline constexpr std::size_t kMaxDocumentBytes = 512U << 20U;

std::string encode(const Snapshot& snapshot);
base::Result<Snapshot> decode(std::string_view document);

}  // namespace cmgmon::store
