#pragma once
// What almost every verb needs first: the settings and the signatures in force. Complains on the console.

#include <optional>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "service/console.h"
#include "service/exit_code.h"
#include "service/verbs.h"
#include "settings/settings.h"
#include "signatures/signature.h"

namespace cmgmon::service {

// nullopt: everything wrong has been said on console.err; `failure` is the exit code for it.
std::optional<settings::Settings> load_settings(const CommonOptions& common, const Console& console,
                                                ExitCode& failure);
// Settings for rules that no pack has are no failure; they are said on console.err unless somebody else wants to say it.
std::optional<signatures::SignatureSet> load_signatures(const settings::Settings& settings,
                                                        const Console& console,
                                                        base::Complaints* ignored = nullptr);

// The folders in which packs are looked for.
std::vector<std::string> pack_shelves(const settings::Settings& settings);

// False, and said, when no pack has such a log service. `where` begins the sentence, or is empty.
bool service_known(const signatures::SignatureSet& set, const std::string& service,
                   const std::string& where, const Console& console);
// The same for every source in the settings.
bool services_known(const settings::Settings& settings, const signatures::SignatureSet& set,
                    const Console& console);
// nullptr, and said, when there is no signature of this name or event id.
const signatures::Signature* find_signature(const signatures::SignatureSet& set,
                                            const std::string& name, const Console& console);

// At most `limit` complaints, one per line, and how many more there are.
void print(const base::Complaints& complaints, const Console& console, std::size_t limit = 20);
// "cmgmon: message" and, on the next line, the remedy.
void print(const base::Error& error, const Console& console);
ExitCode exit_code_of(const base::Error& error);

}  // namespace cmgmon::service
