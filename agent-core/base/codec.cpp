#include "base/codec.h"

#include <array>
#include <limits>

#include "base/hash.h"

namespace cmgmon::base {
namespace {

constexpr std::string_view kMagic = "cmgmon";

void append_number(std::string& bytes, std::uint64_t value) {
  while (value >= 0x80) {
    bytes.push_back(static_cast<char>(0x80U | (value & 0x7fU)));
    value >>= 7U;
  }
  bytes.push_back(static_cast<char>(value));
}

void append_text(std::string& bytes, std::string_view text) {
  append_number(bytes, text.size());
  bytes.append(text);
}

Error corrupt(std::string_view kind) {
  return Error{ErrorKind::kCorrupt, 0, "The saved state \"" + std::string(kind) + "\" is damaged"};
}

// Covers the header too, or a damaged version would pass for an older one.
std::uint64_t checksum_of(std::string_view header, std::string_view body) {
  return content_hash(header) ^ content_hash(body);
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

Writer::Writer(std::string_view kind, std::uint64_t version) {
  header_.append(kMagic);
  append_text(header_, kind);
  append_number(header_, version);
}

Writer& Writer::number(std::uint64_t value) {
  append_number(body_, value);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return number((bits << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

Writer& Writer::text(std::string_view value) {
  append_text(body_, value);
  return *this;
}

Writer& Writer::time(const std::optional<Time>& value) {
  return option(value, [this](Time set) { time(set); });
}

std::string Writer::finish() {
  std::string bytes = std::move(header_);
  append_number(bytes, checksum_of(bytes, body_));
  bytes.append(body_);
  body_.clear();
  return bytes;
}

Result<Reader> Reader::open(std::string_view bytes, std::string_view kind,
                            std::uint64_t newest_version) {
  if (!bytes.starts_with(kMagic))
    return corrupt(kind);
  Reader reader(kind, bytes.substr(kMagic.size()));
  if (reader.view() != kind)
    return corrupt(kind);
  reader.version_ = reader.number();
  if (reader.ok_ && reader.version_ > newest_version) {
    return Error{ErrorKind::kUnsupported, 0,
                 "The saved state \"" + std::string(kind) + "\" has version " +
                     std::to_string(reader.version_) + ", this program reads up to " +
                     std::to_string(newest_version),
                 "Install the newer program again, or start without the old state"};
  }
  const std::string_view header = bytes.substr(0, bytes.size() - reader.rest_.size());
  const std::uint64_t checksum = reader.number();
  if (!reader.ok_ || checksum != checksum_of(header, reader.rest_))
    return corrupt(kind);
  return reader;
}

std::uint64_t Reader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty())
      break;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    const std::uint64_t bits = byte & 0x7fU;
    if (shift == 63 && bits > 1)
      break;
    value |= bits << shift;
    if ((byte & 0x80U) == 0)
      return value;
  }
  damaged();
  return 0;
}

std::uint64_t Reader::number_up_to(std::uint64_t max) {
  const std::uint64_t value = number();
  if (value <= max)
    return value;
  damaged();
  return 0;
}

std::int64_t Reader::integer() {
  const std::uint64_t bits = number();
  return static_cast<std::int64_t>((bits >> 1U) ^ ((bits & 1U) != 0 ? ~std::uint64_t{0} : 0));
}

std::int64_t Reader::integer_within(std::int64_t min, std::int64_t max) {
  const std::int64_t value = integer();
  if (value >= min && value <= max)
    return value;
  damaged();
  return 0;
}

Time Reader::time() {
  // A year more on each side than a log can say: what is near its end may have been calculated.
  using namespace std::chrono;
  constexpr Time kFirst = sys_days(January / 1 / -1);
  constexpr Time kLast = sys_days(December / 31 / 10'000);
  return Time(Duration(
      integer_within(kFirst.time_since_epoch().count(), kLast.time_since_epoch().count())));
}

std::string_view Reader::view() {
  const std::uint64_t size = number();
  if (size > rest_.size()) {
    damaged();
    return {};
  }
  const std::string_view text = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(text.size());
  return text;
}

std::optional<Time> Reader::optional_time() {
  return option([this] { return time(); });
}

Result<void> Reader::finish() const {
  if (!ok_ || !rest_.empty())
    return corrupt(kind_);
  return {};
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint32_t digit = bits >> (18U - 6U * static_cast<unsigned>(i)) & 0x3fU;
      text.push_back(i <= group.size() ? kBase64[digit] : '=');
    }
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::uint8_t kNone = 0xff;
  static const auto kDigits = [kNone] {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(kNone);
    for (std::size_t i = 0; i < kBase64.size(); ++i)
      digits[static_cast<unsigned char>(kBase64[i])] = static_cast<std::uint8_t>(i);
    return digits;
  }();
  if (text.size() % 4 != 0)
    return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::string_view group = text.substr(at, 4);
    if (at + 4 == text.size()) {
      while (group.size() > 2 && group.back() == '=')
        group.remove_suffix(1);
    }
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint8_t digit =
          i < group.size() ? kDigits[static_cast<unsigned char>(group[i])] : std::uint8_t{0};
      if (digit == kNone)
        return std::nullopt;
      bits = bits << 6U | digit;
    }
    const std::size_t count = group.size() - 1;
    const std::uint32_t unused = count == 1 ? 0xffffU : count == 2 ? 0xffU : 0U;
    if ((bits & unused) != 0)
      return std::nullopt;
    for (std::size_t i = 0; i < count; ++i)
      bytes.push_back(static_cast<char>(bits >> (16U - 8U * static_cast<unsigned>(i)) & 0xffU));
  }
  return bytes;
}

}  // namespace cmgmon::base
