#include "matches/literal_filter.h"

// How it works
//
// A few neighbouring bytes are a *window*. To find "cmgconnector_forbidden" it is enough to look for some of its windows:
// where the text does not hold them, the literal is not. If we look for `stride` windows that follow each other ("or_forb",
// "r_forbi", "_forbid", "forbidd" for a stride of 4 and windows of 7 bytes), then wherever the literal stands, one of them
// starts at a position that is divisible by the stride; so only every stride-th position of the text needs to be looked at.
// There, one load, one multiply and one byte of a table (so small, or of which a log touches so little, that it stays in the
// near caches) answer "no" for nearly all positions of a healthy log. For the others a hash table of windows names the
// literals and places that are meant, and the text is compared. (The table has a byte for every hash and not a bit: taking
// the bit out costs as much as all the rest.)
//
// Letter case: a window is taken with bit 0x20 of each byte set, which makes small letters of capitals (and confuses a few
// other characters, which the comparison sorts out).
//
// Which group of windows of a literal is taken decides the cost. "cmgc" and "onne" stand in many healthy lines, too, and every
// one of them would cost a look-up. Therefore train() counts how often each window of each literal occurs in a part of the log
// at hand, and takes the rarest group. Untrained, or in a log that has changed, the search is slower and finds the same.
//
// What it costs, per byte of the text:
//     (probe + (share of positions with a mark) * look-up + places to compare * comparison) / stride
// A large stride makes the whole smaller, but leaves only short windows (together they must fit into the shortest literal),
// which are less rare, and needs more of them. choose() computes this sum for every stride that the shortest literal allows,
// and takes the cheapest.

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

namespace cmgmon::matches {

namespace {

constexpr std::size_t kMinWindow = 4;
constexpr std::size_t kMaxWindow = 8;
constexpr std::size_t kStrides[] = {4, 6, 8, 12, 16};
static_assert(LiteralFilter::kMinLiteralBytes >= kMinWindow + kStrides[0] - 1);

constexpr std::uint64_t kFold = 0x2020202020202020U;
static_assert(std::endian::native == std::endian::little, "the first bytes must be the low ones");

// So many bytes of the table per window, within these bounds: 8 KiB to 1 MiB.
constexpr std::size_t kMarksPerWindow = 128;
constexpr unsigned kMinMarkBits = 13;
constexpr unsigned kMaxMarkBits = 20;

// In units of one probe; measured.
constexpr double kLookUpCost = 15;

// Constant shifts and masks throughout: x86-64 shifts by a variable at three times the cost.
std::uint64_t mask_of(std::size_t bytes) {
  return ~std::uint64_t{0} >> (64 - 8 * bytes);
}

// `mask`: of the width of a window.
std::uint64_t whole_window(const char* at, std::uint64_t mask) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, kMaxWindow);
  return (bytes | kFold) & mask;
}

// The same where the text may end behind the window.
std::uint64_t window_of(std::string_view bytes) {
  std::uint64_t window = 0;
  std::memcpy(&window, bytes.data(), bytes.size());
  return (window | kFold) & mask_of(bytes.size());
}

std::uint64_t scattered(std::uint64_t window) {
  return window * 0x9E3779B97F4A7C15U;  // 2^64 divided by the golden ratio
}

// Where a hash has its mark: which byte of the table, before the mask, and which of its bits.
std::size_t mark_place(std::uint64_t hash) {
  return hash >> (64 - kMaxMarkBits);
}
unsigned mark_bit(std::uint64_t hash) {
  return static_cast<unsigned>(hash >> (64 - kMaxMarkBits - 3)) & 7U;
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
    std::uint64_t window = 0;
    std::uint32_t in_literals = 0;  // 0: the entry is free
    std::uint32_t in_sample = 0;
  };

  Census(const std::vector<std::string>& literals, std::string_view sample, std::size_t width)
      : width_(width) {
    std::size_t windows = 0;
    for (const auto& literal : literals) {
      windows += literal.size() - width + 1;
    }
    const unsigned bits = bits_for(windows * 4, 10, 31);
    shift_ = 64 - bits;
    entries_.resize(std::size_t{1} << bits);
    for (const auto& literal : literals) {
      for (std::size_t at = 0; at + width <= literal.size(); ++at) {
        const std::uint64_t window = window_of(std::string_view(literal).substr(at, width));
        Entry& entry = entries_[place_of(window)];
        entry.window = window;
        ++entry.in_literals;
      }
    }
    const std::uint64_t mask = mask_of(width);
    for (std::size_t at = 0; at + kMaxWindow <= sample.size(); ++at) {
      Entry& entry = entries_[place_of(whole_window(sample.data() + at, mask))];
      entry.in_sample += entry.in_literals > 0 ? 1U : 0U;
    }
  }

  const Entry& of(const std::string& literal, std::size_t at) const {
    return entries_[place_of(window_of(std::string_view(literal).substr(at, width_)))];
  }

 private:
  std::size_t place_of(std::uint64_t window) const {
    std::size_t place = scattered(window) >> shift_;
    while (entries_[place].in_literals > 0 && entries_[place].window != window) {
      place = (place + 1) & (entries_.size() - 1);
    }
    return place;
  }

  std::size_t width_;
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
  if (literals_.empty()) {
    return;
  }
  double best = 0;
  std::optional<Choice> choice;
  std::optional<Census> census;
  std::size_t width = 0;
  for (const std::size_t stride : kStrides) {
    if (stride + kMinWindow > shortest_ + 1) {
      break;
    }
    const std::size_t fits = std::min(kMaxWindow, shortest_ - stride + 1);
    if (fits != width) {
      width = fits;
      census.emplace(literals_, sample, width);
    }
    Choice next{stride, width, std::vector<std::uint32_t>(literals_.size()), 0};
    const double cost = choose_groups(*census, sample.size(), next);
    if (!choice || cost < best) {
      best = cost;
      choice = std::move(next);
    }
  }
  build(*choice);
}

// The rarest group of each literal; returns the cost per byte, in probes.
double LiteralFilter::choose_groups(const Census& census, std::size_t sample_bytes,
                                    Choice& choice) const {
  // Without a sample we guess: what few literals share is rare in logs, too.
  const auto look_ups = [&](const Census::Entry& entry) {
    return 2.0 * entry.in_sample + entry.in_literals / 64.0;
  };
  const std::size_t stride = choice.stride;
  double sum_of_all = 0;
  for (std::size_t id = 0; id < literals_.size(); ++id) {
    const std::string& literal = literals_[id];
    const std::size_t last = literal.size() - choice.width + 1 - stride;
    double sum = 0;
    for (std::size_t i = 0; i < stride; ++i) {
      sum += look_ups(census.of(literal, i));
    }
    double least = sum;
    for (std::size_t first = 1; first <= last; ++first) {
      sum += look_ups(census.of(literal, first + stride - 1)) -
             look_ups(census.of(literal, first - 1));
      if (sum < least) {
        least = sum;
        choice.groups[id] = static_cast<std::uint32_t>(first);
      }
    }
    sum_of_all += least;
  }
  const std::size_t windows = stride * literals_.size();
  const double marks =
      double(std::uint64_t{1} << bits_for(windows * kMarksPerWindow, kMinMarkBits, kMaxMarkBits));
  const double in_vain = sum_of_all / double(sample_bytes + 4096);
  choice.expected_effort = in_vain / double(stride);
  return (1 + kLookUpCost * (double(windows) / marks + in_vain)) / double(stride);
}

void LiteralFilter::build(const Choice& choice) {
  stride_ = choice.stride;
  width_ = choice.width;
  expected_effort_ = choice.expected_effort;
  const std::size_t windows = stride_ * literals_.size();
  const unsigned mark_bits = bits_for(windows * kMarksPerWindow, kMinMarkBits, kMaxMarkBits);
  marks_.assign(std::size_t{1} << mark_bits, 0);
  mark_mask_ = marks_.size() - 1;
  const unsigned table_bits = bits_for(windows * 2, 4, 31);
  table_shift_ = 64 - table_bits;
  table_.assign(std::size_t{1} << table_bits, Slot());

  struct Wanted {
    std::uint64_t window = 0;
    Place place;
  };
  std::vector<Wanted> wanted;
  wanted.reserve(windows);
  for (LiteralId id = 0; id < literals_.size(); ++id) {
    const std::string_view literal = literals_[id];
    const std::uint64_t end = window_of(literal.substr(literal.size() - kMinWindow));
    for (std::size_t i = 0; i < stride_; ++i) {
      const std::size_t offset = choice.groups[id] + i;
      wanted.push_back({window_of(literal.substr(offset, width_)),
                        {id, static_cast<std::uint32_t>(offset),
                         static_cast<std::uint32_t>(literal.size()), end}});
    }
  }
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return a.window != b.window ? a.window < b.window : a.place.literal < b.place.literal;
  });
  places_.clear();
  places_.reserve(windows);
  for (std::size_t i = 0; i < wanted.size();) {
    const std::uint64_t window = wanted[i].window;
    Slot slot{window, static_cast<std::uint32_t>(i), 0};
    for (; i < wanted.size() && wanted[i].window == window; ++i, ++slot.count) {
      places_.push_back(wanted[i].place);
    }
    const std::uint64_t hash = scattered(window);
    auto& marks = marks_[mark_place(hash) & mark_mask_];
    marks = static_cast<std::uint8_t>(marks | 1U << mark_bit(hash));
    std::size_t at = hash >> table_shift_;
    while (table_[at].count > 0) {
      at = (at + 1) & (table_.size() - 1);
    }
    table_[at] = slot;
  }
}

// Calls visit(position, window) for the positions of the grid from `at` on whose window is marked, until it returns true.
template <typename Visit>
void LiteralFilter::each_marked(std::string_view text, std::size_t at, const Visit& visit) const {
  const std::size_t stride = stride_;
  const std::size_t mark_mask = mark_mask_;
  const std::uint64_t mask = mask_of(width_);
  const std::uint8_t* const marks = marks_.data();
  const auto marks_at = [=](const char* there) -> unsigned {
    return marks[mark_place(scattered(whole_window(there, mask))) & mark_mask];
  };
  const auto marked = [=](std::uint64_t window) -> unsigned {
    const std::uint64_t hash = scattered(window);
    return (marks[mark_place(hash) & mark_mask] >> mark_bit(hash)) & 1U;
  };
  // Eight positions at a time: one branch for all, and their loads do not wait for each other.
  const char* const data = text.data();
  for (; at + 7 * stride + kMaxWindow <= text.size(); at += 8 * stride) {
    const char* const first = data + at;
    const char* const fifth = first + 4 * stride;
    const unsigned near = marks_at(first) | marks_at(first + stride) |
                          marks_at(first + 2 * stride) | marks_at(first + 3 * stride);
    const unsigned far = marks_at(fifth) | marks_at(fifth + stride) | marks_at(fifth + 2 * stride) |
                         marks_at(fifth + 3 * stride);
    if ((near | far) == 0) {
      continue;
    }
    unsigned which = 0;  // without a branch for each, which nobody could predict
    for (unsigned i = 0; i < 8; ++i) {
      which |= marked(whole_window(first + i * stride, mask)) << i;
    }
    for (; which != 0; which &= which - 1) {
      const auto place = at + static_cast<std::size_t>(std::countr_zero(which)) * stride;
      if (visit(place, whole_window(data + place, mask))) {
        return;
      }
    }
  }
  for (; at + width_ <= text.size(); at += stride) {
    const std::uint64_t window = window_of(text.substr(at, width_));
    if (marked(window) != 0 && visit(at, window)) {
      return;
    }
  }
}

const LiteralFilter::Slot* LiteralFilter::slot_of(std::uint64_t window) const {
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
inline bool LiteralFilter::occurs(std::string_view text, const Place& place, std::size_t at,
                                  std::size_t from) const {
  if (at < from + place.offset || text.size() - (at - place.offset) < place.length) {
    return false;
  }
  const char* const there = text.data() + (at - place.offset);
  // What begins like a literal often goes on differently.
  if (window_of({there + place.length - kMinWindow, kMinWindow}) != place.last) {
    return false;
  }
  const char* const literal = literals_[place.literal].data();
  for (std::size_t i = 0; i < place.length; ++i) {
    if (lower(there[i]) != literal[i]) {
      return false;
    }
  }
  return true;
}

// Calls visit(literal) for every occurrence, once, until it returns true.
template <typename Visit>
LiteralFilter::Search LiteralFilter::walk(std::string_view text, std::size_t from, Effort& effort,
                                          const Visit& visit) const {
  Search search{Outcome::kEnd, text.size(), 0, 0};
  if (literals_.empty()) {
    return search;
  }
  each_marked(text, from, [&](std::size_t at, std::uint64_t window) {
    ++effort.spent;
    if (const Slot* slot = slot_of(window)) {
      effort.spent += slot->count;
      for (std::uint32_t i = slot->first; i < slot->first + slot->count; ++i) {
        const Place& place = places_[i];
        if (occurs(text, place, at, from) && visit(place.literal)) {
          search = {Outcome::kFound, at, at - place.offset, place.literal};
          return true;
        }
      }
    }
    if (effort.spent > effort.credit + (at - from) / kBytesPerEffort) {
      search = {Outcome::kGivenUp, at, 0, 0};
      return true;
    }
    return false;
  });
  return search;
}

LiteralFilter::Search LiteralFilter::find(std::string_view text, std::size_t from,
                                          Effort& effort) const {
  return walk(text, from, effort, [](LiteralId) { return true; });
}

LiteralFilter::Search LiteralFilter::collect(std::string_view text, LiteralHits& hits,
                                             Effort& effort) const {
  return walk(text, 0, effort, [&](LiteralId id) {
    hits.add(id);
    return false;
  });
}

}  // namespace cmgmon::matches
