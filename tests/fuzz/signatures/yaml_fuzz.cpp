// A YAML file: documents or complaints, never both, never neither, never an exception.

#include <algorithm>

#include "base/yaml.h"
#include "fuzz/fuzz.h"

using namespace cmgmon;

namespace {

int depth_of(const base::YamlNode& node) {
  int deepest = 0;
  if (node.is_map()) {
    for (const auto entry : node.entries()) {
      fuzz::promise(entry.key.is_scalar() || entry.key.is_null(), "keys are texts");
      deepest = std::max(deepest, depth_of(entry.value));
    }
  } else if (node.is_sequence()) {
    for (const auto& item : node.items()) {
      deepest = std::max(deepest, depth_of(item));
    }
  } else {
    return 0;
  }
  return deepest + 1;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::Complaints complaints;
  const auto documents = base::load_yaml(fuzz::text_of(data, size), "fuzz.yaml", complaints);
  fuzz::promise(documents.empty() != complaints.empty(), "documents or complaints");
  for (const auto& document : documents) {
    fuzz::promise(depth_of(document) <= base::kMaxYamlDepth, "no deeper than allowed");
  }
  for (const auto& complaint : complaints) {
    fuzz::promise(!complaint.message.empty() && complaint.line >= 0 && complaint.column >= 0,
                  "a complaint says where and what");
  }
  return 0;
}
