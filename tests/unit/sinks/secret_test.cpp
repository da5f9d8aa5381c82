#include "sinks/secret.h"

#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "platform/environment.h"
#include "platform/secret_vault.h"
#include "support/temp_folder.h"

namespace cmgmon::sinks {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::optional<Secret> read(const support::TempFolder& folder, const std::string& text,
                           base::Complaints& complaints) {
  const std::string file = folder.file("cmgmon.yaml");
  const auto documents = base::load_yaml("password: " + text, file, complaints);
  base::Mapping mapping(documents.front(), file, complaints, "the sink 'mine'");
  return read_secret(mapping, "password");
}

TEST(Secret, ComesFromWhereItIsKept) {
  const support::TempFolder folder;
  folder.write("token.txt", "from a file\r\nand a comment\n");
  const std::string vault = secrets_folder(folder.path());
  ASSERT_TRUE(platform::keep_secret(vault, "mail", "from the vault"));
  struct Row {
    const char* text;
    std::string value;
  };
  const Row rows[] = {
      {"plain text", "plain text"},
      {"'  kept  as written '", "  kept  as written "},
      {"{file: token.txt}", "from a file"},
      {"{secret: mail}", "from the vault"},
      {"{env: PATH}", platform::environment_variable("PATH").value()},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    base::Complaints complaints;
    const auto secret = read(folder, row.text, complaints);
    ASSERT_TRUE(secret);
    EXPECT_EQ(secret->value(vault).value(), row.value);
    EXPECT_THAT(complaints, IsEmpty());
  }
}

TEST(Secret, SaysWhereItIsMissing) {
  const support::TempFolder folder;
  folder.write("empty.txt", "\nhunter2\n");
  struct Row {
    const char* text;
    const char* names;
  };
  for (const auto& row :
       {Row{"{file: missing.txt}", "missing.txt"}, Row{"{file: empty.txt}", "empty.txt"},
        Row{"{env: CMGMON_NO_SUCH_VARIABLE}", "CMGMON_NO_SUCH_VARIABLE"},
        Row{"{secret: mail}", "'mail'"}, Row{"{secret: ../mail}", "mail"}}) {
    SCOPED_TRACE(row.text);
    base::Complaints complaints;
    const auto value = read(folder, row.text, complaints)->value(secrets_folder(folder.path()));
    ASSERT_FALSE(value);
    EXPECT_THAT(value.error().message, HasSubstr(row.names));
    EXPECT_THAT(base::describe(value.error()), Not(HasSubstr("hunter2")));
  }
}

TEST(Secret, ComplainsWithoutShowingIt) {
  const support::TempFolder folder;
  for (const char* text : {"''", "[hunter2]", "{fil: hunter2}", "{file: hunter2, env: X}",
                           "{file: }", "{file: [hunter2]}"}) {
    SCOPED_TRACE(text);
    base::Complaints complaints;
    EXPECT_FALSE(read(folder, text, complaints));
    ASSERT_THAT(complaints, SizeIs(1));
    EXPECT_THAT(complaints.front().message, Not(HasSubstr("hunter2")));
  }
}

TEST(WithoutSecrets, ShowsOnlyWhatIsKnownToBeNone) {
  base::Complaints complaints;
  const auto node = base::load_yaml(
      "{type: webhook, level: high, url: 'https://x/hunter2', pasword: hunter2,"
      " headers: {X-Token: hunter2, X-Other: {env: TOKEN}}, more: [hunter2, [hunter2]],"
      " password: {file: /etc/token}, urls: [a, b]}",
      "cmgmon.yaml", complaints);
  std::ostringstream out;
  out << base::to_yaml(without_secrets(node.front()));
  EXPECT_THAT(out.str(), Not(HasSubstr("hunter2")));
  for (const char* shown : {"type: webhook", "level: high", "url: (secret)", "pasword: (secret)",
                            "X-Token: (secret)", "env: TOKEN", "file: /etc/token", "- (secret)"}) {
    EXPECT_THAT(out.str(), HasSubstr(shown));
  }
}

TEST(WithoutSecrets, HidesWhatOnlyLooksHarmless) {
  struct Row {
    const char* text;
    const char* shown;
  };
  for (const auto& row :
       {Row{"{type: webhook, headers: {secret: hunter2}}", "secret: (secret)"},
        Row{"{type: webhook, headers: {file: hunter2}}", "file: (secret)"},
        Row{"{type: webhook, headers: {X: {env: NAME}}}", "env: NAME"},
        Row{"{type: webhook, urls: 'https://hooks/hunter2'}", "urls: (secret)"},
        Row{"{type: alertmanager, urls: ['https://u:hunter2@am', 'http://am2:9093']}",
            "http://am2:9093"},
        Row{"{type: alertmanager, urls: 'https://am/hunter2'}", "https://am/(secret)"},
        Row{"{type: webhook, template: '{\"key\": \"hunter2\"}'}", "template: (secret)"},
        Row{"{type: [hunter2], urls: hunter2}", "urls: (secret)"}}) {
    SCOPED_TRACE(row.text);
    base::Complaints complaints;
    std::ostringstream out;
    out << base::to_yaml(without_secrets(base::load_yaml(row.text, "f", complaints).front()));
    const std::string text = out.str();
    EXPECT_THAT(text.substr(text.find('\n') + 1), Not(HasSubstr("hunter2")));
    EXPECT_THAT(text, HasSubstr(row.shown));
  }
}

// Whoever adds a key to a sink decides here whether its value may be shown.
TEST(WithoutSecrets, KnowsEveryKeyOfEverySink) {
  static const std::set<std::string> kSecret = {"url",      "password", "token",      "headers",
                                                "template", "proxy",    "routing_key"};
  std::ifstream file(CMGMON_SOURCE_DIR "/config/schema/cmgmon.schema.json");
  Poco::JSON::Parser parser;
  const auto schema = parser.parse(file).extract<Poco::JSON::Object::Ptr>();
  const auto keys = schema->getObject("$defs")->getObject("sink")->getObject("properties");
  ASSERT_GT(keys->size(), 5U);
  for (const auto& [key, value] : *keys) {
    EXPECT_NE(may_be_shown(key), kSecret.contains(key))
        << key << ": add it to the list in sinks/secret.cpp, or to this one if it is a secret";
  }
}

}  // namespace
}  // namespace cmgmon::sinks
