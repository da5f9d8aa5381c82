#include "engine/rule_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "base/text.h"
#include "engine/correlated_book.h"
#include "incidents/identity.h"
#include "incidents/incident_book.h"
#include "matches/field_collector.h"
#include "matches/matcher.h"
#include "matches/why_not.h"
#include "platform/files.h"
#include "records/framer.h"

namespace cmgmon::engine {

namespace {

using signatures::Detection;
using signatures::Extraction;
using signatures::Recovery;
using signatures::Signature;

constexpr std::size_t kReadBytes = 256U << 10U;
constexpr std::size_t kMaxValue = 100;  // bytes of a field shown in a reason
constexpr std::size_t kMaxReasons = 12;

bool applies(const std::vector<std::string>& services, const std::string& service) {
  return service.empty() || std::find(services.begin(), services.end(), service) != services.end();
}

const std::string* literal_in(const Detection& detection, const records::Record& record) {
  for (const auto& literal : detection.literals) {
    if (base::find_ignore_case(record.message, literal) != std::string::npos) {
      return &literal;
    }
  }
  return nullptr;
}

std::string shown(std::string_view text) {
  const auto part = base::prefix_of_bytes(text, kMaxValue);
  return base::printable(part) + (part.size() < text.size() ? "..." : "");
}

class Microscope {
 public:
  Microscope(const signatures::SignatureSet& set, const RuleMatchRequest& request,
             const MatchedRecordHandler& handle)
      : set_(set),
        request_(request),
        handle_(handle),
        plan_(set, request.service),
        matcher_(plan_, base_fields(request)),
        book_(set, book_options(), [&request] { return request.facts; }),
        correlated_(set, book_) {}

  void look(const records::Record& record, base::Time now) {
    ++totals_.records;
    std::vector<matches::Match> matches;
    matcher_.match(record, request_.path,
                   [&](const matches::Match& match) { matches.push_back(match); });
    for (const auto& match : matches) {
      correlated_.apply(match, request_.path, false, record.time.value_or(now));
    }
    if (record.time) {
      book_.watermark(request_.path, *record.time, *record.time);
    }
    MatchedRecord seen{record.line,
                       record.offset,
                       record.time,
                       std::string(record.thread),
                       std::string(record.message),
                       {}};
    for (const auto& signature : set_.signatures) {
      if (!request_.rule.empty() && signature.name != request_.rule) {
        continue;
      }
      look_with(signature, record, matches, seen.verdicts);
    }
    remember_contexts(record);
    totals_.fired += static_cast<std::uint64_t>(
        std::count_if(seen.verdicts.begin(), seen.verdicts.end(),
                      [](const RuleVerdict& verdict) { return verdict.fired; }));
    totals_.looked_at += seen.verdicts.empty() ? 0 : 1;
    if (request_.all || !seen.verdicts.empty()) {
      handle_(seen);
    }
  }

  RuleMatchTotals& totals() { return totals_; }

 private:
  static matches::Fields base_fields(const RuleMatchRequest& request) {
    const auto host = request.facts.find("host");
    return host == request.facts.end() || host->second.empty()
               ? matches::Fields()
               : matches::Fields{{"host", host->second.front()}};
  }

  static incidents::BookOptions book_options() {
    incidents::BookOptions options;
    options.clear_hold = std::chrono::milliseconds(0);
    return options;
  }

  void look_with(const Signature& signature, const records::Record& record,
                 const std::vector<matches::Match>& matches, std::vector<RuleVerdict>& verdicts) {
    const auto fired = [&](const Recovery* recovery) {
      return std::find_if(matches.begin(), matches.end(), [&](const matches::Match& match) {
        return match.signature == &signature && match.recovery == recovery;
      });
    };
    if (applies(signature.services, request_.service)) {
      if (const auto* literal = literal_in(signature.detection, record)) {
        RuleVerdict verdict{signature.name, "", *literal, false, {}, {}, 0};
        if (const auto match = fired(nullptr); match != matches.end()) {
          tell_incident(signature, match->fields, verdict);
        } else {
          verdict.reasons = obstacles(signature.detection, record);
          if (verdict.reasons.empty()) {
            verdict.reasons = missing(signature, record, !matches.empty());
          }
        }
        verdicts.push_back(std::move(verdict));
      }
    }
    for (const auto& recovery : signature.recoveries) {
      const auto* literal = literal_in(recovery.detection, record);
      if (literal == nullptr || !applies(recovery.services, request_.service)) {
        continue;
      }
      RuleVerdict verdict{signature.name, recovery.name, *literal, false, {}, {}, 0};
      if (const auto match = fired(&recovery); match != matches.end()) {
        verdict.fired = true;
        for (const auto& name : recovery.on) {
          const auto value = match->fields.find(name);
          verdict.group[name] = value == match->fields.end() ? "" : value->second;
        }
      } else {
        verdict.reasons = obstacles(recovery.detection, record);
        if (verdict.reasons.empty()) {
          verdict.reasons = missing(recovery, record);
        }
      }
      verdicts.push_back(std::move(verdict));
    }
  }

  void tell_incident(const Signature& signature, const matches::Fields& fields,
                     RuleVerdict& verdict) {
    verdict.fired = true;
    verdict.group = incidents::group_of(signature, fields);
    verdict.count = ++counts_[incidents::fingerprint_of(signature.name, verdict.group)];
    for (const auto& incident : book_.incidents()) {
      if (incident.signature == signature.name && incident.group == verdict.group &&
          incident.state != incidents::State::kCleared) {
        verdict.count = incident.count;
      }
    }
  }

  std::vector<std::string> obstacles(const Detection& detection,
                                     const records::Record& record) const {
    std::vector<std::string> reasons;
    for (const auto& obstacle : matches::why_not(detection.condition, record)) {
      if (reasons.size() == kMaxReasons) {
        reasons.emplace_back("and more");
        break;
      }
      const std::string where =
          obstacle.selection.empty() ? "" : fmt::format("[{}] ", obstacle.selection);
      const bool message = obstacle.test->field == "Message";  // stands above anyway
      const std::string value = message ? ""
                                : obstacle.value
                                    ? fmt::format("; it is '{}'", shown(*obstacle.value))
                                    : std::string("; the record has no such field");
      reasons.push_back(fmt::format("{}{}: {}{}", where,
                                    obstacle.under_not ? "holds and must not" : "does not hold",
                                    request_.describe(*obstacle.test), value));
    }
    return reasons;
  }

  // The condition holds, and yet there is no match.
  std::vector<std::string> missing(const Signature& signature, const records::Record& record,
                                   bool others_matched) const {
    std::vector<std::string> reasons;
    if (signature.fallback && others_matched) {
      reasons.emplace_back("it is a fallback, and another rule took the record");
    }
    for (const auto& extraction : signature.extract) {
      if (!extraction.required) {
        continue;
      }
      if (!extraction.from.empty()) {
        reasons.push_back(fmt::format("the context '{}' does not give what is required; {}",
                                      extraction.from, newest(signature, extraction.from)));
      } else if (!gives(extraction, record)) {
        reasons.push_back(fmt::format("'{}' does not give what is required", extraction.field));
      }
    }
    return reasons;
  }

  static std::vector<std::string> missing(const Recovery& recovery, const records::Record& record) {
    std::vector<std::string> reasons;
    matches::FieldCollector fields({});
    for (const auto& extraction : recovery.extract) {
      if (!fields.apply(extraction, record) && extraction.required) {
        reasons.push_back(fmt::format("'{}' does not give what is required", extraction.field));
      }
    }
    for (const auto& name : recovery.on) {
      fields.take_record_field(name, record);
      if (name != "host" && !fields.fields().contains(name)) {
        reasons.push_back(fmt::format("it does not tell '{}', which it is compared on", name));
      }
    }
    return reasons;
  }

  static bool gives(const Extraction& extraction, const records::Record& record) {
    return matches::FieldCollector({}).apply(extraction, record);
  }

  std::string newest(const Signature& signature, const std::string& context) const {
    const auto known = contexts_.find({signature.name, context});
    return known == contexts_.end()
               ? std::string("no earlier record is one")
               : fmt::format("the newest earlier record that is one stands in line {}, thread {}",
                             known->second.first,
                             known->second.second.empty() ? "-" : known->second.second);
  }

  void remember_contexts(const records::Record& record) {
    for (const auto& signature : set_.signatures) {
      for (const auto& context : signature.context) {
        if (literal_in(context.detection, record) != nullptr &&
            matches::holds(context.detection.condition, record)) {
          contexts_[{signature.name, context.name}] = {record.line, std::string(record.thread)};
        }
      }
    }
  }

  const signatures::SignatureSet& set_;
  const RuleMatchRequest& request_;
  const MatchedRecordHandler& handle_;
  matches::Plan plan_;
  matches::Matcher matcher_;
  incidents::IncidentBook book_;
  CorrelatedBook correlated_;
  RuleMatchTotals totals_;
  std::map<std::string, std::uint64_t> counts_;  // by fingerprint
  // The newest record of each context: line and thread.
  std::map<std::pair<std::string, std::string>, std::pair<std::uint64_t, std::string>> contexts_;
};

}  // namespace

base::Result<RuleMatchTotals> match_rules(const signatures::SignatureSet& set,
                                          const RuleMatchRequest& request, base::Time now,
                                          const MatchedRecordHandler& handle) {
  auto file = platform::LogFile::open(request.path);
  if (!file) {
    return file.error();
  }
  Microscope microscope(set, request, handle);
  records::Framer framer;
  const records::RecordHandler look = [&](const records::Record& record) {
    microscope.look(record, now);
  };
  framer.start_file(0);
  std::string bytes(kReadBytes, '\0');
  std::uint64_t offset = 0;
  for (;;) {
    const auto count = file->read_at(offset, std::span<char>(bytes.data(), bytes.size()));
    if (!count) {
      return count.error();
    }
    if (*count == 0) {
      break;
    }
    framer.feed(std::string_view(bytes.data(), *count), now, look);
    offset += *count;
  }
  framer.end_file(now, look);
  microscope.totals().malformed = framer.malformed();
  microscope.totals().format = framer.format();
  return microscope.totals();
}

}  // namespace cmgmon::engine
