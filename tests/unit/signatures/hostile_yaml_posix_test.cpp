// Rule files that are made to hurt: each is refused, in a process of its own that may use 64 MiB and ten seconds of
// processor time more than it started with (generous: the tests also run unoptimised on slow machines).

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <fstream>
#include <functional>

#include "support/rules.h"

namespace cmgmon::signatures {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // takes terabytes of addresses
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

constexpr rlim_t kMemory = 64U << 20U;
constexpr rlim_t kSeconds = 10;

rlim_t address_space() {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

enum Answer { kRefused = 0, kAccepted = 1, kOutOfMemory = 2 };

Answer answer_to(const std::string& rules) noexcept {
  try {
    const auto complaints = test::complaints_about(rules);
    if (complaints.empty()) {
      return kAccepted;
    }
    return complaints.front().message.find("bad_alloc") == std::string::npos ? kRefused
                                                                             : kOutOfMemory;
  } catch (const std::exception&) {
    return kOutOfMemory;
  }
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

std::string laughs() {
  std::string text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    text += repeated(", " + before, 8) + "]\n";
  }
  return text;
}

std::string staircase(std::size_t steps) {
  std::string text;
  for (std::size_t i = 0; i < steps; ++i) {
    text += std::string(i, ' ') + "a:\n";
  }
  return text;
}

TEST(HostileYaml, IsRefusedWithinItsBounds) {
  constexpr std::size_t kLong = 4U << 20U;
  const struct {
    const char* name;
    std::function<std::string()> rules;
  } rows[] = {
      {"billion laughs", laughs},
      {"alias to itself", [] { return std::string("a: &a [*a]\n"); }},
      {"merge keys", [] { return std::string("a: &a {b: c}\nd: {<<: *a}\n"); }},
      {"deep brackets", [] { return std::string(kLong - 1, '['); }},
      {"deep braces", [] { return repeated("{a: ", kLong / 4 - 1); }},
      {"deep blocks", [] { return staircase(2000); }},
      {"deep lists", [] { return repeated("- ", kLong / 2 - 1); }},
      {"deep keys", [] { return repeated("? ", kLong / 2 - 1); }},
      {"many documents", [] { return repeated("---\n", kLong / 4 - 1); }},
      {"many empty values", [] { return repeated(",", kLong - 1); }},
      {"the same key again and again", [] { return repeated("a: 1\n", 20000); }},
      {"a number of a megabyte",
       [] {
         return test::rule_head(1) +
                "detection: {a: {Message|contains: something failed}, "
                "condition: a}\nx-cmgmon: {version: 1, event_id: " +
                std::string(1U << 20U, '9') + "}\n";
       }},
      {"a duration beyond time",
       [] {
         return test::rule_head(1) +
                "detection: {a: {Message|contains: something failed}, condition: a}\n"
                "x-cmgmon: {version: 1, event_id: 1501, for: 99999999999999999d}\n";
       }},
      {"an expression that explodes",
       [] {
         return test::rule_head(1) +
                "detection: {a: {Message|contains: something failed, Message|re: "
                "'(((a{1,100}){1,100}){1,100}){1,100}'}, condition: a}\n"
                "x-cmgmon: {version: 1, event_id: 1501}\n";
       }},
      {"a condition that explodes",
       [] {
         std::string selections;
         for (int i = 0; i < 200; ++i) {
           selections += "  s" + std::to_string(i) + ": {Message|contains: something failed}\n";
         }
         return test::rule_head(1) + "detection:\n" + selections + "  condition: all of them" +
                repeated(" or all of them", 200) + "\nx-cmgmon: {version: 1, event_id: 1501}\n";
       }},
      {"too large", [] { return "# " + std::string(kLong, '-') + "\n"; }},
      {"a tag that makes bytes", [] { return std::string("a: !!binary SGVsbG8=\n"); }},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string rules = row.rules();
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const rlimit processor{kSeconds, kSeconds};
      setrlimit(RLIMIT_CPU, &processor);
      if (!kSanitized) {
        const rlim_t size = address_space() + kMemory;
        const rlimit memory{size, size};
        setrlimit(RLIMIT_AS, &memory);
      }
      _exit(answer_to(rules));
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), kRefused);
  }
}

}  // namespace
}  // namespace cmgmon::signatures
