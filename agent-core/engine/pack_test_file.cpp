#include "engine/pack_test_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "base/path.h"
#include "base/text.h"
#include "base/words.h"
#include "signatures/field_names.h"

namespace cmgmon::engine {

namespace {

enum class Envelope { kNone, kCcm, kSiteServer, kW3c };

std::optional<Envelope> envelope_named(std::string_view name) {
  static const std::map<std::string_view, Envelope> kEnvelopes = {
      {"none", Envelope::kNone},
      {"ccm", Envelope::kCcm},
      {"site-server", Envelope::kSiteServer},
      {"w3c", Envelope::kW3c}};
  const auto found = kEnvelopes.find(name);
  return found == kEnvelopes.end() ? std::nullopt : std::optional(found->second);
}

struct Moment {
  std::string time;           // "10:06:00.000"
  std::string american_date;  // "03-01-2026"
  std::string iso_date;
};

Moment moment_at(std::chrono::milliseconds offset) {
  const base::Time time = kTestStart + offset;
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  const auto year = static_cast<int>(date.year());
  const auto month = static_cast<unsigned>(date.month());
  const auto month_day = static_cast<unsigned>(date.day());
  return {fmt::format("{:02}:{:02}:{:02}.{:03}", clock.hours().count(), clock.minutes().count(),
                      clock.seconds().count(), clock.subseconds().count()),
          fmt::format("{:02}-{:02}-{:04}", month, month_day, year),
          fmt::format("{:04}-{:02}-{:02}", year, month, month_day)};
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string hex_thread(std::string_view thread) {
  unsigned long number = 0;
  std::from_chars(thread.data(), thread.data() + thread.size(), number);
  return fmt::format("0x{:X}", number);
}

class TestFileReader {
 public:
  TestFileReader(const signatures::SignatureSet& set, std::string file, const PackTestReader& read,
                 base::Complaints& complaints)
      : set_(set), file_(std::move(file)), read_(read), complaints_(complaints) {}

  std::vector<PackTest> tests(const base::YamlNode& document) {
    std::vector<PackTest> tests;
    base::Mapping head(document, file_, complaints_, "the test file");
    if (!head.valid()) {
      return tests;
    }
    rule_ = head.text("rule").value_or("");
    if (!rule_.empty()) {
      check_signature(*head.child("rule"), rule_);
    }
    const auto* list = head.child("tests");
    head.finish();
    if (!list || !list->is_sequence() || list->size() == 0) {
      head.complain("the test file has no list 'tests'");
      return tests;
    }
    for (const auto& item : list->items()) {
      const std::size_t before = complaints_.size();
      PackTest test = read_test(item);
      if (complaints_.size() == before) {
        tests.push_back(std::move(test));
      }
    }
    return tests;
  }

 private:
  void complain(const base::YamlNode& at, std::string message) {
    complaints_.push_back(base::complaint_at(at, file_, std::move(message)));
  }

  void check_signature(const base::YamlNode& at, const std::string& name) {
    if (set_.find(name) != nullptr) {
      return;
    }
    std::vector<std::string> names;
    for (const auto& signature : set_.signatures) {
      names.push_back(signature.name);
    }
    complain(at, base::with_hint(fmt::format("no signature is called '{}'", base::printable(name)),
                                 name, names));
  }

  PackTest read_test(const base::YamlNode& node) {
    PackTest test;
    base::Mapping mapping(node, file_, complaints_, "a test");
    if (!mapping.valid()) {
      return test;
    }
    test.rule = rule_;
    test.line = node.line;
    test.name = mapping.required_text("name");
    test.advance = mapping.duration("advance").value_or(test.advance);
    if (const auto* facts = mapping.child("facts")) {
      read_facts(*facts, test.facts);
    }
    test.live = mapping.boolean("live").value_or(false);
    if (const auto* services = mapping.child("services")) {
      read_services(*services, test);
    }
    if (const auto* inputs = mapping.child("inputs")) {
      read_inputs(*inputs, test);
    } else {
      test.inputs.push_back(read_input(mapping));
    }
    const auto* checks = mapping.child("checks");
    if (checks) {
      read_checks(*checks, test);
    }
    if (const auto* alerts = mapping.child("alerts")) {
      test.alerts = read_expectations(*alerts, "'alerts' must be a list", true);
    }
    const auto* expected = mapping.child("expect");
    mapping.finish();
    if (expected) {
      test.checks.push_back({std::nullopt, read_expectations(*expected, kNeedsExpect, false)});
    } else if (!checks && !test.alerts) {
      mapping.complain(kNeedsExpect);
    }
    return test;
  }

  std::vector<Expectation> read_expectations(const base::YamlNode& node,
                                             const std::string& otherwise, bool alerts) {
    std::vector<Expectation> expected;
    if (!node.is_sequence()) {
      complain(node, otherwise);
      return expected;
    }
    for (const auto& item : node.items()) {
      expected.push_back(read_expectation(item, alerts));
    }
    return expected;
  }

  void read_checks(const base::YamlNode& node, PackTest& test) {
    if (!node.is_sequence() || node.size() == 0) {
      complain(node, "'checks' must be a list of moments, like {at: 5m, expect: []}");
      return;
    }
    for (const auto& item : node.items()) {
      base::Mapping mapping(item, file_, complaints_, "a check");
      if (!mapping.valid()) {
        continue;
      }
      const auto at = mapping.duration("at");
      const auto* expected = mapping.child("expect");
      mapping.finish();
      if (!mapping.has("at") || !expected) {
        mapping.complain("a check needs 'at' and 'expect'");
        continue;
      }
      if (at && !test.checks.empty() && *at < *test.checks.back().at) {
        complain(item, "'checks' must be in the order of time");
        continue;
      }
      test.checks.push_back({at.value_or(std::chrono::milliseconds(0)),
                             read_expectations(*expected, "'expect' must be a list", false)});
    }
  }

  void read_services(const base::YamlNode& node, PackTest& test) {
    if (!node.is_map()) {
      complain(node, "'services' must be a mapping of Windows services to their states");
      return;
    }
    for (const auto entry : node.entries()) {
      const auto& names = signatures::kServiceStateNames;
      const auto state = entry.value.is_scalar()
                             ? std::find(names.begin(), names.end(), entry.value.text)
                             : names.end();
      if (state == names.end()) {
        complain(entry.value, fmt::format("a service is one of {}", fmt::join(names, ", ")));
        continue;
      }
      const std::string& name = entry.key.text;
      test.services[name] = static_cast<signatures::ServiceState>(state - names.begin());
      test.facts[std::string(signatures::kServicePrefix) + name] = {std::string(*state)};
    }
  }

  void read_inputs(const base::YamlNode& node, PackTest& test) {
    if (!node.is_sequence() || node.size() == 0) {
      complain(node, "'inputs' must be a list of logs");
      return;
    }
    for (const auto& item : node.items()) {
      base::Mapping mapping(item, file_, complaints_, "an input");
      if (mapping.valid()) {
        test.inputs.push_back(read_input(mapping));
        mapping.finish();
      }
    }
  }

  void read_facts(const base::YamlNode& node, incidents::Facts& facts) {
    if (!node.is_map()) {
      complain(node, "'facts' must be a mapping of facts to their values");
      return;
    }
    std::vector<std::string> known = signatures::built_in_facts();
    for (const auto& fact : set_.facts) {
      known.push_back(fact.name);
    }
    base::Mapping mapping(node, file_, complaints_, "facts");
    for (const auto& name : known) {
      if (mapping.has(name)) {
        facts[name] = mapping.texts(name);
      } else {
        mapping.child(name);  // known, for the hint about slips of the pen
      }
    }
    mapping.finish();
  }

  // The keys of one log, either in the test itself or in an entry of `inputs`.
  TestInput read_input(base::Mapping& mapping) {
    TestInput input;
    input.service = mapping.text("service").value_or("");
    if (!input.service.empty() && set_.find_service(input.service) == nullptr) {
      complain(*mapping.child("service"),
               fmt::format("no log service is called '{}'", base::printable(input.service)));
    }
    const auto path = mapping.text("file");
    const auto* lines = mapping.child("lines");
    const std::string name = mapping.text("envelope").value_or("none");
    const auto envelope = envelope_named(name);
    const std::string columns = mapping.text("fields").value_or("");
    if (!envelope) {
      complain(*mapping.child("envelope"), "'envelope' is none of ccm, site-server, w3c, none");
    } else if (path.has_value() == (lines != nullptr)) {
      mapping.complain("a log is given by either 'file' or 'lines'");
    } else if (path) {
      auto bytes = read_(base::join_path(base::parent_path(file_), *path));
      if (bytes) {
        input.bytes = std::move(*bytes);
      } else {
        complain(*mapping.child("file"), base::describe(bytes.error()));
      }
    } else if (!lines->is_sequence()) {
      complain(*lines, "'lines' must be a list");
    } else {
      input.bytes = text_of(*lines, *envelope, columns, mapping);
    }
    return input;
  }

  std::string text_of(const base::YamlNode& lines, Envelope envelope, const std::string& columns,
                      base::Mapping& mapping) {
    std::string text;
    if (envelope == Envelope::kW3c) {
      if (columns.empty()) {
        mapping.complain("envelope w3c needs 'fields', the columns as in a #Fields line");
      }
      text =
          "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Fields: " +
          columns + "\r\n";
    } else if (mapping.has("fields")) {
      mapping.complain("'fields' goes with envelope w3c only");
    }
    for (const auto& line : lines.items()) {
      text += line.is_scalar() ? line.text : line_of(line, envelope, columns);
      text += "\r\n";
    }
    return text;
  }

  std::string line_of(const base::YamlNode& node, Envelope envelope, const std::string& columns) {
    base::Mapping mapping(node, file_, complaints_, "a line");
    if (!mapping.valid()) {
      return {};
    }
    const Moment moment = moment_at(mapping.duration("at").value_or(std::chrono::milliseconds(0)));
    std::string line;
    if (envelope == Envelope::kW3c) {
      line = w3c_line(mapping, columns, moment);
    } else {
      const std::string message = mapping.required_text("message");
      const std::string thread = mapping.text("thread").value_or("100");
      const std::string component = mapping.text("component").value_or("Test");
      const std::string type = mapping.text("type").value_or("1");
      if (envelope == Envelope::kCcm) {
        line = fmt::format(
            "<![LOG[{}]LOG]!><time=\"{}+00\" date=\"{}\" component=\"{}\" context=\"\" "
            "type=\"{}\" thread=\"{}\" file=\"test.cpp:1\">",
            replaced(message, "\n", "\r\n"), moment.time, moment.american_date, component, type,
            thread);
      } else if (envelope == Envelope::kSiteServer) {
        line =
            fmt::format("{}  $$<{}><{} {}+00><thread={} ({})>", replaced(message, "\n", "~~"),
                        component, moment.american_date, moment.time, thread, hex_thread(thread));
      } else {
        line = message;
      }
    }
    mapping.finish();
    return line;
  }

  std::string w3c_line(base::Mapping& mapping, const std::string& columns, const Moment& moment) {
    const auto* values = mapping.child("columns");
    if (!values || !values->is_map()) {
      mapping.complain("a line with envelope w3c is a text, or {at: ..., columns: {c-ip: ...}}");
      return {};
    }
    std::map<std::string, std::string> given = {{"date", moment.iso_date},
                                                {"time", moment.time.substr(0, 8)}};
    for (const auto entry : values->entries()) {
      given[entry.key.text] = entry.value.text;
    }
    std::string line;
    std::size_t start = 0;
    while (start < columns.size()) {
      const std::size_t end = std::min(columns.find(' ', start), columns.size());
      const auto value = given.extract(columns.substr(start, end - start));
      line += line.empty() ? "" : " ";
      line += value.empty() ? "-" : value.mapped();
      start = end + 1;
    }
    given.erase("date");
    given.erase("time");
    for (const auto& [name, value] : given) {
      complain(*values, fmt::format("'{}' is not among 'fields'", base::printable(name)));
    }
    return line;
  }

  Expectation read_expectation(const base::YamlNode& node, bool alert) {
    Expectation expectation;
    expectation.node = node;
    base::Mapping mapping(node, file_, complaints_,
                          alert ? "an expected alert" : "an expected incident");
    if (!mapping.valid()) {
      return expectation;
    }
    expectation.signature = mapping.required_text("signature");
    if (!expectation.signature.empty()) {
      check_signature(*mapping.child("signature"), expectation.signature);
    }
    for (const auto* text : {"state", "count", "level", "event_id", "cleared_by", "explained_by",
                             "title", "first_seen", "last_seen", "cleared_at"}) {
      mapping.text(text);
    }
    if (alert) {
      mapping.text("kind");
      mapping.text("at");
    }
    for (const auto* texts : {"cause_contains", "resolution_contains", "evidence_contains"}) {
      mapping.texts(texts);
    }
    for (const auto* fields : {"group", "fields"}) {
      const auto* map = mapping.child(fields);
      if (map && !map->is_map()) {
        complain(*map, fmt::format("'{}' must be a mapping", fields));
      }
    }
    mapping.finish();
    return expectation;
  }

  static constexpr const char* kNeedsExpect =
      "a test needs a list 'expect' (empty: nothing is reported)";

  const signatures::SignatureSet& set_;
  const std::string file_;
  const PackTestReader& read_;
  base::Complaints& complaints_;
  std::string rule_;
};

}  // namespace

std::set<std::string> PackTest::expected_signatures() const {
  std::set<std::string> names;
  for (const auto& check : checks) {
    for (const auto& expectation : check.expected) {
      names.insert(expectation.signature);
    }
  }
  for (const auto& alert : alerts.value_or(std::vector<Expectation>())) {
    names.insert(alert.signature);
  }
  return names;
}

std::vector<PackTest> read_test_file(const signatures::SignatureSet& set, std::string_view text,
                                     const std::string& file, const PackTestReader& read,
                                     base::Complaints& complaints) {
  std::vector<PackTest> tests;
  for (const auto& document : base::load_yaml(text, file, complaints)) {
    auto more = TestFileReader(set, file, read, complaints).tests(document);
    tests.insert(tests.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  return tests;
}

}  // namespace cmgmon::engine
