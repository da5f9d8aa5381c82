#include "records/text_window.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/text.h"

namespace cmgmon::records {

namespace {

// In blocks whose count fits into a byte, so that compilers make many comparisons at once.
template <typename Unit>
std::uint64_t count(std::string_view text, bool after_cr, Unit line_feed, Unit carriage_return) {
  constexpr std::size_t kBlock = 192;
  const std::size_t units = text.size() / sizeof(Unit);
  const auto unit = [data = text.data()](std::size_t at) {
    Unit value = 0;
    std::memcpy(&value, data + at * sizeof(Unit), sizeof(Unit));
    return value;
  };
  if (units == 0) {
    return 0;
  }
  std::uint64_t lines = unit(0) == carriage_return || (unit(0) == line_feed && !after_cr) ? 1 : 0;
  std::size_t at = 1;
  for (; at + kBlock <= units; at += kBlock) {
    Unit found = 0;
    for (std::size_t i = at; i < at + kBlock; ++i) {
      const int ends = static_cast<int>(unit(i) == carriage_return) |
                       (static_cast<int>(unit(i) == line_feed) &
                        static_cast<int>(unit(i - 1) != carriage_return));
      found = static_cast<Unit>(found + ends);
    }
    lines += found;
  }
  for (; at < units; ++at) {
    lines +=
        unit(at) == carriage_return || (unit(at) == line_feed && unit(at - 1) != carriage_return)
            ? 1U
            : 0U;
  }
  return lines;
}

}  // namespace

std::uint64_t count_line_ends(std::string_view text, bool after_cr) {
  return count<std::uint8_t>(text, after_cr, '\n', '\r');
}

std::uint64_t count_line_ends(std::string_view text, bool after_cr, base::ByteOrder order) {
  static_assert(std::endian::native == std::endian::little);
  return order == base::ByteOrder::kLittle
             ? count<std::uint16_t>(text, after_cr, u'\n', u'\r')
             : count<std::uint16_t>(text, after_cr, u'\n' << 8U, u'\r' << 8U);
}

std::size_t TextWindow::Finder::find(const std::string& buffer, std::size_t from) {
  if (at < from) {
    at = from;
    found = false;
  }
  if (!found) {
    const std::size_t hit = buffer.find(wanted, at);
    found = hit != std::string::npos;
    at = found ? hit : buffer.size();
  }
  return found ? at : std::string::npos;
}

void TextWindow::Finder::shift(std::size_t count) {
  found = found && at >= count;
  at = at >= count ? at - count : 0;
}

void TextWindow::reset(const Place& place, bool wide) {
  buffer_.clear();
  start_ = 0;
  place_ = place;
  wide_ = wide;
  for (Finder* finder : {&line_feed_, &carriage_return_, &nul_}) {
    finder->at = 0;
    finder->found = false;
  }
}

void TextWindow::append(std::string_view text) {
  buffer_.erase(0, start_);
  for (Finder* finder : {&line_feed_, &carriage_return_, &nul_}) {
    finder->shift(start_);
  }
  start_ = 0;
  buffer_ += text;
}

void TextWindow::consume(std::size_t count) {
  if (count == 0) {
    return;
  }
  const std::size_t end = start_ + count;
  // CR counts, and a LF that does not follow one.
  for (std::size_t at = carriage_return_.find(buffer_, start_); at < end;
       at = carriage_return_.find(buffer_, at + 1)) {
    ++place_.line;
  }
  for (std::size_t at = line_feed_.find(buffer_, start_); at < end;
       at = line_feed_.find(buffer_, at + 1)) {
    const bool after_cr = at == start_ ? place_.after_cr : buffer_[at - 1] == '\r';
    place_.line += after_cr ? 0 : 1;
  }
  place_.after_cr = buffer_[end - 1] == '\r';
  place_.offset += wide_ ? 2 * base::utf16_length(std::string_view(buffer_).substr(start_, count))
                         : std::uint64_t{count};
  start_ = end;
}

void TextWindow::pass(std::uint64_t bytes, std::uint64_t lines, bool ends_with_cr) {
  reset({place_.offset + bytes, place_.line + lines, ends_with_cr}, wide_);
}

void TextWindow::release_spare() {
  // Thousands of streams are open at once, and nearly all of them wait for a few bytes.
  constexpr std::size_t kWorthIt = 16U << 10U;
  if (buffer_.capacity() > kWorthIt && buffer_.capacity() / 4 > buffer_.size() - start_) {
    append({});
    buffer_.shrink_to_fit();
  }
}

std::size_t TextWindow::line_end() {
  const std::size_t end =
      std::min({line_feed_.find(buffer_, start_), carriage_return_.find(buffer_, start_),
                nul_.find(buffer_, start_)});
  return end == std::string::npos ? std::string::npos : end - start_;
}

}  // namespace cmgmon::records
