#pragma once
// What the verbs of `cmgmon rules` have in common.

#include <Poco/JSON/Array.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/pack_test.h"
#include "service/verbs.h"
#include "signatures/signature.h"

namespace cmgmon::service {

// The folders named, or else the ones in use. nullopt: has been complained about.
std::optional<std::vector<std::string>> pack_shelves_of(const CommonOptions& common,
                                                        const std::vector<std::string>& folders,
                                                        const Console& console, ExitCode& failure);

// The signatures in force. nullopt: has been complained about.
std::optional<signatures::SignatureSet> signatures_in_force(const CommonOptions& common,
                                                            const Console& console,
                                                            ExitCode& failure);

Poco::JSON::Array::Ptr json_texts(const std::vector<std::string>& values);

// Writes one line over and over on a terminal; nothing elsewhere.
class StatusLine {
 public:
  explicit StatusLine(const Console& console) : console_(console) {}
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  void show(const std::string& text);
  void clear();

 private:
  const Console& console_;
  bool shown_ = false;
};

}  // namespace cmgmon::service
