#pragma once
// A pack of three signatures (site-server records, W3C columns, an absence), a folder for logs, and lines as the connector writes them.

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/time.h"
#include "signatures/loader.h"
#include "support/temp_folder.h"

namespace cmgmon::test {

inline signatures::SignatureSet small_set() {
  const char* pack = R"(pack: test
version: 1.0.0
format: cmgmon/pack/1
services:
  connector:
    title: connector
    files: [connector.log]
)";
  const char* rules = R"(title: Connector has no certificate
id: 6d0f1c1e-6c37-4a0e-9f5b-0c6f5a3c1002
name: TEST-403
status: stable
level: critical
description: for tests
references: [https://example.org]
logsource: {product: configmgr, service: connector}
detection:
  failed: {Message|contains: 'answered 403 no certificate'}
  condition: failed
x-cmgmon:
  version: 1
  event_id: 1002
  extract:
    - {re: '^endpoint (?P<endpoint>\w+) '}
  group-by: [endpoint]
  diagnosis:
    - {otherwise: true, cause: 'No certificate for {endpoint}.', resolution: ['Issue one.']}
  clear:
    recovery:
      - name: answered_200
        detection: {Message|contains: 'answered 200 fine'}
        extract: [{re: '^endpoint (?P<endpoint>\w+) '}]
        on: [endpoint]
---
title: A request was refused
id: 6d0f1c1e-6c37-4a0e-9f5b-0c6f5a3c1008
name: TEST-W3C
status: stable
level: high
description: for tests
references: [https://example.org]
logsource: {product: configmgr, service: connector}
detection:
  refused:
    cs-uri-stem|startswith: '/endpoint/'
    sc-status: 403
  condition: refused
x-cmgmon:
  version: 1
  event_id: 1008
  extract:
    - {field: cs-uri-stem, re: '^/endpoint/(?P<endpoint>\w+)/'}
  group-by: [endpoint]
  diagnosis:
    - {otherwise: true, cause: 'Refused.', resolution: ['Allow it.']}
)";
  static const std::string absence = R"(---
title: Connector has fallen silent
id: 6d0f1c1e-6c37-4a0e-9f5b-0c6f5a3c1016
name: TEST-SILENT
status: stable
level: critical
logsource: {product: configmgr, service: connector}
x-cmgmon:
  version: 1
  event_id: 1016
  absence:
    expect: {Message|startswith: 'connection is alive'}
    every: 10m
    grace: 5m
    while-running: [SMS_TEST]
  diagnosis:
    - {when: {service.SMS_TEST: failed}, cause: 'It died; last heard at {last_heard}.'}
    - {otherwise: true, cause: 'Silent for {silent_for}.'}
)";
  base::Complaints complaints;
  auto set =
      signatures::load_packs({{{"pack.yaml", pack}, {"rules.yaml", rules + absence}}}, complaints);
  for (const auto& complaint : complaints) {
    ADD_FAILURE() << base::describe(complaint);
  }
  return set ? std::move(*set) : signatures::SignatureSet{};
}

// One record in the site-server envelope; `second` counts from 2026-03-01T10:00:00Z.
inline std::string connector_line(const std::string& message, int second) {
  char stamp[64];
  std::snprintf(stamp, sizeof stamp, "03-01-2026 %02d:%02d:%02d.000+00", 10 + second / 3600,
                second / 60 % 60, second % 60);
  return message + "~~  $$<SMS_CLOUD_PROXYCONNECTOR><" + stamp + "><thread=6124 (0x17EC)>\r\n";
}
inline std::string failure(const std::string& endpoint, int second) {
  return connector_line("endpoint " + endpoint + " answered 403 no certificate", second);
}
inline std::string recovery(const std::string& endpoint, int second) {
  return connector_line("endpoint " + endpoint + " answered 200 fine", second);
}

inline std::string heartbeat(int second) {
  return connector_line("connection is alive", second);
}

inline base::Time at_second(int second) {
  return *base::from_rfc3339("2026-03-01T10:00:00Z") + std::chrono::seconds(second);
}

class FixedClock final : public base::Clock {
 public:
  explicit FixedClock(base::Time now) : now_(now) {}
  base::Time now() const override { return now_; }

 private:
  base::Time now_;
};

// A folder that is gone after the test.
class LogFolder {
 public:
  std::string path(const std::string& name = "") const {
    return name.empty() ? folder_.path() : folder_.file(name);
  }
  void append(const std::string& name, const std::string& bytes) const {
    folder_.append(name, bytes);
  }

 private:
  support::TempFolder folder_;
};

}  // namespace cmgmon::test
