#pragma once
// Logs of every format, with literals, openers, damage and changes of the bias at random places.

#include <cstddef>
#include <cstdio>
#include <random>
#include <string>

namespace cmgmon::test {

class RandomLog {
 public:
  explicit RandomLog(unsigned seed) : random_(seed) {}

  std::size_t number(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(least, most)(random_);
  }
  bool one_in(std::size_t n) { return number(1, n) == 1; }

  std::string ccm(std::size_t least_bytes) {
    std::string log;
    rare_ = number(20, 2000);
    while (log.size() < least_bytes) {
      tick();
      std::string line = "<![LOG[" + message() + "]LOG]!>";
      char stamp[200];
      std::snprintf(
          stamp, sizeof stamp,
          "<time=\"%02d:%02d:%02d.%03d%s\" date=\"03-01-2026\" component=\"C\" context=\"\" "
          "type=\"1\" thread=\"%d\" file=\"a.cpp:1\">",
          second_ / 3600, second_ / 60 % 60, second_ % 60, static_cast<int>(number(0, 999)), bias(),
          static_cast<int>(number(1, 3)));
      line += stamp;
      log += spoiled(line) + line_end();
    }
    return log;
  }
  std::string site_server(std::size_t least_bytes) {
    std::string log;
    rare_ = number(20, 2000);
    const std::size_t openers = number(20, 2000);
    while (log.size() < least_bytes) {
      tick();
      if (one_in(openers)) {
        log += opener();
      }
      char trailer[120];
      std::snprintf(trailer, sizeof trailer,
                    "~~  $$<COMPONENT><03-01-2026 %02d:%02d:%02d.%03d%s><thread=%d (0x1)>",
                    second_ / 3600, second_ / 60 % 60, second_ % 60,
                    static_cast<int>(number(0, 999)), bias(), static_cast<int>(number(1, 3)));
      log += spoiled(message() + trailer) + line_end();
    }
    return log;
  }
  std::string w3c(std::size_t least_bytes) {
    std::string log = "#Software: IIS\r\n#Fields: date time cs-uri-stem sc-status\r\n";
    rare_ = number(20, 2000);
    while (log.size() < least_bytes) {
      tick();
      if (one_in(2000)) {
        log += one_in(2) ? "#Fields: date time sc-status cs-uri-stem\r\n"
                         : "#Fields: date time cs-uri-stem sc-status\r\n";
      }
      if (one_in(3000)) {
        log += one_in(2) ? "#Fields: time cs-uri-stem\r\n" : "#Date: 2026-03-02 00:00:00\r\n";
      }
      std::string text = message();
      for (char& c : text) {
        c = c == ' ' && !one_in(40) ? '+' : c;
      }
      char stamp[40];
      std::snprintf(stamp, sizeof stamp, "2026-03-01 %02d:%02d:%02d ", second_ / 3600,
                    second_ / 60 % 60, second_ % 60);
      log += stamp + text + " 200\r\n";
    }
    return log;
  }
  // Of all formats in turn; the first says what the file is.
  std::string mixed(std::size_t least_bytes) {
    std::string log;
    while (log.size() < least_bytes) {
      const std::size_t part = number(1, 80000);
      switch (number(0, log.empty() ? 2 : 4)) {
        case 0:
          log += plain(part);
          break;
        case 1:
          log += ccm(part);
          break;
        case 2:
          log += site_server(part);
          break;
        case 3:
          log += w3c(part);
          break;
        default:
          log += ccm(1);
          break;
      }
    }
    return log;
  }
  std::string plain(std::size_t least_bytes) {
    std::string log;
    rare_ = number(20, 2000);
    while (log.size() < least_bytes) {
      log += message() + line_end();
    }
    return log;
  }

 private:
  void tick() {
    second_ =
        one_in(500) ? static_cast<int>(number(0, 80000)) : (second_ + (one_in(5) ? 1 : 0)) % 80000;
  }
  const char* bias() {
    if (one_in(changes_)) {
      static const char* const kBiases[] = {"+060", "-120", "+000", "+00", "+-480", "", "-330"};
      bias_ = kBiases[number(0, std::size(kBiases) - 1)];
      changes_ = one_in(3) ? 5 : 300;
    }
    return one_in(10) || (one_in(2) && second_ / 100 % 3 == 0) ? "" : bias_;
  }
  std::string line_end() {
    switch (number(0, 30)) {
      case 0:
        return "\n";
      case 1:
        return "\r";
      case 2:
        return one_in(4) ? "" : "\r\n\r\n";
      default:
        return "\r\n";
    }
  }
  std::string id() { return std::string("id") + std::to_string(number(1, 3)); }
  std::string message() {
    if (one_in(rare_)) {
      return "the failure of " + id();
    }
    if (one_in(rare_)) {
      return "works again: " + id();
    }
    if (one_in(rare_)) {
      return one_in(2) ? "context of the " + id() : "asking for " + id() + " at here";
    }
    if (one_in(800)) {  // traps
      static const char* const kTraps[] = {"says <![LOG[ in between",
                                           "first line\r\nfailure of id1\r\nlast line",
                                           "line\n<![LOG[a quoted opener",
                                           "closes ]LOG]!> early",
                                           "a $$<X><Y> that is none",
                                           "bytes \xFF\xE9 of a code page",
                                           "W\xC3\xA4rme",
                                           "failure of"};
      return kTraps[number(0, std::size(kTraps) - 1)];
    }
    if (one_in(3000)) {
      return std::string(number(1000, 90000), 'x') + "failure of id2";
    }
    return "healthy record number " + std::to_string(number(0, 99999)) +
           std::string(number(0, 80), '.');
  }
  // Of CCM, in a site-server log: closed by nothing, or only behind what looks like another record, or not at a line's start.
  std::string opener() {
    static const char* const kTrailer = "  $$<C><03-01-2026 10:00:00.000+300><thread=1 (0x1)>";
    static const char* const kEnd = "]LOG]!><time=\"10:00:00.000+120\" date=\"03-01-2026\">";
    switch (number(0, 9)) {
      case 0:
        return "<![LOG[torn" + line_end();
      case 1:
        return "[<![LOG[";
      case 2:
        return "text <![LOG[";
      case 3:
        return "<![LOG[torn]LOG]!><time=\"10" + line_end();
      case 4:
        return "<![LOG[torn\r\n" + std::string(number(0, 40000), one_in(2) ? '\n' : 'x') +
               line_end();
      case 5:
        return "<![LOG[quotes " + message() + kTrailer + kEnd + line_end();
      case 6:
        return "<![LOG[quotes\r\n" + message() + kTrailer + "\r\nin lines" + kEnd + line_end();
      case 7:
        return "<![LOG[torn\r\n\xEF\xBB\xBF";
      case 8:
        return "<![LOG[" + message() + "\r\n" + message() + "\r\n" + message() + line_end();
      default:
        return "<![LOG[" + message() + kEnd + line_end();
    }
  }
  // Torn, or with a block of NULs before it.
  std::string spoiled(std::string line) {
    if (one_in(1500)) {
      return line.substr(0, number(0, line.size()));
    }
    if (one_in(1500)) {
      return std::string(number(1, 600), '\0') + line;
    }
    return line;
  }

  std::mt19937 random_;
  std::size_t rare_ = 100;
  std::size_t changes_ = 300;  // of the bias, one in so many
  int second_ = 0;
  const char* bias_ = "+000";
};

}  // namespace cmgmon::test
