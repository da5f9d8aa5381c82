#include "matches/row_literals.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "matches/matcher.h"
#include "records/framer.h"
#include "support/rules.h"

namespace cmgmon::matches {
namespace {

signatures::SignatureSet rule_for(const std::string& detection) {
  return test::rules_from(test::rule_head(1, "web") + "detection:\n" + detection +
                          "x-cmgmon: {version: 1, event_id: 1001}\n");
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    found.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return found;
}

std::string literals_of(const std::string& detection, const std::string& header) {
  const auto set = rule_for(detection);
  if (set.signatures.empty()) {
    return "no rule";
  }
  const auto literals = row_literals(set.signatures.front().detection.condition, words(header));
  if (!literals) {
    return "none";
  }
  std::string all;
  for (const auto& literal : *literals) {
    all += "[" + literal + "]";
  }
  return all;
}

constexpr const char* kRefused =
    "  refused: {sc-status: 403, sc-substatus: 7}\n"
    "  path: {cs-uri-stem: /CCM_STS}\n"
    "  condition: refused and path\n";

TEST(RowLiterals, AreColumnsSideBySide) {
  const struct {
    const char* name;
    const char* detection;
    const char* header;
    const char* literals;
  } rows[] = {
      {"neighbours", kRefused, "date sc-status sc-substatus sc-win32-status", "[ 403 7 ]"},
      {"a long value alone", kRefused, "date cs-uri-stem c-ip sc-status sc-substatus cs-host",
       "[ /ccm_sts ]"},
      {"three of them", kRefused, "date cs-uri-stem sc-status sc-substatus cs-host",
       "[ /ccm_sts 403 7 ]"},
      {"letter case of the header", kRefused, "Date SC-Status SC-SubStatus Cs-Host", "[ 403 7 ]"},
      {"the first two columns", kRefused, "sc-status sc-substatus sc-win32-status", "none"},
      {"the last two columns", kRefused, "date sc-status sc-substatus", "none"},
      {"the other way round", kRefused, "date sc-substatus sc-status cs-host", "[ 7 403 ]"},
      {"apart", kRefused, "date sc-status cs-host sc-substatus c-ip", "none"},
      {"not logged", kRefused, "date sc-status c-ip", "none"},
      {"two columns of one name: the first counts", kRefused,
       "date sc-status sc-substatus c-ip sc-substatus", "[ 403 7 ]"},
      {"the second is no neighbour", kRefused, "date sc-substatus c-ip sc-status sc-substatus",
       "none"},
      {"several values",
       "  refused: {sc-status: 403, sc-substatus: [7, 16], cs-uri-stem|contains: /CCM_STS}\n"
       "  condition: refused\n",
       "date sc-status sc-substatus c-ip", "[ 403 7 ][ 403 16 ]"},
      {"either of two",
       "  a: {sc-status: 403, sc-substatus: 7}\n  b: {sc-status: 500, sc-substatus: 19}\n"
       "  path: {cs-uri-stem|contains: /CCM_STS}\n  condition: path and (a or b)\n",
       "date sc-status sc-substatus c-ip", "[ 403 7 ][ 500 19 ]"},
      {"either of two, one of them elsewhere",
       "  a: {sc-status: 403, cs-uri-stem: /CCM_STS}\n  b: {Message|contains: 'some long text'}\n"
       "  condition: a or b\n",
       "date sc-status sc-substatus c-ip", "none"},
      {"what must not be says nothing",
       "  a: {cs-uri-stem|contains: /CCM_STS}\n  b: {sc-status: 403, sc-substatus: 7}\n"
       "  condition: a and not b\n",
       "date sc-status sc-substatus c-ip", "none"},
      {"a part of a value says nothing here",
       "  a: {cs-uri-stem|contains: /CCM_STS}\n  condition: a\n", "date cs-uri-stem c-ip", "none"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(literals_of(row.detection, row.header), row.literals);
  }
}

// Whatever the columns and values: a row that satisfies the condition holds one of the literals.
TEST(RowLiterals, StandInEveryRowThatIsMeant) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto set = rule_for(
      "  refused: {sc-status: [403, 500], sc-substatus: [7, 16, '-']}\n"
      "  path: {cs-uri-stem: [/CCM_STS, /other_path]}\n"
      "  client: {c-ip: 10.0.0.1}\n"
      "  condition: refused and path or client and path\n");
  const auto& condition = set.signatures.front().detection.condition;
  const std::vector<std::string> names = {"sc-status",   "sc-substatus", "cs-uri-stem", "c-ip",
                                          "cs-username", "SC-STATUS",    "time-taken"};
  const std::vector<std::string> values = {"403", "500",      "7",           "16",      "-",
                                           "",    "/ccm_sts", "/other_path", "10.0.0.1"};
  std::size_t meant = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::string> header = {"date", "time"};
    std::string row = "2026-03-01 10:00:00";
    for (std::size_t i = random() % 7; i-- > 0;) {
      header.push_back(names[random() % names.size()]);
      row += ' ' + values[random() % values.size()];
    }
    std::string fields = "#Fields:";
    for (const auto& name : header) {
      fields += ' ' + name;
    }
    records::Framer framer;
    framer.start_file(0);
    framer.feed(fields + "\r\n" + row + "\r\n", base::Time(), [&](const records::Record& record) {
      const auto literals = row_literals(condition, framer.columns());
      if (!literals || !holds(condition, record)) {
        return;
      }
      ++meant;
      EXPECT_TRUE(std::any_of(literals->begin(), literals->end(),
                              [&](const auto& literal) {
                                return base::find_ignore_case(row, literal) != std::string::npos;
                              }))
          << fields << "\n"
          << row;
    });
  }
  EXPECT_GT(meant, 20U);
}

}  // namespace
}  // namespace cmgmon::matches
