// The other process of rollover_test: writes numbered lines and rolls its log over.
//
//   rollover_writer FOLDER KIND ROLLS [LINES_PER_SECOND]
//
// At full speed, or at a steady rate.
// FOLDER/acknowledged holds how many lines the reader has. At the end FOLDER/result says "LINES VIOLATIONS".

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/log_writer.h"

namespace {

class Writer {
 public:
  Writer(std::string folder, std::string kind, int lines_per_second)
      : folder_(std::move(folder)),
        kind_(std::move(kind)),
        log_(kind_ == "iis" ? hour(0) : folder_ + "/x.log") {
    if (lines_per_second > 0) {
      pause_ = std::chrono::microseconds(1'000'000 / lines_per_second);
    }
  }

  void run(int rolls) {
    for (int i = 1; i <= rolls; ++i) {
      write_some();
      // A backup that is replaced must have been read to its end: a line of the log after it says so. Of the others the
      // reader may fall behind a little.
      const bool replaces = kind_ == "rename" || kind_ == "closed" || kind_ == "copy";
      if (replaces) {
        await(lines_at_last_roll_ + 1);
      } else if (i % 10 == 0) {
        await(lines_);
      }
      lines_at_last_roll_ = lines_;
      roll(i);
    }
    write_some();
    std::ofstream(folder_ + "/result.part") << lines_ << ' ' << log_.violations() << '\n';
    std::rename((folder_ + "/result.part").c_str(), (folder_ + "/result").c_str());
  }

 private:
  void write_some() {
    for (std::uint64_t left = 1 + random_() % 20; left > 0; --left) {
      const std::string line =
          "line " + std::to_string(++lines_) + " " + std::string(random_() % 300, '.') + "\r\n";
      const std::size_t cut = random_() % 4 == 0 ? random_() % line.size() : line.size();
      log_.write(line.substr(0, cut));
      log_.write(line.substr(cut));
      next_line_ += pause_;
      std::this_thread::sleep_until(next_line_);
    }
  }

  void await(std::uint64_t lines) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      std::uint64_t read = 0;
      std::ifstream(folder_ + "/acknowledged") >> read;
      if (read >= lines) {
        return;
      }
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("the reader has " + std::to_string(read) + " of " +
                                 std::to_string(lines) + " lines");
      }
      std::this_thread::sleep_for(
          std::chrono::milliseconds(1));  // leaves the processor to the reader
    }
  }

  void roll(int number) {
    char stamp[64];
    std::snprintf(stamp, sizeof stamp, "/x-20261122-%02d%02d%02d.log", number / 3600,
                  number / 60 % 60, number % 60);
    if (kind_ == "rename") {
      log_.roll_by_rename(folder_ + "/x.lo_");
    } else if (kind_ == "closed") {
      log_.roll_closed(folder_ + "/x.lo_");
    } else if (kind_ == "history") {
      log_.roll_by_rename(folder_ + stamp);
    } else if (kind_ == "copy") {
      log_.roll_by_copy(folder_ + "/x.lo_");
    } else if (kind_ == "iis") {
      log_.roll_to(hour(number));
    } else {
      throw std::runtime_error("unknown kind " + kind_);
    }
  }

  std::string hour(int number) const {
    char name[64];
    std::snprintf(name, sizeof name, "/u_ex%02d%02d%02d%02d.log", 26 + number / 8064,
                  1 + number / 672 % 12, 1 + number / 24 % 28, number % 24);
    return folder_ + name;
  }

  std::string folder_;
  std::string kind_;
  cmgmon::support::LogWriter log_;
  std::mt19937_64 random_{42};
  std::chrono::microseconds pause_{0};
  std::chrono::steady_clock::time_point next_line_ = std::chrono::steady_clock::now();
  std::uint64_t lines_ = 0;
  std::uint64_t lines_at_last_roll_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count != 4 && count != 5) {
      throw std::runtime_error("usage: rollover_writer FOLDER KIND ROLLS [LINES_PER_SECOND]");
    }
    Writer(arguments[1], arguments[2], count == 5 ? std::atoi(arguments[4]) : 0)
        .run(std::atoi(arguments[3]));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "rollover_writer: " << error.what() << '\n';
    return 1;
  }
}
