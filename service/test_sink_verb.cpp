#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "base/time.h"
#include "engine/sinks_from_settings.h"
#include "incidents/identity.h"
#include "service/verbs.h"
#include "service/workspace.h"
#include "sinks/incident_json.h"
#include "sinks/notices.h"

namespace cmgmon::service {

namespace {

constexpr const char* kSignature = "CMGMON-TEST";

// An alert that nobody can take for a failure, and that no later one repeats.
incidents::Transition test_alert(const std::string& host, base::Time now) {
  incidents::Transition transition;
  auto& incident = transition.incident;
  incident.signature = kSignature;
  incident.title = "TEST: somebody ran 'cmgmon test-sink'; nothing is wrong";
  incident.level = signatures::Level::kCritical;  // passes every sink's 'level'
  incident.event_id = sinks::kTestEvent;
  incident.group = {{"host", host}};
  incident.fingerprint = incidents::fingerprint_of(kSignature, incident.group);
  incident.episode = incidents::episode_of(incident.fingerprint, incidents::milliseconds_of(now));
  incident.count = 1;
  incident.first_seen = now;
  incident.last_seen = now;
  incident.cause = "This is a test of the way that alerts take.";
  incident.resolution = {"Nothing is to be done."};
  transition.sequence = 1;
  transition.delivery_id = incidents::delivery_id_of(incident.episode, 1);
  transition.at = now;
  return transition;
}

// The settings with this sink only; false, and said, when there is none that could be tested.
bool keep_only(settings::Settings& settings, const std::string& name, const Console& console) {
  std::vector<std::string> names;
  for (const auto& sink : settings.sinks) {
    names.push_back(sink.name);
  }
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    const auto meant = base::nearest(name, names);
    console.err << fmt::format("cmgmon: there is no sink '{}'; {}\n",
                               base::printable(base::prefix_of_bytes(name, 64)),
                               meant ? fmt::format("did you mean '{}'?", *meant)
                                     : fmt::format("known are: {}", fmt::join(names, ", ")));
    return false;
  }
  std::erase_if(settings.sinks, [&](const auto& sink) { return sink.name != name; });
  return true;
}

}  // namespace

ExitCode test_sink(const CommonOptions& common, const std::string& name, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  auto settings = load_settings(common, console, failure);
  if (!settings || !keep_only(*settings, name, console)) {
    return failure;
  }
  const auto opened = engine::open_sinks(*settings, {&console.out, {}});
  print(opened.complaints, console);
  if (!opened.complaints.empty()) {
    return ExitCode::kUsage;
  }
  for (const auto& error : opened.unavailable) {
    print(error, console);
  }
  if (opened.sinks.empty()) {
    print(
        base::Error{
            base::ErrorKind::kUnsupported, 0,
            fmt::format("the sink '{}' is switched off, or not on this machine", name),
            fmt::format("Write 'enabled: true' under sinks.{}; an event-log needs Windows", name)},
        console);
    return ExitCode::kFailure;
  }
  sinks::Sink& sink = *opened.sinks.front();
  const auto start = std::chrono::steady_clock::now();
  const auto delivered = sink.test(test_alert(settings->host, base::SystemClock().now()));
  sink.finish();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  const std::string answer = sink.last_answer();
  if (common.json) {
    Poco::JSON::Object document(Poco::JSON_PRESERVE_KEY_ORDER);
    document.set("schema", "cmgmon/test-sink/1");
    document.set("sink", name);
    document.set("type", settings->sinks.front().type);
    document.set("delivered", delivered.has_value());
    document.set("took_ms", Poco::Int64{took.count()});
    document.set("answer", sinks::json_string(answer));
    document.set("error", delivered ? Poco::Dynamic::Var()
                                    : Poco::Dynamic::Var(
                                          sinks::json_string(delivered.error().error.message)));
    document.set("remedy", delivered ? Poco::Dynamic::Var()
                                     : Poco::Dynamic::Var(
                                           sinks::json_string(delivered.error().error.remedy)));
    console.out << sinks::json_text(document, 2) << '\n';
  } else if (delivered) {
    console.out << fmt::format("The sink '{}' took the test alert in {} ms.\n", name, took.count());
    if (!answer.empty()) {
      console.out << "  " << base::printable(answer) << '\n';
    }
  } else {
    base::Error error = delivered.error().error;
    error.message = fmt::format("the sink '{}' did not take the test alert ({} ms): {}", name,
                                took.count(), error.message);
    print(error, console);
  }
  return delivered ? ExitCode::kOk : ExitCode::kFailure;
}

}  // namespace cmgmon::service
