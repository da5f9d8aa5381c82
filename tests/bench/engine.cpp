// One way of going through a log, as a program of its own, so that the system accounts for it alone.
//
//   bench_engine ENGINE LOG LITERALS       prints how many lines or occurrences there are (literal_sets.h: it is the same)
//
//   pread       the file in pieces of 256 KiB; nobody looks at them. Prints bytes.
//   lines       the same, and memchr for every line end. Prints lines.
//   scanner     LiteralScanner, as the program uses it
//   automaton   LiteralAutomaton, what the scanner falls back to
//   hyperscan   streaming
//   re2set      RE2::Set on every line
//
// LITERALS is a file, one a line. Letter case is ignored by all of them.

#include <hs.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "matches/literal_automaton.h"
#include "matches/literal_scanner.h"
#include "platform/files.h"

namespace {

constexpr std::size_t kReadBytes = 256U << 10U;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "bench_engine: %s\n", why.c_str());
  std::exit(1);
}

// Calls `piece` with one part after the other. It says how many of its last bytes it wants to see again, before the next.
template <typename Piece>
void read_pieces(const std::string& path, const Piece& piece) {
  auto file = cmgmon::platform::LogFile::open(path);
  if (!file) {
    fail(file.error().message);
  }
  std::vector<char> buffer(2 * kReadBytes);
  std::uint64_t offset = 0;
  std::size_t kept = 0;
  for (;;) {
    const auto count = file->read_at(offset, std::span(buffer.data() + kept, kReadBytes));
    if (!count || *count == 0) {
      break;
    }
    offset += *count;
    const std::size_t size = kept + *count;
    kept = std::min(piece(std::string_view(buffer.data(), size), kept), kReadBytes);
    std::memmove(buffer.data(), buffer.data() + size - kept, kept);
  }
}

// Calls `line` with every whole line.
template <typename Line>
void read_lines(const std::string& path, const Line& line) {
  read_pieces(path, [&](std::string_view text, std::size_t) {
    std::size_t start = 0;
    while (const void* end = std::memchr(text.data() + start, '\n', text.size() - start)) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(end) - text.data());
      line(text.substr(start, at - start));
      start = at + 1;
    }
    return text.size() - start;
  });
}

std::vector<std::string> read_literals(const std::string& path) {
  std::vector<std::string> literals;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    literals.push_back(line);
  }
  return literals;
}

std::vector<std::string> folded(std::vector<std::string> literals) {
  for (auto& literal : literals) {
    std::transform(literal.begin(), literal.end(), literal.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  return literals;
}

std::uint64_t count_bytes(const std::string& log) {
  std::uint64_t bytes = 0;
  read_pieces(log, [&](std::string_view text, std::size_t) {
    bytes += text.size();
    return std::size_t{0};
  });
  return bytes;
}

std::uint64_t count_lines(const std::string& log) {
  std::uint64_t lines = 0;
  read_lines(log, [&](std::string_view) { ++lines; });
  return lines;
}

// The line of an occurrence is done with when it was counted.
std::size_t behind_line(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

std::uint64_t count_by_scanner(const std::string& log, const std::vector<std::string>& literals) {
  cmgmon::matches::LiteralScanner scanner(folded(literals));
  std::uint64_t found = 0;
  read_pieces(log, [&](std::string_view text, std::size_t) {
    scanner.learn(text);
    std::size_t from = 0;
    for (;;) {
      const std::size_t at = scanner.find(text, from);
      if (at == std::string_view::npos) {
        break;
      }
      ++found;
      from = behind_line(text, at);
    }
    return std::min(text.size() - from, scanner.longest() - 1);
  });
  return found;
}

std::uint64_t count_by_automaton(const std::string& log, const std::vector<std::string>& literals) {
  const auto lower = folded(literals);
  std::size_t longest = 0;
  for (const auto& literal : lower) {
    longest = std::max(longest, literal.size());
  }
  const cmgmon::matches::LiteralAutomaton automaton(lower);
  std::uint64_t found = 0;
  read_pieces(log, [&](std::string_view text, std::size_t) {
    std::size_t from = 0;
    for (;;) {
      const std::size_t at = automaton.find(text, from);
      if (at == std::string_view::npos) {
        break;
      }
      ++found;
      from = behind_line(text, at);
    }
    return std::min(text.size() - from, longest - 1);
  });
  return found;
}

std::uint64_t count_by_hyperscan(const std::string& log, const std::vector<std::string>& literals) {
  // As expressions: hs_compile_lit_multi() of Hyperscan 5.4.0 misses literals that stand in others.
  std::vector<std::string> quoted;
  std::vector<const char*> expressions;
  std::vector<unsigned> flags(literals.size(), HS_FLAG_CASELESS);
  std::vector<unsigned> ids(literals.size());
  quoted.reserve(literals.size());
  for (const auto& literal : literals) {
    ids[quoted.size()] = static_cast<unsigned>(quoted.size());
    quoted.push_back(RE2::QuoteMeta(literal));
    expressions.push_back(quoted.back().c_str());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(expressions.data(), flags.data(), ids.data(),
                       static_cast<unsigned>(literals.size()), HS_MODE_STREAM, nullptr, &database,
                       &error) != HS_SUCCESS) {
    fail(error->message);
  }
  hs_scratch_t* scratch = nullptr;
  hs_stream_t* stream = nullptr;
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS ||
      hs_open_stream(database, 0, &stream) != HS_SUCCESS) {
    fail("Hyperscan has no memory");
  }
  std::uint64_t found = 0;
  const auto on_match = [](unsigned, unsigned long long, unsigned long long, unsigned,
                           void* count) {
    ++*static_cast<std::uint64_t*>(count);
    return 0;
  };
  read_pieces(log, [&](std::string_view text, std::size_t) {
    if (hs_scan_stream(stream, text.data(), static_cast<unsigned>(text.size()), 0, scratch,
                       on_match, &found) != HS_SUCCESS) {
      fail("hs_scan_stream");
    }
    return std::size_t{0};
  });
  hs_close_stream(stream, scratch, on_match, &found);
  hs_free_scratch(scratch);
  hs_free_database(database);
  return found;
}

std::uint64_t count_by_re2(const std::string& log, const std::vector<std::string>& literals) {
  RE2::Options options;
  options.set_case_sensitive(false);
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_max_mem(256 << 20);
  RE2::Set set(options, RE2::UNANCHORED);
  for (const auto& literal : literals) {
    set.Add(RE2::QuoteMeta(literal), nullptr);
  }
  if (!set.Compile()) {
    fail("RE2::Set has no memory");
  }
  std::uint64_t found = 0;
  std::vector<int> which;
  read_lines(log, [&](std::string_view line) {
    if (set.Match({line.data(), line.size()}, &which)) {
      ++found;
    }
  });
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fail("ENGINE LOG LITERALS");
  }
  const std::string engine = argv[1];
  const std::string log = argv[2];
  const auto literals = read_literals(argv[3]);
  std::uint64_t count = 0;
  if (engine == "pread") {
    count = count_bytes(log);
  } else if (engine == "lines") {
    count = count_lines(log);
  } else if (engine == "scanner") {
    count = count_by_scanner(log, literals);
  } else if (engine == "automaton") {
    count = count_by_automaton(log, literals);
  } else if (engine == "hyperscan") {
    count = count_by_hyperscan(log, literals);
  } else if (engine == "re2set") {
    count = count_by_re2(log, literals);
  } else {
    fail("no engine is called " + engine);
  }
  std::printf("%llu\n", static_cast<unsigned long long>(count));
  return 0;
}
