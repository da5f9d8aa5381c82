#include "incidents/signature_graph.h"

#include <algorithm>

namespace cmgmon::incidents {
namespace {

void add_once(std::vector<std::size_t>& list, std::size_t rule) {
  if (std::find(list.begin(), list.end(), rule) == list.end()) {
    list.push_back(rule);
  }
}

}  // namespace

SignatureGraph::SignatureGraph(const signatures::SignatureSet& set)
    : set_(set), nodes_(set.signatures.size()) {
  for (std::size_t rule = 0; rule < nodes_.size(); ++rule) {
    by_name_.emplace(set.signatures[rule].name, rule);
  }
  for (std::size_t rule = 0; rule < nodes_.size(); ++rule) {
    const signatures::Signature& signature = set.signatures[rule];
    for (const std::string& name : signature.explains) {
      if (const auto symptom = find(name); symptom && *symptom != rule) {
        add_once(nodes_[rule].symptoms, *symptom);
        add_once(nodes_[*symptom].explainers, rule);
      }
    }
    for (const signatures::Diagnosis& diagnosis : signature.diagnoses) {
      for (const signatures::Condition& condition : diagnosis.when) {
        if (condition.kind != signatures::Condition::Kind::kIncidentOpen) {
          continue;
        }
        nodes_[rule].watches = true;
        if (const auto watched = find(condition.subject)) {
          add_once(nodes_[*watched].watchers, rule);
        }
      }
    }
  }
  std::vector<bool> visited(nodes_.size(), false);
  for (std::size_t rule = 0; rule < nodes_.size(); ++rule) {
    place(rule, visited);
  }
  for (std::size_t place = 0; place < causes_first_.size(); ++place) {
    nodes_[causes_first_[place]].rank = place;
  }
}

void SignatureGraph::place(std::size_t rule, std::vector<bool>& visited) {
  if (visited[rule]) {
    return;
  }
  visited[rule] = true;
  for (const std::size_t explainer : nodes_[rule].explainers) {
    place(explainer, visited);
  }
  causes_first_.push_back(rule);
}

std::optional<std::size_t> SignatureGraph::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    return std::nullopt;
  }
  return found->second;
}

std::optional<std::size_t> SignatureGraph::rule_of(const matches::Match& match) const {
  if (match.signature == nullptr) {
    return std::nullopt;
  }
  const auto rule = find(match.signature->name);
  if (!rule || &set_.signatures[*rule] != match.signature) {
    return std::nullopt;
  }
  return rule;
}

}  // namespace cmgmon::incidents
