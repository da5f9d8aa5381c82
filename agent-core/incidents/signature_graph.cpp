#include "incidents/signature_graph.h"

#include <algorithm>
#include <functional>

namespace cmgmon::incidents {
namespace {

template <typename Item>
void add_once(std::vector<Item>& list, const Item& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) {
    list.push_back(item);
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
        const auto same = signature.explains_same.find(name);
        if (same != signature.explains_same.end() && !same->second.empty()) {
          same_[{rule, *symptom}] = same->second;
          add_once(nodes_[rule].places, same->second);
          add_once(nodes_[*symptom].places, same->second);
        }
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

const std::vector<std::string>& SignatureGraph::same(std::size_t explainer,
                                                     std::size_t symptom) const {
  static const std::vector<std::string> kNone;
  const auto found = same_.find({explainer, symptom});
  return found == same_.end() ? kNone : found->second;
}

std::optional<std::size_t> SignatureGraph::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    return std::nullopt;
  }
  return found->second;
}

std::optional<std::size_t> SignatureGraph::rule_of(const matches::Match& match) const {
  const signatures::Signature* const first = set_.signatures.data();
  const signatures::Signature* const end = first + set_.signatures.size();
  const std::less<> before;
  if (before(match.signature, first) || !before(match.signature, end)) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(match.signature - first);
}

}  // namespace cmgmon::incidents
