// What the book says about records that could end an open incident, so that others need not be looked at.

#include <map>
#include <random>
#include <set>

#include "book_fixture.h"
#include "support/rules.h"

namespace cmgmon::incidents {
namespace {

signatures::SignatureSet gateway_rules() {
  return test::rules_from(test::rule_head(1) + R"(
detection: {failed: {Message|contains: 'failure of '}, condition: failed}
x-cmgmon:
  version: 1
  event_id: 1001
  extract: [{re: 'of (?P<id>\S+)'}]
  group-by: [id]
  clear:
    recovery:
      - name: works
        detection: {Message|contains: 'works again: '}
        extract: [{re: ': (?P<id>\S+)'}]
        on: [id]
)");
}

struct Book {
  signatures::SignatureSet set = gateway_rules();
  IncidentBook book{set, {}, [] { return Facts(); }};
  int second = 0;

  const signatures::Signature& rule() const { return set.signatures.front(); }
  void apply(const std::string& id, bool works) {
    matches::Match match;
    match.signature = &rule();
    match.recovery = works ? &rule().recoveries.front() : nullptr;
    match.time = at(seconds(++second));
    match.fields = {{"id", id}};
    match.evidence.push_back({"a.log", 1, 0, match.time, {}, "text"});
    book.apply(match, "a", false, *match.time);
  }
  std::string telltales() const {
    const auto* texts = book.telltales(rule());
    if (texts == nullptr) {
      return "unknown";
    }
    std::string all;
    for (const auto& text : *texts) {
      all += (all.empty() ? "" : ", ") + text;
    }
    return all;
  }
};

TEST(IncidentBookSigns, NamesWhatTheOpenIncidentsAreAbout) {
  Book b;
  EXPECT_EQ(b.telltales(), "");
  b.apply("Gateway-2", false);
  EXPECT_EQ(b.telltales(), "gateway-2");
  b.apply("gateway-1", false);
  b.apply("gateway-1", false);
  EXPECT_EQ(b.telltales(), "gateway-1, gateway-2");
  b.apply("gateway-2", true);
  EXPECT_EQ(b.telltales(), "gateway-1");
  b.apply("not plain: \x01", false);
  EXPECT_EQ(b.telltales(), "unknown");
  b.apply("not plain: \x01", true);
  EXPECT_EQ(b.telltales(), "gateway-1");
  for (int i = 0; i < 20; ++i) {
    b.apply("many-" + std::to_string(i), false);
  }
  EXPECT_EQ(b.telltales(), "unknown");
}

TEST(IncidentBookSigns, WhatIsLoadedIsNamedToo) {
  Book before;
  before.apply("gateway-1", false);
  Book after;
  ASSERT_TRUE(after.book.load(before.book.save()).has_value());
  EXPECT_EQ(after.telltales(), "gateway-1");
}

TEST(IncidentBookSigns, WhateverCouldEndOneHoldsOneOfThem) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  Book b;
  std::set<std::string> open;
  std::size_t could = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string id = "gateway-" + std::to_string(random() % 12);
    const bool works = random() % 3 != 0;
    b.apply(id, works);
    works ? static_cast<void>(open.erase(id)) : static_cast<void>(open.insert(id));
    const std::string about = "gateway-" + std::to_string(random() % 12);
    const bool told = b.book.could_end(b.rule(), "Works again: " + about);
    EXPECT_TRUE(told || !open.contains(about)) << about;
    const auto* texts = b.book.telltales(b.rule());
    if (texts == nullptr) {
      EXPECT_GT(open.size(), 8U);
    } else if (told) {
      ++could;
      EXPECT_TRUE(std::any_of(texts->begin(), texts->end(), [&](const auto& text) {
        return about.find(text) != std::string::npos;
      })) << about;
    }
  }
  EXPECT_GT(could, 100U);
}

}  // namespace
}  // namespace cmgmon::incidents
