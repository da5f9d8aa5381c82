#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "engine/facts.h"
#include "engine/scan.h"
#include "engine/scan_json.h"
#include "engine/sources.h"
#include "service/scan_text.h"
#include "service/verbs.h"
#include "service/workspace.h"

namespace cmgmon::service {

namespace {

using std::chrono::steady_clock;

// One line on the terminal that is written over and over, at most five times a second.
class ProgressLine {
 public:
  explicit ProgressLine(const Console& console) : console_(console) {}
  ~ProgressLine() {
    if (shown_) {
      console_.err << "\r\033[K" << std::flush;
    }
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t done, std::uint64_t total) {
    const auto now = steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(200)) {
      return;
    }
    last_ = now;
    shown_ = true;
    console_.err << fmt::format(
                        "\r\033[Kscanning: {:3.0f} % of {:.1f} MiB",
                        total == 0 ? 100.0
                                   : 100.0 * static_cast<double>(done) / static_cast<double>(total),
                        static_cast<double>(total) / (1U << 20U))
                 << std::flush;
  }

 private:
  const Console& console_;
  steady_clock::time_point last_ = steady_clock::now();  // a short scan shows nothing
  bool shown_ = false;
};

bool fires(const engine::ScanReport& report, signatures::Level level) {
  return std::any_of(
      report.incidents.begin(), report.incidents.end(), [&](const incidents::Incident& incident) {
        return incident.state == incidents::State::kFiring && incident.level >= level;
      });
}

}  // namespace

ExitCode scan(const CommonOptions& common, const ScanOptions& options, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  const auto set = load_signatures(*settings, console);
  if (!set) {
    return ExitCode::kUsage;
  }
  if (!options.service.empty() && !service_known(*set, options.service, "cmgmon: ", console)) {
    return ExitCode::kUsage;
  }

  engine::ScanRequest request;
  request.paths = options.paths;
  request.service = options.service;
  request.every_signature = options.every_signature;
  request.sources = engine::effective_sources(*settings, *set).sources;
  request.facts = engine::offline_facts(settings->connection_points);

  engine::ScanReport report;
  {
    ProgressLine line(console);
    engine::ScanProgress progress;
    if (console.err_is_terminal) {
      progress = [&](std::uint64_t done, std::uint64_t total) { line.show(done, total); };
    }
    report = engine::scan(request, *set, base::SystemClock(), progress);
  }

  if (common.json) {
    console.out << engine::scan_json(report) << '\n';
  } else {
    print(report, console);
  }
  for (const auto& error : report.errors) {
    print(base::Error{base::ErrorKind::kIo, 0, error.error, error.remedy}, console);
  }
  if (report.files.empty()) {
    if (report.errors.empty()) {
      console.err << "cmgmon: nothing to read: no file there has the name of a known log. Name a "
                     "file directly, or use "
                     "--all to read every file.\n";
    }
    return ExitCode::kFailure;
  }
  if (!report.errors.empty()) {
    return ExitCode::kPartial;
  }
  return options.fail_on && fires(report, *options.fail_on) ? ExitCode::kFiring : ExitCode::kOk;
}

}  // namespace cmgmon::service
