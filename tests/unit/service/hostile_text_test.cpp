// What somebody on the Internet put into a URL has come through decoding, matching and every output, and acts on nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <sstream>
#include <string>
#include <vector>

#include "base/path.h"
#include "base/text.h"
#include "service/command_line.h"
#include "support/temp_folder.h"

namespace cmgmon::service {
namespace {

using testing::HasSubstr;

// As the connector writes it, now.
std::string refusal(const std::string& endpoint, const std::string& query) {
  const std::time_t now = std::time(nullptr);
  std::array<char, 64> time{};
  std::strftime(time.data(), time.size(), "%m-%d-%Y %H:%M:%S.000+00", std::gmtime(&now));
  return "Received response https://mp.contoso.com/" + endpoint + "/.sms_aut?" + query +
         " for message m1: HTTP/1.1 403 CMGConnector_Clientcertificaterequired~~  "
         "$$<SMS_CLOUD_PROXYCONNECTOR><" +
         time.data() + "><thread=7004 (0x1B5C)>\r\n";
}

// Two bytes for each, and none of them a character of its own in UTF-8.
std::string wide(std::string_view bytes) {
  std::string text = "\xFF\xFE";
  for (const char c : bytes) {
    text += {c, '\0'};
  }
  return text;
}

std::string run(std::vector<std::string> arguments, const std::string& data) {
  arguments.insert(arguments.end(),
                   {"--data", data, "--packs", base::join_path(CMGMON_SOURCE_DIR, "config/packs")});
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_command_line(arguments, Console{out, err}), ExitCode::kOk) << err.str();
  return out.str() + err.str();
}

const std::vector<const char*> kEndpoints = {"UTF8", "MARK", "FORMS", "CODE_PAGE", "WIDE", "LONE"};

void expect_inert(const std::string& output, const char* what) {
  SCOPED_TRACE(what);
  for (const char* endpoint : kEndpoints) {  // it is the output that we mean
    EXPECT_THAT(output, HasSubstr(endpoint));
  }
  EXPECT_TRUE(base::is_valid_utf8(output));
  for (const char16_t unit : base::to_utf16(output)) {
    const bool line_end = unit == '\n' || (unit == '\r' && base::preferred_separator() == '\\');
    EXPECT_TRUE(line_end || (unit >= 0x20 && unit != 0x7F && (unit < 0x80 || unit > 0x9F)))
        << "control character " << static_cast<int>(unit);
    EXPECT_FALSE((unit >= 0x2028 && unit <= 0x202E) || (unit >= 0x2066 && unit <= 0x2069))
        << "direction mark or line separator " << static_cast<int>(unit);
  }
}

TEST(HostileText, IsInertInEveryOutput) {
  const std::string controls = "\x1b]0;owned\x07\x1b[31m\x7f%1%%n%s&<b>'\"]\\";
  struct Row {
    const char* name;  // also of a folder
    std::string log;
  };
  const std::vector<Row> rows = {
      {"UTF-8", refusal("UTF8", controls + "\xC2\x9B\xE2\x80\xAE\xE2\x80\xA8\xE2\x81\xA6")},
      {"UTF-8 with mark", "\xEF\xBB\xBF" + refusal("MARK", controls + "\xE2\x80\xAE")},
      {"overlong and surrogates",
       refusal("FORMS", controls + "\xC0\x9B\xED\xA0\x80\xF4\x90\x80\x80")},
      {"Windows-1252", refusal("CODE_PAGE", controls + "\x80\x81\x9B\x9D\xFC")},
      {"UTF-16", wide(refusal("WIDE", controls + "\x80\x9B\x9D"))},
      {"UTF-16, lone surrogates",
       wide(refusal("LONE", controls)) + std::string("\x00\xDC\x00\xD8\n\0", 6)},
  };
  const support::TempFolder folder;
  const std::string data = folder.file("data");
  std::vector<std::string> scan = {"scan"};
  std::vector<std::string> once = {"run", "--once", "--no-default-sources", "--host", "CP1"};
  for (const Row& row : rows) {
    const std::string log =
        folder.write(std::string(row.name) + "/SMS_Cloud_ProxyConnector.log", row.log);
    scan.push_back(log);
    once.insert(once.end(), {"--source", "sms_cloud_proxyconnector=" + log});
  }
  expect_inert(run(scan, data), "scan");
  scan.push_back("--json");
  expect_inert(run(scan, data), "scan --json");
  expect_inert(run(once, data), "terminal");
  expect_inert(folder.read("data/alerts/alerts.jsonl"), "journal");
}

}  // namespace
}  // namespace cmgmon::service
