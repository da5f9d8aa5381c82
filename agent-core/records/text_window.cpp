#include "records/text_window.h"

#include <algorithm>

#include "base/text.h"

namespace cmgmon::records {

// In blocks whose count fits into a byte, so that compilers make many comparisons at once.
std::uint64_t count_line_ends(std::string_view text, bool after_cr) {
  constexpr std::size_t kBlock = 192;
  if (text.empty()) {
    return 0;
  }
  std::uint64_t lines = text[0] == '\r' || (text[0] == '\n' && !after_cr) ? 1 : 0;
  const char* const data = text.data();
  std::size_t at = 1;
  for (; at + kBlock <= text.size(); at += kBlock) {
    std::uint8_t count = 0;
    for (std::size_t i = at; i < at + kBlock; ++i) {
      const bool ends = (data[i] == '\r') | ((data[i] == '\n') & (data[i - 1] != '\r'));
      count = static_cast<std::uint8_t>(count + (ends ? 1 : 0));
    }
    lines += count;
  }
  for (; at < text.size(); ++at) {
    lines += data[at] == '\r' || (data[at] == '\n' && data[at - 1] != '\r') ? 1U : 0U;
  }
  return lines;
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

void TextWindow::pass(std::string_view passed) {
  if (passed.empty()) {
    return;
  }
  Place place = place_;
  place.offset += passed.size();
  place.line += count_line_ends(passed, place.after_cr);
  place.after_cr = passed.back() == '\r';
  reset(place, wide_);
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
