#include "matches/readings.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace cmgmon::matches {

namespace {

// Eight bytes at a time. Whoever makes hashes collide makes us compare, and then read as if nothing were remembered.
std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15U;
  const auto add = [&](std::uint64_t word) {
    hash = (hash ^ word) * kFactor;
    hash ^= hash >> 32U;
  };
  add(text.size());
  std::uint64_t word = 0;
  while (text.size() >= sizeof word) {
    std::memcpy(&word, text.data(), sizeof word);
    add(word);
    text.remove_prefix(sizeof word);
  }
  if (!text.empty()) {
    word = 0;
    std::memcpy(&word, text.data(), text.size());
    add(word);
  }
  return hash;
}

}  // namespace

void Readings::ask_for(std::string_view field) {
  static constexpr struct {
    std::string_view name;
    Part part;
  } kParts[] = {{"component", &records::Record::component},
                {"thread", &records::Record::thread},
                {"type", &records::Record::type},
                {"source", &records::Record::source}};
  for (const auto& [name, part] : kParts) {
    if (base::equals_ignore_case(name, field) &&
        std::find(parts_.begin(), parts_.end(), part) == parts_.end()) {
      parts_.push_back(part);
    }
  }
}

Reading* Readings::find(const records::Record& record) {
  std::size_t bytes = 0;
  for (const Part part : parts_) {
    bytes += (record.*part).size();
  }
  if (bytes > kMaxTextBytes || record.format == records::Format::kW3c) {
    return nullptr;
  }
  if (slots_.empty()) {
    slots_.resize(kSlots);
  }
  const std::uint64_t hash = hash_of(record);
  Slot& slot = slots_[hash % kSlots];
  const bool again = slot.seen == hash;
  slot.seen = hash;
  if (slot.reading.id != 0 && slot.hash == hash && holds(slot, record)) {
    return &slot.reading;
  }
  if (!again) {
    return nullptr;
  }
  slot.hash = hash;
  slot.format = record.format;
  slot.text.clear();
  for (const Part part : parts_) {
    slot.text.emplace_back(record.*part);
  }
  slot.reading = Reading();
  slot.reading.id = next_id_++;
  return &slot.reading;
}

std::uint64_t Readings::hash_of(const records::Record& record) const {
  auto hash = static_cast<std::uint64_t>(record.format);
  for (const Part part : parts_) {
    hash = mix(hash, record.*part);
  }
  return hash;
}

bool Readings::holds(const Slot& slot, const records::Record& record) const {
  bool same = slot.format == record.format;
  for (std::size_t i = 0; same && i < parts_.size(); ++i) {
    same = slot.text[i] == record.*parts_[i];
  }
  return same;
}

}  // namespace cmgmon::matches
