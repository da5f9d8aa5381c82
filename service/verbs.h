#pragma once
// One function per verb. Each says on `err` what went wrong and what to do, and answers with the exit code.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "service/console.h"
#include "service/exit_code.h"
#include "settings/settings.h"
#include "signatures/signature.h"

namespace cmgmon::service {

struct CommonOptions {
  settings::Overrides overrides;
  bool json = false;
};

struct RunOptions {
  bool once = false;
};

struct ScanOptions {
  std::vector<std::string> paths;
  std::string service;
  bool every_signature = false;
  std::optional<signatures::Level> fail_on;
};

struct RulesLintOptions {
  std::vector<std::string> folders;  // packs or shelves; none: the ones in use
  bool strict = false;               // warnings fail, too
};

struct RulesTestOptions {
  std::vector<std::string> folders;
  std::string filter;
};

struct RulesMatchOptions {
  std::string path;
  std::string service;  // empty: told by the file's name, else every rule
  std::string rule;     // only this one
  bool all = false;     // also records that no rule looks at
};

struct RulesCoverageOptions {
  std::vector<std::string> folders;
  double fail_under = 0;  // percent
};

struct RulesDocOptions {
  std::vector<std::string> folders;
  std::string output;  // folder; empty: the reference goes to standard output
  bool check = false;  // write nothing, fail when a page is not current
};

ExitCode run(const CommonOptions& common, const RunOptions& options, const Console& console);
ExitCode scan(const CommonOptions& common, const ScanOptions& options, const Console& console);

struct AlertsOptions {
  bool history = false;
  bool follow = false;
  bool jsonl = false;
  std::optional<std::chrono::milliseconds> since;
};

// Open incidents as the service last saved them; or what was told, also while it goes on.
ExitCode alerts(const CommonOptions& common, const AlertsOptions& options, const Console& console);
// `which`: the beginning of a fingerprint, or a signature's name.
ExitCode alerts_clear(const CommonOptions& common, const std::string& which,
                      const Console& console);

ExitCode rules_list(const CommonOptions& common, const Console& console);
ExitCode rules_show(const CommonOptions& common, const std::string& name, const Console& console);
ExitCode rules_lint(const CommonOptions& common, const RulesLintOptions& options,
                    const Console& console);
ExitCode rules_test(const CommonOptions& common, const RulesTestOptions& options,
                    const Console& console);
ExitCode rules_explain(const CommonOptions& common, const std::string& name,
                       const Console& console);
ExitCode rules_match(const CommonOptions& common, const RulesMatchOptions& options,
                     const Console& console);
ExitCode rules_coverage(const CommonOptions& common, const RulesCoverageOptions& options,
                        const Console& console);
ExitCode rules_doc(const CommonOptions& common, const RulesDocOptions& options,
                   const Console& console);

ExitCode config_validate(const CommonOptions& common, const Console& console);
ExitCode config_show(const CommonOptions& common, const Console& console);
ExitCode config_init(const CommonOptions& common, const std::string& path, bool force,
                     const Console& console);

// The value comes from standard input, on a terminal without an echo.
ExitCode secret_set(const CommonOptions& common, const std::string& name, const Console& console);
ExitCode secret_list(const CommonOptions& common, const Console& console);
ExitCode secret_remove(const CommonOptions& common, const std::string& name,
                       const Console& console);

// A marked alert through the real sink; says what came back.
ExitCode test_sink(const CommonOptions& common, const std::string& name, const Console& console);

ExitCode service_install(const CommonOptions& common, const Console& console);
ExitCode service_uninstall(const Console& console);
ExitCode service_configure(const Console& console);
ExitCode service_start(const Console& console);
ExitCode service_stop(const Console& console);
ExitCode service_status(const CommonOptions& common, const Console& console);
ExitCode service_run(const CommonOptions& common, const Console& console);  // called by the SCM

ExitCode version(const CommonOptions& common, const Console& console);

}  // namespace cmgmon::service
