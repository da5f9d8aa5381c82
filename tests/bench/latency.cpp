// bench_latency: how soon a failure that was written to a log is decided and saved, what following logs costs while nothing
// happens, and how soon the first failure of a long log is told (docs/benchmarks.md).
//
//   bench_latency --packs FOLDER --folder SCRATCH [--clients N,N,...] [--samples N] [--idle SECONDS] [--backlog MIB]
//                 [--record FILE]
//
// Exit code 1 when something is not decided at all; a missed target is no failure.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "bench_log.h"
#include "dice.h"
#include "live_agent.h"
#include "platform/files.h"
#include "usage.h"

namespace cmgmon::bench {
namespace {

struct Options {
  std::string packs;
  std::string folder;
  std::vector<std::size_t> clients = {1, 200, 1000};
  int samples = 300;
  int idle_seconds = 30;
  std::uint64_t backlog_mib = 1024;
  std::string record;
};

double milliseconds(steady_clock::duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

class Spans {
 public:
  void add(steady_clock::duration span) { values_.push_back(milliseconds(span)); }
  double percentile(int percent) {
    std::sort(values_.begin(), values_.end());
    return values_[std::min(values_.size() - 1,
                            values_.size() * static_cast<std::size_t>(percent) / 100)];
  }

 private:
  std::vector<double> values_;
};

class Table {
 public:
  explicit Table(const std::string& path)
      : file_(path.empty() ? nullptr : std::fopen(path.c_str(), "w")) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() {
    if (file_ != nullptr) {
      std::fclose(file_);
    }
  }
  void say(const char* line) {
    for (std::FILE* file : {stdout, file_}) {
      if (file != nullptr) {
        std::fprintf(file, "%s\n", line);
        std::fflush(file);
      }
    }
  }

 private:
  std::FILE* file_;
};

std::string cmg_name(int number) {
  return "cmg" + std::to_string(number) + ".contoso.com";
}

void measure_clients(const Options& options, std::size_t clients, Table& table) {
  LiveAgent agent({options.folder + "/live", options.packs, clients});
  agent.start();
  // The first pass over all logs comes before this is told.
  append(agent.log_of(0), failure_at("start.contoso.com"));
  agent.await_raised("start.contoso.com");
  append(agent.log_of(0), success_at("start.contoso.com"));
  agent.await_cleared("start.contoso.com");
  agent.await_quiet();

  const std::string bare_path = options.folder + "/bare.log";
  auto bare = platform::AppendFile::open(bare_path);
  if (!bare) {
    std::fprintf(stderr, "%s\n", bare.error().message.c_str());
    std::exit(1);
  }
  Dice dice(clients);
  Spans decided;
  Spans durable;
  Spans flushed;
  for (int i = 0; i < options.samples; ++i) {
    const std::string log = agent.log_of(dice.below(clients));
    const std::string cmg = cmg_name(i);
    const std::string text = failure_at(cmg);
    const auto begin = steady_clock::now();
    append(log, text);
    const Decided told = agent.await_raised(cmg);
    decided.add(told.decided - begin);
    durable.add(told.durable - begin);
    append(log, success_at(cmg));
    agent.await_cleared(cmg);
    agent.await_quiet();
    const auto bare_begin = steady_clock::now();
    if (!bare->append(text)) {
      std::fprintf(stderr, "FAILED: cannot write %s\n", bare_path.c_str());
      std::exit(1);
    }
    flushed.add(steady_clock::now() - bare_begin);
  }

  // The last commit, and whatever else was late, is over.
  std::this_thread::sleep_for(std::chrono::seconds(options.idle_seconds > 2 ? 2 : 0));
  const std::size_t transitions = agent.transitions();
  const Usage before = usage_now();
  std::this_thread::sleep_for(std::chrono::seconds(options.idle_seconds));
  const Usage after = usage_now();
  if (agent.transitions() != transitions) {
    std::fprintf(stderr, "FAILED: something was decided while nothing was written\n");
    std::exit(1);
  }
  const double idle = std::chrono::duration<double, std::milli>(after.cpu - before.cpu).count() /
                      options.idle_seconds;
  const double switches =
      static_cast<double>(after.switches.value_or(0) - before.switches.value_or(0)) /
      options.idle_seconds;
  char line[200];
  std::snprintf(line, sizeof line,
                "%8zu %8.2f %8.2f %9.2f %9.2f %10.2f %10.2f %8.2f %8.2f %11.3f %10.1f", clients,
                decided.percentile(50), decided.percentile(99), durable.percentile(50),
                durable.percentile(99), flushed.percentile(50), flushed.percentile(99),
                durable.percentile(50) / flushed.percentile(50),
                durable.percentile(99) / flushed.percentile(99), idle, switches);
  table.say(line);
}

void measure_backlog(const Options& options, Table& table) {
  LiveAgent agent({options.folder + "/live", options.packs, 1});
  const std::string log = agent.log_of(0);
  const BenchLog written =
      write_log(LogKind::kClient, std::filesystem::path(log).parent_path().string(),
                options.backlog_mib << 20U);
  append(log, failure_at("last.contoso.com"));
  const Usage before = usage_now();
  const auto begin = steady_clock::now();
  agent.start();
  const Decided told = agent.await_raised("last.contoso.com");
  const Usage after = usage_now();
  char line[200];
  std::snprintf(line, sizeof line,
                "backlog of %.0f MiB: first incident after %.2f s (target: < 1 s for 1 GiB), %.2f "
                "s of CPU time",
                static_cast<double>(written.bytes) / (1U << 20U),
                milliseconds(told.decided - begin) / 1000,
                std::chrono::duration<double>(after.cpu - before.cpu).count());
  table.say(line);
}

int usage() {
  std::fprintf(stderr,
               "bench_latency --packs FOLDER --folder SCRATCH [--clients N,N,...] [--samples N]\n"
               "              [--idle SECONDS] [--backlog MIB] [--record FILE]\n");
  return 2;
}

}  // namespace
}  // namespace cmgmon::bench

int main(int argc, char** argv) {
  using namespace cmgmon::bench;
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--packs") {
      options.packs = value;
    } else if (name == "--folder") {
      options.folder = value;
    } else if (name == "--clients") {
      options.clients.clear();
      std::istringstream list(value);
      for (std::string number; std::getline(list, number, ',');) {
        options.clients.push_back(std::strtoull(number.c_str(), nullptr, 10));
      }
    } else if (name == "--samples") {
      options.samples = std::atoi(value);
    } else if (name == "--idle") {
      options.idle_seconds = std::atoi(value);
    } else if (name == "--backlog") {
      options.backlog_mib = std::strtoull(value, nullptr, 10);
    } else if (name == "--record") {
      options.record = value;
    } else {
      return usage();
    }
  }
  if (argc % 2 == 0 || options.packs.empty() || options.folder.empty() || options.samples < 1 ||
      options.idle_seconds < 1 || std::count(options.clients.begin(), options.clients.end(), 0U)) {
    return usage();
  }
  std::filesystem::create_directories(options.folder);
  Table table(options.record);
  table.say(
      "         decided, ms       durable, ms         write+fsync, ms       ratio             "
      "idle");
  table.say(
      " clients      p50      p99       p50       p99        p50        p99      p50      p99    "
      "CPU "
      "ms/s switches/s");
  for (const std::size_t clients : options.clients) {
    measure_clients(options, clients, table);
  }
  table.say(
      "  target   <= 0.3   <= 2.0                                                           < "
      "0.500");
  if (options.backlog_mib > 0) {
    measure_backlog(options, table);
  }
  return 0;
}
