#include "sinks/console_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "incident_samples.h"

namespace cmgmon::sinks {
namespace {

using incidents::TransitionKind;
using testing::HasSubstr;
using testing::Not;

class ConsoleSinkTest : public testing::Test {
 protected:
  ConsoleSink make(bool colour = false, std::size_t width = 80,
                   signatures::Level level = signatures::Level::kInformational) {
    ConsoleOptions options;
    options.name = "console";
    options.level = level;
    return {out_, TextStyle{colour, width}, options, "CMGCP01"};
  }

  std::string take() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  std::ostringstream out_;
};

TEST_F(ConsoleSinkTest, ARaiseSaysWhatFailedWhyAndWhatToDo) {
  auto sink = make();
  ASSERT_TRUE(sink.deliver(raised(connector_incident())).has_value());
  EXPECT_EQ(take(),
            R"(│ RAISED  CMG-CONN-403-CLIENTCERT  critical                           event 1002
│ The management point demands a client certificate from the connection point
│
│ where   CMGCP01.contoso.com, endpoint SMS_MP
│ since   2026-11-22 10:41:58 UTC, seen 3 times
│ why     mp1.contoso.com answered 403: it wants a client certificate and the
│         connection point has none that it accepts.
│ do      1. Open certlm.msc on CMGCP01.contoso.com and look for a certificate
│            with the purpose Client Authentication (1.3.6.1.5.5.7.3.2).
│         2. Restart SMS_EXECUTIVE.
│ log     C:\SMS\Logs\SMS_Cloud_ProxyConnector.log, line 1234
│         Received response https://mp1.contoso.com/SMS_MP/.sms_aut?MPLIST2&CM1
│         for message 4f: HTTP/1.1 403 CMGConnector_Clientcertificaterequired
│ more    https://learn.microsoft.com/troubleshoot/mem/configmgr/cloud-services/cmg-communication-error

)");
}

TEST_F(ConsoleSinkTest, AClearSaysHowItEnded) {
  auto sink = make();
  ASSERT_TRUE(sink.deliver(cleared(connector_incident())).has_value());
  EXPECT_EQ(take(),
            R"(│ CLEARED CMG-CONN-403-CLIENTCERT  recovery seen in the log           event 2002
│ The management point demands a client certificate from the connection point
│ where   CMGCP01.contoso.com, endpoint SMS_MP
│ was     seen 3 times, from 2026-11-22 10:41:58 UTC to 2026-11-22 10:42:07 UTC;
│         open for 16 min 14 s

)");
  ASSERT_TRUE(sink.deliver(cleared(connector_incident(), "2026-11-22T10:58:13Z",
                                   incidents::ClearedBy::kQuiet))
                  .has_value());
  EXPECT_THAT(take(), HasSubstr("no longer seen, recovery not confirmed"));
}

TEST_F(ConsoleSinkTest, LateAndExplainedIncidentsSaySo) {
  auto incident = connector_incident();
  incident.late = true;
  incident.explained_by = "CMG-CONN-NO-CLIENTAUTH-CERT";
  incident.first_seen.reset();
  incident.count = 1;
  const std::string text = raised_block(incident, "H", TextStyle{false, 100});
  EXPECT_THAT(
      text, HasSubstr("│ since   an unknown time, seen once, began before this program looked\n"));
  EXPECT_THAT(text,
              HasSubstr("│ part of CMG-CONN-NO-CLIENTAUTH-CERT, which is open: see there first\n"));
}

TEST_F(ConsoleSinkTest, RepeatsAreToldInGrowingSteps) {
  auto sink = make();
  auto transition = raised(connector_incident());
  transition.incident.count = 1;
  ASSERT_TRUE(sink.deliver(transition).has_value());
  take();
  transition.kind = TransitionKind::kUpdated;
  std::vector<std::uint64_t> told;
  for (std::uint64_t count = 2; count <= 1200; ++count) {
    transition.incident.count = count;
    ASSERT_TRUE(sink.deliver(transition).has_value());
    if (!take().empty()) {
      told.push_back(count);
    }
  }
  EXPECT_EQ(told, (std::vector<std::uint64_t>{2, 5, 10, 20, 50, 100, 200, 500, 1000}));
  transition.incident.level = signatures::Level::kHigh;
  ASSERT_TRUE(sink.deliver(transition).has_value());
  EXPECT_EQ(take(),
            "│ AGAIN   CMG-CONN-403-CLIENTCERT  1200 times, CMGCP01.contoso.com, endpoint SMS_MP  "
            "2026-11-22 "
            "10:42:07 UTC\n\n");
}

TEST_F(ConsoleSinkTest, AClearIsShownWhenItIsDecidedAndNotAgainWhenItIsTold) {
  auto sink = make();
  auto incident = connector_incident();
  ASSERT_TRUE(sink.deliver(raised(incident)).has_value());
  take();
  auto decided = cleared(incident);
  decided.kind = TransitionKind::kUpdated;
  ASSERT_TRUE(sink.deliver(decided).has_value());
  EXPECT_THAT(take(), HasSubstr("│ CLEARED CMG-CONN-403-CLIENTCERT  recovery seen in the log"));
  ASSERT_TRUE(sink.deliver(cleared(incident)).has_value());
  EXPECT_EQ(take(), "");
  // It came back before the others were told: worth a line, and its end is worth one again.
  ASSERT_TRUE(sink.deliver(raised(incident)).has_value());
  take();
  ASSERT_TRUE(sink.deliver(decided).has_value());
  take();
  auto back = raised(incident);
  back.kind = TransitionKind::kUpdated;
  ASSERT_TRUE(sink.deliver(back).has_value());
  EXPECT_THAT(take(), HasSubstr("│ AGAIN   CMG-CONN-403-CLIENTCERT"));
  ASSERT_TRUE(sink.deliver(decided).has_value());
  EXPECT_THAT(take(), HasSubstr("│ CLEARED"));
}

TEST_F(ConsoleSinkTest, CountsThatJumpAreToldOnce) {
  auto sink = make();
  auto transition = raised(connector_incident());
  transition.kind = TransitionKind::kUpdated;
  transition.incident.count = 18446744073709551615ULL;
  ASSERT_TRUE(sink.deliver(transition).has_value());
  EXPECT_THAT(take(), HasSubstr("18446744073709551615 times"));
  ASSERT_TRUE(sink.deliver(transition).has_value());
  EXPECT_EQ(take(), "");
}

TEST_F(ConsoleSinkTest, HasTheLevelOfItsSettings) {
  EXPECT_EQ(make(false, 80, signatures::Level::kHigh).level(), signatures::Level::kHigh);
}

TEST_F(ConsoleSinkTest, HostileTextNeverReachesTheTerminal) {
  for (const bool colour : {false, true}) {
    auto sink = make(colour);
    ASSERT_TRUE(sink.deliver(raised(incident_of(hostile_text()))).has_value());
    ASSERT_TRUE(sink.deliver(cleared(incident_of(hostile_text()))).has_value());
    ASSERT_TRUE(sink.notify({Notice::Severity::kWarning, 100, hostile_text(), hostile_text()},
                            at("2026-11-22T10:00:00Z"))
                    .has_value());
    const std::string text = take();
    EXPECT_THAT(text, HasSubstr("\\u001B[31m"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b[31m\\u0007")));
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\x1b') {
        ASSERT_TRUE(colour);
        const std::size_t end = text.find('m', i);
        EXPECT_EQ(text.substr(i + 2, end - i - 2).find_first_not_of("0123456789;"),
                  std::string::npos);
        i = end;
        continue;
      }
      plain += text[i];
    }
    for (const char c : plain) {
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    }
    for (const char* bytes : {"\x7f", "\xc2\x9b", "\xe2\x80\xae", "\r"}) {
      EXPECT_THAT(plain, Not(HasSubstr(bytes)));
    }
  }
}

TEST_F(ConsoleSinkTest, LogTextIsShortened) {
  auto incident = connector_incident();
  std::string words;
  for (int i = 0; i < 2000; ++i) {
    words += "word ";
  }
  incident.evidence.back().message = words;
  const std::string text = raised_block(incident, "H", TextStyle{false, 80});
  EXPECT_LT(text.size(), 3000U);
  EXPECT_THAT(text, HasSubstr("word \u2026\n"));
}

TEST_F(ConsoleSinkTest, ColoursWrapTextAndChangeNothingElse) {
  const auto incident = connector_incident();
  std::string coloured = raised_block(incident, "H", TextStyle{true, 80});
  EXPECT_THAT(coloured, HasSubstr("\x1b[1;37;41mcritical\x1b[0m"));
  for (std::size_t start = coloured.find('\x1b'); start != std::string::npos;
       start = coloured.find('\x1b')) {
    coloured.erase(start, coloured.find('m', start) - start + 1);
  }
  EXPECT_EQ(coloured, raised_block(incident, "H", TextStyle{false, 80}));
}

TEST_F(ConsoleSinkTest, NoticesAreShownWithTheirRemedy) {
  auto sink = make();
  ASSERT_TRUE(sink.notify({Notice::Severity::kWarning, 100, "Cannot read x.log.", "Unlock it."},
                          at("2026-11-22T10:00:00Z"))
                  .has_value());
  EXPECT_EQ(take(), "Cannot read x.log. Unlock it.\n\n");
}

TEST_F(ConsoleSinkTest, ABrokenStreamHoldsNothingUp) {
  auto sink = make();
  out_.setstate(std::ios::badbit);
  EXPECT_TRUE(sink.deliver(raised(connector_incident())).has_value());
}

TEST(Wrapped, BreaksAtSpacesAndNeverInsideWords) {
  struct Row {
    const char* text;
    std::size_t width;
    std::vector<std::string> lines;
  };
  const Row rows[] = {
      {"", 10, {}},
      {"   ", 10, {}},
      {"one", 10, {"one"}},
      {"one two three", 7, {"one two", "three"}},
      {"one  two", 10, {"one two"}},
      {"a https://long.example/path b", 10, {"a", "https://long.example/path", "b"}},
      {"\xc3\xbc\xc3\xbc\xc3\xbc \xc3\xbc\xc3\xbc",
       6,
       {"\xc3\xbc\xc3\xbc\xc3\xbc \xc3\xbc\xc3\xbc"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(wrapped(row.text, row.width), row.lines);
  }
}

}  // namespace
}  // namespace cmgmon::sinks
