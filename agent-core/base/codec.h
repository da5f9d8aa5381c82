#pragma once
// How rooms put their state into bytes and get it back: numbers, texts, options and lists behind a
// header that says what it is, which version it is, and how to recognise damage.
//
//   Writer writer("matcher", 3);              auto reader = Reader::open(bytes, "matcher", 3);
//   writer.number(7).text(name);              if (!reader) return reader.error();
//   writer.option(time, [&](Time t) {...});   seven = reader->number(); name = reader->text();
//   return writer.finish();                   return reader->finish();
//
// A Reader never throws and never believes a length: what does not fit reads as zero, empty or
// absent, and finish() says so. Check what was read for sense (enumerators, indexes) yourself and
// call damaged() when it has none.
//
// Units:   numbers are unsigned LEB128, signed ones zigzag first; texts and lists start with their
// length. Errors:  kCorrupt for damage, kUnsupported for a version that is newer than the program.
// Life:    a Reader refers to the bytes it was opened on.
// Tests:   tests/unit/base/codec_test.cpp

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"

namespace cmgmon::base {

class Writer {
 public:
  Writer(std::string_view kind, std::uint64_t version);

  Writer& number(std::uint64_t value);
  Writer& integer(std::int64_t value);
  Writer& boolean(bool value) { return number(value ? 1 : 0); }
  Writer& text(std::string_view value);
  Writer& time(Time value) { return integer(value.time_since_epoch().count()); }
  Writer& time(const std::optional<Time>& value);

  template <typename T, typename WriteValue>
  Writer& option(const std::optional<T>& value, WriteValue&& write_value) {
    boolean(value.has_value());
    if (value.has_value())
      write_value(*value);
    return *this;
  }
  template <typename Range, typename WriteItem>
  Writer& list(const Range& range, WriteItem&& write_item) {
    number(range.size());
    for (const auto& item : range)
      write_item(item);
    return *this;
  }

  std::string finish();  // header, checksum, body; the writer is used up

 private:
  std::string header_;
  std::string body_;
};

class Reader {
 public:
  // The version that was written is in version(); older ones are the caller's to understand.
  static Result<Reader> open(std::string_view bytes, std::string_view kind,
                             std::uint64_t newest_version);

  std::uint64_t version() const { return version_; }
  bool ok() const { return ok_; }
  void damaged() {
    ok_ = false;
    rest_ = {};
  }

  std::uint64_t number();
  // Damaged when the number is above `max`: for enumerators.
  std::uint64_t number_up_to(std::uint64_t max);
  std::int64_t integer();
  // Damaged when the integer is below `min` or above `max`: for durations that are calculated with.
  std::int64_t integer_within(std::int64_t min, std::int64_t max);
  bool boolean() { return number_up_to(1) == 1; }
  std::string text() { return std::string(view()); }
  std::string_view view();  // a text, without a copy
  Time
  time();  // damaged when it is far outside the years 0 to 9999, or sums with it would overflow
  std::optional<Time> optional_time();

  template <typename ReadValue>
  auto option(ReadValue&& read_value) -> std::optional<decltype(read_value())> {
    if (!boolean())
      return std::nullopt;
    return read_value();
  }
  // Calls read_item() once per item; stops at the first damage. Every item takes at least one byte,
  // so a length beyond the bytes that are left is damage, not a loop.
  template <typename ReadItem>
  void list(ReadItem&& read_item) {
    for (std::uint64_t left = number_up_to(rest_.size()); left > 0 && ok_; --left)
      read_item();
  }

  Result<void> finish() const;  // an error when anything was damaged or is left over

 private:
  Reader(std::string_view kind, std::string_view rest) : kind_(kind), rest_(rest) {}

  std::string kind_;
  std::string_view rest_;
  std::uint64_t version_ = 0;
  bool ok_ = true;
};

// Bytes as text for documents that hold text only (RFC 4648 section 4, with padding, no line
// breaks).
std::string to_base64(std::string_view bytes);
// nullopt for anything but exactly what to_base64 writes.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace cmgmon::base
