#include "service/command_line.h"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/path.h"
#include "support/temp_folder.h"

namespace cmgmon::service {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// As the connector writes it, now.
std::string record(const std::string& message) {
  const std::time_t now = std::time(nullptr);
  std::array<char, 64> time{};
  std::strftime(time.data(), time.size(), "%m-%d-%Y %H:%M:%S.000+00", std::gmtime(&now));
  return message + "~~  $$<SMS_CLOUD_PROXYCONNECTOR><" + time.data() +
         "><thread=7004 (0x1B5C)>\r\n";
}
const std::string kRefusal = record(
    "Received response https://mp.contoso.com/SMS_MP/.sms_aut?MPLIST for message m1: HTTP/1.1 403 "
    "CMGConnector_Clientcertificaterequired");
const std::string kAnswer = record(
    "Received response https://mp.contoso.com/SMS_MP/.sms_aut?MPLIST for message m2: HTTP/1.1 200 "
    "OK");
constexpr const char* kExpiredToken =
    "<![LOG[Return code: 401, Description: PreAuth token validation failed, "
    "System.IdentityModel.Tokens.SecurityTokenExpiredException: "
    "IDX10223]LOG]!><time=\"10:00:00.000+00\" "
    "date=\"11-16-2026\" component=\"CCM_STS\" context=\"\" type=\"1\" thread=\"12\" "
    "file=\"\">\r\n";

struct Outcome {
  ExitCode code;
  std::string out;
  std::string err;
};

// The program in this process, with the shipped packs and an empty data folder of the test's own.
class Program {
 public:
  Outcome bare(const std::vector<std::string>& arguments) const {
    std::ostringstream out;
    std::ostringstream err;
    const auto code = run_command_line(arguments, Console{out, err});
    return {code, out.str(), err.str()};
  }
  Outcome operator()(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {"--data", data(), "--packs",
                                    base::join_path(CMGMON_SOURCE_DIR, "config/packs")};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return bare(all);
  }
  std::string data() const { return folder.file("data"); }

  support::TempFolder folder;
};

Poco::JSON::Object::Ptr parsed(const std::string& text) {
  Poco::JSON::Parser parser;
  return parser.parse(text).extract<Poco::JSON::Object::Ptr>();
}

const std::vector<std::vector<std::string>> kVerbs = {
    {"run"},
    {"scan"},
    {"rules", "list"},
    {"rules", "show"},
    {"rules", "lint"},
    {"rules", "test"},
    {"rules", "explain"},
    {"rules", "match"},
    {"rules", "coverage"},
    {"rules", "doc"},
    {"config", "validate"},
    {"config", "show"},
    {"config", "init"},
    {"service", "install"},
    {"service", "uninstall"},
    {"service", "configure"},
    {"service", "start"},
    {"service", "stop"},
    {"service", "status"},
    {"service", "run"},
    {"version"},
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

TEST(CommandLine, HelpNamesEveryVerbAndOptionAndExitCode) {
  const Program program;
  const auto help = program.bare({"--help"});
  EXPECT_EQ(help.code, ExitCode::kOk);
  EXPECT_EQ(help.err, "");
  for (const char* text :
       {"--config FILE", "--data FOLDER", "--packs FOLDER", "--help-all", "\n  run ", "\n  scan ",
        "\n  rules ", "\n  config ", "\n  service ", "\n  version ", "Exit codes:"}) {
    EXPECT_THAT(help.out, HasSubstr(text));
  }
  for (char code = '0'; code <= '5'; ++code) {
    EXPECT_THAT(help.out, HasSubstr(std::string("\n  ") + code + "  "));
  }
}

TEST(CommandLine, EveryVerbHasHelpThatIsComplete) {
  const Program program;
  for (const auto& verb : kVerbs) {
    SCOPED_TRACE(joined(verb));
    auto arguments = verb;
    arguments.push_back("--help");
    const auto help = program.bare(arguments);
    EXPECT_EQ(help.code, ExitCode::kOk);
    EXPECT_EQ(help.err, "");
    EXPECT_THAT(help.out, HasSubstr("Usage: cmgmon " + joined(verb)));
    EXPECT_THAT(help.out, HasSubstr("--config, --data and --packs"));
    EXPECT_THAT(help.out, Not(HasSubstr("Exit codes:")));  // they stand in one place
    // Every line about an option says what it is for.
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("  -")) {
        EXPECT_NE(line.find_first_not_of(' ', std::min(line.find("  ", 3), line.size())),
                  std::string::npos)
            << line;
      }
    }
  }
}

TEST(CommandLine, HelpOfAVerbNamesItsOptions) {
  const Program program;
  const std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> rows = {
      {{"run"}, {"--once", "--source SERVICE=PATH", "--no-default-sources", "--host NAME"}},
      {{"scan"}, {"PATH", "--service NAME", "--all", "--fail-on LEVEL", "--json"}},
      {{"rules", "list"}, {"--json"}},
      {{"rules", "show"}, {"name", "--json"}},
      {{"rules", "lint"}, {"folders", "--strict", "--json"}},
      {{"rules", "test"}, {"folders", "--filter", "--json"}},
      {{"rules", "explain"}, {"name"}},
      {{"rules", "match"}, {"file", "--service", "--rule", "--all", "--json"}},
      {{"rules", "coverage"}, {"folders", "--fail-under", "--json"}},
      {{"rules", "doc"}, {"folders", "--output", "--check"}},
      {{"config", "show"}, {"--source SERVICE=PATH", "--no-default-sources", "--host NAME"}},
      {{"config", "init"}, {"file", "--force"}},
      {{"service", "status"}, {"--json"}},
      {{"version"}, {"--json"}},
  };
  for (const auto& [verb, options] : rows) {
    auto arguments = verb;
    arguments.push_back("--help");
    const auto help = program.bare(arguments);
    for (const auto& option : options) {
      EXPECT_THAT(help.out, HasSubstr(option)) << joined(verb);
    }
  }
}

TEST(CommandLine, SaysWhatIsWrongWithItAndWhatIsNearest) {
  struct Row {
    std::vector<std::string> arguments;
    std::vector<std::string> said;
  };
  const std::vector<Row> rows = {
      {{}, {"subcommand is required"}},
      {{"scna", "x"}, {"no verb 'scna'", "did you mean 'scan'?"}},
      {{"frobnicate"}, {"no verb 'frobnicate'", "'cmgmon --help'"}},
      {{"rules"}, {"subcommand is required"}},
      {{"rules", "lst"}, {"no verb 'lst' of 'cmgmon rules'", "did you mean 'list'?"}},
      {{"config", "zzz"}, {"no verb 'zzz'", "'cmgmon config --help'"}},
      {{"scan", "--jsno", "x"}, {"no option '--jsno'", "did you mean '--json'?"}},
      {{"run", "--dat", "x"}, {"no option '--dat'", "did you mean '--data'?"}},
      {{"run", "extra"}, {"extra"}},
      {{"scan"}, {"paths is required"}},
      {{"scan", "x", "--service"}, {"--service", "NAME"}},
      {{"scan", "x", "--fail-on", "hgih"},
       {"'hgih' is not a level", "informational, low, medium, high, critical"}},
      {{"scan", "x", "--service", "ccm_stz"},
       {"no log service 'ccm_stz'", "did you mean 'ccm_sts'?"}},
      {{"run", "--once", "--source", "here"}, {"'here' is not SERVICE=PATH"}},
      {{"run", "--once", "--source", "=x"}, {"'=x' is not SERVICE=PATH"}},
      {{"run", "--once", "--source", "ccm_stz=x.log"}, {"'ccm_stz'", "did you mean 'ccm_sts'?"}},
      {{"rules", "show", "CMG-CON-403-CLIENTCERT"}, {"did you mean CMG-CONN-403-CLIENTCERT?"}},
      {{"rules", "show", "nothing-like-it"}, {"'cmgmon rules list'"}},
      {{"scan", "x", "--config", "no-such.yaml"}, {"no-such.yaml"}},
      {{"\x1b[31m"}, {"no verb '"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(joined(row.arguments));
    const Program program;
    const auto outcome = row.arguments.empty() ? program.bare({}) : program(row.arguments);
    EXPECT_EQ(outcome.code, ExitCode::kUsage);
    EXPECT_EQ(outcome.out, "");
    for (const auto& text : row.said) {
      EXPECT_THAT(outcome.err, HasSubstr(text));
    }
    EXPECT_THAT(outcome.err, Not(HasSubstr("\x1b")));
  }
}

TEST(CommandLine, APackFolderDoesNotSwallowWhatFollows) {
  const Program program;
  program.folder.write("SMS_Cloud_ProxyConnector.log", kRefusal);
  const auto outcome =
      program.bare({"scan", "--json", "--data", program.data(), "--packs",
                    base::join_path(CMGMON_SOURCE_DIR, "config/packs"), program.folder.path()});
  EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(parsed(outcome.out)->getArray("incidents")->size(), 1U);
}

TEST(CommandLine, JsonIsOneDocumentWithItsSchema) {
  const Program program;
  const std::string log = program.folder.write("SMS_Cloud_ProxyConnector.log", kRefusal);
  const std::vector<std::pair<std::vector<std::string>, std::string>> rows = {
      {{"version", "--json"}, "cmgmon/version/1"},
      {{"rules", "list", "--json"}, "cmgmon/rules/1"},
      {{"rules", "lint", "--json"}, "cmgmon/rules-lint/1"},
      {{"rules", "test", "--json"}, "cmgmon/rules-test/1"},
      {{"rules", "coverage", "--json"}, "cmgmon/rules-coverage/1"},
      {{"scan", "--json", log}, "cmgmon/scan/1"},
  };
  for (const auto& [arguments, schema] : rows) {
    SCOPED_TRACE(joined(arguments));
    const auto outcome = program(arguments);
    EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
    const auto document = parsed(outcome.out);
    EXPECT_EQ(document->getValue<std::string>("schema"), schema);
  }
  const auto show = program({"rules", "show", "1002", "--json"});
  EXPECT_EQ(parsed(show.out)->getValue<std::string>("name"), "CMG-CONN-403-CLIENTCERT");
}

TEST(CommandLine, ScanTellsByItsExitCode) {
  const Program program;
  const std::string firing = program.folder.write("firing/SMS_Cloud_ProxyConnector.log", kRefusal);
  const std::string cleared =
      program.folder.write("cleared/SMS_Cloud_ProxyConnector.log", kRefusal + kAnswer);
  const std::string low = program.folder.write("low/CCM_STS.log", kExpiredToken);
  const std::string empty = program.folder.write("empty/LocationServices.log", "");
  const std::string unrelated = program.folder.write("unrelated/notes.txt", "nothing to see\n");
  const std::string missing = program.folder.file("missing.log");
  const std::string folder_without_logs = program.folder.file("unrelated");
  struct Row {
    std::vector<std::string> arguments;
    ExitCode code;
  };
  const std::vector<Row> rows = {
      {{firing}, ExitCode::kOk},
      {{firing, "--fail-on", "critical"}, ExitCode::kFiring},
      {{firing, "--fail-on", "informational"}, ExitCode::kFiring},
      {{"--fail-on", "high", low, firing, cleared}, ExitCode::kFiring},
      {{cleared, "--fail-on", "informational"}, ExitCode::kOk},
      {{low, "--fail-on", "low"}, ExitCode::kFiring},
      {{low, "--fail-on", "medium"}, ExitCode::kOk},
      {{empty, "--fail-on", "informational"}, ExitCode::kOk},
      {{unrelated}, ExitCode::kOk},
      {{folder_without_logs}, ExitCode::kFailure},
      {{folder_without_logs, "--all"}, ExitCode::kOk},
      {{missing}, ExitCode::kFailure},
      {{firing, missing}, ExitCode::kPartial},
      {{firing, missing, "--fail-on", "low"},
       ExitCode::kPartial},  // what is missing may hold worse
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(joined(row.arguments));
    for (const bool json : {false, true}) {
      auto arguments = row.arguments;
      arguments.insert(arguments.begin(), "scan");
      if (json) {
        arguments.push_back("--json");
      }
      const auto outcome = program(arguments);
      EXPECT_EQ(outcome.code, row.code) << outcome.err;
      const bool complains = row.code == ExitCode::kFailure || row.code == ExitCode::kPartial;
      EXPECT_EQ(outcome.err.empty(), !complains) << outcome.err;
      if (json) {
        EXPECT_NO_THROW(parsed(outcome.out)) << outcome.out;
      } else if (row.code == ExitCode::kFailure) {
        EXPECT_THAT(outcome.out, Not(HasSubstr("no known failure")));
      }
    }
  }
}

TEST(CommandLine, ScanKnowsConfiguredSourcesByRelativePathsToo) {
  struct Back {
    std::filesystem::path folder = std::filesystem::current_path();
    ~Back() { std::filesystem::current_path(folder); }
  } back;
  const Program program;
  program.folder.write("collected/PC0001/x.log", kRefusal);
  program.folder.write("cmgmon.yaml",
                       "version: 1\nsources:\n  - {service: sms_cloud_proxyconnector, path: "
                       "'collected/{computer}/x.log'}\n");
  const auto& folder = program.folder.path();
  std::filesystem::current_path(std::u8string(folder.begin(), folder.end()));
  for (const std::string path : {"collected", "./collected", "collected/../collected/PC0001"}) {
    SCOPED_TRACE(path);
    const auto outcome = program({"--config", "cmgmon.yaml", "scan", "--json", path});
    EXPECT_EQ(outcome.code, ExitCode::kOk) << outcome.err;
    const auto incidents = parsed(outcome.out)->getArray("incidents");
    ASSERT_EQ(incidents->size(), 1U);
    EXPECT_EQ(incidents->getObject(0)->getObject("fields")->optValue<std::string>("computer", ""),
              "PC0001");
    EXPECT_THAT(
        incidents->getObject(0)->getArray("evidence")->getObject(0)->getValue<std::string>("path"),
        StartsWith(path));
  }
}

TEST(CommandLine, AnOversizedRecordHidesNothingAroundIt) {
  const Program program;
  std::string text = kRefusal + std::string(3U << 20U, 'A') + "\r\n" + kRefusal;
  text += "A" + std::string(100'000, '\0') + "\r\n";
  text += kRefusal;
  const auto log = program.folder.write("SMS_Cloud_ProxyConnector.log", text);
  const auto outcome = program({"scan", "--json", log});
  const auto incidents = parsed(outcome.out)->getArray("incidents");
  ASSERT_EQ(incidents->size(), 1U) << outcome.out;
  EXPECT_EQ(incidents->getObject(0)->getValue<int>("count"), 3);
}

TEST(CommandLine, MistakesInSettingsAreNamedByLineForEveryVerb) {
  struct Row {
    std::string name;
    std::string text;
    std::vector<std::string> said;
    bool of_a_sink = false;  // who delivers nothing does not look at it
  };
  const std::vector<Row> rows = {
      {"no YAML", "version: 1\nsinks: [\n", {":2:"}},
      {"unknown key",
       "version: 1\nhsot: a\n",
       {":2:1:", "unknown key 'hsot'", "did you mean 'host'?"}},
      {"unknown key deeper",
       "version: 1\npolling:\n  actve: 1s\n",
       {":3:3:", "did you mean 'active'?"}},
      {"twice", "version: 1\nhost: a\nhost: b\n", {":3:1:", "twice", "line 2"}},
      {"sink's key",
       "version: 1\nsinks:\n  journal:\n    levle: high\n",
       {":4:5:", "did you mean 'level'?"},
       true},
      {"sink's level",
       "version: 1\nsinks:\n  journal:\n    level: hgih\n",
       {":4:12:", "did you mean 'high'?"},
       true},
      {"newer file", "version: 2\n", {":1:", "2"}},
      {"out of range", "version: 1\npolling: {active: 1ms}\n", {":2:", "active"}},
      {"source without service", "version: 1\nsources:\n  - path: x.log\n", {":3:", "service"}},
      {"not a mapping", "- a\n", {":1:"}},
      {"not UTF-8", "version: 1\nhost: \xff\xfe\n", {"UTF-8"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const Program program;
    const std::string file = program.folder.write("cmgmon.yaml", row.text);
    std::vector<std::vector<std::string>> verbs = {{"config", "validate"}, {"run", "--once"}};
    if (!row.of_a_sink) {
      verbs.insert(verbs.end(), {{"scan", file}, {"rules", "list"}});
    }
    for (const auto& verb : verbs) {
      SCOPED_TRACE(joined(verb));
      auto arguments = verb;
      arguments.insert(arguments.end(), {"--config", file});
      const auto outcome = program(arguments);
      EXPECT_EQ(outcome.code, ExitCode::kUsage);
      EXPECT_EQ(outcome.out, "");
      EXPECT_THAT(outcome.err, StartsWith(file));
      for (const auto& text : row.said) {
        EXPECT_THAT(outcome.err, HasSubstr(text));
      }
    }
  }
}

TEST(CommandLine, ASourceOfAnUnknownServiceIsAMistakeOfTheSettings) {
  const Program program;
  const std::string file = program.folder.write(
      "cmgmon.yaml", "version: 1\nsources:\n  - {service: ccm_stz, path: x.log}\n");
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"config", "validate"}, {"run", "--once"}}) {
    auto arguments = verb;
    arguments.insert(arguments.end(), {"--config", file});
    const auto outcome = program(arguments);
    EXPECT_EQ(outcome.code, ExitCode::kUsage) << joined(verb);
    EXPECT_THAT(outcome.err, HasSubstr("'ccm_stz'")) << joined(verb);
  }
}

constexpr const char* kPack =
    "pack: mine\nversion: 1.0.0\nformat: cmgmon/pack/1\n"
    "services:\n  mine:\n    title: My log\n    files: [mine.log]\n";
constexpr const char* kRule =
    "title: Something failed\n"
    "id: 11111111-2222-4333-8444-555555555555\n"
    "name: MY-FAILURE\n"
    "status: stable\n"
    "level: high\n"
    "description: It failed.\n"
    "logsource: {product: configmgr, service: mine}\n"
    "detection:\n"
    "  failed:\n"
    "    Message|contains: something failed badly\n"
    "  condition: failed\n"
    "x-cmgmon:\n"
    "  version: 1\n"
    "  event_id: 1500\n"
    "  group-by: []\n"
    "  diagnosis:\n"
    "    - otherwise: true\n"
    "      cause: It failed.\n"
    "      resolution: [Repair it.]\n"
    "  clear:\n"
    "    quiet: 1h\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(CommandLine, MistakesInAPackAreNamedByLine) {
  struct Row {
    std::string name;
    std::string from;
    std::string to;
    std::vector<std::string> said;
  };
  const std::vector<Row> rows = {
      {"no YAML", "condition: failed", "condition: [failed", {"rule.yaml:12:"}},
      {"unknown key", "level: high", "levle: high", {"rule.yaml:5:1:", "did you mean 'level'?"}},
      {"unknown level", "level: high", "level: hgih", {"rule.yaml:5:8:", "did you mean 'high'?"}},
      {"unknown key of ours",
       "event_id:",
       "event-id:",
       {"rule.yaml:14:3:", "did you mean 'event_id'?"}},
      {"unknown service",
       "service: mine",
       "service: mien",
       {"rule.yaml:7:", "did you mean 'mine'?"}},
      {"unknown modifier",
       "Message|contains",
       "Message|contians",
       {"rule.yaml:10:5:", "did you mean 'contains'?"}},
      {"unknown selection",
       "condition: failed",
       "condition: failde",
       {"rule.yaml:11:", "did you mean 'failed'?"}},
      {"unknown field in a text",
       "cause: It failed.",
       "cause: 'It failed for {hots}.'",
       {"rule.yaml:18:", "hots"}},
      {"short literal", "something failed badly", "failed", {"rule.yaml:9:", "at least 7"}},
      {"expression without literal",
       "Message|contains: something failed badly",
       "Message|re: 'a.*b'",
       {"at least 7"}},
      {"broken expression",
       "Message|contains: something failed badly",
       "Message|re: '(something'",
       {"rule.yaml:10:17:", "missing )"}},
      {"key twice",
       "level: high\n",
       "level: high\nlevel: low\n",
       {"rule.yaml:6:1:", "twice", "line 5"}},
      {"id out of range", "1500", "4711", {"rule.yaml:14:13:", "1000 to 1999"}},
      {"empty", kRule, "", {"rule.yaml", "no rule"}},
      {"not UTF-8", "It failed.", "\xff\xfe", {"rule.yaml:", "UTF-8"}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const Program program;
    program.folder.write("packs/mine/pack.yaml", kPack);
    program.folder.write("packs/mine/rule.yaml", replaced(kRule, row.from, row.to));
    const auto lint = program.bare({"rules", "lint", program.folder.file("packs")});
    EXPECT_EQ(lint.code, ExitCode::kFailure);
    EXPECT_EQ(lint.out, "");
    // With such a pack nothing runs, and the reason is the same.
    const auto run = program.bare(
        {"run", "--once", "--data", program.data(), "--packs", program.folder.file("packs")});
    EXPECT_EQ(run.code, ExitCode::kUsage);
    for (const auto& text : row.said) {
      EXPECT_THAT(lint.err, HasSubstr(text));
      EXPECT_THAT(run.err, HasSubstr(text));
    }
  }
}

TEST(CommandLine, ASignatureThatExistsTwiceIsAMistake) {
  const std::vector<std::pair<std::string, std::string>> different = {
      {"11111111-2222", "99999999-2222"}, {"MY-FAILURE", "MY-OTHER-FAILURE"}, {"1500", "1501"}};
  for (std::size_t same = 0; same < different.size(); ++same) {
    SCOPED_TRACE(different[same].first);
    const Program program;
    std::string other = kRule;
    for (std::size_t i = 0; i < different.size(); ++i) {
      if (i != same) {
        other = replaced(other, different[i].first, different[i].second);
      }
    }
    program.folder.write("packs/mine/pack.yaml", kPack);
    program.folder.write("packs/mine/one.yaml", kRule);
    program.folder.write("packs/mine/two.yaml", other);
    const auto lint = program.bare({"rules", "lint", program.folder.file("packs")});
    EXPECT_EQ(lint.code, ExitCode::kFailure);
    EXPECT_THAT(lint.err,
                AllOf(HasSubstr("two.yaml:"), HasSubstr("is used twice"), HasSubstr("one.yaml:")));
  }
}

TEST(CommandLine, LintAndTestAcceptWhatIsShipped) {
  const Program program;
  const auto lint = program({"rules", "lint"});
  EXPECT_EQ(lint.code, ExitCode::kOk) << lint.err;
  const auto test = program({"rules", "test"});
  EXPECT_EQ(test.code, ExitCode::kOk) << test.out;
  EXPECT_THAT(test.out, HasSubstr(" 0 failed."));
}

TEST(CommandLine, NoPackAtAllIsSaid) {
  const Program program;
  const auto outcome = program.bare(
      {"rules", "list", "--data", program.data(), "--packs", program.folder.file("none")});
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("no signature pack found"), HasSubstr("--packs")));
}

TEST(CommandLine, InitWritesAFileThatIsValidAndNeverReplacesOne) {
  const Program program;
  const std::string file = program.folder.file("cmgmon.yaml");
  EXPECT_EQ(program({"config", "init", file}).code, ExitCode::kOk);
  EXPECT_EQ(program({"config", "validate", "--config", file}).code, ExitCode::kOk);
  const std::string edited = program.folder.read("cmgmon.yaml") + "\nhost: CP1\n";
  program.folder.write("cmgmon.yaml", edited);
  const auto again = program({"config", "init", file});
  EXPECT_EQ(again.code, ExitCode::kFailure);
  EXPECT_THAT(again.err, HasSubstr("--force"));
  EXPECT_EQ(program.folder.read("cmgmon.yaml"), edited);
  EXPECT_EQ(program({"config", "init", "--force", file}).code, ExitCode::kOk);
  EXPECT_EQ(program.folder.read("cmgmon.yaml") + "\nhost: CP1\n", edited);
}

TEST(CommandLine, TheSettingsShownAreValidSettings) {
  const Program program;
  const std::string file =
      program.folder.write("cmgmon.yaml", "version: 1\nhost: CP1\nbacklog_horizon: 2h\n");
  const auto shown = program({"config", "show", "--config", file});
  ASSERT_EQ(shown.code, ExitCode::kOk) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("host: CP1"), HasSubstr("backlog_horizon: 2h")));
  const std::string copy = program.folder.write("shown.yaml", shown.out);
  const auto valid = program({"config", "validate", "--config", copy});
  EXPECT_EQ(valid.code, ExitCode::kOk) << valid.err;
}

TEST(CommandLine, RunOnceReportsOnceAndOnlyWhatIsOpen) {
  const Program program;
  // Old enough to be history, were it not for the horizon.
  program.folder.write("data/cmgmon.yaml", "version: 1\nincidents: {clear_hold: 0s}\n");
  const std::string log = program.folder.write("SMS_Cloud_ProxyConnector.log", kRefusal);
  const std::vector<std::string> run = {"run", "--once", "--no-default-sources", "--source",
                                        "sms_cloud_proxyconnector=" + log};
  const auto first = program(run);
  EXPECT_EQ(first.code, ExitCode::kOk) << first.err;
  EXPECT_THAT(first.out, HasSubstr("RAISED  CMG-CONN-403-CLIENTCERT"));
  const auto second = program(run);
  EXPECT_EQ(second.code, ExitCode::kOk) << second.err;
  EXPECT_THAT(second.out, Not(HasSubstr("CMG-CONN-403-CLIENTCERT")));
  program.folder.append("SMS_Cloud_ProxyConnector.log", kAnswer);
  const auto third = program(run);
  EXPECT_THAT(third.out,
              AllOf(HasSubstr("CLEARED CMG-CONN-403-CLIENTCERT"), Not(HasSubstr("RAISED"))));
}

}  // namespace
}  // namespace cmgmon::service
