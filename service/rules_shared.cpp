#include "service/rules_shared.h"

#include "base/text.h"
#include "service/workspace.h"
#include "sinks/incident_json.h"

namespace cmgmon::service {

std::optional<std::vector<std::string>> pack_shelves_of(const CommonOptions& common,
                                                        const std::vector<std::string>& folders,
                                                        const Console& console, ExitCode& failure) {
  if (!folders.empty()) {
    return folders;
  }
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return std::nullopt;
  }
  return pack_shelves(*settings);
}

std::optional<signatures::SignatureSet> signatures_in_force(const CommonOptions& common,
                                                            const Console& console,
                                                            ExitCode& failure) {
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return std::nullopt;
  }
  failure = ExitCode::kUsage;
  return load_signatures(*settings, console);
}

Poco::JSON::Array::Ptr json_texts(const std::vector<std::string>& values) {
  Poco::JSON::Array::Ptr array = new Poco::JSON::Array;
  for (const auto& value : values) {
    array->add(sinks::json_string(value));
  }
  return array;
}

void StatusLine::show(const std::string& text) {
  if (console_.err_is_terminal) {
    shown_ = true;
    const auto width = static_cast<std::size_t>(console_.width > 1 ? console_.width - 1 : 79);
    console_.err << "\r\033[K" << base::prefix_of_bytes(base::printable(text), width) << std::flush;
  }
}

void StatusLine::clear() {
  if (shown_) {
    console_.err << "\r\033[K" << std::flush;
    shown_ = false;
  }
}

}  // namespace cmgmon::service
