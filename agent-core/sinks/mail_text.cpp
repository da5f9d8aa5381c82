#include "sinks/mail_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/codec.h"
#include "base/text.h"
#include "base/words.h"
#include "incidents/identity.h"
#include "sinks/incident_block.h"
#include "sinks/incident_json.h"

namespace cmgmon::sinks {

namespace {

using incidents::Incident;
using incidents::TransitionKind;

constexpr std::size_t kMaxSubjectBytes = 300;
constexpr std::size_t kMaxBodyBytes = 60000;
constexpr std::size_t kLine = 76;
constexpr std::string_view kBar = "\xE2\x94\x82";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

// What may stand left and right of the @ of a Message-ID.
std::string id_part(std::string_view text) {
  std::string part;
  for (const char c : text.substr(0, 200)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_';
    part += plain ? c : '.';
  }
  // No dot at the ends, nor two in a row.
  std::string atom;
  for (const char c : part) {
    if (c != '.' || (!atom.empty() && atom.back() != '.')) {
      atom += c;
    }
  }
  while (!atom.empty() && atom.back() == '.') {
    atom.pop_back();
  }
  return atom.empty() ? "cmgmon" : atom;
}

std::string message_id(std::string_view id, const MailFrame& frame) {
  return fmt::format("<{}@{}>", id_part(id), id_part(frame.host));
}

std::string subject_of(const incidents::Transition& transition, std::string_view host) {
  const Incident& incident = transition.incident;
  const std::string word = base::to_upper(transition.kind == TransitionKind::kCleared
                                              ? "cleared"
                                              : signatures::name_of(incident.level));
  const auto title = base::prefix_of_bytes(incident.title, kMaxSubjectBytes);
  const std::string where = host_of(incident, host);
  return fmt::format("[{}] {} ({})", word, title, base::prefix_of_bytes(where, 100));
}

// As the terminal shows it, without the bar at its edge.
std::string body_of(const incidents::Transition& transition, std::string_view host) {
  const TextStyle style{false, 78};
  const std::string block = transition.kind == TransitionKind::kCleared
                                ? cleared_block(transition.incident, host, style)
                                : raised_block(transition.incident, host, style);
  std::string body;
  for (std::size_t at = 0; at < block.size();) {
    const std::size_t end = std::min(block.find('\n', at), block.size());
    std::string_view line(block.data() + at, end - at);
    if (line.starts_with(kBar)) {
      line.remove_prefix(kBar.size());
    }
    if (line.starts_with(' ')) {
      line.remove_prefix(1);
    }
    body += line;
    body += '\n';
    at = end + 1;
  }
  if (body.size() > kMaxBodyBytes) {
    body = base::prefix_of_bytes(body, kMaxBodyBytes);
    body += fmt::format("{}\n", kEllipsis);
  }
  return body;
}

std::string ids_of(const incidents::Transition& transition) {
  return fmt::format("\nEvent {}, delivery id {}\n", incidents::event_id_of(transition),
                     base::printable(base::prefix_of_bytes(transition.delivery_id, 200)));
}

// What never changes from mail to mail.
std::string whole(const MailFrame& frame, base::Time now, std::string_view subject,
                  std::string_view id, std::string_view answers, const std::string& body) {
  std::string to;
  for (const auto& address : frame.to) {
    to += (to.empty() ? "" : ",\r\n ") + address;
  }
  std::string mail = fmt::format("From: CMG Health Monitor <{}>\r\nTo: {}\r\n", frame.from, to);
  mail += mail_header("Subject", subject);
  mail += fmt::format("Date: {}\r\nMessage-ID: {}\r\n", mail_date(now), id);
  if (!answers.empty()) {
    mail += fmt::format("In-Reply-To: {0}\r\nReferences: {0}\r\n", answers);
  }
  mail +=
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
      "quoted-printable\r\n\r\n";
  return mail + quoted_printable(body);
}

}  // namespace

std::string mail_date(base::Time time) {
  static constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                            "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays.at(std::chrono::weekday(day).c_encoding()),
      static_cast<unsigned>(date.day()), kMonths.at(static_cast<unsigned>(date.month()) - 1),
      static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
      clock.seconds().count());
}

std::string mail_header(std::string_view name, std::string_view text) {
  const std::string value = base::printable(base::prefix_of_bytes(text, 2 * kMaxSubjectBytes));
  const bool plain =
      std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; }) &&
      value.find("=?") == std::string::npos;
  if (plain && name.size() + 2 + value.size() <= kLine) {
    return fmt::format("{}: {}\r\n", name, value);
  }
  // Encoded words: at most 75 characters each, so 39 bytes of text, cut between characters.
  std::string field = fmt::format("{}:", name);
  std::string_view rest = value;
  while (!rest.empty()) {
    const std::string_view piece = base::prefix_of_bytes(rest, 39);
    field += fmt::format("{} =?UTF-8?B?{}?=", rest.size() == value.size() ? "" : "\r\n",
                         base::to_base64(piece));
    rest.remove_prefix(piece.size());
  }
  return field + "\r\n";
}

std::string quoted_printable(std::string_view text) {
  std::string encoded;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      encoded += "\r\n";
      column = 0;
      continue;
    }
    const bool last = i + 1 == text.size() || text[i + 1] == '\n';
    const bool plain = (c > ' ' && c <= '~' && c != '=') || (c == ' ' && !last);
    const std::size_t width = plain ? 1 : 3;
    if (column + width > kLine - 1) {  // the last one is for the soft line break
      encoded += "=\r\n";
      column = 0;
    }
    if (plain) {
      encoded += c;
    } else {
      encoded += fmt::format("={:02X}", static_cast<unsigned char>(c));
    }
    column += width;
  }
  if (!encoded.ends_with("\r\n")) {
    encoded += "\r\n";
  }
  return encoded;
}

std::string mail_text(const incidents::Transition& transition, const MailFrame& frame,
                      base::Time now) {
  // The beginning is the step of its episode with which it reached our level.
  std::string beginning;
  if (transition.kind != TransitionKind::kRaised) {
    const auto raise = incidents::first_told(transition.incident, frame.level);
    beginning = message_id(
        incidents::delivery_id_of(transition.incident.episode, raise ? raise->sequence : 1), frame);
  }
  return whole(frame, now, subject_of(transition, frame.host),
               message_id(transition.delivery_id, frame), beginning,
               body_of(transition, frame.host) + ids_of(transition));
}

std::string digest_text(const std::vector<incidents::Transition>& transitions,
                        const MailFrame& frame, base::Time now) {
  std::string body;
  for (const auto& transition : transitions) {
    body += fmt::format("{}  {}\n", base::to_rfc3339(transition.at).substr(0, 19),
                        base::printable(subject_of(transition, frame.host)));
  }
  std::size_t shown = 0;
  for (const auto& transition : transitions) {
    std::string block = body_of(transition, frame.host) + ids_of(transition);
    if (body.size() + block.size() > 2 * kMaxBodyBytes) {
      break;
    }
    ++shown;
    body += "\n" + std::string(70, '-') + "\n\n" + block;
  }
  if (shown < transitions.size()) {
    body += fmt::format("\n{} more: the list above and the alert journal have them.\n",
                        transitions.size() - shown);
  }
  const auto ends = static_cast<std::size_t>(
      std::count_if(transitions.begin(), transitions.end(),
                    [](const auto& one) { return one.kind == TransitionKind::kCleared; }));
  const std::string subject =
      fmt::format("[DIGEST] {} new, {} over ({})", transitions.size() - ends, ends, frame.host);
  return whole(
      frame, now, subject,
      message_id(fmt::format("digest.{}.{}", transitions.size(), transitions.back().delivery_id),
                 frame),
      "", body);
}

}  // namespace cmgmon::sinks
