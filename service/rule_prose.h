#pragma once
// Signatures in words: for `rules explain`, `rules match` and the reference.
//
// Tests: tests/unit/service/rules_verbs_test.cpp

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "signatures/signature.h"

namespace cmgmon::service {

// "Message contains 'a' or 'b'"
std::string describe(const signatures::FieldTest& test);
// "the field flags has CERT_REVOKED"
std::string describe(const signatures::Condition& condition);
// When a diagnosis is said: "when ...", "otherwise", "always".
std::string occasion_of(const signatures::Diagnosis& diagnosis);
// What ends an incident: "accepted, or 24 h without it".
std::string ends_of(const signatures::Signature& signature);
// "SMS_Cloud_ProxyConnector.log (CMG connection point)"
std::string logs_of(const std::vector<std::string>& services, const signatures::SignatureSet& set);
// What the signature is found in: its logs, or the matches of other signatures.
std::string sources_of(const signatures::Signature& signature, const signatures::SignatureSet& set);

// The whole signature, in lines of at most `width` where words allow it.
std::string explain(const signatures::Signature& signature, const signatures::SignatureSet& set,
                    std::size_t width);

// Words of `text` in lines of at most `width`, each after `indent` blanks, the first after `first`.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent,
                    std::string_view first = "");

}  // namespace cmgmon::service
