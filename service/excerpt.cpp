#include "service/excerpt.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "platform/files.h"

namespace cmgmon::service {

namespace {

constexpr std::size_t kContext = 60;  // bytes shown on either side of the place in a long line

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    lines.push_back(std::move(line));
    start = end + 1;
  }
  return lines;
}

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// Two lines: the text around `place`, and the caret.
std::string picture(const std::string& line, std::size_t place, int number) {
  place = std::min(place, line.size());
  std::size_t from = place > kContext && line.size() > 2 * kContext ? place - kContext : 0;
  while (from < place && !starts_character(line[from])) {
    ++from;
  }
  const std::string_view shown =
      base::prefix_of_bytes(std::string_view(line).substr(from), 2 * kContext);
  const std::string before = base::printable(std::string_view(line).substr(from, place - from));
  const auto width = std::count_if(before.begin(), before.end(), starts_character);
  const std::string_view cut_left = from > 0 ? "..." : "";
  const std::string_view cut_right = from + shown.size() < line.size() ? "..." : "";
  const std::size_t indent = cut_left.size() + static_cast<std::size_t>(width);
  return fmt::format("{:5} | {}{}{}\n      | {:>{}}\n", number, cut_left, base::printable(shown),
                     cut_right, "^", indent + 1);
}

}  // namespace

std::string Excerpts::line(const base::Complaint& complaint) {
  if (complaint.line <= 0) {
    return {};
  }
  auto known = files_.find(complaint.file);
  if (known == files_.end()) {
    const auto text = platform::read_small_file(complaint.file, base::kMaxYamlBytes);
    known =
        files_.emplace(complaint.file, text ? lines_of(*text) : std::vector<std::string>()).first;
  }
  const auto index = static_cast<std::size_t>(complaint.line) - 1;
  return index < known->second.size() ? known->second[index] : std::string();
}

void print_with_excerpts(const base::Complaints& complaints, std::string_view severity,
                         const Console& console) {
  Excerpts excerpts;
  for (const auto& complaint : complaints) {
    const std::string place = complaint.line > 0 ? fmt::format("{}:{}:{}", complaint.file,
                                                               complaint.line, complaint.column)
                                                 : complaint.file;
    console.err << fmt::format("{}: {}: {}\n", base::printable(place), severity,
                               base::printable(complaint.message));
    const std::string line = excerpts.line(complaint);
    if (!line.empty()) {
      console.err << picture(line, static_cast<std::size_t>(std::max(complaint.column, 1)) - 1,
                             complaint.line);
    }
  }
}

}  // namespace cmgmon::service
