// Saved state that is damaged, or made up. The first byte says what it is:
//
//   d  the old state document, as it is        f  the body of a framer's state
//   j  its JSON, which gets a right checksum   m  of a matcher's
//   b  of the incident book's                  t  of a transition
//
// A body gets a right header and checksum, so that the fields are reached. What loads can be worked with, and saves to
// what loads again.

#include <cstdlib>
#include <string>

#include "base/codec.h"
#include "base/hash.h"
#include "fuzz/fuzz.h"
#include "incidents/incident_book.h"
#include "incidents/incident_codec.h"
#include "matches/matcher.h"
#include "records/framer.h"
#include "signatures/loader.h"
#include "store/row_codec.h"
#include "store/state_document.h"

using namespace cmgmon;

namespace {

const base::Time kNow = *base::from_rfc3339("2026-11-22T12:00:00Z");

const signatures::SignatureSet& knowledge() {
  static const signatures::SignatureSet kSet = [] {
    base::Complaints complaints;
    auto set = signatures::load_packs(
        {{{"pack.yaml",
           "pack: test\nversion: 1.0.0\nformat: cmgmon/pack/1\n"
           "services:\n  app: {title: Application, files: [app.log], folders: ['/logs']}\n"},
          {"rule.yaml", R"(title: Refused
id: 00000000-0000-4000-8000-000000001001
name: TEST-1001
status: test
level: high
logsource: {product: test, service: app}
detection:
  refused: {Message|contains: was refused by}
  condition: refused
x-cmgmon:
  version: 1
  event_id: 1001
  context:
    - {name: asked, detection: {Message|contains: now asking for}}
  extract:
    - {re: 'refused by (?P<peer>\S+)'}
  group-by: [peer]
  clear: {quiet: 1h}
)"}}},
        complaints);
    for (const auto& complaint : complaints) {
      std::fprintf(stderr, "%s\n", base::describe(complaint).c_str());
    }
    fuzz::promise(set.has_value(), "the rules of this target load");
    return std::move(*set);
  }();
  return kSet;
}

// What base::Writer puts in front.
std::string with_header(std::string_view kind, std::string_view body) {
  std::string bytes = base::Writer(kind, 1).finish();
  const std::string header = bytes.substr(0, 6 + 1 + kind.size() + 1);
  std::uint64_t checksum = base::content_hash(header) ^ base::content_hash(body);
  bytes = header;
  for (; checksum >= 0x80; checksum >>= 7U) {
    bytes += static_cast<char>(0x80U | (checksum & 0x7FU));
  }
  bytes += static_cast<char>(checksum);
  return bytes + std::string(body);
}

void check_document(std::string_view document) {
  if (const auto snapshot = store::decode(document)) {
    for (const auto& [key, state] : snapshot->streams) {
      const std::string saved = store::save_stream(key, state);
      const auto again = store::load_stream(key, saved);
      fuzz::promise(again && store::save_stream(key, *again) == saved, "a stream loads again");
    }
  }
}

void check_framer(std::string_view state) {
  records::Framer framer;
  if (!framer.load(state)) {
    return;
  }
  const std::string saved = framer.save();
  records::Framer again;
  fuzz::promise(again.load(saved) && again.save() == saved, "a framer loads again");
  framer.start_file(framer.resume_offset());
  const auto ignored = [](const records::Record&) {};
  framer.feed("x\r\n00:00:01 1 2\n<![LOG[a]LOG]!><time=\"1:02:03\" date=\"9-5-2026\">\n", kNow,
              ignored);
  framer.end_file(kNow, ignored);
}

void check_matcher(std::string_view state) {
  static const matches::Plan kPlan(knowledge(), "app");
  matches::Matcher matcher(kPlan, {});
  if (!matcher.load(state)) {
    return;
  }
  const std::string saved = matcher.save();
  matches::Matcher again(kPlan, {});
  fuzz::promise(again.load(saved) && again.save() == saved, "a matcher loads again");
  records::Record record;
  record.format = records::Format::kCcm;
  record.message = "it was refused by mp1";
  record.thread = "1";
  record.time = kNow;
  record.time_confidence = records::TimeConfidence::kExact;
  record.length = record.message.size();
  matcher.match(record, "app.log", [](const matches::Match&) {});
}

void check_book(std::string_view state) {
  incidents::IncidentBook book(knowledge(), {}, [] { return incidents::Facts(); });
  if (!book.load(state)) {
    return;
  }
  const std::string saved = book.save();
  incidents::IncidentBook again(knowledge(), {}, [] { return incidents::Facts(); });
  fuzz::promise(again.load(saved) && again.save() == saved, "a book loads again");
  book.end_backlog("s", kNow);
  book.watermark("s", kNow, kNow);
  book.advance(kNow);
  book.advance(kNow + std::chrono::hours(48));
  book.take_transitions();
  book.incidents();
}

void check_transition(std::string_view state) {
  if (const auto transition = incidents::load_transition(state)) {
    const std::string saved = incidents::save_transition(*transition);
    const auto again = incidents::load_transition(saved);
    fuzz::promise(again && incidents::save_transition(*again) == saved, "a transition loads again");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view body = fuzz::text_of(data, size).substr(1);
  switch (data[0]) {
    case 'd':
      check_document(body);
      break;
    case 'j': {
      char checksum[32];
      std::snprintf(checksum, sizeof checksum, "\nfnv1a64 %016llx\n",
                    static_cast<unsigned long long>(base::content_hash(body)));
      check_document(std::string(body) + checksum);
      break;
    }
    case 'f':
      check_framer(with_header("framer", body));
      break;
    case 'm':
      check_matcher(with_header("matches", body));
      break;
    case 'b':
      check_book(with_header("incident book", body));
      break;
    case 't':
      check_transition(with_header("transition", body));
      break;
    default:
      break;
  }
  return 0;
}
