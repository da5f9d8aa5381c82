// Anyone on the Internet can put any text into a URL, and IIS and the connector log URLs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "matches/matcher.h"
#include "records/framer.h"
#include "support/rules.h"

namespace cmgmon::matches {
namespace {

std::vector<std::string> found(const signatures::SignatureSet& set, const std::string& service,
                               const std::string& log) {
  const Plan plan(set, service);
  Matcher matcher(plan, {});
  records::Framer framer;
  framer.start_file(0);
  std::vector<std::string> names;
  const auto on_record = [&](const records::Record& record) {
    matcher.match(record, "a.log",
                  [&](const Match& match) { names.push_back(match.signature->name); });
  };
  const base::Time now = std::chrono::sys_days(std::chrono::year(2030) / 1 / 1);
  framer.feed(log, now, on_record);
  framer.end_file(now, on_record);
  return names;
}

TEST(Injection, ColumnsDecideInW3cLogs) {
  const auto set = test::rules_from(test::rule_head(1, "web") + R"(
detection:
  refused: {sc-status: 403, sc-substatus: 7, cs-uri-stem|startswith: /CCM_STS}
  condition: refused
x-cmgmon: {version: 1, event_id: 1001, group-by: [c-ip]}
)");
  const std::string head =
      "#Software: Microsoft Internet Information Services 10.0\r\n"
      "#Fields: date time cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status "
      "sc-substatus\r\n";
  const struct {
    const char* name;
    const char* line;
    bool want;
  } rows[] = {
      {"the real thing", "2026-03-01 10:00:00 GET /CCM_STS - 10.0.0.5 ccmhttp 403 7", true},
      {"in the query", "2026-03-01 10:00:00 GET /x /CCM_STS+403+7 10.0.0.5 ccmhttp 403 7", false},
      {"in the user agent", "2026-03-01 10:00:00 GET /x - 10.0.0.5 /CCM_STS+403+7 403 7", false},
      {"deeper in the stem", "2026-03-01 10:00:00 GET /x/CCM_STS - 10.0.0.5 ccmhttp 403 7", false},
      {"another status, numbers in the query",
       "2026-03-01 10:00:00 GET /CCM_STS 403+7 10.0.0.5 ccmhttp 200 0", false},
      {"another substatus", "2026-03-01 10:00:00 GET /CCM_STS - 10.0.0.5 ccmhttp 403 17", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(!found(set, "web", head + row.line + "\r\n").empty(), row.want);
  }
}

TEST(Injection, AnchoredExpressionsIgnoreUrls) {
  const auto set = test::rules_from(test::rule_head(1) + R"(
detection:
  refused:
    Message|contains: CMGConnector_Forbidden
    Message|re: '^Received response \S.* for message [^:]*: HTTP/1\.1 403 CMGConnector_Forbidden\s*(?:~~)?$'
  condition: refused
x-cmgmon: {version: 1, event_id: 1001}
)");
  const struct {
    const char* name;
    const char* message;
    bool want;
  } rows[] = {
      {"the real thing",
       "Received response https://mp/SMS_MP for message 1: HTTP/1.1 403 CMGConnector_Forbidden",
       true},
      {"in the URL of a good answer",
       "Received response https://mp/?HTTP/1.1 403 CMGConnector_Forbidden for message 1: HTTP/1.1 "
       "200 OK",
       false},
      {"a whole record in the URL",
       "Received response https://mp/? for message 1: HTTP/1.1 403 CMGConnector_Forbidden for "
       "message 2: HTTP/1.1 200 OK",
       false},
      {"in the URL of a request",
       "Forwarding proxy message 1 to URL: https://mp/?CMGConnector_Forbidden", false},
      {"a longer phrase",
       "Received response https://mp/ for message 1: HTTP/1.1 403 CMGConnector_ForbiddenByMe",
       false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string log =
        std::string(row.message) +
        "  $$<SMS_CLOUD_PROXYCONNECTOR><03-01-2026 10:00:00.000+00><thread=100 (0x64)>\r\n";
    EXPECT_EQ(!found(set, "app", log).empty(), row.want);
  }
}

}  // namespace
}  // namespace cmgmon::matches
