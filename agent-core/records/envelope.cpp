#include "records/envelope.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "records/timestamp.h"

namespace cmgmon::records {

namespace {

constexpr auto npos = std::string_view::npos;

// Longer ones are no trailers; the bounds keep a hostile line from being searched again and again.
constexpr std::size_t kMaxComponentBytes = 256;
constexpr std::size_t kMaxStampBytes = 64;
constexpr std::size_t kMaxThreadBytes = 64;

constexpr std::string_view kTrailerStart = "$$<";

// Most records of CCM are shorter.
constexpr std::size_t kFirstSearchBytes = 1024;

bool ends_line(char c) {
  return c == '\n' || c == '\r' || c == '\0';
}

bool is_letter(char c) {
  return base::to_lower(c) >= 'a' && base::to_lower(c) <= 'z';
}

// The opener nearest to `from` that stands at the start of a line, with the '[' some writers put before it.
std::size_t find_line_opener(std::string_view text, std::size_t from, std::size_t end) {
  for (std::size_t at = text.substr(0, end).find(kCcmOpener, from); at != npos;
       at = text.substr(0, end).find(kCcmOpener, at + 1)) {
    if (ends_line(text[at - 1])) {
      return at;
    }
    if (text[at - 1] == '[' && at >= 2 && ends_line(text[at - 2])) {
      return at - 1;
    }
  }
  return npos;
}

// The part of `text` from `at` up to `stop`; kAbsent when another bracket, or more than `most` bytes, come first.
Search take_part(std::string_view text, std::size_t& at, std::size_t most, std::string_view& part) {
  const std::size_t end = text.find_first_of("<>", at);
  if (end == npos) {
    return text.size() - at > most ? Search::kAbsent : Search::kMore;
  }
  if (text[end] == '<' || end - at > most) {
    return Search::kAbsent;
  }
  part = text.substr(at, end - at);
  at = end + 1;
  return Search::kFound;
}

Search take_text(std::string_view text, std::size_t& at, std::string_view expected) {
  const std::string_view there = text.substr(at, expected.size());
  if (there == expected) {
    at += expected.size();
    return Search::kFound;
  }
  return expected.starts_with(there) ? Search::kMore : Search::kAbsent;
}

// A trailer that starts with the "$$<" at `start`.
Search read_trailer(std::string_view line, std::size_t start, SiteServerTrailer& trailer) {
  std::size_t at = start + kTrailerStart.size();
  std::string_view thread;
  Search state = take_part(line, at, kMaxComponentBytes, trailer.component);
  if (state == Search::kFound) {
    state = take_text(line, at, "<");
  }
  if (state == Search::kFound) {
    state = take_part(line, at, kMaxStampBytes, trailer.stamp);
  }
  if (state == Search::kFound && !read_site_server_stamp(trailer.stamp)) {
    state = Search::kAbsent;
  }
  if (state == Search::kFound) {
    state = take_text(line, at, "<thread=");
  }
  if (state == Search::kFound) {
    state = take_part(line, at, kMaxThreadBytes, thread);
  }
  if (state == Search::kFound) {
    trailer.thread = thread.substr(0, thread.find(' '));
    trailer.message_length = start;
    trailer.length = at;
  }
  return state;
}

}  // namespace

Opener opener_at_start(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? 1 : 0;
  const std::string_view there = text.substr(bracket, kCcmOpener.size());
  if (there == kCcmOpener) {
    return {Search::kFound, bracket + kCcmOpener.size()};
  }
  return {kCcmOpener.starts_with(there) ? Search::kMore : Search::kAbsent, 0};
}

// In growing steps: whatever ends this record, what stands far behind is not searched for another end of it. Or text with a
// new record in each line would be searched to its end in each.
CcmSearch::Outcome CcmSearch::advance(std::string_view text) {
  Outcome outcome = Outcome::kMore;
  do {
    searched_ = std::min(text.size(), std::max(2 * searched_, kFirstSearchBytes));
    outcome = search(text.substr(0, searched_));
  } while (outcome == Outcome::kMore && searched_ < text.size());
  return outcome;
}

CcmSearch::Outcome CcmSearch::search(std::string_view text) {
  while (true) {
    if (closer_ == kNone) {
      closer_ = text.find(kCcmCloser, closer_scan_);
    }
    // A record that starts before the message is closed proves that the writer of this one is gone.
    const std::size_t end = std::min(closer_, text.size());
    const std::size_t opener = find_line_opener(text, opener_scan_, end);
    const std::size_t line =
        trailers_end_it_ ? find_trailer_line(text.substr(0, std::min(opener, end))) : npos;
    if (opener != npos || line != npos) {
      length_ = std::min(opener, line);
      return Outcome::kTruncated;
    }
    // An opener may be cut by the end of the text, or (its '<' being the closer's last byte) not yet be searched.
    opener_scan_ = std::max(opener_scan_, end - std::min(end, kCcmOpener.size() - 1));
    if (closer_ == kNone) {
      closer_scan_ =
          std::max(closer_scan_, text.size() - std::min(text.size(), kCcmCloser.size() - 1));
      return Outcome::kMore;
    }
    switch (find_attributes_end(text)) {
      case Search::kFound:
        return Outcome::kComplete;
      case Search::kMore:
        return Outcome::kMore;
      case Search::kAbsent:  // the text only talks about the format
        closer_scan_ = closer_ + 1;
        closer_ = kNone;
        attribute_scan_ = 0;
        break;
    }
  }
}

// The start of the first line that ends, in `text`, with a trailer.
std::size_t CcmSearch::find_trailer_line(std::string_view text) {
  while (true) {
    const std::size_t start = text.find(kTrailerStart, trailer_scan_);
    if (start == npos) {
      trailer_scan_ =
          std::max(trailer_scan_, text.size() - std::min(text.size(), kTrailerStart.size() - 1));
      return npos;
    }
    trailer_scan_ = start;
    const std::size_t end = text.find_first_of(kLineEnds, std::max(start, line_scan_));
    if (end == npos) {
      line_scan_ = text.size();
      return npos;
    }
    if (ends_with_site_server_trailer(text.substr(start, end - start))) {
      const std::size_t before = text.find_last_of(kLineEnds, start);
      return before == npos ? 0 : before + 1;
    }
    trailer_scan_ = end;
  }
}

// name="..." and anything up to '">' in the same line. Not more is asked, because scripts put quotes and brackets into
// values; not less, because a message may quote the closing mark.
Search CcmSearch::find_attributes_end(std::string_view text) {
  std::size_t at = closer_ + kCcmCloser.size();
  while (at < text.size() && text[at] == ' ') {
    ++at;
  }
  const std::size_t name = at;
  while (at < text.size() && is_letter(text[at])) {
    ++at;
  }
  if (at == text.size()) {
    return Search::kMore;
  }
  if (at == name || text[at] != '=') {
    return Search::kAbsent;
  }
  ++at;
  if (at == text.size()) {
    return Search::kMore;
  }
  if (text[at] != '"') {
    return Search::kAbsent;
  }
  const std::size_t quote = at;
  at = std::max(at + 1, attribute_scan_);
  for (; at < text.size(); ++at) {
    if (text[at] > '\r' && text[at] != '>') {
      continue;
    }
    if (ends_line(text[at])) {
      return Search::kAbsent;
    }
    if (text[at] == '>' && text[at - 1] == '"' && at - 1 > quote) {
      length_ = at + 1;
      return Search::kFound;
    }
  }
  attribute_scan_ = at;
  return Search::kMore;
}

CcmAttributes read_ccm_attributes(std::string_view text) {
  CcmAttributes attributes;
  struct Known {
    std::string_view name;
    std::string_view* value;
    bool seen = false;
  };
  Known known[] = {{"time", &attributes.time},           {"date", &attributes.date},
                   {"component", &attributes.component}, {"type", &attributes.type},
                   {"thread", &attributes.thread},       {"file", &attributes.source}};
  // Names and values are a few bytes long: looking at each byte is faster than searching for one.
  std::size_t name = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"' && at > 0 && text[at - 1] == '=') {
      const std::string_view written = text.substr(name, at - 1 - name);
      const std::size_t value = at + 1;
      at = value;
      while (at < text.size() && text[at] != '"') {
        ++at;
      }
      auto one = std::find_if(std::begin(known), std::end(known),
                              [&](const Known& candidate) { return candidate.name == written; });
      if (one == std::end(known)) {
        one = std::find_if(std::begin(known), std::end(known), [&](const Known& candidate) {
          return base::equals_ignore_case(candidate.name, written);
        });
      }
      if (one != std::end(known) && !std::exchange(one->seen, true)) {
        *one->value = text.substr(value, at - value);
      }
      name = at + 1;
    } else if (text[at] == '"' || text[at] == ' ') {
      name = at + 1;
    }
  }
  return attributes;
}

Search find_site_server_trailer(std::string_view line, std::size_t& scan,
                                SiteServerTrailer& trailer) {
  while (true) {
    const std::size_t start = line.find(kTrailerStart, scan);
    if (start == npos) {
      scan = std::max(scan, line.size() - std::min(line.size(), kTrailerStart.size() - 1));
      return Search::kAbsent;
    }
    const Search state = read_trailer(line, start, trailer);
    if (state != Search::kAbsent) {
      scan = start;
      return state;
    }
    scan = start + 1;
  }
}

bool ends_with_site_server_trailer(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t") + 1);
  const std::size_t start = line.ends_with('>') ? line.rfind(kTrailerStart) : npos;
  SiteServerTrailer trailer;
  return start != npos && read_trailer(line, start, trailer) == Search::kFound &&
         trailer.length == line.size();
}

std::string_view site_server_message(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t~");
  return last == npos ? std::string_view() : text.substr(0, last + 1);
}

bool is_rollover_marker(std::string_view line) {
  return base::trim(line).starts_with("<MAXIMUM LOG FILE SIZE REACHED");
}

bool is_ccm_tail(std::string_view line) {
  return line.find("]LOG]!>") != npos ||
         (base::trim(line).ends_with("\">") && line.find(" component=\"") != npos);
}

}  // namespace cmgmon::records
