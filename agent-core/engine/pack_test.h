#pragma once
// Runs the tests that stand beside the rules of a pack: log lines in, expected incidents out.
//
// Every test is run twice, in one piece and byte by byte; both must give the same. Time is the
// log's own, nothing waits.
//
// Errors:  complaints about the test file itself (file, line, column); an unreadable input file is
// one of them. A test that
//          could be run and did not give what it expects is a result.
// Source:  docs/signatures.md, "Tests".      Tests: tests/unit/engine/pack_test_test.cpp

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "incidents/incident.h"
#include "matches/match.h"
#include "records/record.h"
#include "signatures/signature.h"

namespace cmgmon::engine {

struct PackTestResult {
  std::string file;
  int line = 0;
  std::string name;
  bool passed = false;
  std::string difference;  // lines for a person; empty when it passed
};

struct PackTestReport {
  std::vector<PackTestResult> results;
  std::set<std::string> raised;  // signatures that a test expects and gets
};

// `path` is the one in the test file, joined to the folder of that file.
using PackTestReader = std::function<base::Result<std::string>(const std::string& path)>;

// Hears what tests go through, for measuring what they exercise.
class PackTestObserver {
 public:
  virtual ~PackTestObserver() = default;
  virtual void read(const records::Record& record) = 0;  // before what it matched
  virtual void matched(const records::Record& record, const matches::Match& match) = 0;
  virtual void told(const incidents::Incident& incident) = 0;
};

struct PackTestOptions {
  std::string filter;  // only tests whose name or rule holds this, ignoring case
  std::function<void(const std::string& name)> begins;
  PackTestObserver* observer = nullptr;
  bool once = false;  // not byte by byte as well
};

// The tests of one test file, `text`, called `file`.
PackTestReport run_pack_tests(const signatures::SignatureSet& set, std::string_view text,
                              const std::string& file, const PackTestReader& read,
                              base::Complaints& complaints, const PackTestOptions& options = {});

}  // namespace cmgmon::engine
