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
// Text of two-byte characters is searched as it is: literals and strides are twice as long, and only every second place of a
// literal can be at such a position.
//
// Letter case: a window is taken with bit 0x20 of each byte set, which makes small letters of capitals (and confuses a few
// other characters, which the comparison sorts out).
//
// Which group of windows of a literal is taken decides the cost. "cmgc" and "onne" stand in many healthy lines, too, and every
// one of them would cost a look-up. Therefore train() counts how often each window of each literal occurs in a part of the log
// at hand, and takes the rarest group. Untrained, or in a log that has changed, the search is slower and finds the same.
//
// What it costs, per byte of the text:
//     (probe + (share of positions with a mark) * look closer + (share with a window of ours) * look up) / stride
// A large stride makes the whole smaller, but leaves only short windows (together they must fit into the shortest literal),
// which are less rare, and needs more of them. train() computes this sum for several strides that the shortest literal allows,
// and takes the cheapest. A probe is one multiplication long, and nothing else in it takes longer: hence the multiplier that
// is shifted so that what lies behind the window does not count, the constant size of the table, and no test of single bits.
//
// Where a window has its mark depends on the multiplier, too. A common window of the log that happens to share a mark with one
// of ours would cost as much as one of ours; so train() tries a few multipliers and takes the luckiest.

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

namespace cmgmon::matches {

namespace {

constexpr std::size_t kMinWindow = 4;
constexpr std::size_t kMaxWindow = 8;
constexpr std::size_t kWidths[] = {8, 6, 4};
// Windows of a literal.
constexpr std::size_t kFewestWindows = 4;
constexpr std::size_t kMostWindows = 24;
static_assert(LiteralFilter::kMinLiteralLength == kMinWindow + kFewestWindows - 1);
static_assert(2 * LiteralFilter::kMinLiteralLength == kMaxWindow + 2 * (kFewestWindows - 1));

constexpr std::uint64_t kFold = 0x2020202020202020U;
static_assert(std::endian::native == std::endian::little, "the first bytes must be the low ones");

// So many bytes of the table per window, if there is a table of that size; and the sizes, as powers of two. Half a MiB leaves
// room for the log in a second-level cache of one MiB; more is taken only where there is nothing to lose.
constexpr std::size_t kMarksPerWindow = 64;
constexpr std::size_t kFewestMarksPerWindow = 16;
constexpr unsigned kMarkBits[] = {14, 16, 18, 19, 21};

// In units of one probe; measured.
constexpr double kMarkCost = 30;
constexpr double kLookUpCost = 15;

// Odd, and so are their low halves; the first is 2^64 divided by the golden ratio.
constexpr std::uint64_t kMultipliers[] = {0x9E3779B97F4A7C15U, 0xBF58476D1CE4E5B9U,
                                          0x94D049BB133111EBU, 0xD6E8FEB86659FD93U};
constexpr std::size_t kTrialBytes = std::size_t{64} << 10U;

std::uint64_t mask_of(std::size_t bytes) {
  return ~std::uint64_t{0} >> (64 - 8 * bytes);
}

// The window and what follows it, up to kMaxWindow bytes.
std::uint64_t bytes_at(const char* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, kMaxWindow);
  return bytes | kFold;
}

// The same where the text may end behind the window.
std::uint64_t window_of(std::string_view bytes) {
  std::uint64_t window = 0;
  std::memcpy(&window, bytes.data(), bytes.size());
  return (window | kFold) & mask_of(bytes.size());
}

// Of the bytes that fit into `width`; those above are shifted out.
std::uint64_t multiplier_for(std::size_t width, std::uint64_t multiplier) {
  return multiplier << (64 - 8 * width);
}

// Where a hash has its mark: which byte of the table, and which of its bits.
template <unsigned kBits>
std::size_t mark_place(std::uint64_t hash) {
  return hash >> (64 - kBits);
}
template <unsigned kBits>
unsigned mark_bit(std::uint64_t hash) {
  return static_cast<unsigned>(hash >> (64 - kBits - 3)) & 7U;
}

// Calls use(std::integral_constant<unsigned, kBits>), so that shifts are by constants: x86-64 shifts by a variable at three
// times the cost.
template <typename Use>
auto with_bits(unsigned bits, const Use& use) {
  switch (bits) {
    case kMarkBits[0]:
      return use(std::integral_constant<unsigned, kMarkBits[0]>());
    case kMarkBits[1]:
      return use(std::integral_constant<unsigned, kMarkBits[1]>());
    case kMarkBits[2]:
      return use(std::integral_constant<unsigned, kMarkBits[2]>());
    case kMarkBits[3]:
      return use(std::integral_constant<unsigned, kMarkBits[3]>());
    default:
      return use(std::integral_constant<unsigned, kMarkBits[4]>());
  }
}

unsigned mark_bits_for(std::size_t windows) {
  for (const unsigned bits : {kMarkBits[0], kMarkBits[1], kMarkBits[2]}) {
    if ((std::size_t{1} << bits) >= windows * kMarksPerWindow) {
      return bits;
    }
  }
  return (std::size_t{1} << kMarkBits[3]) >= windows * kFewestMarksPerWindow ? kMarkBits[3]
                                                                             : kMarkBits[4];
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

// What it would cost to look for each window of the literals, because a sample of the log holds it.
class LiteralFilter::Census {
 public:
  Census(const std::vector<std::string>& literals, std::string_view sample, std::size_t width)
      : width_(width) {
    std::size_t windows = 0;
    for (const auto& literal : literals) {
      windows += literal.size() - width + 1;
    }
    const unsigned bits = bits_for(windows * 3, 8, 31);
    shift_ = 64 - bits;
    entries_.resize(std::size_t{1} << bits);
    std::vector<std::uint32_t> places;
    places.reserve(windows);
    for (const auto& literal : literals) {
      firsts_.push_back(places.size());
      for (std::size_t at = 0; at + width <= literal.size(); ++at) {
        const std::uint64_t window = window_of(std::string_view(literal).substr(at, width));
        places.push_back(static_cast<std::uint32_t>(place_of(window)));
        Entry& entry = entries_[places.back()];
        entry.window = window;
        ++entry.in_literals;
      }
    }
    const std::uint64_t mask = mask_of(width);
    for (std::size_t at = 0; at + kMaxWindow <= sample.size(); ++at) {
      Entry& entry = entries_[place_of(bytes_at(sample.data() + at) & mask)];
      entry.in_sample += entry.in_literals > 0 ? 1U : 0U;
    }
    look_ups_.reserve(windows);
    for (const std::uint32_t place : places) {
      // Without a sample we guess: what few literals share is rare in logs, too.
      look_ups_.push_back(2.0 * entries_[place].in_sample + entries_[place].in_literals / 64.0);
    }
  }

  std::size_t width() const { return width_; }
  // In the sample, because of the window at `at` of the literal.
  double look_ups(std::size_t literal, std::size_t at) const {
    return look_ups_[firsts_[literal] + at];
  }

 private:
  struct Entry {
    std::uint64_t window = 0;
    std::uint32_t in_literals = 0;  // 0: the entry is free
    std::uint32_t in_sample = 0;
  };

  std::size_t place_of(std::uint64_t window) const {
    std::size_t place = (window * kMultipliers[0]) >> shift_;
    while (entries_[place].in_literals > 0 && entries_[place].window != window) {
      place = (place + 1) & (entries_.size() - 1);
    }
    return place;
  }

  std::size_t width_;
  unsigned shift_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::size_t> firsts_;  // of each literal in look_ups_
  std::vector<double> look_ups_;
};

LiteralFilter::LiteralFilter(std::vector<std::string> literals, std::size_t unit)
    : literals_(std::move(literals)), unit_(unit) {
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
  for (const std::size_t width : kWidths) {
    if (shortest_ < width + (kFewestWindows - 1) * unit_ || width < kMinWindow * unit_) {
      continue;
    }
    const std::size_t most = std::min(kMostWindows, (shortest_ - width) / unit_ + 1);
    const Census census(literals_, sample, width);
    for (const std::size_t windows : {most, most * 3 / 4, most / 2}) {
      if (windows < kFewestWindows) {
        break;
      }
      Choice next{windows, width, std::vector<std::uint32_t>(literals_.size()), 0};
      const double cost = choose_groups(census, sample.size(), next);
      if (!choice || cost < best) {
        best = cost;
        choice = std::move(next);
      }
    }
    if (sample.empty()) {
      break;  // the widest will do until we know more
    }
  }
  build(*choice, sample);
}

// The rarest group of each literal; returns the cost per byte, in probes.
double LiteralFilter::choose_groups(const Census& census, std::size_t sample_bytes,
                                    Choice& choice) const {
  const std::size_t length = choice.windows * unit_;
  double sum_of_all = 0;
  for (std::size_t id = 0; id < literals_.size(); ++id) {
    const std::size_t last = literals_[id].size() - choice.width + unit_ - length;
    double sum = 0;
    for (std::size_t at = 0; at < length; at += unit_) {
      sum += census.look_ups(id, at);
    }
    double least = sum;
    for (std::size_t first = unit_; first <= last; first += unit_) {
      sum += census.look_ups(id, first + length - unit_) - census.look_ups(id, first - unit_);
      if (sum < least) {
        least = sum;
        choice.groups[id] = static_cast<std::uint32_t>(first);
      }
    }
    sum_of_all += least;
  }
  const std::size_t windows = choice.windows * literals_.size();
  const double marks = double(std::uint64_t{1} << mark_bits_for(windows));
  const double in_vain = sum_of_all / double(sample_bytes + 4096);
  choice.expected_effort = in_vain / double(length);
  return (1 + kMarkCost * (double(windows) / marks + in_vain) + kLookUpCost * in_vain) /
         double(length);
}

void LiteralFilter::build(const Choice& choice, std::string_view sample) {
  stride_ = choice.windows * unit_;
  width_ = choice.width;
  expected_effort_ = choice.expected_effort;
  const std::size_t windows = choice.windows * literals_.size();
  const unsigned table_bits = bits_for(windows * 2, 4, 31);
  table_shift_ = 64 - table_bits;
  table_.assign(std::size_t{1} << table_bits, Slot());

  // First how many places each window has, then the places, one window behind the other.
  std::vector<std::uint32_t> slots;
  slots.reserve(windows);
  for (LiteralId id = 0; id < literals_.size(); ++id) {
    for (std::size_t i = 0; i < stride_; i += unit_) {
      const std::uint64_t window =
          window_of(std::string_view(literals_[id]).substr(choice.groups[id] + i, width_));
      std::size_t at = table_place(window);
      while (table_[at].count > 0 && table_[at].window != window) {
        at = (at + 1) & (table_.size() - 1);
      }
      table_[at].window = window;
      ++table_[at].count;
      slots.push_back(static_cast<std::uint32_t>(at));
    }
  }
  std::uint32_t first = 0;
  for (Slot& slot : table_) {
    slot.first = first;
    first += std::exchange(slot.count, 0);
  }
  places_.resize(windows);
  auto slot = slots.begin();
  for (LiteralId id = 0; id < literals_.size(); ++id) {
    const std::string_view literal = literals_[id];
    const std::uint64_t end = window_of(literal.substr(literal.size() - kMinWindow));
    for (std::size_t i = 0; i < stride_; i += unit_, ++slot) {
      Slot& of_window = table_[*slot];
      places_[of_window.first + of_window.count++] = {
          id, static_cast<std::uint32_t>(choice.groups[id] + i),
          static_cast<std::uint32_t>(literal.size()), end};
    }
  }
  mark_luckily(sample.substr(0, kTrialBytes));
}

// Sets the marks, with the multiplier that marks the fewest positions of the sample.
void LiteralFilter::mark_luckily(std::string_view sample) {
  mark_bits_ = mark_bits_for(stride_ / unit_ * literals_.size());
  std::size_t fewest = 0;
  std::uint64_t best = 0;
  for (const std::uint64_t multiplier : kMultipliers) {
    multiplier_ = multiplier_for(width_, multiplier);
    const std::size_t marked = mark(sample);
    if (best == 0 || marked < fewest) {
      fewest = marked;
      best = multiplier_;
    }
    if (sample.empty()) {
      return;
    }
  }
  if (std::exchange(multiplier_, best) != best) {
    mark({});
  }
}

// Sets the marks; returns how many positions of the text have one.
std::size_t LiteralFilter::mark(std::string_view text) {
  marks_.assign(std::size_t{1} << mark_bits_, 0);
  return with_bits(mark_bits_, [&](auto bits) {
    for (const Slot& slot : table_) {
      if (slot.count > 0) {
        const std::uint64_t hash = slot.window * multiplier_;
        auto& marks = marks_[mark_place<bits>(hash)];
        marks = static_cast<std::uint8_t>(marks | 1U << mark_bit<bits>(hash));
      }
    }
    std::size_t marked = 0;
    for (std::size_t at = 0; at + kMaxWindow <= text.size(); at += stride_) {
      marked += marks_[mark_place<bits>(bytes_at(text.data() + at) * multiplier_)] != 0 ? 1U : 0U;
    }
    return marked;
  });
}

// Calls visit(position, window) for the positions of the grid from `at` on whose window is marked, until it returns true.
template <unsigned kBits, typename Visit>
void LiteralFilter::each_marked(std::string_view text, std::size_t at, const Visit& visit) const {
  const std::size_t stride = stride_;
  const std::uint64_t mask = mask_of(width_);
  const std::uint64_t multiplier = multiplier_;
  const std::uint8_t* const marks = marks_.data();
  const auto marks_at = [=](const char* there) -> unsigned {
    return marks[mark_place<kBits>(bytes_at(there) * multiplier)];
  };
  const auto marked = [=](std::uint64_t bytes) -> unsigned {
    const std::uint64_t hash = bytes * multiplier;
    return (marks[mark_place<kBits>(hash)] >> mark_bit<kBits>(hash)) & 1U;
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
      which |= marked(bytes_at(first + i * stride)) << i;
    }
    for (; which != 0; which &= which - 1) {
      const auto place = at + static_cast<std::size_t>(std::countr_zero(which)) * stride;
      if (visit(place, bytes_at(data + place) & mask)) {
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

std::size_t LiteralFilter::table_place(std::uint64_t window) const {
  return (window * kMultipliers[0]) >> table_shift_;
}

const LiteralFilter::Slot* LiteralFilter::slot_of(std::uint64_t window) const {
  std::size_t at = table_place(window);
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
  from += (unit_ - from % unit_) % unit_;
  const auto look = [&](std::size_t at, std::uint64_t window) {
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
  };
  with_bits(mark_bits_, [&](auto bits) { each_marked<bits>(text, from, look); });
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
