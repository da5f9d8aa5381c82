#include "matches/literal_filter.h"

// How it works
//
// Four neighbouring bytes are a *window*. To find "cmgconnector_forbidden" it is enough to look for some of its windows:
// where the text does not hold them, the literal is not. If we look for `stride` windows that follow each other ("rbid",
// "bidd", "idde", "dden" for a stride of 4), then wherever the literal stands, one of them starts at a position that is
// divisible by the stride; so only every stride-th position of the text needs to be looked at. There, one load, one multiply
// and one bit of a bitmap (a few kilobytes, always in the first-level cache) answer "no" for nearly all positions of a
// healthy log. For the others a small hash table of windows names the literals and places that are meant, and the text is
// compared.
//
// Letter case: a window is taken with bit 0x20 of each byte set, which makes small letters of capitals (and confuses a few
// other characters, which the comparison sorts out).
//
// Which group of windows of a literal is taken decides the cost. "cmgc" and "onne" stand in many healthy lines, too, and every
// one of them would cost a comparison. Therefore train() counts how often each window of each literal occurs in a part of the
// log at hand, and takes the rarest group. Untrained, or in a log that has changed, the search is slower and finds the same.
//
// What it costs, per byte of the text:
//     probe / stride  +  (share of positions whose bit is set) / stride * look-up  +  (places to compare) * comparison
// A large stride makes the first part small, but needs more windows: more bits are set by chance, and a group of `stride`
// windows finds fewer places in a literal to be rare in (a literal of 7 bytes has one group of 4, and none of 5). choose()
// computes this sum for every stride that the shortest literal allows, and takes the cheapest.

#include <algorithm>
#include <cstring>
#include <utility>

namespace cmgmon::matches {

namespace {

constexpr std::size_t kWindow = 4;
constexpr std::size_t kMaxStride = 16;

// The bitmap is given so many bits per window, within these bounds: 4 to 64 KiB.
constexpr std::size_t kBitsPerWindow = 128;
constexpr unsigned kMinBitmapBits = 15;
constexpr unsigned kMaxBitmapBits = 19;

// In units of one probe; measured.
constexpr double kLookUpCost = 12;

std::uint32_t window_at(const char* at) {
  std::uint32_t window = 0;
  std::memcpy(&window, at, kWindow);  // the byte order is that of the machine on both sides
  return window | 0x20202020U;
}

std::uint32_t scattered(std::uint32_t window) {
  return window * 2654435769U;  // 2^32 divided by the golden ratio
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

unsigned bits_for(std::size_t entries, unsigned least, unsigned most) {
  unsigned bits = least;
  while (bits < most && (std::size_t{1} << bits) < entries) {
    ++bits;
  }
  return bits;
}

}  // namespace

// How often each window of the literals occurs in the literals and in a sample of the log.
class LiteralFilter::Census {
 public:
  struct Entry {
    std::uint32_t window = 0;
    std::uint32_t in_literals = 0;  // 0: the entry is free
    std::uint32_t in_sample = 0;
  };

  Census(const std::vector<std::string>& literals, std::string_view sample) : sample_(sample) {
    std::size_t windows = 0;
    for (const auto& literal : literals) {
      windows += literal.size() - kWindow + 1;
    }
    const unsigned bits = bits_for(windows * 4, 10, 31);
    shift_ = 32 - bits;
    entries_.resize(std::size_t{1} << bits);
    for (const auto& literal : literals) {
      for (std::size_t at = 0; at + kWindow <= literal.size(); ++at) {
        const std::uint32_t window = window_at(literal.data() + at);
        Entry& entry = entries_[place_of(window)];
        entry.window = window;
        ++entry.in_literals;
      }
    }
    for (std::size_t at = 0; at + kWindow <= sample.size(); ++at) {
      Entry& entry = entries_[place_of(window_at(sample.data() + at))];
      entry.in_sample += entry.in_literals > 0 ? 1U : 0U;
    }
  }

  const Entry& of(std::uint32_t window) const { return entries_[place_of(window)]; }
  std::size_t sample_bytes() const { return sample_.size(); }

 private:
  std::size_t place_of(std::uint32_t window) const {
    std::size_t place = scattered(window) >> shift_;
    while (entries_[place].in_literals > 0 && entries_[place].window != window) {
      place = (place + 1) & (entries_.size() - 1);
    }
    return place;
  }

  std::string_view sample_;
  unsigned shift_ = 0;
  std::vector<Entry> entries_;
};

LiteralFilter::LiteralFilter(std::vector<std::string> literals) : literals_(std::move(literals)) {
  shortest_ = std::string::npos;
  for (const auto& literal : literals_) {
    shortest_ = std::min(shortest_, literal.size());
    longest_ = std::max(longest_, literal.size());
  }
  train({});
}

void LiteralFilter::train(std::string_view sample) {
  if (!literals_.empty()) {
    choose(Census(literals_, sample));
  }
}

void LiteralFilter::choose(const Census& census) {
  // Without a sample we guess: what few literals share is rare in logs, too.
  const auto cost_of = [&](std::uint32_t window) {
    const auto& entry = census.of(window);
    return double(entry.in_sample) * double(entry.in_literals) + double(entry.in_literals) / 1024.0;
  };
  double best = 0;
  std::size_t best_stride = 0;
  std::vector<std::uint32_t> best_groups;
  std::vector<std::uint32_t> groups(literals_.size());
  const std::size_t most = std::min(kMaxStride, shortest_ - kWindow + 1);
  for (std::size_t stride = 1; stride <= most; ++stride) {
    if (stride < most && stride != 4 && stride != 6 && stride != 8 && stride != 12) {
      continue;
    }
    double hits = 0;
    for (std::size_t id = 0; id < literals_.size(); ++id) {
      const std::string& literal = literals_[id];
      double cheapest = -1;
      const std::size_t last = literal.size() - kWindow + 1 - stride;
      double sum = 0;
      for (std::size_t i = 0; i < stride; ++i) {
        sum += cost_of(window_at(literal.data() + i));
      }
      for (std::size_t first = 0;; ++first) {
        if (cheapest < 0 || sum < cheapest) {
          cheapest = sum;
          groups[id] = static_cast<std::uint32_t>(first);
        }
        if (first == last) {
          break;
        }
        sum += cost_of(window_at(literal.data() + first + stride)) -
               cost_of(window_at(literal.data() + first));
      }
      hits += cheapest;
    }
    const double windows = double(stride) * double(literals_.size());
    const double bits =
        double(std::uint64_t{1} << bits_for(static_cast<std::size_t>(windows) * kBitsPerWindow,
                                            kMinBitmapBits, kMaxBitmapBits));
    const double per_byte =
        1 + kLookUpCost * (windows / bits + hits / double(census.sample_bytes() + 1));
    const double cost = per_byte / double(stride);
    if (best_stride == 0 || cost < best) {
      best = cost;
      best_stride = stride;
      best_groups = groups;
      expected_effort_ = (per_byte - 1) / kLookUpCost / double(stride);
    }
  }
  build(best_stride, best_groups);
}

void LiteralFilter::build(std::size_t stride, const std::vector<std::uint32_t>& groups) {
  stride_ = stride;
  const std::size_t windows = stride * literals_.size();
  const unsigned bitmap_bits = bits_for(windows * kBitsPerWindow, kMinBitmapBits, kMaxBitmapBits);
  bitmap_shift_ = 32 - bitmap_bits;
  bitmap_.assign((std::size_t{1} << bitmap_bits) / 64, 0);
  const unsigned table_bits = bits_for(windows * 2, 4, 31);
  table_shift_ = 32 - table_bits;
  table_.assign(std::size_t{1} << table_bits, Slot());

  struct Wanted {
    std::uint32_t window = 0;
    Place place;
  };
  std::vector<Wanted> wanted;
  wanted.reserve(windows);
  for (LiteralId id = 0; id < literals_.size(); ++id) {
    for (std::size_t i = 0; i < stride; ++i) {
      const auto offset = static_cast<std::uint32_t>(groups[id] + i);
      wanted.push_back({window_at(literals_[id].data() + offset), {id, offset}});
    }
  }
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return a.window != b.window ? a.window < b.window : a.place.literal < b.place.literal;
  });
  places_.clear();
  places_.reserve(windows);
  for (std::size_t i = 0; i < wanted.size();) {
    const std::uint32_t window = wanted[i].window;
    Slot slot{window, static_cast<std::uint32_t>(i), 0};
    for (; i < wanted.size() && wanted[i].window == window; ++i, ++slot.count) {
      places_.push_back(wanted[i].place);
    }
    const std::uint32_t hash = scattered(window);
    const std::uint32_t bit = hash >> bitmap_shift_;
    bitmap_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    std::size_t at = hash >> table_shift_;
    while (table_[at].count > 0) {
      at = (at + 1) & (table_.size() - 1);
    }
    table_[at] = slot;
  }
}

inline bool LiteralFilter::probe(const char* at) const {
  const std::uint32_t bit = scattered(window_at(at)) >> bitmap_shift_;
  return ((bitmap_[bit / 64] >> (bit % 64)) & 1U) != 0;
}

// The next position of the grid that `at` is on whose bit is set; one without a whole window behind it if there is none.
std::size_t LiteralFilter::next_probe(std::string_view text, std::size_t at) const {
  const std::size_t stride = stride_;
  const char* const data = text.data();
  // Four positions at a time: one branch for all, and their loads do not wait for each other.
  while (at + 3 * stride + kWindow <= text.size()) {
    const bool a = probe(data + at);
    const bool b = probe(data + at + stride);
    const bool c = probe(data + at + 2 * stride);
    const bool d = probe(data + at + 3 * stride);
    if (a || b || c || d) {
      break;
    }
    at += 4 * stride;
  }
  while (at + kWindow <= text.size() && !probe(data + at)) {
    at += stride;
  }
  return at;
}

const LiteralFilter::Slot* LiteralFilter::slot_of(std::uint32_t window) const {
  std::size_t at = scattered(window) >> table_shift_;
  while (table_[at].count > 0) {
    if (table_[at].window == window) {
      return &table_[at];
    }
    at = (at + 1) & (table_.size() - 1);
  }
  return nullptr;
}

// Whether the literal stands in the text such that `place` of it is `at`.
bool LiteralFilter::occurs(std::string_view text, const Place& place, std::size_t at,
                           std::size_t from) const {
  const std::string& literal = literals_[place.literal];
  if (at < from + place.offset || text.size() - (at - place.offset) < literal.size()) {
    return false;
  }
  const char* const there = text.data() + (at - place.offset);
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (lower(there[i]) != literal[i]) {
      return false;
    }
  }
  return true;
}

// Calls visit(literal, start) for every occurrence, once, until it returns true.
template <typename Visit>
LiteralFilter::Search LiteralFilter::walk(std::string_view text, std::size_t from, Effort& effort,
                                          const Visit& visit) const {
  if (literals_.empty()) {
    return {Outcome::kEnd, text.size(), 0, 0};
  }
  for (std::size_t at = from;; at += stride_) {
    at = next_probe(text, at);
    if (at + kWindow > text.size()) {
      return {Outcome::kEnd, text.size(), 0, 0};
    }
    ++effort.spent;
    if (const Slot* slot = slot_of(window_at(text.data() + at))) {
      effort.spent += slot->count;
      for (std::uint32_t i = slot->first; i < slot->first + slot->count; ++i) {
        const Place& place = places_[i];
        if (occurs(text, place, at, from) && visit(place.literal, at - place.offset)) {
          return {Outcome::kFound, at, at - place.offset, place.literal};
        }
      }
    }
    if (effort.spent > effort.credit + (at - from) / kBytesPerEffort) {
      return {Outcome::kGivenUp, at, 0, 0};
    }
  }
}

LiteralFilter::Search LiteralFilter::find(std::string_view text, std::size_t from,
                                          Effort& effort) const {
  return walk(text, from, effort, [](LiteralId, std::size_t) { return true; });
}

LiteralFilter::Search LiteralFilter::collect(std::string_view text, LiteralHits& hits,
                                             Effort& effort) const {
  return walk(text, 0, effort, [&](LiteralId id, std::size_t) {
    hits.add(id);
    return false;
  });
}

}  // namespace cmgmon::matches
