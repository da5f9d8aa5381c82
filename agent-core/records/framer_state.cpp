#include <utility>

#include "base/codec.h"
#include "base/text.h"
#include "records/framer_impl.h"

namespace cmgmon::records {

namespace {

constexpr std::uint64_t kStateVersion = 3;

}  // namespace

void Framer::Impl::start_file(std::uint64_t offset) {
  const std::uint64_t here = position();
  const bool resumed = std::exchange(loaded_, false) && offset == window_.place().offset;
  head_.clear();
  if (!resumed) {
    format_ = Format::kUnknown;
    encoding_ = Encoding::kUtf8;
    file_start_ = offset;
    in_nuls_ = false;
    w3c_ = W3cReader();
    state_ = State::kSegment;
    start_pending_ = offset == 0;
    window_.reset({offset, 1, false}, false);
    set_position(here);
  }
  begin_text();
}

// What follows from the encoding.
void Framer::Impl::begin_text() {
  const bool wide = encoding_ == Encoding::kUtf16Le || encoding_ == Encoding::kUtf16Be;
  const auto order =
      encoding_ == Encoding::kUtf16Be ? base::ByteOrder::kBig : base::ByteOrder::kLittle;
  if (!wide) {
    narrower_.reset();
  } else if (narrower_) {
    narrower_->restart(order);
  } else {
    narrower_.emplace(order);
  }
  window_.reset(window_.place(), wide);
}

Framer::Landmark Framer::Impl::landmark() const {
  if (start_pending_) {
    return Landmark::kNone;
  }
  switch (format_) {
    case Format::kCcm:
      return Landmark::kOpener;
    case Format::kSiteServer:
      return state_ == State::kCcm ? Landmark::kOpener : Landmark::kLine;
    case Format::kW3c:
      // Without a date in every row, each row counts for the day of the next.
      return w3c_.dates_every_row() ? Landmark::kLine : Landmark::kNone;
    case Format::kPlain:
      return seeks_envelopes() ? Landmark::kNone : Landmark::kLine;
    case Format::kUnknown:
      break;
  }
  return Landmark::kNone;
}

void Framer::Impl::pass(std::string_view passed) {
  const bool after_cr = window_.place().after_cr;
  if (narrower_) {
    const bool big = encoding_ == Encoding::kUtf16Be;
    const std::string_view last = passed.substr(passed.size() - 2);
    window_.pass(
        passed.size(),
        count_line_ends(passed, after_cr, big ? base::ByteOrder::kBig : base::ByteOrder::kLittle),
        last[big ? 1 : 0] == '\r' && last[big ? 0 : 1] == '\0');
    begin_text();
  } else {
    window_.pass(passed.size(), count_line_ends(passed, after_cr), passed.back() == '\r');
  }
  state_ = State::kSegment;
  in_nuls_ = false;
}

void Framer::Impl::imitate(const Impl& other, bool at_landmark) {
  window_.reset(other.window_.place(), other.window_.wide());
  state_ = !at_landmark && other.state_ == State::kSkip ? State::kSkip : State::kSegment;
  start_pending_ = false;
  head_.clear();
  loaded_ = false;
  format_ = other.format_;
  encoding_ = other.encoding_;
  begin_text();
  file_start_ = other.file_start_;
  in_nuls_ = false;
  w3c_ = other.w3c_;
  remember({});
}

std::string Framer::Impl::save() const {
  base::Writer writer("framer", kStateVersion);
  const TextWindow::Place& place = window_.place();
  writer.number(place.offset).number(place.line).boolean(place.after_cr);
  writer.number(position());
  writer.number(file_start_)
      .boolean(start_pending_)
      .boolean(in_nuls_)
      .boolean(state_ == State::kSkip);
  writer.number(static_cast<std::uint64_t>(format_)).number(static_cast<std::uint64_t>(encoding_));
  writer.number(malformed_).time(newest_time_);
  writer.option(bias_.last(), [&](std::chrono::minutes bias) { writer.integer(bias.count()); });
  w3c_.save(writer);
  return writer.finish();
}

base::Result<void> Framer::Impl::load(std::string_view bytes) {
  auto opened = base::Reader::open(bytes, "framer", kStateVersion);
  if (!opened) {
    return opened.error();
  }
  base::Reader& reader = *opened;
  Impl next;
  TextWindow::Place place;
  place.offset = reader.number();
  place.line = reader.number();
  place.after_cr = reader.boolean();
  const std::uint64_t position = reader.version() < 2 ? place.offset : reader.number();
  next.file_start_ = reader.number();
  next.start_pending_ = reader.boolean();
  next.in_nuls_ = reader.boolean();
  next.state_ = reader.boolean() ? State::kSkip : State::kSegment;
  next.format_ =
      static_cast<Format>(reader.number_up_to(static_cast<std::uint64_t>(Format::kPlain)));
  next.encoding_ = static_cast<Encoding>(
      reader.number_up_to(static_cast<std::uint64_t>(Encoding::kWindows1252)));
  next.malformed_ = reader.number();
  next.newest_time_ = reader.optional_time();
  if (reader.version() < 3) {
    next.newest_time_.reset();  // was the largest of all
  }
  next.bias_.set_last(reader.option([&] { return std::chrono::minutes(reader.integer()); }));
  next.w3c_.load(reader);
  if (place.offset < next.file_start_ || place.line == 0 ||
      (next.bias_.last() && !is_bias(*next.bias_.last()))) {
    reader.damaged();
  }
  if (const auto whole = reader.finish(); !whole) {
    return whole.error();
  }
  next.window_.reset(place, false);
  next.begin_text();
  next.set_position(position);
  next.loaded_ = true;
  *this = std::move(next);
  return {};
}

}  // namespace cmgmon::records
