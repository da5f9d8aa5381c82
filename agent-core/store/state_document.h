#pragma once
// The state document of earlier versions, which is taken over into the database once: one JSON object on the first line,
// a checksum of it on the second.
//
//   {"schema":"cmgmon/state/1","book":"<base64>","correlations":"<base64>","absence":"<base64>",
//    "outbox":[{"sink":"…","transition":"<base64>"}],
//    "streams":[{"key":"…","checkpoint":{…},"framer":"<base64>","matcher":"<base64>","backlog_done":true}]}
//   fnv1a64 0123456789abcdef
//
// "correlations" and "absence" may be missing: the oldest had none. Numbers that need all 64 bits are hexadecimal texts,
// because JSON readers make doubles of big numbers. A path that is not UTF-8 (possible on Linux) is "<name>_base64".
//
// Errors: kCorrupt for damage, kUnsupported for a document of a version in between.
// Tests:  tests/unit/store/state_document_test.cpp

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace cmgmon::store {

inline constexpr std::size_t kMaxDocumentBytes = 512U << 20U;

base::Result<Snapshot> decode(std::string_view document);
// Empty when there is none.
base::Result<Snapshot> read_state_document(const std::string& path);

}  // namespace cmgmon::store
