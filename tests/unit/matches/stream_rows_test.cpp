// StreamMatcher on W3C logs whose headers change: what it searches for depends on them.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "matches/stream_matcher.h"
#include "support/rules.h"

namespace cmgmon::matches {
namespace {

using Found = std::vector<std::string>;

const base::Time kNow = *base::from_rfc3339("2027-01-01T00:00:00Z");

const signatures::SignatureSet& rules() {
  static const signatures::SignatureSet set = test::rules_from(test::rule_head(1, "web") + R"(
detection:
  refused: {sc-status: 403, sc-substatus: [7, 16]}
  path: {cs-uri-stem|startswith: [/CCM_STS, /SMS_MP]}
  condition: refused and path
x-cmgmon:
  version: 1
  event_id: 1001
  group-by: [c-ip]
  clear:
    recovery:
      - name: works
        detection:
          answered: {sc-status: 200}
          path: {cs-uri-stem|startswith: [/CCM_STS, /SMS_MP]}
          condition: answered and path
        on: [c-ip]
)");
  return set;
}

std::string describe(const Match& match) {
  const auto client = match.fields.find("c-ip");
  return std::string(match.recovery != nullptr ? "recovery" : "failure") + " line " +
         std::to_string(match.evidence.back().line) + " of " +
         (client == match.fields.end() ? "?" : client->second);
}

// Records to which something happens: failures, and recoveries of what is open.
class Book {
 public:
  void note(const Match& match) {
    const std::string& client = match.fields.at("c-ip");
    if (match.recovery == nullptr) {
      found.push_back(describe(match));
      open.insert(client);
    } else if (open.erase(client) > 0) {
      found.push_back(describe(match));
    }
    texts_.assign(open.begin(), open.end());
  }
  const std::vector<std::string>& texts() const { return texts_; }
  Found found;
  std::set<std::string> open;

 private:
  std::vector<std::string> texts_;
};

Found forward(const std::string& log) {
  const Plan plan(rules(), "web");
  records::Framer framer;
  Matcher matcher(plan, {});
  Book book;
  const auto on_record = [&](const records::Record& record) {
    matcher.match(record, "u_ex.log", [&](const Match& match) { book.note(match); });
  };
  framer.start_file(0);
  framer.feed(log, kNow, on_record);
  framer.end_file(kNow, on_record);
  return book.found;
}

Found searched(const std::string& log, std::size_t most, bool restarts, std::mt19937& random) {
  const Plan plan(rules(), "web");
  Book book;
  const MatchHandler handle = [&](const Match& match) { book.note(match); };
  const HeartbeatHandler heard;
  const RecoveryWish wish = [&](const signatures::Signature&,
                                std::optional<std::string_view> text) {
    return std::any_of(book.open.begin(), book.open.end(), [&](const auto& client) {
      return !text || text->find(client) != std::string_view::npos;
    });
  };
  const Telltales telltales = [&](const signatures::Signature&) { return &book.texts(); };
  const std::string path = "u_ex.log";
  auto matcher = std::make_unique<StreamMatcher>(plan, Fields());
  const StreamMatcher::Occasion occasion{path, kNow, handle, heard, wish, 128U << 10U, &telltales};
  matcher->start_file(0);
  for (std::size_t at = 0; at < log.size();) {
    const auto bytes = std::string_view(log).substr(at, 1 + random() % most);
    matcher->feed(bytes, occasion);
    at += bytes.size();
    if (restarts && random() % 20 == 0) {
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
  return book.found;
}

class Author {
 public:
  explicit Author(unsigned seed) : random_(seed) {}

  std::string log(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) {
      header(text);
      for (std::size_t i = random_() % 3000; i-- > 0;) {
        random_() % 500 == 0 ? oddity(text) : row(text);
      }
    }
    return text;
  }

 private:
  void header(std::string& text) {
    names_ = {"cs-uri-stem", "c-ip", "sc-status", "sc-substatus", "cs(User-Agent)", "time-taken"};
    if (random_() % 2 == 0) {
      std::shuffle(names_.begin(), names_.end(), random_);
    }
    if (random_() % 4 == 0 && names_.back() != "c-ip") {
      names_.pop_back();
    }
    text += random_() % 2 == 0 ? "#Software: IIS\r\n" : "";
    text += "#Fields: date time";
    for (const auto& name : names_) {
      text += ' ' + name;
    }
    text += "\r\n";
  }
  void row(std::string& text) {
    static const std::map<std::string, std::vector<std::string>> kValues = {
        {"cs-uri-stem", {"/CCM_STS", "/SMS_MP/.sms_aut", "/other", "/ccm_system/request"}},
        {"c-ip", {"10.0.0.17", "10.0.0.18", "10.0.9.1", "fe80::1"}},
        {"cs(User-Agent)", {"SMS+CCM", "403", "-", "7"}}};
    text += "2026-03-01 10:00:0" + std::to_string(random_() % 10);
    const bool fails = random_() % 60 == 0;
    for (const auto& name : names_) {
      const auto values = kValues.find(name);
      if (values != kValues.end()) {
        text += ' ' + values->second[random_() % values->second.size()];
      } else if (name == "sc-status") {
        text += fails || random_() % 40 == 0 ? " 403" : random_() % 5 == 0 ? " 401" : " 200";
      } else {
        text += fails ? " 7" : random_() % 20 == 0 ? " 16" : " 0";
      }
    }
    text += random_() % 50 == 0 ? "\n" : "\r\n";
  }
  void oddity(std::string& text) {
    static const std::vector<std::string> kOddities = {"# a comment\r\n",
                                                       "2026-03-01 10:00:00 403 7 \r\n",
                                                       "\r\n",
                                                       "a #b 403 7 c\r\n",
                                                       "#Date: 2026-03-01 10:00:00\r\n",
                                                       std::string(9000, 'x') + " 403 7 \r\n"};
    text += kOddities[random_() % kOddities.size()];
  }

  std::mt19937 random_;
  std::vector<std::string> names_;
};

TEST(StreamMatcherRows, AreFoundByTheirColumnsWhateverTheHeaderSays) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Author author(seed);
  std::mt19937 random(seed);
  std::size_t matches = 0;
  for (int round = 0; round < 8; ++round) {
    std::string log = author.log((50U + random() % 600U) << 10U);
    if (round % 4 == 3) {
      std::string wide = "\xFF\xFE";
      for (const char c : log) {
        wide += c;
        wide += '\0';
      }
      log = std::move(wide);
    }
    const Found want = forward(log);
    matches += want.size();
    for (const std::size_t most : {std::size_t{400}, std::size_t{7000}, std::size_t{256} << 10U}) {
      // A restart goes back by as much as a match may look back.
      for (const bool restarts : {false, most > (64U << 10U)}) {
        SCOPED_TRACE(testing::Message() << "round " << round << ", reads of up to " << most
                                        << (restarts ? ", restarts" : ""));
        ASSERT_EQ(searched(log, most, restarts, random), want);
      }
    }
  }
  EXPECT_GT(matches, 100U);
}

// Of a header, too, of which a read has brought half a character.
TEST(StreamMatcherRows, AHeaderMayBeCutAnywhere) {
  std::string before = "#Fields: date time cs-uri-stem c-ip sc-status sc-substatus time-taken\r\n";
  std::string behind = "#Fields: date time sc-status sc-substatus c-ip cs-uri-stem time-taken\r\n";
  for (int i = 0; i < 3000; ++i) {
    before += "2026-03-01 10:00:00 /CCM_STS 10.0.0.1 200 0 5\r\n";
    behind += i == 2000 ? "2026-03-01 10:00:00 403 7 10.0.0.2 /CCM_STS 5\r\n"
                        : "2026-03-01 10:00:00 200 0 10.0.0.1 /CCM_STS 5\r\n";
  }
  const Plan plan(rules(), "web");
  for (const bool wide : {false, true}) {
    const auto bytes = [wide](const std::string& text) {
      std::string all;
      for (const char c : text) {
        all += c;
        all += wide ? std::string(1, '\0') : std::string();
      }
      return all;
    };
    const std::string log = (wide ? "\xFF\xFE" : "") + bytes(before) + bytes(behind);
    const std::size_t header = (wide ? 2 : 0) + bytes(before).size();
    for (std::size_t cut = header - 5; cut < header + 20; ++cut) {
      SCOPED_TRACE(testing::Message()
                   << (wide ? "wide, " : "") << "cut at header + " << cut - header);
      std::size_t failures = 0;
      const MatchHandler handle = [&](const Match& match) {
        failures += match.recovery == nullptr ? 1U : 0U;
      };
      const HeartbeatHandler heard;
      const RecoveryWish never = [](const signatures::Signature&, std::optional<std::string_view>) {
        return false;
      };
      const std::string path = "u_ex.log";
      StreamMatcher matcher(plan, {});
      const StreamMatcher::Occasion occasion{path, kNow, handle, heard, never};
      matcher.start_file(0);
      matcher.feed(std::string_view(log).substr(0, cut), occasion);
      matcher.feed(std::string_view(log).substr(cut), occasion);
      matcher.end_file(occasion);
      EXPECT_EQ(failures, 1U);
    }
  }
}

}  // namespace
}  // namespace cmgmon::matches
