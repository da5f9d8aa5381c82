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
// The fingerprints asked for.
std::vector<std::string> read_requests(const std::string& state_folder);
// When they are met and that is saved: not before, or a crash would forget them.
void forget_requests(const std::string& state_folder, const std::vector<std::string>& fingerprints);

}  // namespace cmgmon::service
