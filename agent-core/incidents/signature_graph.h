#pragma once
// Which signatures of a set have to do with each other: who explains whom, whose texts depend on
// whether another one has an open incident. By index into SignatureSet::signatures.
//
// Tests: tests/unit/incidents/signature_graph_test.cpp

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "matches/match.h"
#include "signatures/signature.h"

namespace cmgmon::incidents {

class SignatureGraph {
 public:
  explicit SignatureGraph(const signatures::SignatureSet& set);

  std::optional<std::size_t> find(const std::string& name) const;
  // nullopt: not of this set.
  std::optional<std::size_t> rule_of(const matches::Match& match) const;

  const std::vector<std::size_t>& symptoms(std::size_t rule) const { return nodes_[rule].symptoms; }
  const std::vector<std::size_t>& explainers(std::size_t rule) const {
    return nodes_[rule].explainers;
  }
  // Fields in which an incident of `explainer` and one of `symptom` must agree; empty: in none.
  const std::vector<std::string>& same(std::size_t explainer, std::size_t symptom) const;
  // All lists of fields in which incidents of `rule` must agree with those of another signature.
  const std::vector<std::vector<std::string>>& places(std::size_t rule) const {
    return nodes_[rule].places;
  }
  // Those with a diagnosis that asks whether `rule` has an open incident.
  const std::vector<std::size_t>& watchers(std::size_t rule) const { return nodes_[rule].watchers; }
  bool watches(std::size_t rule) const { return nodes_[rule].watches; }

  // All of them, explainers before their symptoms (where they explain each other, in the order of
  // the set).
  const std::vector<std::size_t>& causes_first() const { return causes_first_; }
  std::size_t rank(std::size_t rule) const {
    return nodes_[rule].rank;
  }  // position in causes_first()

 private:
  struct Node {
    std::vector<std::size_t> symptoms;
    std::vector<std::size_t> explainers;
    std::vector<std::size_t> watchers;
    std::vector<std::vector<std::string>> places;
    bool watches = false;
    std::size_t rank = 0;
  };

  void place(std::size_t rule, std::vector<bool>& visited);

  const signatures::SignatureSet& set_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::vector<Node> nodes_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::string>>
      same_;  // not the empty ones
  std::vector<std::size_t> causes_first_;
};

}  // namespace cmgmon::incidents
