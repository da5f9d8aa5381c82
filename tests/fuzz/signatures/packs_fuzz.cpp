// A rule file: complaints, or signatures whose promises hold and which a matcher can be built on.

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "matches/matcher.h"
#include "signatures/lint.h"
#include "signatures/literals.h"
#include "signatures/loader.h"

using namespace cmgmon;

namespace {

constexpr const char* kPack =
    "pack: fuzz\nversion: 1.0.0\nformat: cmgmon/pack/1\n"
    "services: {app: {files: [app.log]}, web: {files: ['u_ex*.log']}}\n"
    "facts: {verbose: {registry: 'HKLM\\SOFTWARE\\Test', value: Verbose}}\n";

void check(const signatures::Detection& detection) {
  for (const auto& literal : detection.literals) {
    fuzz::promise(literal.size() >= signatures::kMinLiteralBytes, "literals are long enough");
    fuzz::promise(base::to_lower(literal) == literal, "literals are small");
  }
}

// Feeds each literal as a message of its own.
void match(const signatures::SignatureSet& set) {
  const matches::Plan plan(set, "");
  matches::Matcher matcher(plan, {});
  for (const auto& signature : set.signatures) {
    for (const auto& literal : signature.detection.literals) {
      records::Record record;
      record.format = records::Format::kCcm;
      record.message = literal;
      record.thread = "1";
      matcher.match(record, "fuzz.log", [](const matches::Match& match) {
        fuzz::promise(match.signature != nullptr, "a match has a signature");
      });
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::Complaints complaints;
  const auto set = signatures::load_packs(
      {{{"pack.yaml", kPack}, {"rule.yaml", std::string(fuzz::text_of(data, size))}}}, complaints);
  fuzz::promise(set.has_value() == complaints.empty(), "signatures or complaints");
  if (!set) {
    return 0;
  }
  for (const auto& signature : set->signatures) {
    check(signature.detection);
    for (const auto& context : signature.context) {
      check(context.detection);
    }
    for (const auto& recovery : signature.recoveries) {
      check(recovery.detection);
    }
  }
  static_cast<void>(signatures::warnings_about(*set));
  match(*set);
  return 0;
}
