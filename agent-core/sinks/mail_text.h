#pragma once
// Incidents as mails: a header that nothing can be injected into, and a body of plain text.
//
// The subject is what failed and where; the body is the incident as the terminal shows it. The Message-ID is made of the
// delivery id, so a mail that comes twice is known by it, and the end of a failure is an answer to its beginning, so that
// readers show them together.
//
// Units:   a mail has at most about 200 KiB. Lines have at most 78 characters, with CRLF.
// Errors:  none. Text of logs comes out inert (base/text.h, printable), words of the header as RFC 2047 wants them.
// Source:  RFC 5322, 2045, 2047, 3834.   Tests: tests/unit/sinks/mail_text_test.cpp

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "incidents/incident.h"
#include "signatures/signature.h"

namespace cmgmon::sinks {

struct MailFrame {
  std::string from;  // an address
  std::vector<std::string> to;
  std::string host;                                             // this machine
  signatures::Level level = signatures::Level::kInformational;  // the lowest that is sent
};

// Header, empty line and body, as DATA takes them after doubling the dots at line starts.
std::string mail_text(const incidents::Transition& transition, const MailFrame& frame,
                      base::Time now);
// Several at once; at least one.
std::string digest_text(const std::vector<incidents::Transition>& transitions,
                        const MailFrame& frame, base::Time now);

// A header field of any text: folded, encoded where it must be.
std::string mail_header(std::string_view name, std::string_view text);
std::string quoted_printable(std::string_view text);  // lines of `text` end with LF
std::string mail_date(base::Time time);               // "Sun, 22 Nov 2026 10:42:08 +0000"

}  // namespace cmgmon::sinks
