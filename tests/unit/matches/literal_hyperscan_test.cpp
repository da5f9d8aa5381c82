// The filter against another implementation: Hyperscan, which gets the text in pieces. Native builds only.

#include <gtest/gtest.h>
#include <hs.h>

#include <cstdio>
#include <random>

#include "literal_promise.h"
#include "matches/literal_filter.h"
#include "support/literal_texts.h"

namespace cmgmon::matches {
namespace {

class Hyperscan {
 public:
  explicit Hyperscan(const std::vector<std::string>& literals) : literals_(literals) {
    // As expressions: hs_compile_lit_multi() of Hyperscan 5.4.0 misses some that stand in others.
    std::vector<std::string> expressions;
    std::vector<unsigned> ids;
    for (const auto& literal : literals) {
      std::string& expression = expressions.emplace_back();
      for (const char c : literal) {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(c));
        expression += escaped;
      }
      ids.push_back(static_cast<unsigned>(ids.size()));
    }
    std::vector<const char*> texts;
    for (const auto& expression : expressions) {
      texts.push_back(expression.c_str());
    }
    const std::vector<unsigned> flags(literals.size(), HS_FLAG_CASELESS | HS_FLAG_DOTALL);
    hs_compile_error_t* error = nullptr;
    EXPECT_EQ(hs_compile_multi(texts.data(), flags.data(), ids.data(),
                               static_cast<unsigned>(texts.size()), HS_MODE_STREAM, nullptr,
                               &database_, &error),
              HS_SUCCESS);
    EXPECT_EQ(hs_alloc_scratch(database_, &scratch_), HS_SUCCESS);
  }
  ~Hyperscan() {
    hs_free_scratch(scratch_);
    hs_free_database(database_);
  }
  Hyperscan(const Hyperscan&) = delete;
  Hyperscan& operator=(const Hyperscan&) = delete;

  std::vector<test::Occurrence> occurrences(std::string_view text, test::LiteralTexts& texts) {
    found_.clear();
    hs_stream_t* stream = nullptr;
    EXPECT_EQ(hs_open_stream(database_, 0, &stream), HS_SUCCESS);
    while (!text.empty()) {
      const auto piece = text.substr(0, texts.number(1, 80));
      hs_scan_stream(stream, piece.data(), static_cast<unsigned>(piece.size()), 0, scratch_, on_hit,
                     this);
      text.remove_prefix(piece.size());
    }
    hs_close_stream(stream, scratch_, on_hit, this);
    return found_;
  }

 private:
  static int on_hit(unsigned id, unsigned long long, unsigned long long end, unsigned, void* self) {
    auto& scan = *static_cast<Hyperscan*>(self);
    scan.found_.push_back({id, static_cast<std::size_t>(end) - scan.literals_[id].size(),
                           static_cast<std::size_t>(end)});
    return 0;
  }

  const std::vector<std::string>& literals_;
  hs_database_t* database_ = nullptr;
  hs_scratch_t* scratch_ = nullptr;
  std::vector<test::Occurrence> found_;
};

TEST(LiteralFilter, AgreesWithHyperscan) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  test::LiteralTexts texts(seed);
  for (int round = 0; round < 40; ++round) {
    const auto literals = texts.literals(round % 10 == 0 ? 500 : 20);
    Hyperscan hyperscan(literals);
    LiteralFilter filter(literals);
    for (int i = 0; i < 3; ++i) {
      const std::string text = texts.text(literals, 1000);
      const auto all = hyperscan.occurrences(text, texts);
      for (std::size_t from = 0; from <= text.size(); from += texts.number(1, 30)) {
        LiteralFilter::Effort effort{1U << 30U, 0};
        const auto search = filter.find(text, from, effort);
        ASSERT_NO_FATAL_FAILURE(expect_kept_promise(
            all, from,
            search.outcome == LiteralFilter::Outcome::kFound ? search.at : std::string::npos))
            << "text: " << text;
      }
      filter.train(texts.text(literals, 2000));
    }
  }
}

}  // namespace
}  // namespace cmgmon::matches
