// The message table as a reader of the Event Log sees it: FormatMessage on the DLL that is shipped.

#include <gmock/gmock.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "system/windows/event_table.h"

namespace {

using cmgmon::test::EventTable;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::uint32_t kSuccess = 0;
constexpr std::uint32_t kInformation = 1;
constexpr std::uint32_t kWarning = 2;
constexpr std::uint32_t kError = 3;

std::uint32_t event_id(std::uint32_t severity, std::uint32_t number) {
  return severity << 30U | number;
}

const std::vector<std::wstring>& detection() {
  static const std::vector<std::wstring> strings = {
      L"the title", L"THE-SIGNATURE", L"critical", L"firing",    L"server1",    L"endpoint",
      L"17",        L"first",         L"last",     L"its cause", L"the remedy", L"the evidence",
      L"{\"j\":1}"};
  return strings;
}

TEST_F(EventTable, RendersARaisedDetectionAsAPage) {
  EXPECT_EQ(
      render(event_id(kError, 1002), detection()),
      "the title\r\n\r\nServer: server1\r\nAbout: endpoint\r\nSince: first, last seen last, count "
      "17\r\n"
      "Level: critical, state: firing, signature: THE-SIGNATURE\r\n\r\nWHY\r\nits cause\r\n\r\n"
      "WHAT TO DO\r\nthe remedy\r\n\r\nEVIDENCE\r\nthe evidence\r\n");
}

TEST_F(EventTable, RendersAClearedDetectionAsSuch) {
  const std::string page = render(event_id(kInformation, 2002), detection());
  EXPECT_THAT(page, StartsWith("Cleared: the title\r\n"));
  EXPECT_THAT(page, HasSubstr("Lasted: from first to last, count 17\r\n"));
  EXPECT_THAT(page, EndsWith("the evidence\r\n"));
}

TEST_F(EventTable, KeepsTheJsonOutOfThePage) {
  EXPECT_THAT(render(event_id(kError, 1002), detection()), Not(HasSubstr("{\"j\"")));
  EXPECT_THAT(render(event_id(kInformation, 1), {L"Started.", L"Version 1", L"{\"j\":1}"}),
              Not(HasSubstr("{\"j\"")));
}

TEST_F(EventTable, RendersAnEventOfTheAgentItself) {
  EXPECT_EQ(render(event_id(kInformation, 1), {L"It started.", L"Watching 3 logs.", L"{}"}),
            "It started.\r\n\r\nWatching 3 logs.\r\n");
}

TEST_F(EventTable, NamesTheFiveCategories) {
  const std::array<const char*, 5> names = {"Service\r\n", "Input\r\n", "Delivery\r\n",
                                            "Detection\r\n", "Heartbeat\r\n"};
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    SCOPED_TRACE(i + 1);
    EXPECT_EQ(render(event_id(kSuccess, i + 1), {}), names[i]);
  }
  EXPECT_EQ(render(event_id(kSuccess, 6), {}), "");
}

TEST_F(EventTable, HoldsEveryIdInEverySeverityAndNoOther) {
  const std::vector<std::wstring>& strings = detection();
  for (const std::uint32_t severity : {kInformation, kWarning, kError}) {
    for (std::uint32_t number = 0; number <= 9001; ++number) {
      const bool promised = (number >= 1 && number <= 399) || (number >= 1000 && number <= 2999) ||
                            (number == 9000 && severity == kInformation);
      ASSERT_EQ(!render(event_id(severity, number), strings).empty(), promised)
          << "number " << number << ", severity " << severity;
    }
  }
}

TEST_F(EventTable, SetsNoCustomerBit) {
  EXPECT_EQ(render(event_id(kError, 1002) | 0x20000000U, detection()), "");
}

}  // namespace
