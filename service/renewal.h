#pragma once
// Notices that the settings file or a signature pack has changed while the agent runs, and reads them anew. What is
// invalid is refused with one notice, and what was in force stays. Also collects what operators ask for
// (operator_requests.h).
//
// A change counts once the files have been the same for two looks, because packs are copied file by file.
//
// Threads: look() on one thread at a time; take() when no look() runs.
// Tests:   tests/unit/service/renewal_test.cpp

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/agent.h"
#include "settings/settings.h"
#include "signatures/signature.h"

namespace cmgmon::service {

class Renewal {
 public:
  struct Next {
    settings::Settings settings;
    signatures::SignatureSet set;
    base::Complaints ignored;  // settings for rules that do not exist
    std::uint64_t digest = 0;  // of what was read
  };

  // `in_force` was read with these overrides.
  Renewal(settings::Machine machine, settings::Overrides overrides,
          const settings::Settings& in_force);

  engine::Wishes look();
  // What look() wished to reload.
  std::optional<Next> take();

  // Where changes are to be expected, and whether a changed file there is one.
  std::vector<std::string> folders() const;
  static bool matters(const std::string& path);

 private:
  std::uint64_t digest(const std::vector<std::string>& shelves) const;
  engine::Wishes judge();

  settings::Machine machine_;
  settings::Overrides overrides_;
  std::string file_;  // the settings file, there or not
  std::string state_folder_;
  std::vector<std::string> shelves_;  // of packs
  std::uint64_t in_force_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t seen_ = 0;
  bool change_refused_ = false;  // what is there now
  std::optional<Next> next_;
};

}  // namespace cmgmon::service
