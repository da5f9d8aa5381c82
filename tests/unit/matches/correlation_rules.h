#pragma once
// Correlations and the matches that feed them, for tests.

#include <string>
#include <utility>
#include <vector>

#include "matches/correlator.h"
#include "support/rules.h"

namespace cmgmon::test {

// TEST-1001 .. TEST-1003: extract server, client and code; a recovery each, on server.
inline std::string correlated_rules() {
  std::string rules;
  for (int number = 1; number <= 3; ++number) {
    rules += rule_head(number) + "detection: {x: {Message|contains: failure number " +
             std::to_string(number) +
             "}, condition: x}\n"
             "x-cmgmon:\n"
             "  version: 1\n"
             "  event_id: " +
             std::to_string(1500 + number) +
             "\n"
             "  extract: [{re: '(?P<server>a)(?P<client>b)(?P<code>c)'}]\n"
             "  group-by: [server]\n"
             "  clear:\n"
             "    recovery:\n"
             "      - name: works\n"
             "        detection: {Message|contains: it works now}\n"
             "        extract: [{re: '(?P<server>a)'}]\n"
             "---\n";
  }
  return rules;
}

// `body`: what stands in `correlation`, in flow style.
inline std::string correlation_rule(int number, const std::string& body,
                                    const std::string& extension = "") {
  const std::string digits = std::to_string(1000 + number);
  return "title: Correlation\nid: 00000000-0000-4000-8000-00000000" + digits + "\nname: CORR-" +
         digits + "\nstatus: test\nlevel: high\ncorrelation: {" + body +
         "}\nx-cmgmon:\n  version: 1\n  event_id: " + std::to_string(1500 + number) + "\n" +
         extension + "---\n";
}

inline base::Time at_ms(std::int64_t milliseconds) {
  return base::Time(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)) +
         std::chrono::hours(10) + std::chrono::milliseconds(milliseconds);
}

inline matches::Match match_of(const signatures::SignatureSet& set, const std::string& signature,
                               std::optional<base::Time> time, matches::Fields fields,
                               const std::string& message = "") {
  matches::Match match;
  match.signature = set.find(signature);
  match.time = time;
  match.fields = std::move(fields);
  matches::Evidence evidence;
  evidence.path = "a.log";
  evidence.time = time;
  evidence.message = message.empty() ? signature : message;
  match.evidence.push_back(std::move(evidence));
  return match;
}

inline matches::Match recovery_of(const signatures::SignatureSet& set, const std::string& signature,
                                  std::optional<base::Time> time, matches::Fields fields) {
  matches::Match match = match_of(set, signature, time, std::move(fields));
  match.recovery = &match.signature->recoveries.front();
  return match;
}

}  // namespace cmgmon::test
