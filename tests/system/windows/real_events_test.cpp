// What an administrator reads in Event Viewer: the incidents in the sample logs of the shipped packs, as events, rendered
// by the message table.

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "engine/pack_files.h"
#include "engine/scan.h"
#include "platform/event_log.h"
#include "sinks/event_log_sink.h"
#include "system/windows/event_table.h"

namespace cmgmon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using RealEvents = test::EventTable;

std::vector<incidents::Incident> incidents_in_the_samples() {
  base::Complaints complaints;
  const auto set = engine::load_pack_folders({CMGMON_PACKS}, complaints);
  EXPECT_TRUE(set.has_value()) << (complaints.empty() ? "" : base::describe(complaints.front()));
  if (!set) {
    return {};
  }
  engine::ScanRequest request;
  request.paths = {CMGMON_PACKS "/configmgr-cmg/tests/samples"};
  request.every_signature = true;
  return engine::scan(request, *set, base::SystemClock(), {}).incidents;
}

std::vector<std::wstring> wide(const std::vector<std::string>& strings) {
  std::vector<std::wstring> all;
  for (const std::string& text : strings) {
    const std::u16string utf16 = base::to_utf16(text);
    all.emplace_back(utf16.begin(), utf16.end());
  }
  return all;
}

TEST_F(RealEvents, ReadAsAPageWithCauseAndResolution) {
  const auto found = incidents_in_the_samples();
  std::set<std::string> signatures;
  for (const auto& incident : found) {
    SCOPED_TRACE(incident.signature);
    signatures.insert(incident.signature);
    for (const auto kind :
         {incidents::TransitionKind::kRaised, incidents::TransitionKind::kCleared}) {
      incidents::Transition transition;
      transition.kind = kind;
      transition.delivery_id = incident.episode + ":1";
      transition.incident = incident;
      const platform::EventRecord record = sinks::event_of(transition, "cp1.contoso.com");
      ASSERT_EQ(record.strings.size(), sinks::kDetectionStrings);
      const auto strings = wide(record.strings);
      const std::wstring page = page_of(platform::event_identifier(record), strings);
      const bool raised = kind == incidents::TransitionKind::kRaised;
      EXPECT_THAT(page, StartsWith((raised ? L"" : L"Cleared: ") + strings[0] + L"\r\n"));
      for (std::size_t i = 0; i + 1 < strings.size(); ++i) {
        SCOPED_TRACE(i + 1);
        // A clear does not speak of the level.
        if (raised || i != 2) {
          EXPECT_THAT(page, HasSubstr(strings[i]));
        }
      }
      EXPECT_THAT(page, Not(HasSubstr(strings.back()))) << "the JSON is for programs";
    }
  }
  EXPECT_GE(signatures.size(), 8U) << "the samples hold incidents of 1001 to 1008";
}

}  // namespace
}  // namespace cmgmon
