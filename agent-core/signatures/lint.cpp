#include "signatures/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "signatures/forgery.h"

namespace cmgmon::signatures {

namespace {

class Warnings {
 public:
  void about(const Signature& signature) {
    const Origin& origin = signature.origin;
    const bool shipped = is_shipped_pack(signature.pack);
    if (shipped && signature.event_id >= kMinOwnEventId) {
      warn(origin, fmt::format("{}: event ids of the shipped packs are below {}", signature.name,
                               kMinOwnEventId));
    } else if (!shipped && signature.event_id < kMinOwnEventId) {
      warn(origin,
           fmt::format("{}: the event id {} belongs to the product, and a later version may use "
                       "it; take one from {} to 1999",
                       signature.name, signature.event_id, kMinOwnEventId));
    }
    if (!signature.silenced) {
      about_alert(signature);
    }
    if (!signature.correlation) {
      check(signature.detection, "fires the rule");
    }
    if (signature.absence && signature.absence->expect) {
      check(*signature.absence->expect, "is taken for a sign of life");
    }
    for (const auto& recovery : signature.recoveries) {
      check(recovery.detection, "is taken for the recovery '" + recovery.name + "'");
    }
  }

  base::Complaints take() {
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
      return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    return std::move(found_);
  }

 private:
  void about_alert(const Signature& signature) {
    const Origin& origin = signature.origin;
    if (signature.diagnoses.empty()) {
      warn(origin, fmt::format("{}: the alert will not say why it happened nor what to do; add "
                               "'diagnosis' with a cause and a resolution",
                               signature.name));
    }
    if (signature.recoveries.empty() && !signature.quiet) {
      warn(origin, fmt::format("{}: nothing ever ends its incidents; add 'clear' with a recovery, "
                               "or 'quiet'",
                               signature.name));
    }
    if (signature.references.empty()) {
      warn(origin,
           fmt::format("{}: no 'references'; where is this failure described?", signature.name));
    }
  }

  void check(const Detection& detection, std::string_view effect) {
    if (const auto loose = find_loose(detection.condition)) {
      warn(loose->origin,
           fmt::format("'{}' can stand in a URL that anybody sends, and then {}: add a test beside "
                       "it that such a line fails, like 'Message|re' with the whole message from ^ "
                       "to $, or a column that the server writes",
                       base::printable(base::prefix_of_bytes(loose->text, 60)), effect));
    }
  }

  void warn(const Origin& origin, std::string message) {
    found_.push_back({origin.file, origin.line, origin.column, std::move(message)});
  }

  base::Complaints found_;
};

}  // namespace

bool is_shipped_pack(std::string_view name) {
  return name == "configmgr-cmg";
}

base::Complaints warnings_about(const SignatureSet& set) {
  Warnings warnings;
  for (const auto& signature : set.signatures) {
    warnings.about(signature);
  }
  return warnings.take();
}

}  // namespace cmgmon::signatures
