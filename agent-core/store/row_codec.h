#pragma once
// The values of the tables as bytes with a checksum, each with the keys it belongs to.
//
// Errors: kCorrupt for damage and for a value under somebody else's key, kUnsupported for a newer version.
// Tests:  tests/unit/store/row_codec_test.cpp

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace cmgmon::store {

std::string save_stream(const std::string& key, const StreamState& state);
base::Result<StreamState> load_stream(const std::string& key, std::string_view bytes);

std::string save_room_row(const std::string& room, const std::string& key, std::string_view row);
base::Result<std::string> load_room_row(const std::string& room, const std::string& key,
                                        std::string_view bytes);

std::string save_outbox_row(const OutboxRow& row);
base::Result<OutboxRow> load_outbox_row(const std::string& sink, std::uint64_t id,
                                        std::string_view bytes);

}  // namespace cmgmon::store
