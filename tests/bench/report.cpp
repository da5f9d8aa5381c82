// bench_report: what going through a log costs, ours and others', in one table (docs/benchmarks.md).
//
// Every program is run beside a bare loop of pread, pair by pair: other load on the machine changes both, so the ratio of
// the CPU times is what counts. Every answer is checked; a wrong one ends the run with exit code 1. A missed target does not:
// a loaded machine is no mistake of the code.

#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench_log.h"
#include "literal_sets.h"
#include "peers.h"
#include "process.h"

namespace cmgmon::bench {
namespace {

struct Options {
  Tools tools;
  std::uint64_t mib = 1024;
  std::uint64_t slow_mib = 4;
  std::size_t slow_literals = 1000;  // the most that mtail and sec are given
  int runs = 3;
  std::string only;    // logs, sets and programs whose row holds this
  std::string record;  // file that gets the table, too
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Report {
 public:
  explicit Report(const Options& options) : options_(options) {
    if (!options.record.empty()) {
      record_ = std::fopen(options.record.c_str(), "w");
      if (record_ == nullptr) {
        std::perror(options.record.c_str());
        std::exit(1);
      }
    }
  }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() {
    if (record_ != nullptr) {
      std::fclose(record_);
    }
  }

  void say(const std::string& line) {
    for (std::FILE* file : {stdout, record_}) {
      if (file != nullptr) {
        std::fprintf(file, "%s\n", line.c_str());
        std::fflush(file);
      }
    }
  }

  void head() {
    utsname system{};
    uname(&system);
    std::string processor = "unknown processor";
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
      if (line.starts_with("model name")) {
        processor = line.substr(line.find(": ") + 2);
        break;
      }
    }
    char date[32];
    const std::time_t now = std::time(nullptr);
    std::strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
    double load[1] = {0};
    getloadavg(load, 1);
    char line[200];
    std::snprintf(line, sizeof line, "%ld x %s, %s %s, load %.1f", sysconf(_SC_NPROCESSORS_ONLN),
                  processor.c_str(), system.sysname, system.release, load[0]);
    say("date:    " + std::string(date));
    say("machine: " + std::string(line));
    std::snprintf(line, sizeof line,
                  "logs:    %llu MiB (%llu MiB, once, for mtail and sec); median of %d paired runs",
                  static_cast<unsigned long long>(options_.mib),
                  static_cast<unsigned long long>(options_.slow_mib), options_.runs);
    say(line);
    for (const auto& command : std::vector<std::vector<std::string>>{{"grep", "--version"},
                                                                     {"rg", "--version"},
                                                                     {"mtail", "--version"},
                                                                     {"sec", "--version"}}) {
      if (is_installed(command[0])) {
        const std::string output = run_program(command, options_.tools.folder).output;
        say("with:    " + output.substr(0, output.find('\n')));
      }
    }
    say("");
    std::snprintf(line, sizeof line, "%-11s %-13s %-17s %9s %9s %8s %9s  %s", "log", "literals",
                  "program", "CPU s", "MB/CPU s", "x pread", "peak MiB", "target");
    say(line);
  }

  // `target`: at most so many times the CPU time of the pread loop.
  void row(const std::string& log_name, const std::string& set, const BenchLog& log,
           const BenchLog& small, const Peer& peer, std::optional<double> target = std::nullopt) {
    char line[300];
    std::snprintf(line, sizeof line, "%-11s %-13s %-17s ", log_name.c_str(), set.c_str(),
                  peer.name.c_str());
    const std::string start = line;
    if (start.find(options_.only) == std::string::npos) {
      return;
    }
    if (!peer.skipped.empty()) {
      say(start + "skipped: " + peer.skipped);
      return;
    }
    const auto bare = engine(options_.tools, "pread", log, literal_set("12"), log.bytes);
    const auto bytes = static_cast<double>(peer.slow ? small.bytes : log.bytes);
    std::vector<double> cpu;
    std::vector<double> ratio;
    double peak = 0;
    const int runs = peer.slow ? 1 : options_.runs;  // minutes; no load hides what they cost
    for (int i = 0; i < runs; ++i) {
      const Run limit = checked(bare);
      const Run run = checked(peer);
      cpu.push_back(run.cpu_seconds);
      ratio.push_back(run.cpu_seconds / bytes /
                      std::max(limit.cpu_seconds / static_cast<double>(log.bytes), 1e-15));
      peak = std::max(peak, run.peak_mib);
    }
    if (peer.name == "cmgmon scan") {
      most_memory_ = std::max(most_memory_, peak);
    }
    seconds_per_byte_[log_name + ' ' + set + ' ' + peer.name] = median(cpu) / bytes;
    std::snprintf(line, sizeof line, "%9.3f %9.0f %8.2f %9.1f", median(cpu),
                  bytes / 1e6 / std::max(median(cpu), 1e-9), median(ratio), peak);
    std::string result = start + line;
    if (target) {
      std::snprintf(line, sizeof line, "  <= %.1f: %s", *target,
                    median(ratio) <= *target ? "met" : "missed");
      result += line;
    }
    say(result);
  }

  // Seconds per byte of one row over those of another; 0 when one is missing.
  double relation(const std::string& row, const std::string& other) const {
    const auto a = seconds_per_byte_.find(row);
    const auto b = seconds_per_byte_.find(other);
    return a == seconds_per_byte_.end() || b == seconds_per_byte_.end() ? 0 : a->second / b->second;
  }
  // MiB, of the whole scan.
  double most_memory() const { return most_memory_; }

 private:
  Run checked(const Peer& peer) {
    const Run run = run_program(peer.command, options_.tools.folder);
    const auto complaint = run.status != peer.status ? "ended with " + std::to_string(run.status)
                                                     : peer.complaint(run.output);
    if (complaint) {
      say("FAILED: " + peer.name + " " + *complaint);
      for (const auto& argument : peer.command) {
        std::fprintf(stderr, "%s ", argument.c_str());
      }
      std::fprintf(stderr, "\n");
      std::exit(1);
    }
    return run;
  }

  const Options& options_;
  std::FILE* record_ = nullptr;
  std::map<std::string, double> seconds_per_byte_;
  double most_memory_ = 0;
};

std::string sub_folder(const Options& options, const std::string& name) {
  std::string folder = options.tools.folder + '/' + name;
  mkdir(folder.c_str(), 0700);
  return folder;
}

void report_client(const Options& options, Report& report) {
  const BenchLog log =
      write_log(LogKind::kClient, sub_folder(options, "client"), options.mib << 20U);
  const BenchLog small =
      write_log(LogKind::kClient, sub_folder(options, "small"), options.slow_mib << 20U);
  const Tools& tools = options.tools;
  const std::map<std::string, double> targets = {
      {"12", 1.8}, {"500-shared", 2.1}, {"500-diverse", 2.5}, {"1000-diverse", 2.8}};
  const auto& shortest = literal_set("12");
  report.row("client", "-", log, small, engine(tools, "pread", log, shortest, log.bytes));
  report.row("client", "-", log, small, engine(tools, "lines", log, shortest, log.lines));
  for (const auto& set : literal_sets()) {
    const auto row = [&](const Peer& peer, std::optional<double> target = std::nullopt) {
      report.row("client", set.name, log, small, peer, target);
    };
    const auto target = targets.find(set.name);
    row(scan(tools, log, set),
        target == targets.end() ? std::nullopt : std::optional(target->second));
    for (const char* name : {"scanner", "hyperscan", "re2set"}) {
      row(engine(tools, name, log, set, planted(log, set)));
    }
    row(grep(tools, log, set));
    row(ripgrep(tools, log, set));
    if (set.literals.size() <= options.slow_literals) {
      row(mtail(tools, small, set));
      row(sec(tools, small, set));
    }
  }
  std::remove(log.path.c_str());
  std::remove(small.path.c_str());
}

void report_others(const Options& options, Report& report) {
  struct Kind {
    LogKind kind;
    const char* name;
  };
  const Tools& tools = options.tools;
  const auto& set = literal_set("12");
  for (const auto& [kind, name] :
       {Kind{LogKind::kClientUtf16, "utf-16"}, Kind{LogKind::kSiteServer, "site-server"},
        Kind{LogKind::kW3c, "w3c"}, Kind{LogKind::kStorm, "storm"}}) {
    // As many bytes as the others; the same characters are two of its bytes each.
    const std::uint64_t characters =
        kind == LogKind::kClientUtf16 ? options.mib << 19U : options.mib << 20U;
    const BenchLog log = write_log(kind, sub_folder(options, name), characters);
    report.row(name, "-", log, log, engine(tools, "pread", log, set, log.bytes));
    report.row(name, "12", log, log, scan(tools, log, set));
    if (kind == LogKind::kStorm || kind == LogKind::kSiteServer) {
      report.row(name, "12", log, log, engine(tools, "scanner", log, set, planted(log, set)));
      report.row(name, "12", log, log, engine(tools, "hyperscan", log, set, planted(log, set)));
    }
    std::remove(log.path.c_str());
  }

  const BenchLog log =
      write_log(LogKind::kAdversarial, sub_folder(options, "adversarial"), options.mib << 20U);
  const auto& many = literal_set("500-diverse");
  report.row("adversarial", "-", log, log, engine(tools, "pread", log, set, log.bytes));
  report.row("adversarial", many.name, log, log, scan(tools, log, many));
  for (const char* name : {"scanner", "automaton", "hyperscan"}) {
    report.row("adversarial", many.name, log, log,
               engine(tools, name, log, many, planted(log, many)));
  }
  std::remove(log.path.c_str());
}

void report_relations(Report& report) {
  char line[200];
  report.say("");
  const auto say = [&](const char* what, double value, const char* target) {
    if (value > 0) {
      std::snprintf(line, sizeof line, "%-76s %8.2f  %s", what, value, target);
      report.say(line);
    }
  };
  say("UTF-16 over UTF-8, CPU time for a character, whole scan",
      2 * report.relation("utf-16 12 cmgmon scan", "client 12 cmgmon scan"), "<= 1.5");
  say("adversarial log: our scanner over a plain Aho-Corasick automaton",
      report.relation("adversarial 500-diverse scanner", "adversarial 500-diverse automaton"),
      "<= 1.2");
  say("peak memory of the whole scan, MiB", report.most_memory(), "< 25");
  for (const auto& set : literal_sets()) {
    const std::string rows = "client " + set.name + ' ';
    say(("Hyperscan over our whole scan, " + set.name).c_str(),
        report.relation(rows + "hyperscan", rows + "cmgmon scan"), "> 1");
  }
}

int usage() {
  std::fprintf(
      stderr,
      "bench_report --cmgmon PROGRAM --engine PROGRAM --packs FOLDER --folder SCRATCH\n"
      "             [--size MIB] [--slow-size MIB] [--slow-literals N] [--runs N] [--only TEXT]\n"
      "             [--record FILE]\n");
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
    if (name == "--cmgmon") {
      options.tools.cmgmon = value;
    } else if (name == "--engine") {
      options.tools.engine = value;
    } else if (name == "--packs") {
      options.tools.packs = value;
    } else if (name == "--folder") {
      options.tools.folder = value;
    } else if (name == "--size") {
      options.mib = std::strtoull(value, nullptr, 10);
    } else if (name == "--slow-size") {
      options.slow_mib = std::strtoull(value, nullptr, 10);
    } else if (name == "--slow-literals") {
      options.slow_literals = std::strtoull(value, nullptr, 10);
    } else if (name == "--runs") {
      options.runs = std::atoi(value);
    } else if (name == "--only") {
      options.only = value;
    } else if (name == "--record") {
      options.record = value;
    } else {
      return usage();
    }
  }
  if (argc % 2 == 0 || options.tools.cmgmon.empty() || options.tools.engine.empty() ||
      options.tools.packs.empty() || options.tools.folder.empty() || options.mib == 0 ||
      options.slow_mib == 0 || options.runs < 1) {
    return usage();
  }
  mkdir(options.tools.folder.c_str(), 0700);
  Report report(options);
  report.head();
  report_client(options, report);
  report_others(options, report);
  report_relations(report);
  return 0;
}
