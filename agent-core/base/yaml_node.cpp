#include "base/yaml_node.h"

#include <utility>

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

namespace cmgmon::base {

namespace {

// One line for each entry of a mapping, lists as they were written.
void emit(YAML::Emitter& out, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      out << YAML::Null;
      break;
    case YamlNode::Kind::kScalar:
      out << node.text;
      break;
    case YamlNode::Kind::kSequence:
      out << (node.flow ? YAML::Flow : YAML::Block) << YAML::BeginSeq;
      for (const auto& item : node.items()) {
        emit(out, item);
      }
      out << YAML::EndSeq;
      break;
    case YamlNode::Kind::kMap:
      out << YAML::Block << YAML::BeginMap;
      for (const auto entry : node.entries()) {
        out << YAML::Key;
        emit(out, entry.key);
        out << YAML::Value;
        emit(out, entry.value);
      }
      out << YAML::EndMap;
      break;
  }
}

}  // namespace

YamlNode YamlNode::scalar(std::string text) {
  YamlNode node;
  node.kind = Kind::kScalar;
  node.text = std::move(text);
  return node;
}

YamlNode YamlNode::sequence() {
  YamlNode node;
  node.kind = Kind::kSequence;
  return node;
}

YamlNode YamlNode::map() {
  YamlNode node;
  node.kind = Kind::kMap;
  return node;
}

const std::vector<YamlNode>& YamlNode::items() const {
  static const std::vector<YamlNode> kNone;
  return is_sequence() ? children : kNone;
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto entry : entries()) {
    if (entry.key.is_scalar() && entry.key.text == key) {
      return &entry.value;
    }
  }
  return nullptr;
}

void YamlNode::add(std::string key, YamlNode value) {
  children.push_back(scalar(std::move(key)));
  children.push_back(std::move(value));
}

std::string to_yaml(const YamlNode& node) {
  YAML::Emitter out;
  emit(out, node);
  return out.c_str();
}

}  // namespace cmgmon::base
