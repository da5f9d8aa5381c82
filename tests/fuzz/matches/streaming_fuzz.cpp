// Looking for literals before framing: the matches, and the newest time after each read, are those of framing every record
// forward, in reads of every size.
//
// The byte 0x01 and the one behind it stand for up to 64 KiB of healthy records: only long stretches of them are jumped over.

#include <memory>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "matches/stream_matcher.h"
#include "signatures/loader.h"

using namespace cmgmon;
using matches::Match;
using matches::Matcher;
using matches::Plan;
using matches::StreamMatcher;

namespace {

constexpr std::size_t kMostBytes = 512U << 10U;

const char* const kPack =
    "pack: test\nversion: 1.0.0\nformat: cmgmon/pack/1\n"
    "services: {app: {title: Application, files: [app.log], folders: ['C:\\logs']}}\n";
const char* const kRule = R"(title: Rule
id: 00000000-0000-4000-8000-000000000001
name: RULE
status: test
level: high
logsource: {product: test, service: app}
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
)";

const Plan& plan() {
  static const auto kSet = [] {
    base::Complaints complaints;
    auto set = signatures::load_packs({{{"pack.yaml", kPack}, {"rule.yaml", kRule}}}, complaints);
    fuzz::promise(set.has_value() && complaints.empty(), "the rule is right");
    return std::move(*set);
  }();
  static const Plan kPlan(kSet, "app");
  return kPlan;
}

std::string describe(const Match& match) {
  std::string text = match.recovery != nullptr ? "recovery" : "failure";
  text += match.time ? base::to_rfc3339(*match.time) : "";
  for (const auto& [name, value] : match.fields) {
    text += ' ' + name + '=' + value;
  }
  for (const auto& evidence : match.evidence) {
    text += " | " + std::to_string(evidence.line) + '@' + std::to_string(evidence.offset) +
            (evidence.time ? base::to_rfc3339(*evidence.time) : "") + ' ' + evidence.message;
  }
  return text + '\n';
}

// Of the kind of log that the input begins like.
std::string healthy_record(std::string_view input) {
  if (input.starts_with('#')) {
    return "2026-03-01 10:00:01 /healthy/request 200\r\n";
  }
  if (input.starts_with('<')) {
    return "<![LOG[a healthy record]LOG]!><time=\"10:00:01.000+060\" date=\"03-01-2026\" "
           "component=\"C\" context=\"\" type=\"1\" thread=\"1\" file=\"a.cpp:1\">\r\n";
  }
  if (input.find("$$<") != std::string_view::npos) {
    return "a healthy record~~  $$<C><03-01-2026 10:00:01.000+060><thread=1 (0x1)>\r\n";
  }
  return "a healthy line\n";
}

std::string log_of(std::string_view input) {
  const std::string healthy = healthy_record(input);
  std::string log;
  for (std::size_t i = 0; i < input.size() && log.size() < kMostBytes; ++i) {
    if (input[i] != '\x01') {
      log += input[i];
      continue;
    }
    const std::size_t length =
        i + 1 < input.size() ? static_cast<unsigned char>(input[++i]) * std::size_t{256} : 0;
    for (const std::size_t end = log.size() + length; log.size() < end;) {
      log += healthy;
    }
  }
  return log;
}

const base::Time kNow = *base::from_rfc3339("2027-01-01T00:00:00Z");

std::string forward(std::string_view log) {
  records::Framer framer;
  Matcher matcher(plan(), {});
  std::string found;
  const auto on_record = [&](const records::Record& record) {
    matcher.match(record, "app.log", [&](const Match& match) { found += describe(match); });
  };
  framer.start_file(0);
  framer.feed(log, kNow, on_record);
  framer.end_file(kNow, on_record);
  return found;
}

std::string candidates_first(std::string_view log, std::size_t read, std::size_t most_lag) {
  StreamMatcher matcher(plan(), {});
  std::string found;
  const std::string path = "app.log";
  const matches::MatchHandler handle = [&](const Match& match) { found += describe(match); };
  const matches::HeartbeatHandler heard;
  const matches::RecoveryWish wish = [](const signatures::Signature&,
                                        std::optional<std::string_view>) { return true; };
  const StreamMatcher::Occasion occasion{path, kNow, handle, heard, wish, most_lag};
  records::Framer framer;
  framer.start_file(0);
  matcher.start_file(0);
  for (std::size_t at = 0; at < log.size(); at += read) {
    matcher.feed(log.substr(at, read), occasion);
    framer.feed(log.substr(at, read), kNow, [](const records::Record&) {});
    fuzz::promise(matcher.newest_time() == framer.newest_time(), "the newest time");
  }
  matcher.end_file(occasion);
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string log = log_of(fuzz::text_of(data, size));
  const std::string want = forward(log);
  // One of them for each input, because a replay should not take long.
  if (log.size() < 1024) {
    fuzz::promise(candidates_first(log, 1, 128U << 10U) == want, "byte by byte");
  } else if (size % 2 == 0) {
    fuzz::promise(candidates_first(log, 256U << 10U, 128U << 10U) == want, "large reads");
  } else {
    fuzz::promise(candidates_first(log, 6007, 16U << 10U) == want, "small reads, little memory");
  }
  return 0;
}
