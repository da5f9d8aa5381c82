#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "engine/facts.h"
#include "incidents/incident_book.h"
#include "service/operator_requests.h"
#include "service/verbs.h"
#include "service/workspace.h"
#include "sinks/incident_block.h"
#include "sinks/incident_json.h"
#include "store/store.h"

namespace cmgmon::service {

namespace {

constexpr std::size_t kShortId = 8;

// What the service last saved. nullopt: has been complained about.
std::optional<std::vector<incidents::Incident>> open_incidents(const settings::Settings& settings,
                                                               const Console& console,
                                                               ExitCode& failure) {
  failure = ExitCode::kUsage;
  const auto set = load_signatures(settings, console);
  if (!set) {
    return std::nullopt;
  }
  const auto snapshot = store::read_rooms(settings.state_folder);
  if (!snapshot) {
    failure = exit_code_of(snapshot.error());
    print(snapshot.error(), console);
    return std::nullopt;
  }
  incidents::IncidentBook book(
      *set, {}, [&settings] { return engine::offline_facts(settings.connection_points); });
  if (const auto rows = snapshot->rooms.find(store::kBook); rows != snapshot->rooms.end()) {
    if (const auto loaded = book.load_rows(rows->second); !loaded) {
      failure = ExitCode::kFailure;
      print(loaded.error(), console);
      return std::nullopt;
    }
  }
  auto all = book.incidents();
  std::erase_if(all,
                [](const auto& incident) { return incident.state != incidents::State::kFiring; });
  return all;
}

void print_row(const incidents::Incident& incident, const Console& console) {
  const sinks::TextStyle style{console.colour, static_cast<std::size_t>(console.width)};
  std::string about;
  for (const auto& [name, value] : incident.group) {
    about += fmt::format("{}{}={}", about.empty() ? "" : " ", name, base::printable(value));
  }
  console.out << fmt::format(
      "{}  {}  {}  since {}, count {}{}\n          {}{}\n",
      incident.fingerprint.substr(0, kShortId),
      sinks::inked(fmt::format("{:<13}", name_of(incident.level)), sinks::ink_of(incident.level),
                   style),
      incident.signature, incident.first_seen ? base::to_rfc3339(*incident.first_seen) : "unknown",
      incident.count,
      incident.explained_by.empty() ? "" : fmt::format(", explained by {}", incident.explained_by),
      incident.title, about.empty() ? "" : " (" + about + ")");
}

}  // namespace

ExitCode alerts(const CommonOptions& common, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  const auto open = open_incidents(*settings, console, failure);
  if (!open) {
    return failure;
  }
  if (common.json) {
    Poco::JSON::Array::Ptr list = new Poco::JSON::Array;
    for (const auto& incident : *open) {
      auto object = sinks::incident_object(incident);
      object->set("fingerprint", incident.fingerprint);
      object->set("episode", incident.episode);
      list->add(object);
    }
    Poco::JSON::Object document(Poco::JSON_PRESERVE_KEY_ORDER);
    document.set("schema", "cmgmon/alerts/1");
    document.set("incidents", list);
    console.out << sinks::json_text(document, 2) << '\n';
    return ExitCode::kOk;
  }
  for (const auto& incident : *open) {
    print_row(incident, console);
  }
  console.out << (open->empty() ? "No open incident.\n" : "");
  return ExitCode::kOk;
}

ExitCode alerts_clear(const CommonOptions& common, const std::string& which,
                      const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  const auto open = open_incidents(*settings, console, failure);
  if (!open) {
    return failure;
  }
  std::vector<const incidents::Incident*> meant;
  for (const auto& incident : *open) {
    if (base::equals_ignore_case(incident.signature, which) ||
        (which.size() >= kShortId && incident.fingerprint.starts_with(base::to_lower(which)))) {
      meant.push_back(&incident);
    }
  }
  if (meant.empty()) {
    console.err << fmt::format(
        "cmgmon: no open incident is called '{}'; 'cmgmon alerts' shows them, with their ids of {} "
        "characters or more\n",
        base::printable(which), kShortId);
    return ExitCode::kFailure;
  }
  for (const auto* incident : meant) {
    if (const auto asked = request_clear(settings->state_folder, incident->fingerprint); !asked) {
      print(asked.error(), console);
      return exit_code_of(asked.error());
    }
    console.out << fmt::format("{}  {}: will be closed when the service looks next, or starts.\n",
                               incident->fingerprint.substr(0, kShortId), incident->signature);
  }
  return ExitCode::kOk;
}

}  // namespace cmgmon::service
