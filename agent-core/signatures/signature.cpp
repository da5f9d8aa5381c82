#include "signatures/signature.h"

#include <array>
#include <utility>

namespace cmgmon::signatures {

namespace {

constexpr std::array<std::pair<Level, std::string_view>, 5> kLevels = {{
    {Level::kInformational, "informational"},
    {Level::kLow, "low"},
    {Level::kMedium, "medium"},
    {Level::kHigh, "high"},
    {Level::kCritical, "critical"},
}};

constexpr std::array<std::pair<Status, std::string_view>, 5> kStatuses = {{
    {Status::kStable, "stable"},
    {Status::kTest, "test"},
    {Status::kExperimental, "experimental"},
    {Status::kDeprecated, "deprecated"},
    {Status::kUnsupported, "unsupported"},
}};

template <typename Value, std::size_t kSize>
std::string_view name_in(const std::array<std::pair<Value, std::string_view>, kSize>& table,
                         Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) {
      return name;
    }
  }
  return "";
}

template <typename Value, std::size_t kSize>
std::optional<Value> value_in(const std::array<std::pair<Value, std::string_view>, kSize>& table,
                              std::string_view name) {
  for (const auto& [value, known] : table) {
    if (known == name) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Level level) {
  return name_in(kLevels, level);
}
std::optional<Level> level_named(std::string_view name) {
  return value_in(kLevels, name);
}
std::string_view name_of(Status status) {
  return name_in(kStatuses, status);
}
std::optional<Status> status_named(std::string_view name) {
  return value_in(kStatuses, name);
}

const Signature* SignatureSet::find(std::string_view name) const {
  for (const auto& signature : signatures) {
    if (signature.name == name) {
      return &signature;
    }
  }
  return nullptr;
}

const LogService* SignatureSet::find_service(std::string_view name) const {
  for (const auto& service : services) {
    if (service.name == name) {
      return &service;
    }
  }
  return nullptr;
}

}  // namespace cmgmon::signatures
