#pragma once
// Rules for tests, from YAML in the test itself.

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/yaml.h"
#include "signatures/loader.h"
#include "signatures/signature.h"

namespace cmgmon::test {

inline const char* const kTestPack =
    "pack: test\n"
    "version: 1.0.0\n"
    "format: cmgmon/pack/1\n"
    "services:\n"
    "  app: {title: Application, files: [app.log], folders: ['C:\\logs']}\n"
    "  web: {files: ['u_ex*.log']}\n"
    "facts:\n"
    "  verbose: {registry: 'HKLM\\SOFTWARE\\Test', value: Verbose}\n";

inline base::Complaints complaints_about(const std::string& rules) {
  base::Complaints complaints;
  signatures::load_packs({{{"pack.yaml", kTestPack}, {"rule.yaml", rules}}}, complaints);
  return complaints;
}

// The set made of these rules; a complaint fails the test.
inline signatures::SignatureSet rules_from(const std::string& rules) {
  base::Complaints complaints;
  auto set = signatures::load_packs({{{"pack.yaml", kTestPack}, {"rule.yaml", rules}}}, complaints);
  for (const auto& complaint : complaints) {
    ADD_FAILURE() << base::describe(complaint);
  }
  return set ? std::move(*set) : signatures::SignatureSet();
}

// The parts that every rule has; `number` makes name, id and event id. Append detection and x-cmgmon.
inline std::string rule_head(int number, const std::string& service = "app") {
  const std::string digits = std::to_string(1000 + number);
  return "title: Test rule " + digits + "\nid: 00000000-0000-4000-8000-00000000" + digits +
         "\nname: TEST-" + digits +
         "\nstatus: test\nlevel: high\nlogsource: {product: test, service: " + service + "}\n";
}

}  // namespace cmgmon::test
