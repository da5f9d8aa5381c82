#include "sinks/incident_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "base/time.h"
#include "base/words.h"
#include "incidents/identity.h"
#include "sinks/incident_json.h"

namespace cmgmon::sinks {

namespace {

using incidents::ClearedBy;
using incidents::Incident;
using signatures::Level;

constexpr std::string_view kBar = "\xE2\x94\x82";  // U+2502, which every console font has
constexpr std::size_t kLabelWidth = 8;
constexpr std::size_t kMinWidth = 40;
constexpr std::size_t kMaxEvidenceLines = 3;  // of one log message

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  }));
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = columns(text);
  return used < width ? text + std::string(width - used, ' ') : text;
}

std::string time_text(const std::optional<base::Time>& time) {
  if (!time) {
    return "an unknown time";
  }
  std::string text = base::to_rfc3339(std::chrono::floor<std::chrono::seconds>(*time));
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text.substr(0, 19) + " UTC";
}

std::string counted(std::uint64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", count);
}

std::string where(const Incident& incident, std::string_view host) {
  std::string text = base::printable(host_of(incident, host));
  for (const auto& [key, value] : incident.group) {
    if (key != "host") {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", base::printable(key),
                          base::printable(value));
    }
  }
  return text;
}

class Block {
 public:
  Block(Ink ink, const TextStyle& style)
      : ink_(ink), style_(style), width_(std::max(style.width, kMinWidth)) {}

  void raw(const std::string& line) {
    out_ += inked(kBar, ink_, style_);
    if (!line.empty()) {
      out_ += " " + line;
    }
    out_ += "\n";
  }

  // Left and right ends of one line, apart if there is room.
  void ends(const std::string& left, std::size_t left_columns, const std::string& right) {
    const std::size_t room = width_ - 2;
    const std::size_t used = left_columns + columns(right);
    raw(left + std::string(used + 2 <= room ? room - used : 2, ' ') +
        inked(right, Ink::kDim, style_));
  }

  void title(std::string_view text) {
    for (const auto& line : wrapped(base::printable(text), width_ - 2)) {
      raw(inked(line, Ink::kBold, style_));
    }
  }

  // A labelled paragraph; `hang` columns of it (a step's number) stand out to the left.
  void paragraph(std::string_view label, std::string_view text, std::size_t hang = 0,
                 Ink ink = Ink::kPlain, std::size_t max_lines = 1000) {
    const std::size_t indent = kLabelWidth + hang;
    const std::size_t room = width_ - 2 - std::min(indent, width_ - 22);
    auto lines = wrapped(text.substr(std::min(hang, text.size())), room);
    if (lines.size() > max_lines) {
      lines.resize(max_lines);
      lines.back() += " \xE2\x80\xA6";
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string head =
          i == 0 ? padded(std::string(label), kLabelWidth) : std::string(kLabelWidth, ' ');
      const std::string number =
          i == 0 ? std::string(text.substr(0, hang)) : std::string(hang, ' ');
      raw(inked(head, Ink::kDim, style_) + number + inked(lines[i], ink, style_));
    }
  }

  std::string take() { return std::move(out_); }
  const TextStyle& style() const { return style_; }

 private:
  Ink ink_;
  const TextStyle& style_;
  std::size_t width_;
  std::string out_;
};

// A multi-line text of ours as paragraphs of one line each.
std::string flowing(std::string_view text) {
  return base::printable(base::flowing(text));
}

void add_heading(Block& block, std::string_view word, Ink word_ink, const Incident& incident,
                 std::string_view detail, const std::string& right) {
  const std::string head = padded(std::string(word), kLabelWidth);
  const std::string signature = base::printable(incident.signature);
  const std::string left = inked(head, word_ink, block.style()) +
                           inked(signature, Ink::kBold, block.style()) + "  " + std::string(detail);
  block.ends(left, columns(head) + columns(signature) + 2 + columns(detail), right);
}

std::string_view ending(const Incident& incident) {
  switch (incident.cleared_by) {
    case ClearedBy::kRecovery:
      return "recovery seen in the log";
    case ClearedBy::kQuiet:
      return "no longer seen, recovery not confirmed";
    case ClearedBy::kOperator:
      return "closed by an operator";
    case ClearedBy::kExplained:
      return "cleared together with its cause";
    case ClearedBy::kNone:
      break;
  }
  return "";
}

}  // namespace

std::string inked(std::string_view text, Ink ink, const TextStyle& style) {
  static constexpr std::array<std::string_view, 8> kCodes = {"",   "2",  "1",  "31",
                                                             "33", "32", "36", "1;37;41"};
  const std::string_view code = kCodes.at(static_cast<std::size_t>(ink));
  if (!style.colour || code.empty() || text.empty()) {
    return std::string(text);
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

Ink ink_of(Level level) {
  switch (level) {
    case Level::kCritical:
    case Level::kHigh:
      return Ink::kRed;
    case Level::kMedium:
      return Ink::kYellow;
    case Level::kLow:
    case Level::kInformational:
      break;
  }
  return Ink::kCyan;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t start = text.find_first_not_of(' ', at);
    if (start == std::string_view::npos) {
      break;
    }
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string_view word = text.substr(start, end - start);
    const std::size_t needed = columns(word);
    if (!line.empty() && used + 1 + needed > width) {
      lines.push_back(std::move(line));
      line.clear();
      used = 0;
    }
    if (!line.empty()) {
      line += ' ';
      ++used;
    }
    line += word;
    used += needed;
    at = end;
  }
  if (!line.empty()) {
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string raised_block(const Incident& incident, std::string_view host, const TextStyle& style) {
  const Ink ink = ink_of(incident.level);
  Block block(ink, style);
  const std::string level(signatures::name_of(incident.level));
  const std::string detail =
      inked(level, incident.level == Level::kCritical ? Ink::kAlarm : ink, style);
  // The right end is laid out by visible columns, so the colours of `detail` must not count.
  const std::string head = padded("RAISED", kLabelWidth);
  const std::string signature = base::printable(incident.signature);
  block.ends(inked(head, ink, style) + inked(signature, Ink::kBold, style) + "  " + detail,
             kLabelWidth + columns(signature) + 2 + columns(level),
             fmt::format("event {}", incident.event_id));
  block.title(incident.title);
  block.raw("");
  block.paragraph("where", where(incident, host));
  block.paragraph(
      "since", fmt::format("{}, seen {}{}", time_text(incident.first_seen), counted(incident.count),
                           incident.late ? ", began before this program looked" : ""));
  if (!incident.explained_by.empty()) {
    block.paragraph("part of",
                    base::printable(incident.explained_by) + ", which is open: see there first");
  }
  if (!incident.cause.empty()) {
    block.paragraph("why", flowing(incident.cause));
  }
  for (std::size_t i = 0; i < incident.resolution.size(); ++i) {
    const std::string number = fmt::format("{}. ", i + 1);
    block.paragraph(i == 0 ? "do" : "", number + flowing(incident.resolution[i]), number.size());
  }
  if (!incident.evidence.empty()) {
    const auto& piece = incident.evidence.back();  // the failure itself, after what led to it
    block.paragraph("log", fmt::format("{}, line {}", base::printable(piece.path), piece.line), 0,
                    Ink::kDim);
    const std::string_view message = base::prefix_of_bytes(base::trim(piece.message), 1000);
    block.paragraph("", base::printable(message), 0, Ink::kDim, kMaxEvidenceLines);
  }
  for (std::size_t i = 0; i < incident.references.size(); ++i) {
    block.paragraph(i == 0 ? "more" : "", base::printable(incident.references[i]), 0, Ink::kDim);
  }
  return block.take();
}

std::string cleared_block(const Incident& incident, std::string_view host, const TextStyle& style) {
  Block block(Ink::kGreen, style);
  add_heading(block, "CLEARED", Ink::kGreen, incident, ending(incident),
              fmt::format("event {}", incidents::cleared_event_id(incident.event_id)));
  block.title(incident.title);
  block.paragraph("where", where(incident, host));
  std::string lasted = "seen " + counted(incident.count);
  if (incident.first_seen && incident.last_seen) {
    lasted += fmt::format(", from {} to {}", time_text(incident.first_seen),
                          time_text(incident.last_seen));
  }
  if (incident.first_seen && incident.cleared_at && *incident.cleared_at > *incident.first_seen) {
    lasted += fmt::format("; open for {}",
                          base::describe_duration(*incident.cleared_at - *incident.first_seen));
  }
  block.paragraph("was", lasted);
  return block.take();
}

std::string updated_line(const Incident& incident, std::string_view host, const TextStyle& style) {
  Block block(ink_of(incident.level), style);
  add_heading(block, "AGAIN", ink_of(incident.level), incident,
              fmt::format("{}, {}", counted(incident.count), where(incident, host)),
              incident.last_seen ? time_text(incident.last_seen) : "");
  return block.take();
}

}  // namespace cmgmon::sinks
