#pragma once
// What the administrator wants different for single rules, put over the packs: cmgmon.yaml's `rules`. A new version of a
// pack is loaded under the same settings, so it never undoes them.
//
// A rule that is switched off still takes its records (no fallback reports them instead), but makes no incidents. A level
// that is given replaces those of the diagnoses, too.
//
// Tests: tests/unit/engine/rule_settings_test.cpp

#include "base/yaml.h"
#include "settings/settings.h"
#include "signatures/signature.h"

namespace cmgmon::engine {

// Complaints: settings for rules that no pack has. They change nothing; an upgrade that renames a rule must not stop the
// service.
base::Complaints apply_rule_settings(const settings::Settings& settings,
                                     signatures::SignatureSet& set);

}  // namespace cmgmon::engine
