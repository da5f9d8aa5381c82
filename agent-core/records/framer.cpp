#include "records/framer.h"

// The text of a file is a row of segments. A segment starts at the start of a line, or right behind a record; it is a CCM
// record (when it starts with an opener) or reaches to the end of the line, and then is a site-server record, a W3C or
// plain line, or nothing we know. An opener that nothing closes reaches to the next opener; unless the file is one of CCM, also
// to the next line that ends with the trailer of a site-server record, which is the next segment. While a segment is not
// finished, its bytes wait in the window; what was searched is remembered, so no byte is searched again when more arrive.

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "records/framer_impl.h"

namespace cmgmon::records {

namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";  // also where files were joined

// So much of a file may look plain before a record in an envelope makes it a file of envelopes. Behind it, one odd line
// cannot make us drop all others: records in envelopes are still read, but only when they stand in one line.
constexpr std::uint64_t kSniffBytes = 64U << 10U;

constexpr std::size_t kSliceBytes = 256U << 10U;  // bounds what a huge chunk adds to the window

// An opener that the limit cuts in two must still be seen whole behind it.
constexpr std::size_t kOpenerMargin = 16;

constexpr std::size_t kSpareScratchBytes = 16U << 10U;  // what a stream keeps between two feeds

bool is_proper_prefix(std::string_view part, std::string_view whole) {
  return part.size() < whole.size() && whole.starts_with(part);
}

}  // namespace

void Framer::Impl::feed(std::string_view bytes, base::Time now, const RecordHandler& handle) {
  loaded_ = false;
  if (start_pending_) {
    const std::size_t before = head_.size();
    head_ += bytes.substr(0, kFileStartBytes - before);
    const auto start = read_file_start(head_);
    if (!start) {
      return;
    }
    const std::string head = std::exchange(head_, {});
    bytes.remove_prefix(head.size() - before);
    start_pending_ = false;
    encoding_ = start->encoding;
    window_.reset({window_.place().offset + start->mark, 1, false}, false);
    begin_text();
    take(std::string_view(head).substr(start->mark), now, handle);
  }
  while (!bytes.empty()) {
    take(bytes.substr(0, kSliceBytes), now, handle);
    bytes.remove_prefix(std::min(bytes.size(), kSliceBytes));
  }
  window_.release_spare();
  if (narrower_) {
    narrower_->release_spare(kSpareScratchBytes);
  }
  message_scratch_.resize(std::min(message_scratch_.size(), kSpareScratchBytes));
  if (message_scratch_.capacity() > kSpareScratchBytes) {
    message_scratch_.shrink_to_fit();
  }
}

void Framer::Impl::take(std::string_view bytes, base::Time now, const RecordHandler& handle) {
  if (narrower_) {
    window_.append(narrower_->narrow(bytes));
  } else {
    window_.append(bytes);
  }
  run(now, handle);
}

void Framer::Impl::run(base::Time now, const RecordHandler& handle) {
  bool moved = true;
  while (moved && !window_.text().empty()) {
    switch (state_) {
      case State::kSegment:
        moved = start_segment();
        break;
      case State::kCcm:
        moved = advance_ccm(now, handle);
        break;
      case State::kLine:
        moved = advance_line(now, handle);
        break;
      case State::kSkip:
        moved = skip();
        break;
    }
  }
}

// W3C files, and files that have been plain for long, are made of lines.
bool Framer::Impl::seeks_envelopes() const {
  return format_ != Format::kW3c &&
         (format_ != Format::kPlain || window_.place().offset - file_start_ < kSniffBytes);
}

bool Framer::Impl::start_segment() {
  const std::string_view text = window_.text();
  if (text[0] == '\0') {
    // Blocks of NULs are what a crash leaves of a file that was being written; the next record follows without a line end.
    if (!std::exchange(in_nuls_, true)) {
      ++malformed_;
    }
    window_.consume(std::min(text.find_first_not_of('\0'), text.size()));
    return true;
  }
  in_nuls_ = false;
  if (text[0] == '\n' || text[0] == '\r') {
    window_.consume(1);
    return true;
  }
  if (text.starts_with(kUtf8Mark)) {  // files that were joined
    window_.consume(kUtf8Mark.size());
    return true;
  }
  if (is_proper_prefix(text, kUtf8Mark)) {
    return false;
  }
  if (seeks_envelopes()) {
    const Opener opener = opener_at_start(text);
    if (opener.state == Search::kMore) {
      return false;
    }
    if (opener.state == Search::kFound) {
      ccm_.emplace(opener.length, format_ != Format::kCcm);
      state_ = State::kCcm;
      return true;
    }
  }
  trailer_scan_ = 0;
  state_ = State::kLine;
  return true;
}

// As much of the text as one record may have.
std::string_view Framer::Impl::limited() const {
  const std::string_view text = window_.text();
  return window_.wide() ? base::prefix_of_bytes(text, kMaxRecordBytes)
                        : text.substr(0, kMaxRecordBytes);
}

// The segment is longer than any record; all of it but the last `margin` bytes is gone.
bool Framer::Impl::give_up(std::size_t margin) {
  if (window_.text().size() < kMaxRecordBytes) {
    return false;
  }
  ++malformed_;
  const std::string_view text = limited().substr(0, limited().size() - margin);
  window_.consume(window_.wide() ? base::prefix_of_bytes(window_.text(), text.size()).size()
                                 : text.size());
  state_ = State::kSkip;
  return true;
}

bool Framer::Impl::advance_ccm(base::Time now, const RecordHandler& handle) {
  const std::string_view text = limited();
  switch (ccm_->advance(text)) {
    case CcmSearch::Outcome::kMore:
      if (window_.text().size() >= kMaxRecordBytes && format_ != Format::kCcm) {
        const std::size_t end = text.find_last_of(kLineEnds);
        if (end != std::string_view::npos) {
          end_torn(end + 1);  // the last line may be a record
          return true;
        }
      }
      return give_up(kOpenerMargin);
    case CcmSearch::Outcome::kTruncated:
      end_torn(ccm_->length());
      return true;
    case CcmSearch::Outcome::kComplete:
      break;
  }
  hand_out_ccm(text, *ccm_, now, handle);
  return true;
}

// The first `length` bytes are an opener that nothing will close, and what followed it. If there are none, a site-server record
// starts with that opener.
void Framer::Impl::end_torn(std::size_t length) {
  if (length == 0) {
    trailer_scan_ = 0;
    state_ = State::kLine;
    return;
  }
  ++malformed_;
  window_.consume(length);
  state_ = State::kSegment;
}

void Framer::Impl::hand_out_ccm(std::string_view text, const CcmSearch& found, base::Time now,
                                const RecordHandler& handle) {
  Record record;
  record.format = Format::kCcm;
  record.message = decoded(found.message(text), message_scratch_);
  const CcmAttributes attributes =
      read_ccm_attributes(decoded(found.attributes(text), envelope_scratch_));
  record.component = attributes.component;
  record.thread = attributes.thread;
  record.type = attributes.type;
  record.source = attributes.source;
  hand_out(record, found.length(), bias_.to_utc(read_ccm_stamp(attributes.date, attributes.time)),
           now, handle);
}

bool Framer::Impl::advance_line(base::Time now, const RecordHandler& handle) {
  const std::string_view text = limited();
  const std::size_t end = window_.line_end();
  const std::string_view line = text.substr(0, std::min(end, text.size()));
  if (format_ != Format::kW3c) {
    SiteServerTrailer trailer;
    if (find_site_server_trailer(line, trailer_scan_, trailer) == Search::kFound) {
      Record record;
      record.format = Format::kSiteServer;
      const std::string_view message = site_server_message(line.substr(0, trailer.message_length));
      record.message = decoded(message, message_scratch_);
      record.component = decoded(trailer.component, envelope_scratch_);
      record.thread = trailer.thread;
      hand_out(record, trailer.length, bias_.to_utc(read_site_server_stamp(trailer.stamp)), now,
               handle);
      return true;
    }
  }
  if (end >= text.size()) {
    return give_up(0);
  }
  if (format_ == Format::kPlain && !seeks_envelopes()) {
    const Opener opener = opener_at_start(line);
    CcmSearch search(opener.length);
    if (opener.state == Search::kFound && search.advance(line) == CcmSearch::Outcome::kComplete) {
      hand_out_ccm(line, search, now, handle);
      return true;
    }
  }
  const bool torn = text[end] == '\0';  // the writer never came to the end of the line
  end_line(line, torn, now, handle);
  if (state_ == State::kLine) {  // nothing was handed out
    window_.consume(line.size());
    state_ = State::kSegment;
  }
  return true;
}

bool Framer::Impl::skip() {
  const std::size_t end = window_.line_end();
  if (end == std::string_view::npos) {
    window_.consume(window_.text().size());
    return false;
  }
  window_.consume(end);
  state_ = State::kSegment;
  return true;
}

// A whole line that is no record in an envelope.
void Framer::Impl::end_line(std::string_view line, bool torn, base::Time now,
                            const RecordHandler& handle) {
  if (base::trim(line).empty() || is_rollover_marker(line)) {
    return;
  }
  const bool sniffing =
      (format_ == Format::kUnknown || format_ == Format::kPlain) && seeks_envelopes();
  if (sniffing && W3cReader::is_directive(line)) {
    format_ = Format::kW3c;
  } else if (sniffing && is_ccm_tail(line)) {
    format_ = Format::kCcm;
  }
  if (torn || format_ == Format::kCcm || format_ == Format::kSiteServer) {
    ++malformed_;
  } else if (format_ == Format::kW3c) {
    read_w3c_line(line, now, handle);
  } else {
    Record record;
    record.format = Format::kPlain;
    record.message = decoded(line, message_scratch_);
    hand_out(record, line.size(), {}, now, handle);
  }
}

void Framer::Impl::read_w3c_line(std::string_view line, base::Time now,
                                 const RecordHandler& handle) {
  if (line[0] == '#') {
    w3c_.directive(line);
    return;
  }
  const std::string_view text = decoded(line, message_scratch_);
  if (!w3c_.read(text)) {
    ++malformed_;
    return;
  }
  Record record;
  record.format = Format::kW3c;
  record.message = text;
  record.columns = w3c_.columns();
  hand_out(record, line.size(), w3c_.stamp(), now, handle);
}

void Framer::Impl::hand_out(Record& record, std::size_t length, UtcStamp stamp, base::Time now,
                            const RecordHandler& handle) {
  stamp = clamp_to(stamp, now);
  record.time = stamp.time;
  record.time_confidence = stamp.confidence;
  if (stamp.time) {
    newest_time_ = stamp.time;
  }
  record.offset = window_.place().offset;
  record.line = window_.place().line;
  record.position = position();
  if (format_ == Format::kUnknown || (format_ == Format::kPlain && seeks_envelopes())) {
    format_ = record.format;
  }
  // Consuming leaves the bytes where they are, so the record's views stay good until the next append.
  window_.consume(length);
  record.length = window_.place().offset - record.offset;
  state_ = State::kSegment;
  handle(record);
}

std::string_view Framer::Impl::decoded(std::string_view bytes, std::string& scratch) {
  if (base::is_valid_utf8(bytes)) {
    return bytes;
  }
  DecodedText text = decode(bytes);
  if (text.windows_1252 && encoding_ == Encoding::kUtf8) {
    encoding_ = Encoding::kWindows1252;
  }
  scratch = std::move(text.text);
  return scratch;
}

void Framer::Impl::end_file(base::Time now, const RecordHandler& handle) {
  if (start_pending_) {
    start_pending_ = false;
    take(std::exchange(head_, {}), now, handle);
  }
  // The end of the file ends a line, too.
  while (state_ == State::kCcm && format_ != Format::kCcm) {
    const std::size_t line = window_.text().find_last_of(kLineEnds) + 1;  // or 0
    if (!ends_with_site_server_trailer(window_.text().substr(line))) {
      break;
    }
    end_torn(line);
    run(now, handle);
  }
  const std::string_view rest = window_.text();
  if (state_ != State::kSkip && !base::trim(rest).empty() &&
      (state_ == State::kCcm || !is_rollover_marker(rest))) {
    ++malformed_;
  }
  window_.consume(rest.size());
  state_ = State::kSegment;
}

Framer::Framer() : impl_(std::make_unique<Impl>()) {}
Framer::~Framer() = default;
Framer::Framer(Framer&&) noexcept = default;
Framer& Framer::operator=(Framer&&) noexcept = default;

void Framer::start_file(std::uint64_t offset) {
  impl_->start_file(offset);
}
void Framer::feed(std::string_view bytes, base::Time now, const RecordHandler& handle) {
  impl_->feed(bytes, now, handle);
}
void Framer::end_file(base::Time now, const RecordHandler& handle) {
  impl_->end_file(now, handle);
}
Framer::Landmark Framer::landmark() const {
  return impl_->landmark();
}
void Framer::pass(std::string_view passed) {
  impl_->pass(passed);
}
void Framer::imitate(const Framer& other, bool at_landmark) {
  impl_->imitate(*other.impl_, at_landmark);
}
Framer::Memory Framer::memory() const {
  return impl_->memory();
}
void Framer::remember(const Memory& memory) {
  impl_->remember(memory);
}
std::uint64_t Framer::position() const {
  return impl_->position();
}
void Framer::set_position(std::uint64_t position) {
  impl_->set_position(position);
}
const std::vector<std::string>& Framer::columns() const {
  return impl_->columns();
}
std::uint64_t Framer::line() const {
  return impl_->line();
}
bool Framer::after_cr() const {
  return impl_->after_cr();
}
std::uint64_t Framer::resume_offset() const {
  return impl_->resume_offset();
}
Format Framer::format() const {
  return impl_->format();
}
Encoding Framer::encoding() const {
  return impl_->encoding();
}
std::uint64_t Framer::malformed() const {
  return impl_->malformed();
}
std::optional<base::Time> Framer::newest_time() const {
  return impl_->newest_time();
}
std::string Framer::save() const {
  return impl_->save();
}
base::Result<void> Framer::load(std::string_view bytes) {
  return impl_->load(bytes);
}

}  // namespace cmgmon::records
