#include "matches/stream_matcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "random_log.h"
#include "support/rules.h"

namespace cmgmon::matches {
namespace {

using Found = std::vector<std::string>;
using test::RandomLog;

const signatures::SignatureSet& rules() {
  static const signatures::SignatureSet set = test::rules_from(test::rule_head(1) + R"(
detection: {failed: {Message|contains: ['failure of ', 'failure+of+']}, condition: failed}
x-cmgmon:
  version: 1
  event_id: 1001
  context:
    - {name: before, detection: {Message|contains: ['context of the ', 'context+of+']}}
    - name: asked
      detection: {Message|contains: ['asking for ', 'asking+for+']}
      same: {field: id, re: 'asking[ +]for[ +](?P<id>\w+)'}
  extract:
    - {re: 'failure[ +]of[ +](?P<id>\w+)'}
    - {from: before, re: 'context[ +]of[ +]the[ +](?P<color>\w+)'}
    - {from: asked, re: 'asking[ +]for[ +]\w+[ +]at[ +](?P<place>\w+)'}
  group-by: [id]
  clear:
    recovery:
      - name: works
        detection: {Message|contains: ['works again: ', 'works+again:+']}
        extract: [{re: 'works[ +]again:[ +](?P<id>\w+)'}]
        on: [id]
)");
  return set;
}

const RecoveryWish kAlways = [](const signatures::Signature&, std::optional<std::string_view>) {
  return true;
};
const RecoveryWish kNever = [](const signatures::Signature&, std::optional<std::string_view>) {
  return false;
};
// Of one of the ids only.
const RecoveryWish kSome = [](const signatures::Signature&, std::optional<std::string_view> text) {
  return !text || text->find("id2") != std::string_view::npos;
};

std::string describe(const Match& match) {
  std::string text = match.recovery != nullptr ? "recovery" : "failure";
  text += match.time ? " " + base::to_rfc3339(*match.time) : " no time";
  for (const auto& [name, value] : match.fields) {
    text += " " + name + "=" + value;
  }
  for (const auto& evidence : match.evidence) {
    text += " | " + evidence.path + ":" + std::to_string(evidence.line) + "@" +
            std::to_string(evidence.offset) + " " +
            (evidence.time ? base::to_rfc3339(*evidence.time) : "") + " " +
            std::string(name_of(evidence.time_confidence)) + " " + evidence.message.substr(0, 60);
  }
  return text;
}

// As UTF-16. Bytes that are not ASCII become characters that look, in part, like line ends, openers and directives.
std::string wide(const std::string& text, bool big, bool mark) {
  std::string result;
  const auto add = [&](unsigned unit) {
    const char low = static_cast<char>(unit & 0xFFU);
    const char high = static_cast<char>(unit >> 8U);
    result += big ? std::string{high, low} : std::string{low, high};
  };
  if (mark) {
    add(0xFEFF);
  }
  for (const char c : text) {
    switch (c) {
      case '\xC3':
        add(0x630A);
        break;
      case '\xA4':
        add(0x0A23);
        break;
      case '\xFF':
        add(0x0D3C);
        break;
      case '\xE9':
        add(0xD83D);  // half of a pair
        break;
      default:
        add(static_cast<unsigned char>(c));
    }
  }
  return result;
}

// One file of a log.
struct File {
  std::string name;
  std::string bytes;
};

const base::Time kNow = *base::from_rfc3339("2027-01-01T00:00:00Z");

void ignore(const records::Record&) {}

std::string shown(const std::optional<base::Time>& time) {
  return time ? base::to_rfc3339(*time) : "none";
}

Found forward(const std::vector<File>& files) {
  const Plan plan(rules(), "app");
  records::Framer framer;
  Matcher matcher(plan, {});
  Found found;
  for (const auto& file : files) {
    const auto on_record = [&](const records::Record& record) {
      matcher.match(record, file.name,
                    [&](const Match& match) { found.push_back(describe(match)); });
    };
    framer.start_file(0);
    framer.feed(file.bytes, kNow, on_record);
    framer.end_file(kNow, on_record);
  }
  return found;
}

// Reads of all sizes up to `most`; every `restarts`-th is the last one of a process.
Found candidates_first(const std::vector<File>& files, RandomLog& random, std::size_t most,
                       std::size_t restarts, const RecoveryWish& wish, std::size_t most_lag) {
  const Plan plan(rules(), "app");
  auto matcher = std::make_unique<StreamMatcher>(plan, Fields());
  records::Framer framer;  // everything forward, and never restarted
  Found found;
  const HeartbeatHandler heard;
  const MatchHandler handle = [&](const Match& match) { found.push_back(describe(match)); };
  for (const auto& file : files) {
    const StreamMatcher::Occasion occasion{file.name, kNow, handle, heard, wish, most_lag};
    matcher->start_file(0);
    framer.start_file(0);
    std::size_t framed = 0;
    for (std::size_t at = 0; at < file.bytes.size();) {
      const auto bytes = std::string_view(file.bytes).substr(at, random.number(1, most));
      matcher->feed(bytes, occasion);
      at += bytes.size();
      if (at >= framed) {
        framer.feed(std::string_view(file.bytes).substr(framed, at - framed), kNow, ignore);
        framed = at;
        if (matcher->newest_time() != framer.newest_time()) {
          ADD_FAILURE() << "newest time at " << at << " of " << file.name << ": "
                        << shown(matcher->newest_time()) << ", framing forward "
                        << shown(framer.newest_time());
          return found;
        }
      }
      if (restarts > 0 && random.one_in(restarts)) {
        const std::string framer_state = matcher->save_framer();
        const std::string matcher_state = matcher->save_matcher();
        at = matcher->framer().resume_offset();
        matcher = std::make_unique<StreamMatcher>(plan, Fields());
        EXPECT_TRUE(matcher->load_framer(framer_state).has_value());
        EXPECT_TRUE(matcher->load_matcher(matcher_state).has_value());
        matcher->start_file(at);
      }
    }
    matcher->end_file(occasion);
    framer.end_file(kNow, ignore);
    EXPECT_EQ(matcher->newest_time(), framer.newest_time());
  }
  return found;
}

Found failures_of(const Found& found) {
  Found failures;
  for (const auto& match : found) {
    if (match.starts_with("failure")) {
      failures.push_back(match);
    }
  }
  return failures;
}

// Failures, and what kSome wishes for.
Found wished_of(const Found& found) {
  Found wished;
  for (const auto& match : found) {
    if (match.starts_with("failure") || match.find(" id=id2") != std::string::npos) {
      wished.push_back(match);
    }
  }
  return wished;
}

// The first difference, not a megabyte of all matches.
void expect_same(const Found& got, const Found& want) {
  for (std::size_t i = 0; i < std::min(got.size(), want.size()); ++i) {
    ASSERT_EQ(got[i], want[i]) << "match " << i << " of " << want.size();
  }
  ASSERT_EQ(got.size(), want.size());
}

TEST(StreamMatcher, FindsWhatFramingForwardFinds) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomLog random(seed);
  std::size_t matches = 0;
  for (int round = 0; round < 15; ++round) {
    std::vector<File> files;
    for (std::size_t i = random.number(1, 2); i > 0; --i) {
      const std::size_t bytes = random.number(1, 200) * 1024;
      switch (round % 5) {
        case 0:
          files.push_back({"file" + std::to_string(i), random.ccm(bytes)});
          break;
        case 1:
          files.push_back({"file" + std::to_string(i), random.site_server(bytes)});
          break;
        case 2:
          files.push_back({"file" + std::to_string(i), random.w3c(bytes)});
          break;
        case 3:
          files.push_back({"file" + std::to_string(i), random.mixed(bytes)});
          break;
        default:
          files.push_back({"file" + std::to_string(i), random.plain(bytes)});
          break;
      }
      if (round % 3 == 2) {
        files.back().bytes = wide(files.back().bytes, random.one_in(2), random.one_in(2));
      }
    }
    const Found want = forward(files);
    matches += want.size();
    const struct {
      const char* name;
      std::size_t most;
      std::size_t restarts;
      std::size_t most_lag;
    } rows[] = {{"small reads", 300, 0, 128U << 10U},
                {"reads of a live log, little memory", 3000, 0, 16U << 10U},
                {"large reads", 256U << 10U, 0, 128U << 10U},
                {"restarts", 20000, 8, 128U << 10U}};
    for (const auto& row : rows) {
      SCOPED_TRACE(testing::Message() << "round " << round << ", " << row.name);
      ASSERT_NO_FATAL_FAILURE(expect_same(
          candidates_first(files, random, row.most, row.restarts, kAlways, row.most_lag), want));
      ASSERT_NO_FATAL_FAILURE(
          expect_same(failures_of(candidates_first(files, random, row.most, row.restarts, kNever,
                                                   row.most_lag)),
                      failures_of(want)));
      ASSERT_NO_FATAL_FAILURE(expect_same(
          wished_of(candidates_first(files, random, row.most, row.restarts, kSome, row.most_lag)),
          wished_of(want)));
    }
  }
  EXPECT_GT(matches, 20U);
}

std::string ccm_record(const std::string& message, const std::string& clock = "10:00:00.000+060") {
  return "<![LOG[" + message + "]LOG]!><time=\"" + clock +
         "\" date=\"03-01-2026\" component=\"C\" context=\"\" type=\"1\" thread=\"1\" "
         "file=\"a.cpp:1\">\r\n";
}

TEST(StreamMatcher, FindsTheSameWhereRecordsAreLongOrNowhereToBeSeen) {
  std::string lines = ccm_record("starts");
  for (int i = 0; i < 20000; ++i) {
    lines += "failure of \n";
  }
  std::string others = ccm_record("starts");
  for (int i = 0; i < 2000; ++i) {
    others += "the failure of id1~~  $$<C><03-01-2026 10:00:00.000+060><thread=1 (0x1)>\n";
  }
  const struct {
    const char* name;
    std::string log;
    std::size_t most;
  } rows[] = {{"literals without a record", lines + ccm_record("failure of id1"), 256U << 10U},
              {"lines of another format", others + ccm_record("failure of id1"), 256U << 10U},
              {"a long record, byte by byte, that ends in the last one",
               ccm_record("starts") + ccm_record("works again: id1" + std::string(20000, '.')), 3}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    RandomLog random(1);
    const std::vector<File> files = {{"app.log", row.log}};
    expect_same(candidates_first(files, random, row.most, 0, kAlways, 128U << 10U), forward(files));
  }
}

TEST(StreamMatcher, AQuietLogNeedsNoMemory) {
  const Plan plan(rules(), "app");
  const std::string path = "app.log";
  const MatchHandler handle = [](const Match&) {};
  const HeartbeatHandler heard;
  StreamMatcher matcher(plan, {});
  const StreamMatcher::Occasion occasion{path, kNow, handle, heard, kAlways};
  matcher.start_file(0);
  std::string log;
  while (log.size() < (256U << 10U)) {
    log += "2026-03-01 a healthy line\r\n";
  }
  for (int i = 0; i < 3; ++i) {
    matcher.feed(log, occasion);
  }
  const std::size_t before = matcher.memory();
  matcher.let_go();
  EXPECT_GT(before, 256U << 10U);
  EXPECT_LE(matcher.memory(), 128U << 10U);
}

std::string site_server_record(const std::string& message, const std::string& clock) {
  return message + "~~  $$<C><03-01-2026 " + clock + "><thread=1 (0x1)>\r\n";
}

std::string repeated(int times, const std::string& text) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

// What the newest time and bias are is known where nothing was framed, too.
TEST(StreamMatcher, KnowsNewestTimeAndBiasAsFramingForwardDoes) {
  const std::string plain = repeated(3000, "a line of a setup program\r\n");
  const std::string two_clocks = "2026-03-01 10:00:00 2026-03-01 09:00:00 /healthy\r\n";
  const struct {
    const char* name;
    std::string log;
  } rows[] = {
      {"the only bias is far back",
       repeated(30, ccm_record("script", "10:00:00.000")) +
           ccm_record("the one with a bias", "10:00:00.000-120") +
           repeated(400, ccm_record("from 5-12 to 7-20\" or 6+1>", "10:00:01.000")) +
           ccm_record("the failure of id1", "10:00:02.000") +
           repeated(200, ccm_record("healthy", "10:00:03.000"))},
      {"records without a bias between those with one, east",
       repeated(300, ccm_record("healthy", "10:00:01.000-120") +
                         ccm_record("script", "10:00:02.000+000"))},
      {"records without a bias between those with one, west",
       repeated(300, site_server_record("healthy", "10:00:01.000+300") +
                         site_server_record("script", "10:00:02.000"))},
      {"biases of scripts", repeated(300, ccm_record("script", "10:00:02.000+-480")) +
                                repeated(300, ccm_record("script", "10:00:03.000")) +
                                ccm_record("the failure of id1", "10:00:04.000")},
      {"CCM in a file that was plain for long",
       plain + ccm_record("the failure of id0", "10:00:00.000-060") +
           repeated(40, ccm_record("healthy", "10:00:01.000-060")) +
           repeated(400, ccm_record("healthy", "10:00:02.000-120")) +
           ccm_record("the failure of id1", "10:00:03.000") +
           repeated(400, "a line of a setup program\r\n")},
      {"site-server records in a file that was plain for long",
       plain + repeated(300, site_server_record("healthy", "10:00:02.000-120")) +
           site_server_record("script", "10:00:03.000") + plain +
           site_server_record("the failure of id1", "10:00:04.000")},
      {"records without a time behind those with one",
       repeated(200, ccm_record("healthy", "10:00:02.000-120")) +
           repeated(400, "<![LOG[healthy]LOG]!><file=\"a\">\r\n") +
           ccm_record("the failure of id1", "10:00:03.000")},
      {"openers that nothing closes in a site-server log",
       repeated(100, repeated(5, site_server_record("healthy", "10:00:01.000-120")) +
                         "<![LOG[torn\r\n" + site_server_record("script", "10:00:02.000")) +
           "<![LOG[torn\r\n" + site_server_record("the failure of id1", "10:00:03.000") +
           site_server_record("works again: id1", "10:00:04.000") +
           "<![LOG[torn\r\nworks again: \r\n" + repeated(500, "a line\r\n") +
           site_server_record("works again: id2", "10:00:05.000")},
      {"an opener that nothing closes for longer than a record may be",
       repeated(300, site_server_record("healthy", "10:00:01.000-120")) + "<![LOG[torn\r\n" +
           repeated(10000, std::string(110, 'x') + "\r\n") +
           repeated(40, site_server_record("the failure of id1", "10:00:03.000")) +
           repeated(400, site_server_record("healthy", "10:00:04.000"))},
      {"a record without its line end behind an opener that nothing closes",
       repeated(300, site_server_record("healthy", "10:00:01.000-120")) + "<![LOG[torn\r\n" +
           "works again: id1  $$<C><03-01-2026 10:00:03.000><thread=1 (0x1)>"},
      {"messages that begin like an opener in a site-server log",
       repeated(300, site_server_record("healthy", "10:00:01.000-120") +
                         site_server_record("<![LOG[script", "10:00:02.000")) +
           site_server_record("<![LOG[works again: id1", "10:00:04.000") +
           site_server_record("[<![LOG[the failure of id1", "10:00:03.000")},
      {"columns that change places",
       "#Fields: date time x-date x-time cs-uri-stem\r\n" + repeated(400, two_clocks) +
           "#Fields: x-date x-time date time cs-uri-stem\r\n" + repeated(400, two_clocks)},
      {"a record that is not complete in a site-server log",
       repeated(300, site_server_record("healthy", "10:00:02.000-120")) +
           "<![LOG[works again: id1" +
           repeated(100, "\r\nwith\r\n" + site_server_record("a quotation", "11:00:00.000-120"))},
  };
  const unsigned seed = std::random_device{}();
  RandomLog random(seed);
  for (const auto& row : rows) {
    for (const bool is_wide : {false, true}) {
      const std::vector<File> files = {{"log", is_wide ? wide(row.log, true, true) : row.log}};
      const Found want = forward(files);
      for (const std::size_t most : {100U, 4096U, 1U << 20U}) {
        SCOPED_TRACE(testing::Message() << row.name << (is_wide ? ", UTF-16" : "") << ", reads of "
                                        << most << ", seed " << seed);
        ASSERT_NO_FATAL_FAILURE(
            expect_same(candidates_first(files, random, most, 0, kAlways, 128U << 10U), want));
      }
    }
  }
}

// Rules whose recoveries share a literal, or have one of their own.
const signatures::SignatureSet& rules_with_distant_names() {
  static const signatures::SignatureSet set = test::rules_from(test::rule_head(1) + R"(
detection: {failed: {Message|contains: 'failure of '}, condition: failed}
x-cmgmon:
  version: 1
  event_id: 1001
  extract: [{re: 'of (?P<id>\w+)'}]
  group-by: [id]
  clear:
    recovery:
      - name: works
        detection: {Message|contains: 'works again'}
        extract: [{re: 'again:\s+(?P<id>\w+)'}]
        on: [id]
)");
  return set;
}

// What is open, as a book would know it; every failure opens an incident, every sign of it ends it.
struct Open {
  std::set<std::string> texts;
  std::vector<std::string> telltales;
  std::size_t asked = 0;  // about a record

  void note(const Match& match) {
    const std::string& id = match.fields.at("id");
    if (match.recovery != nullptr) {
      texts.erase(id);
    } else {
      texts.insert(id);
    }
    telltales.assign(texts.begin(), texts.end());
  }
  bool could_end(std::string_view text) const {
    return std::any_of(texts.begin(), texts.end(),
                       [&](const auto& id) { return text.find(id) != std::string_view::npos; });
  }
};

// Failures, and the signs that end one.
Found episodes(const std::string& log, std::size_t most, bool with_telltales, Open& open) {
  const Plan plan(rules(), "app");
  Found found;
  const HeartbeatHandler heard;
  const MatchHandler handle = [&](const Match& match) {
    if (match.recovery == nullptr || open.texts.contains(match.fields.at("id"))) {
      found.push_back(describe(match));
    }
    open.note(match);
  };
  const RecoveryWish wish = [&](const signatures::Signature&,
                                std::optional<std::string_view> text) {
    open.asked += text ? 1U : 0U;
    return !open.texts.empty() && (!text || open.could_end(*text));
  };
  const Telltales telltales = [&](const signatures::Signature&) { return &open.telltales; };
  const std::string path = "app.log";
  StreamMatcher matcher(plan, {});
  const StreamMatcher::Occasion occasion{
      path, kNow, handle, heard, wish, 128U << 10U, with_telltales ? &telltales : nullptr};
  matcher.start_file(0);
  for (std::size_t at = 0; at < log.size(); at += most) {
    matcher.feed(std::string_view(log).substr(at, most), occasion);
  }
  matcher.end_file(occasion);
  return found;
}

TEST(StreamMatcher, LooksForWhatIsOpenWhereSignsAreCommonAndTheOtherWayRound) {
  std::string common_signs = ccm_record("failure of gateway_7");
  std::string common_names = ccm_record("failure of gateway_8");
  for (int i = 0; i < 6000; ++i) {
    common_signs += ccm_record("works again: " + std::to_string(i));
    common_names += ccm_record("gateway_8 is asked for " + std::to_string(i));
  }
  common_signs += ccm_record("works again: gateway_7");
  common_names += ccm_record("works again: gateway_8");
  const struct {
    const char* name;
    std::string log;
    std::size_t asked;  // at most; it would be 6000 of each
  } rows[] = {{"signs", common_signs, 1200},
              {"names", common_names, 10},
              {"one after the other", common_signs + common_names, 1200},
              {"the same again", common_signs + common_names + common_signs, 2400}};
  for (const auto& row : rows) {
    for (const std::size_t most : {std::size_t{5000}, std::size_t{256} << 10U}) {
      for (const bool utf16 : {false, true}) {
        SCOPED_TRACE(testing::Message()
                     << row.name << ", reads of " << most << (utf16 ? ", wide" : ""));
        const std::string log = utf16 ? wide(row.log, false, true) : row.log;
        Open plain;
        Open told;
        const Found want = episodes(log, most, false, plain);
        EXPECT_GE(want.size(), 2U);
        expect_same(episodes(log, most, true, told), want);
        EXPECT_LT(told.asked, row.asked);
      }
    }
  }
}

// The sign stands in front of the cut, the name behind it; between the two another log changes what is open.
TEST(StreamMatcher, EndsWhatIsOpenThoughOthersOpenWhileItsSignIsHalfRead) {
  std::string log = ccm_record("failure of gateway_7");
  for (int i = 0; i < 3000; ++i) {
    log += ccm_record("works again: " + std::to_string(i) + std::string(40, '.'));
  }
  const std::string sign = "works again: " + std::string(60, ' ') + "gateway_7";
  std::string rest = ccm_record(sign);
  for (int i = 0; i < 4000; ++i) {
    rest += ccm_record("nothing to tell");
  }
  const Plan plan(rules_with_distant_names(), "app");
  for (const std::size_t cut :
       {std::size_t{0}, std::size_t{30}, std::size_t{60}, std::size_t{85}}) {
    for (const bool others : {false, true}) {
      SCOPED_TRACE(testing::Message() << "cut " << cut << (others ? ", others open" : ""));
      Open open;
      const MatchHandler handle = [&](const Match& match) { open.note(match); };
      const HeartbeatHandler heard;
      const RecoveryWish wish = [&](const signatures::Signature&,
                                    std::optional<std::string_view> text) {
        return !open.texts.empty() && (!text || open.could_end(*text));
      };
      const Telltales telltales = [&](const signatures::Signature&) { return &open.telltales; };
      const std::string path = "app.log";
      StreamMatcher matcher(plan, {});
      const StreamMatcher::Occasion occasion{path, kNow,        handle,    heard,
                                             wish, 128U << 10U, &telltales};
      matcher.start_file(0);
      matcher.feed(log + rest.substr(0, cut), occasion);
      EXPECT_TRUE(open.texts.contains("gateway_7"));
      if (others) {
        open.texts.insert("gateway_9");
        open.telltales.assign(open.texts.begin(), open.texts.end());
      }
      matcher.feed(std::string_view(rest).substr(cut), occasion);
      matcher.end_file(occasion);
      EXPECT_FALSE(open.texts.contains("gateway_7"));
    }
  }
}

TEST(StreamMatcher, EndsWhatIsOpenWhateverItLooksFor) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomLog random(seed);
  std::string log = ccm_record("starts");
  while (log.size() < (3U << 20U)) {
    // Phases in which another kind of record is common.
    const std::size_t kind = random.number(0, 2);
    const std::size_t one_in = random.number(2, 400);
    for (std::size_t i = random.number(10, 3000); i > 0; --i) {
      const std::string id = "gateway_" + std::to_string(random.number(1, 4));
      if (random.one_in(one_in)) {
        log += ccm_record((random.one_in(2) ? "failure of " : "works again: ") + id);
      } else {
        log += ccm_record(kind == 0   ? "works again: " + std::to_string(i)
                          : kind == 1 ? "talking to " + id
                                      : "nothing to tell");
      }
    }
  }
  for (const std::size_t most : {std::size_t{3000}, std::size_t{100000}}) {
    Open plain;
    Open told;
    const Found want = episodes(log, most, false, plain);
    EXPECT_GT(want.size(), 10U);
    ASSERT_NO_FATAL_FAILURE(expect_same(episodes(log, most, true, told), want));
  }
}

signatures::SignatureSet many_rules(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(100 + i);
    const std::string sign = i % 2 == 0 ? "all is well: " : "works again " + number + ": ";
    text += (i == 0 ? "" : "---\n") + test::rule_head(i) +
            "detection: {failed: {Message|contains: 'failure " + number +
            " of '}, condition: failed}\n" +
            "x-cmgmon:\n  version: 1\n  event_id: " + std::to_string(1000 + i) +
            "\n  extract: [{re: 'of (?P<id>\\w+)'}]\n  group-by: [id]\n  clear:\n    recovery:\n"
            "      - name: works\n        detection: {Message|contains: '" +
            sign + "'}\n        extract: [{re: ': (?P<id>\\w+)'}]\n        on: [id]\n";
  }
  return test::rules_from(text);
}

TEST(StreamMatcher, FindsTheRecoveriesOfTheSignaturesThatAreAskedFor) {
  constexpr int kRules = 70;  // more than a set tells apart
  const auto set = many_rules(kRules);
  const Plan plan(set, "app");
  ASSERT_EQ(plan.recovering().size(), std::size_t{kRules});
  std::string log;
  for (int i = 0; i < 1500; ++i) {
    const std::string message =
        i % 50 == 7    ? "all is well: id1"
        : i % 50 == 31 ? "works again " + std::to_string(100 + i / 50 % kRules) + ": id2"
                       : "healthy record " + std::to_string(i);
    log += "<![LOG[" + message +
           "]LOG]!><time=\"10:00:00.000+060\" date=\"03-01-2026\" component=\"C\" "
           "context=\"\" type=\"1\" thread=\"1\" file=\"a.cpp:1\">\r\n";
  }
  const auto found_for = [&](const RecoveryWish& wish) {
    std::map<std::string, std::size_t> found;
    const MatchHandler handle = [&](const Match& match) {
      if (wish(*match.signature, std::nullopt)) {
        ++found[match.signature->name];
      }
    };
    const std::string path = "app.log";
    const HeartbeatHandler heard;
    StreamMatcher matcher(plan, {});
    const StreamMatcher::Occasion occasion{path, kNow, handle, heard, wish};
    matcher.start_file(0);
    for (std::size_t at = 0; at < log.size(); at += 40000) {
      matcher.feed(std::string_view(log).substr(at, 40000), occasion);
    }
    matcher.end_file(occasion);
    return found;
  };
  std::map<std::string, std::size_t> all;
  Matcher forward(plan, {});
  records::Framer framer;
  framer.start_file(0);
  framer.feed(log, kNow, [&](const records::Record& record) {
    forward.match(record, "app.log", [&](const Match& match) { ++all[match.signature->name]; });
  });
  ASSERT_GT(all.size(), std::size_t{kRules / 2});
  EXPECT_EQ(found_for(kAlways), all);
  // More sets than there are scanners; the last ones share their place in the set with others.
  for (int first = 0; first < kRules; first += 4) {
    SCOPED_TRACE(first);
    const auto* begin = set.signatures.data() + first;
    const RecoveryWish wish = [&](const signatures::Signature& signature,
                                  std::optional<std::string_view>) {
      return &signature >= begin && &signature < begin + 2;
    };
    std::map<std::string, std::size_t> want = all;
    std::erase_if(want, [&](const auto& entry) {
      return std::none_of(begin, begin + 2, [&](const auto& s) { return s.name == entry.first; });
    });
    EXPECT_EQ(found_for(wish), want);
  }
}

}  // namespace
}  // namespace cmgmon::matches
