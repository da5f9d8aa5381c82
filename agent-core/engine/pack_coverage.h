#pragma once
// Which parts of the rules their tests exercise.
//
// Counted are: rules and recoveries (a test made them match), selections (held in a record that matched; under "not": kept
// a record away), alternatives (each branch of an "or" and each value of a list, in a record that matched) and diagnoses
// (stood in what was said about an incident).
//
// Life:    the SignatureSet outlives the coverage.
// Tests:   tests/unit/service/rules_verbs_test.cpp

#include <map>
#include <string>
#include <vector>

#include "engine/pack_test.h"
#include "signatures/signature.h"

namespace cmgmon::engine {

class PackCoverage final : public PackTestObserver {
 public:
  struct Part {
    std::string signature;
    std::string kind;  // rule selection alternative recovery diagnosis
    std::string what;  // empty for a rule
    signatures::Origin origin;
    bool exercised = false;
  };

  explicit PackCoverage(const signatures::SignatureSet& set);

  void read(const records::Record& record) override;
  void matched(const records::Record& record, const matches::Match& match) override;
  void told(const incidents::Incident& incident) override;

  // By signature, in the order in which they stand in it.
  std::vector<Part> parts() const;

 private:
  // A part of a condition, and what makes it count.
  struct Branch {
    signatures::Expression expression;
    bool negated = false;
    std::size_t part = 0;
  };
  struct Detected {
    const signatures::Detection* detection = nullptr;
    std::vector<Branch> branches;
    std::size_t part = 0;  // the rule or recovery itself
  };

  std::size_t add(const signatures::Signature& signature, std::string kind, std::string what,
                  const signatures::Origin& origin);
  void add_branches(const signatures::Signature& signature,
                    const signatures::Expression& expression, bool negated, Detected& detected);
  void add_values(const signatures::Signature& signature, const signatures::FieldTest& test,
                  bool negated, Detected& detected);

  const signatures::SignatureSet& set_;
  std::vector<Part> parts_;
  std::map<const void*, Detected> detected_;       // by signature or recovery
  std::map<const void*, std::size_t> diagnoses_;   // by diagnosis
  std::map<std::string, std::size_t> selections_;  // "SIGNATURE/recovery/selection"
};

}  // namespace cmgmon::engine
