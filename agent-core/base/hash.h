#pragma once
// Two hashes: one that names things for ever, one that recognises bytes again.

#include <cstdint>
#include <string>
#include <string_view>

namespace cmgmon::base {

// 32 lower-case hex digits, the same on every machine and in every version: incident fingerprints
// are made of it. A name-based (SHA-1) UUID without its dashes.
std::string stable_id(std::string_view name);

// FNV-1a, 64 bits: tells whether the same bytes are seen again. Not for anything an attacker would
// forge.
std::uint64_t content_hash(std::string_view bytes);

}  // namespace cmgmon::base
