#pragma once
// The knowledge as data: what a pack's YAML means once it has been checked. Nothing here evaluates anything.
//
// Vocabulary is Sigma's (specification v2.1); what Sigma lacks stands in rule files under the key x-cmgmon.
// The language is described in docs/signatures.md.
//
// Life: a SignatureSet is immutable after loading and outlives every Matcher and IncidentBook built on it.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "signatures/correlation.h"

namespace re2 {
class RE2;
}

namespace cmgmon::signatures {

enum class Level { kInformational, kLow, kMedium, kHigh, kCritical };  // ordered
std::string_view name_of(Level level);
std::optional<Level> level_named(std::string_view name);

enum class Status { kStable, kTest, kExperimental, kDeprecated, kUnsupported };
std::string_view name_of(Status status);
std::optional<Status> status_named(std::string_view name);

// Where a piece of a signature was written: messages point there.
struct Origin {
  std::string file;
  int line = 0;
  int column = 0;
};

// --- detection -------------------------------------------------------------------------------------------------------

enum class Operator {
  kEquals,
  kContains,
  kStartsWith,
  kEndsWith,
  kRegex,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kExists,
};

// `Field|modifier: values`. A keyword (Sigma: a bare text in a list) is {Message contains text}.
// Texts are compared ignoring ASCII letter case unless cased (values of uncased tests are lower case already);
// wildcards have become kContains and friends where that is the same thing, else kRegex. Regular expressions are RE2 and
// search unanchored. A test of a field that the record does not have is false, but for kExists "false".
struct FieldTest {
  std::string field;
  Operator op = Operator::kEquals;
  bool cased = false;
  bool all = false;                                       // every value must hold, not just one
  std::vector<std::string> values;                        // op decides how they are read
  std::vector<std::shared_ptr<const re2::RE2>> compiled;  // kRegex only; parallel to values
  // Parallel to values: a text the field must hold (ignoring case) when that value holds; "" when none is known.
  std::vector<std::string> required;
  Origin origin;
};

// Boolean tree over FieldTests.
struct Expression {
  enum class Kind {
    kTest,
    kAnd,
    kOr,
    kNot
  } kind = Kind::kAnd;  // kAnd of nothing is true, kOr of nothing false
  FieldTest test;       // kTest
  std::vector<Expression> children;
  std::string selection;  // its name, when this is the whole of a named selection
};

struct Detection {
  Expression condition;
  // A record can satisfy `condition` only if its raw text holds one of these (lower case, ASCII, 7 bytes or more).
  std::vector<std::string> literals;
};

// --- what is taken from the records of a match --------------------------------------------------------------------------

enum class ValueType { kText, kInteger, kHex, kFlags, kTimestamp, kUrl, kGuid, kThumbprint };

struct FieldType {
  ValueType type = ValueType::kText;
  std::map<std::uint64_t, std::string>
      bits;  // kFlags: bit -> name. The field reads "NAME|NAME" (bit order).
  std::map<std::string, std::string>
      parts;  // kUrl: part (scheme host port path segment query) -> field name
};

// Runs `expression` over one field of the matched record or of a context record; named groups become fields.
struct Extraction {
  std::string from;  // name of a Context, empty: the matched record
  std::string field = "Message";
  std::shared_ptr<const re2::RE2> expression;
  std::map<std::string, FieldType> types;  // by group name; absent: text
  bool every = false;     // kFlags: unite the names from every occurrence; else the newest wins
  bool newest = false;    // of the context only the newest record; older ones tell nothing
  bool required = false;  // without it there is no match
  bool each = false;      // one match for each occurrence in the record; at most one of a list
};

// Earlier records that belong to the failure: looked back for from a hit, newest first.
struct Context {
  std::string name;
  Detection detection;
  bool same_thread = true;
  std::string
      same_field;  // instead of the thread: this extracted field must be equal in both (e.g. message_id)
  std::shared_ptr<const re2::RE2>
      same_expression;                       // its named group `same_field`, on the context record
  bool evidence = true;                      // quoted in the incident
  std::chrono::milliseconds within{10'000};  // how far away in time it may be, when both are known
  bool shared = false;                       // not used up: further failures find it, too
};

// kDuration: how long from timestamp field `from` to timestamp field `to`, for people.
// kPercent: the number `from` as whole percent of the number `to`, rounded down; nothing of 0.
struct Derived {
  enum class Kind { kDuration, kPercent };
  std::string field;
  std::string from;
  std::string to;
  Kind kind = Kind::kDuration;
};

// --- what is said about it -----------------------------------------------------------------------------------------------

struct Condition {
  enum class Kind {
    kFieldEquals,
    kFieldIn,
    kFlagSet,
    kFieldPresent,
    kFieldNumber,
    kFactEquals,
    kFieldInFact,
    kIncidentOpen
  };
  Kind kind = Kind::kFieldEquals;
  bool negated = false;
  std::string subject;              // field, fact or signature name
  std::vector<std::string> values;  // for kFieldInFact: the fact's name
  Operator comparison =
      Operator::kEquals;    // kFieldNumber: kLess, kLessEqual, kGreater, kGreaterEqual
  std::int64_t number = 0;  // kFieldNumber: what the field is compared with
};

// Every diagnosis whose conditions all hold adds its texts; `otherwise` ones count only when no other held.
// Texts hold {field} placeholders; one whose field is unknown reads "(not logged)".
struct Diagnosis {
  std::vector<Condition> when;
  bool otherwise = false;
  bool note = false;  // added to whatever else was said; does not keep an `otherwise` away
  std::optional<Level> level;
  std::string cause;
  std::vector<std::string> resolution;
};

// --- life cycle ----------------------------------------------------------------------------------------------------------

// A record that shows recovery. Clears the open incidents of the signature whose `on` fields equal the extracted ones.
struct Recovery {
  std::string name;
  std::vector<std::string> services;  // log services whose records are looked at
  Detection detection;
  std::vector<Extraction> extract;
  std::vector<std::string> on;  // empty: clears every incident of the signature on this machine
  bool confirmed = true;        // false: the failure is not looked for any more; closes as quiet
};

// --- what should be written again and again -------------------------------------------------------------------------------

// A signature whose failure is silence. Its log services are those of the signature; it has no detection. Only time in
// which the log was watched counts as silence; docs/signatures.md says when it is not.
struct Absence {
  enum class ArmedBy { kFirstMatch, kServiceRunning, kAlways };

  std::optional<Detection> expect;  // nullopt: anything that is written into the log
  std::chrono::milliseconds every{0};
  std::chrono::milliseconds grace = std::chrono::minutes(10);
  ArmedBy armed_by = ArmedBy::kFirstMatch;
  bool per_stream = true;                  // else the newest occurrence in any log of the services
  std::vector<std::string> while_running;  // Windows services; silence is natural without them...
  std::optional<std::chrono::milliseconds> stopped_at_most;  // ...for so long; nullopt: always
  std::vector<std::string> while_open;  // signatures; expected only while one has an open incident
};

// The recoveries of an absence; the loader adds them.
inline constexpr std::string_view kHeardAgain = "heard_again";
inline constexpr std::string_view kNoLongerExpected = "no_longer_expected";

struct Signature {
  std::string title;
  std::string id;    // UUID, for ever
  std::string name;  // the human code used everywhere
  std::string description;
  Status status = Status::kExperimental;
  Level level = Level::kMedium;
  std::vector<std::string> references;
  std::vector<std::string> falsepositives;
  std::vector<std::string> tags;
  std::vector<std::string> services;  // logsource.service, one or more
  std::vector<std::string> fields;    // fields worth showing, in this order

  int event_id = 0;  // raised; cleared = +1000
  Detection detection;
  std::optional<Correlation> correlation;  // instead of services, detection, context and extract
  std::optional<Absence> absence;          // instead of detection, context and extract
  std::vector<Context> context;
  std::vector<Extraction> extract;
  std::vector<Derived> derived;
  std::vector<std::string> group_by;
  std::vector<Diagnosis> diagnoses;
  std::vector<Recovery> recoveries;
  std::optional<std::chrono::milliseconds> quiet;  // nullopt: never closes by silence
  std::chrono::milliseconds hold{0};               // `for`
  std::chrono::milliseconds suppress{0};
  std::chrono::milliseconds keep_firing_for{0};  // how long a clear is held back at least
  std::vector<std::string>
      explains;  // names of signatures whose incidents are symptoms of this one
  // Of a name in `explains`: fields of both groups in which cause and symptom must have the same
  // values. Names that are absent here are explained wherever they are.
  std::map<std::string, std::vector<std::string>> explains_same;
  bool fallback = false;
  bool silenced = false;  // serves correlations only: its matches make no incidents

  std::string pack;
  Origin origin;
};

// Files of one kind: which names they have and where they usually are.
struct LogService {
  std::string name;
  std::string title;
  std::vector<std::string> file_names;  // globs on the name alone, e.g. "CMG-*-CMGService.log"
  std::vector<std::string> folders;     // default folders, %VARIABLES% allowed
  bool required = false;                // the connector log: its absence is worth an event
};

// A value that a pack wants from the machine it runs on.
struct RegistryFact {
  std::string name;
  std::string key;
  std::string value;
};

class SignatureSet {
 public:
  std::vector<Signature> signatures;  // sorted by event id
  std::vector<LogService> services;
  std::vector<RegistryFact> facts;

  const Signature* find(std::string_view name) const;
  const LogService* find_service(std::string_view name) const;
};

}  // namespace cmgmon::signatures
