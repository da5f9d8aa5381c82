// A healthy log costs no allocation: not for a byte, a line or a read, once a stream has come to its working size.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>

#include "engine/pipeline.h"
#include "incidents/incident_book.h"
#include "support/rules.h"

namespace {

std::size_t allocations = 0;

void* allocate(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) {
    return memory;
  }
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) {
  return allocate(bytes);
}
void* operator new[](std::size_t bytes) {
  return allocate(bytes);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace cmgmon::engine {
namespace {

signatures::SignatureSet rules() {
  return test::rules_from(test::rule_head(1) + R"(
detection: {failed: {Message|contains: ['the request failed with ', 'request+failed+with+']}, condition: failed}
x-cmgmon:
  version: 1
  event_id: 1001
  context: [{name: before, detection: {Message|contains: 'failing with the color '}}]
  extract: [{re: 'failed[ +]with[ +](?P<code>\w+)'}]
  group-by: [code]
  clear:
    recovery:
      - name: works
        detection: {Message|contains: 'requests work again: '}
        extract: [{re: 'again: (?P<code>\w+)'}]
        on: [code]
)");
}

std::string line_of(const std::string& format, int i) {
  const std::string message = "Request " + std::to_string(100000 + i) +
                              " was answered by SMS_MP with 200 after 12 ms, as usual";
  char stamp[200];
  if (format == "ccm" || format == "utf-16") {
    std::snprintf(stamp, sizeof stamp,
                  "<time=\"10:%02d:%02d.123+000\" date=\"03-01-2026\" component=\"C\" context=\"\" "
                  "type=\"1\" thread=\"%d\" file=\"a.cpp:1\">\r\n",
                  i / 600 % 60, i / 10 % 60, i % 7);
    return "<![LOG[" + message + "]LOG]!>" + stamp;
  }
  if (format == "site-server") {
    std::snprintf(stamp, sizeof stamp,
                  "~~  $$<COMPONENT><03-01-2026 10:%02d:%02d.123+000><thread=%d (0x1)>\r\n",
                  i / 600 % 60, i / 10 % 60, i % 7);
    return message + stamp;
  }
  if (format == "w3c") {
    std::snprintf(stamp, sizeof stamp, "2026-03-01 10:%02d:%02d ", i / 600 % 60, i / 10 % 60);
    return stamp + std::string("/ccm_system/request/") + std::to_string(100000 + i) + " 200\r\n";
  }
  return message + "\r\n";
}

std::string log_of(const std::string& format, std::size_t bytes) {
  std::string log;
  if (format == "w3c") {
    log = "#Software: IIS\r\n#Fields: date time cs-uri-stem sc-status\r\n";
  }
  for (int i = 0; log.size() < bytes; ++i) {
    log += line_of(format, i);
  }
  if (format != "utf-16") {
    return log;
  }
  std::string wide = "\xFF\xFE";
  for (const char c : log) {
    wide += {c, '\0'};
  }
  return wide;
}

TEST(Pipeline, AllocatesNothingForWhatIsHealthy) {
  const auto set = rules();
  ASSERT_EQ(set.signatures.size(), 1U);
  const base::Time now = *base::from_rfc3339("2026-03-02T00:00:00Z");
  for (const std::string format : {"ccm", "site-server", "w3c", "plain", "utf-16"}) {
    for (const std::size_t size : {std::size_t{256} << 10U, std::size_t{3000}, std::size_t{90}}) {
      SCOPED_TRACE(testing::Message() << format << ", reads of " << size << " bytes");
      // Small reads follow a backlog that was read in large ones.
      constexpr std::size_t kBacklog = std::size_t{1} << 20U;
      const std::size_t warm = kBacklog + std::max(20 * size, std::size_t{300} << 10U);
      const std::string log =
          log_of(format, warm + 200 * std::min(size, std::size_t{10000}) + 4 * size);
      incidents::IncidentBook book(set, {}, [] { return incidents::Facts{}; });
      Pipeline pipeline(set, book, "CP01");
      const std::string path = "a log with a rather long name.log";
      pipeline.process(tail::StreamOpened{{1, path, "app", {}}}, now);
      pipeline.process(tail::FileStarted{1, path, 0}, now);
      std::size_t at = 0;
      const auto read = [&](std::size_t bytes) {
        const auto there = pipeline.room(1, bytes);
        log.copy(there.data(), bytes, at);
        pipeline.read(1, path, bytes, now);
        at += bytes;
      };
      while (at < kBacklog) {
        read(std::size_t{64} << 10U);
      }
      while (at < warm) {
        read(size);
      }
      const std::size_t before = allocations;
      int reads = 0;
      for (; reads < 200 && at + size <= log.size(); ++reads) {
        read(size);
      }
      EXPECT_GT(reads, 8);
      // A buffer may still come to its largest size, which is where the longest record falls on the end of a read.
      EXPECT_LE(allocations - before, 2U) << "in " << reads << " reads";
    }
  }
}

}  // namespace
}  // namespace cmgmon::engine
