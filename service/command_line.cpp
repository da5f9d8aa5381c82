#include "service/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "base/yaml.h"
#include "service/verbs.h"

namespace cmgmon::service {

namespace {

// "SERVICE=PATH"
settings::SourceSetting parse_source(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw CLI::ValidationError(
        "--source", "'" + text +
                        "' is not SERVICE=PATH, for example "
                        "sms_cloud_proxyconnector=D:\\SMS\\Logs\\SMS_Cloud_ProxyConnector.log");
  }
  return {text.substr(0, equals),
          text.substr(equals + 1),
          true,
          {settings::Origin::Kind::kCommandLine}};
}

signatures::Level parse_level(const std::string& text) {
  if (const auto level = signatures::level_named(text)) {
    return *level;
  }
  throw CLI::ValidationError(
      "--fail-on",
      "'" + text + "' is not a level; levels are informational, low, medium, high, critical");
}

constexpr const char* kEveryVerb =
    "Every verb also takes --config, --data and --packs ('cmgmon --help').";

constexpr const char* kFolders = "Packs or folders of packs (default: the ones in use)";

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  done\n"
    "  1  failed: at run time, no readable input, already running, mistakes or failed tests in "
    "rules\n"
    "  2  wrong command line or settings\n"
    "  3  scan, run --once: done, but some input could not be read\n"
    "  4  scan --fail-on: such an incident is firing\n"
    "  5  access denied";

// The verbs, and what was given to them. A verb's action runs after everything has been parsed.
class CommandLine {
 public:
  explicit CommandLine(const Console& console) : console_(console) {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.allow_windows_style_options(false);  // "/logs/x.log" is a path; verbs inherit it
    app_.set_help_all_flag("--help-all", "Show the help of every verb");
    app_.add_option("--config", common_.overrides.config_file,
                    "Settings file (default: cmgmon.yaml in the data folder)")
        ->type_name("FILE");
    app_.add_option("--data", common_.overrides.data_folder,
                    "Data folder: settings, state, diary, alert journal")
        ->type_name("FOLDER");
    app_.add_option("--packs", common_.overrides.packs,
                    "Signature pack, or a folder of packs, instead of the shipped ones")
        ->type_name("FOLDER")
        ->allow_extra_args(false);
    add_run();
    add_scan();
    add_alerts();
    add_rules();
    add_config();
    add_secret();
    add_test_sink();
    add_service();
    auto* version_verb = verb(app_, "version", "Say which version this is",
                              [this] { return version(common_, console_); });
    add_json(*version_verb);
    app_.footer(kExitCodes);  // after the verbs: they would inherit it
  }

  ExitCode run(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      if (const auto unknown = unknown_word()) {
        console_.err << *unknown;
        return ExitCode::kUsage;
      }
      const int code = app_.exit(error, console_.out, console_.err);
      return code == 0 ? ExitCode::kOk : ExitCode::kUsage;
    }
    return action_();
  }

 private:
  // A complaint about the first word that is neither a verb nor an option, with the nearest that is.
  std::optional<std::string> unknown_word() const {
    const CLI::App* at = &app_;
    std::string verbs = "cmgmon";
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      verbs += " " + at->get_name();
    }
    const auto children = at->get_subcommands([](const CLI::App*) { return true; });
    for (const auto& word : app_.remaining(true)) {
      const bool option = word.starts_with("-");
      std::vector<std::string> known;
      if (option) {
        for (const CLI::App* app : {at, &app_}) {
          for (const CLI::Option* each : app->get_options()) {
            known.push_back(each->get_name());
          }
        }
      } else if (children.empty()) {
        continue;  // a verb that takes no such thing: the parser says it well
      } else {
        for (const CLI::App* child : children) {
          known.push_back(child->get_name());
        }
      }
      const auto near = base::nearest(word, known);
      return fmt::format("cmgmon: there is no {} '{}'{}; {}\n", option ? "option" : "verb",
                         base::printable(word), at == &app_ ? "" : " of '" + verbs + "'",
                         near ? "did you mean '" + *near + "'?" : "see '" + verbs + " --help'");
    }
    return std::nullopt;
  }

  CLI::App* verb(CLI::App& parent, const std::string& name, const std::string& help,
                 std::function<ExitCode()> action) {
    auto* command = parent.add_subcommand(name, help);
    command->footer(kEveryVerb);
    command->callback([this, command, action = std::move(action)] {
      if (command->get_subcommands().empty()) {  // else the verb below it has been chosen
        action_ = action;
      }
    });
    return command;
  }

  CLI::App* group(const std::string& name, const std::string& help) {
    auto* command = app_.add_subcommand(name, help);
    command->require_subcommand(1);
    command->fallthrough();
    return command;
  }

  void add_json(CLI::App& command) {
    command.add_flag("--json", common_.json, "One JSON document on standard output");
  }

  void add_sources(CLI::App& command) {
    command
        .add_option_function<std::vector<std::string>>(
            "--source",
            [this](const std::vector<std::string>& texts) {
              for (const auto& text : texts) {
                common_.overrides.sources.push_back(parse_source(text));
              }
            },
            "Follow this log too: log service and path; the path may hold * ? and {captures}")
        ->type_name("SERVICE=PATH")
        ->expected(1)
        ->take_all();
    command.add_flag_callback(
        "--no-default-sources", [this] { common_.overrides.default_sources = false; },
        "Do not look in the usual log folders");
    command.add_option("--host", common_.overrides.host, "Name of this machine in alerts")
        ->type_name("NAME");
  }

  void add_run() {
    auto* command = verb(app_, "run", "Follow the logs in this terminal until interrupted",
                         [this] { return service::run(common_, run_, console_); });
    command->add_flag("--once", run_.once, "Read what is there, report, and end");
    add_sources(*command);
  }

  void add_scan() {
    auto* command = verb(app_, "scan", "Read logs once and report the incidents in them",
                         [this] { return service::scan(common_, scan_, console_); });
    command->add_option("paths", scan_.paths, "Files or folders")->required()->type_name("PATH");
    command->add_option("--service", scan_.service, "Treat every file as a log of this service")
        ->type_name("NAME");
    command->add_flag("--all", scan_.every_signature, "Hold every file against every signature");
    command
        ->add_option_function<std::string>(
            "--fail-on", [this](const std::string& text) { scan_.fail_on = parse_level(text); },
            "Exit code 4 when an incident of this level or above is firing")
        ->type_name("LEVEL");
    add_json(*command);
  }

  void add_alerts() {
    auto* command = verb(app_, "alerts", "Open incidents, as the service last saved them",
                         [this] { return alerts(common_, alerts_, console_); });
    add_json(*command);
    command->add_flag("--history", alerts_.history,
                      "What was told: beginnings and ends, oldest first");
    command
        ->add_option_function<std::string>(
            "--since",
            [this](const std::string& text) {
              alerts_.since = base::parse_duration(text);
              if (!alerts_.since) {
                throw CLI::ValidationError("--since",
                                           "write a number and ms, s, m, h or d, as in 12h");
              }
            },
            "Only what was told within this time (12h, 7d)")
        ->type_name("DURATION");
    auto* follow =
        command->add_flag("--follow", alerts_.follow,
                          "What is told from now on, until Ctrl-C; with --history or --since "
                          "also what was told before");
    auto* jsonl =
        command->add_flag("--jsonl", alerts_.jsonl, "What was told, one JSON document per line");
    jsonl->excludes(command->get_option("--json"));
    follow->excludes(command->get_option("--json"));
    auto* clear =
        verb(*command, "clear", "Close an incident by hand; if it fails again, it is raised again",
             [this] { return alerts_clear(common_, name_, console_); });
    clear->add_option("incident", name_, "Its id ('cmgmon alerts' shows it) or its signature")
        ->required();
  }

  void add_rules() {
    auto* rules = group("rules", "The signatures: what is detected, and how");
    auto* list =
        verb(*rules, "list", "All signatures", [this] { return rules_list(common_, console_); });
    add_json(*list);
    auto* show = verb(*rules, "show", "One signature: what it looks for, cause, resolution",
                      [this] { return rules_show(common_, name_, console_); });
    show->add_option("name", name_, "For example CMG-CONN-403-CLIENTCERT")->required();
    add_json(*show);
    auto* lint = verb(*rules, "lint", "Check packs for mistakes",
                      [this] { return rules_lint(common_, lint_, console_); });
    lint->add_option("folders", lint_.folders, kFolders);
    lint->add_flag("--strict", lint_.strict, "Warnings fail, too");
    add_json(*lint);
    auto* test = verb(*rules, "test", "Run the tests that stand beside the rules",
                      [this] { return rules_test(common_, test_, console_); });
    test->add_option("folders", test_.folders, kFolders);
    test->add_option("--filter", test_.filter, "Only tests with this in their name or their rule's")
        ->type_name("TEXT");
    add_json(*test);
    add_rules_tools(*rules);
  }

  // For those who write signatures.
  void add_rules_tools(CLI::App& rules) {
    auto* explain = verb(rules, "explain", "One signature in full: what fires, clears, explains it",
                         [this] { return rules_explain(common_, name_, console_); });
    explain->add_option("name", name_, "For example CMG-CONN-403-CLIENTCERT")->required();
    auto* match = verb(rules, "match",
                       "Which signatures look at which lines of a log, and why they do not fire",
                       [this] { return rules_match(common_, match_, console_); });
    match->add_option("file", match_.path, "A log file")->required();
    match->add_option("--service", match_.service, "Treat it as a log of this service")
        ->type_name("NAME");
    match->add_option("--rule", match_.rule, "Only this signature")->type_name("NAME");
    match->add_flag("--all", match_.all, "Also show the lines that no signature looks at");
    add_json(*match);
    auto* coverage = verb(rules, "coverage", "Which parts of the rules their tests exercise",
                          [this] { return rules_coverage(common_, coverage_, console_); });
    coverage->add_option("folders", coverage_.folders, kFolders);
    coverage->add_option("--fail-under", coverage_.fail_under, "Fail below this percentage")
        ->type_name("N")
        ->check(CLI::Range(0.0, 100.0).description(""));
    add_json(*coverage);
    auto* doc = verb(rules, "doc", "Write the signature reference and the table of event ids",
                     [this] { return rules_doc(common_, doc_, console_); });
    doc->add_option("folders", doc_.folders, kFolders);
    auto* output =
        doc->add_option("--output", doc_.output,
                        "Folder with events.md (default: the reference on standard output)")
            ->type_name("FOLDER");
    doc->add_flag("--check", doc_.check, "Write nothing; fail when a page is not current")
        ->needs(output);
  }

  void add_config() {
    auto* config = group("config", "The settings file");
    verb(*config, "validate", "Check the settings file",
         [this] { return config_validate(common_, console_); });
    auto* show = verb(*config, "show", "The settings in force, and where each comes from",
                      [this] { return config_show(common_, console_); });
    add_sources(*show);
    auto* init = verb(*config, "init", "Write a commented default settings file",
                      [this] { return config_init(common_, path_, force_, console_); });
    init->add_option("file", path_, "Where (default: cmgmon.yaml in the data folder)");
    init->add_flag("--force", force_, "Replace an existing file");
  }

  void add_test_sink() {
    auto* test = verb(app_, "test-sink", "Send a test alert through a sink and say what came back",
                      [this] { return test_sink(common_, name_, console_); });
    test->add_option("name", name_, "The sink's name in the settings")->required();
    add_json(*test);
  }

  void add_secret() {
    auto* secret = group("secret", "Passwords and tokens for sinks, kept by this machine");
    auto* set = verb(*secret, "set", "Keep a secret: type it, or write it to standard input",
                     [this] { return secret_set(common_, name_, console_); });
    set->add_option("name", name_, "How cmgmon.yaml refers to it: {secret: NAME}")->required();
    auto* list = verb(*secret, "list", "The names of the secrets that are kept",
                      [this] { return secret_list(common_, console_); });
    add_json(*list);
    auto* remove = verb(*secret, "remove", "Forget a secret",
                        [this] { return secret_remove(common_, name_, console_); });
    remove->add_option("name", name_, "Its name")->required();
  }

  void add_service() {
    auto* service = group("service", "The Windows service");
    verb(*service, "install", "Register the service",
         [this] { return service_install(common_, console_); });
    verb(*service, "uninstall", "Stop and remove the service",
         [this] { return service_uninstall(console_); });
    verb(*service, "configure", "Set delayed start, restart after failure and the service SID",
         [this] { return service_configure(console_); });
    verb(*service, "start", "Start the service", [this] { return service_start(console_); });
    verb(*service, "stop", "Stop the service", [this] { return service_stop(console_); });
    auto* status = verb(*service, "status", "Whether it is installed and running",
                        [this] { return service_status(common_, console_); });
    add_json(*status);
    verb(*service, "run", "Run as the service (started by Windows, not by hand)",
         [this] { return service_run(common_, console_); });
  }

  const Console& console_;
  CLI::App app_{
      "CMG Health Monitor: watches Configuration Manager cloud management gateway logs and raises "
      "alerts.",
      "cmgmon"};
  CommonOptions common_;
  RunOptions run_;
  ScanOptions scan_;
  AlertsOptions alerts_;
  RulesLintOptions lint_;
  RulesTestOptions test_;
  RulesMatchOptions match_;
  RulesCoverageOptions coverage_;
  RulesDocOptions doc_;
  std::string name_;
  std::string path_;
  bool force_ = false;
  std::function<ExitCode()> action_;
};

}  // namespace

ExitCode run_command_line(std::vector<std::string> arguments, const Console& console) {
  return CommandLine(console).run(std::move(arguments));
}

}  // namespace cmgmon::service
