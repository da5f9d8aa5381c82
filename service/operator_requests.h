#pragma once
// How `cmgmon alerts clear` reaches a running service: one small file per request in a folder of the state folder, which
// only administrators may write to. It is taken when the service looks next, or starts.
//
// Tests: tests/unit/service/operator_requests_test.cpp

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cmgmon::service {

inline constexpr std::string_view kRequestSuffix = ".clear";

std::string requests_folder(const std::string& state_folder);

base::Result<void> request_clear(const std::string& state_folder, const std::string& fingerprint);
// The fingerprints asked for; the files are gone afterwards.
std::vector<std::string> take_requests(const std::string& state_folder);

}  // namespace cmgmon::service
