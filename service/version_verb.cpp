#include <fmt/format.h>

#include "service/product.h"
#include "service/verbs.h"

namespace cmgmon::service {

ExitCode version(const CommonOptions& common, const Console& console) {
  if (common.json) {
    console.out << fmt::format(R"({{"schema":"cmgmon/version/1","product":"{}","version":"{}"}})",
                               kProductName, kVersion)
                << '\n';
  } else {
    console.out << fmt::format("{} {}\n", kProductName, kVersion);
  }
  return ExitCode::kOk;
}

}  // namespace cmgmon::service
