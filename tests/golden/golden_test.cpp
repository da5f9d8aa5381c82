// Golden cases: what `cmgmon scan --json` says about the logs in <case>/in must be <case>/want.json.
//
// Beside `in` a case may have arguments.txt (further arguments of scan, one a line) and cmgmon.yaml (settings). Paths in
// want.json start at `in` and have "/", so that both platforms share it. UPDATE_GOLDEN=1 writes want.json anew; the diff
// is what is to be reviewed.

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/path.h"
#include "platform/files.h"
#include "service/command_line.h"
#include "sinks/incident_json.h"
#include "support/temp_folder.h"

namespace cmgmon {
namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::size_t kMaxFile = 4U << 20U;

std::string golden_folder() {
  return base::join_path(base::join_path(CMGMON_SOURCE_DIR, "tests"), "golden");
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  if (const auto entries = platform::list_folder(golden_folder())) {
    for (const auto& entry : *entries) {
      if (entry.kind == platform::EntryKind::kFolder) {
        names.push_back(entry.name);
      }
    }
  }
  return names;
}

std::string text_of(const std::string& path) {
  const auto text = platform::read_small_file(path, kMaxFile);
  return text ? *text : "";
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::istringstream text(text_of(path));
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line.back() == '\r') {
      line.pop_back();
    }
    lines.push_back(line);
  }
  return lines;
}

void make_relative(Object& entry, const std::string& folder) {
  auto path = entry.getValue<std::string>("path");
  ASSERT_TRUE(path.starts_with(folder)) << path;
  path.erase(0, folder.size() + 1);
  std::replace(path.begin(), path.end(), '\\', '/');
  entry.set("path", sinks::json_string(path));
}

void make_relative(const Array::Ptr& entries, const std::string& folder) {
  for (std::size_t i = 0; i < entries->size(); ++i) {
    make_relative(*entries->getObject(static_cast<unsigned>(i)), folder);
  }
}

// The document without the place where this machine keeps the case.
std::string portable(const std::string& json, const std::string& folder) {
  Poco::JSON::ParseHandler::Ptr handler = new Poco::JSON::ParseHandler(true);
  Poco::JSON::Parser parser(handler);
  const auto document = parser.parse(json).extract<Object::Ptr>();
  make_relative(document->getArray("files"), folder);
  make_relative(document->getArray("errors"), folder);
  const auto incidents = document->getArray("incidents");
  for (std::size_t i = 0; i < incidents->size(); ++i) {
    make_relative(incidents->getObject(static_cast<unsigned>(i))->getArray("evidence"), folder);
  }
  return sinks::json_text(*document, 2) + "\n";
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, ScanSaysWhatIsWanted) {
  const std::string folder = base::join_path(golden_folder(), GetParam());
  const std::string in = base::join_path(folder, "in");
  const std::string want = base::join_path(folder, "want.json");
  const std::string settings = base::join_path(folder, "cmgmon.yaml");
  const support::TempFolder data;  // nothing of this machine's settings

  std::vector<std::string> arguments = {
      "scan",      "--json",  "--data",
      data.path(), "--packs", base::join_path(CMGMON_SOURCE_DIR, "config/packs")};
  if (platform::file_exists(settings)) {
    arguments.insert(arguments.end(), {"--config", settings});
  }
  for (const auto& line : lines_of(base::join_path(folder, "arguments.txt"))) {
    arguments.push_back(line);
  }
  arguments.push_back(in);

  std::ostringstream out;
  std::ostringstream err;
  const auto code = service::run_command_line(arguments, service::Console{out, err});
  EXPECT_EQ(code, service::ExitCode::kOk);
  EXPECT_EQ(err.str(), "");
  const std::string got = portable(out.str(), in);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(platform::replace_file(want, got));
    GTEST_SKIP() << "UPDATE_GOLDEN is set: want.json was written, nothing was compared";
  }
  EXPECT_EQ(got, text_of(want)) << "in " << folder;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(cases()), test_name);

// A case that cannot be found is a test that does not run.
TEST(GoldenCases, AreThereWithLogsAndWants) {
  EXPECT_GE(cases().size(), 30U);
  for (const auto& name : cases()) {
    const std::string folder = base::join_path(golden_folder(), name);
    EXPECT_TRUE(platform::file_exists(base::join_path(folder, "want.json"))) << name;
    const auto in = platform::list_folder(base::join_path(folder, "in"));
    EXPECT_TRUE(in && !in->empty()) << name;
  }
}

// Every signature of the seed fires somewhere and is cleared somewhere, where logs can clear it.
TEST(GoldenCases, CoverEverySignature) {
  std::map<std::string, std::vector<std::string>> states;
  for (const auto& name : cases()) {
    Poco::JSON::Parser parser;
    const auto document =
        parser.parse(text_of(base::join_path(base::join_path(golden_folder(), name), "want.json")))
            .extract<Object::Ptr>();
    const auto incidents = document->getArray("incidents");
    for (std::size_t i = 0; i < incidents->size(); ++i) {
      const auto incident = incidents->getObject(static_cast<unsigned>(i));
      states[incident->getValue<std::string>("signature")].push_back(
          incident->getValue<std::string>("state"));
    }
  }
  const auto seen = [&](const std::string& signature, const std::string& state) {
    const auto& all = states[signature];
    return std::find(all.begin(), all.end(), state) != all.end();
  };
  for (const std::string signature :
       {"CMG-CLIENT-403-CLIENTCERT", "CMG-CONN-403-CLIENTCERT", "CMG-CONN-NO-CLIENTAUTH-CERT",
        "CMG-CLIENT-403-FORBIDDEN", "CMG-CLIENT-TLS-SECURE-FAILURE", "CMG-CLIENT-401-INVALID-TOKEN",
        "IIS-MP-403-7", "CMG-CONN-403-FORBIDDEN", "CMG-STS-PREAUTH-EXPIRED",
        "CMG-UNKNOWN-STATUS"}) {
    EXPECT_TRUE(seen(signature, "firing")) << signature;
    EXPECT_TRUE(seen(signature, "cleared")) << signature;
  }
}

}  // namespace
}  // namespace cmgmon
