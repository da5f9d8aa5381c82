#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

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

// " (endpoint=SMS_MP)", or nothing.
std::string about(const incidents::Incident& incident) {
  std::string text;
  for (const auto& [name, value] : incident.group) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, base::printable(value));
  }
  return text.empty() ? text : " (" + text + ")";
}

void print_row(const incidents::Incident& incident, const Console& console) {
  const sinks::TextStyle style{console.colour, static_cast<std::size_t>(console.width)};
  console.out << fmt::format(
      "{}  {}  {}  since {}, count {}{}\n          {}{}\n",
      incident.fingerprint.substr(0, kShortId),
      sinks::inked(fmt::format("{:<13}", name_of(incident.level)), sinks::ink_of(incident.level),
                   style),
      incident.signature, incident.first_seen ? base::to_rfc3339(*incident.first_seen) : "unknown",
      incident.count,
      incident.explained_by.empty() ? "" : fmt::format(", explained by {}", incident.explained_by),
      incident.title, about(incident));
}

// --- what was told

void print_row(const incidents::Transition& transition, const Console& console) {
  const sinks::TextStyle style{console.colour, static_cast<std::size_t>(console.width)};
  const incidents::Incident& incident = transition.incident;
  const bool raised = transition.kind == incidents::TransitionKind::kRaised;
  console.out << fmt::format(
      "{}  {}  {}  {}, count {}\n                      {}{}\n",
      base::to_rfc3339(transition.at).substr(0, 19) + "Z",
      raised ? "RAISED " : sinks::inked("CLEARED", sinks::Ink::kGreen, style),
      sinks::inked(fmt::format("{:<13}", name_of(incident.level)), sinks::ink_of(incident.level),
                   style),
      incident.signature, incident.count, incident.title, about(incident));
}

class HistoryVerb {
 public:
  HistoryVerb(const settings::Settings& settings, const CommonOptions& common,
              const AlertsOptions& options, const Console& console)
      : settings_(settings), common_(common), options_(options), console_(console) {
    if (options.since) {
      query_.since = base::SystemClock().now() - *options.since;
    }
  }

  ExitCode run() {
    if (options_.follow && !options_.history && !options_.since) {
      const auto newest = store::newest_history(settings_.state_folder);
      if (!newest) {
        return refused(newest.error());
      }
      query_.after_id = *newest;
    }
    if (common_.json) {
      console_.out << R"({"schema":"cmgmon/history/1","transitions":[)";
    }
    const auto shown = show_new();
    if (common_.json) {
      console_.out << "]}\n";
    }
    if (!shown) {
      return refused(shown.error());
    }
    if (options_.follow) {
      follow();
    } else if (rows_ == 0 && !common_.json && !options_.jsonl) {
      console_.out << "Nothing was told.\n";
    }
    return ExitCode::kOk;
  }

 private:
  static constexpr std::chrono::milliseconds kLookEvery{500};

  ExitCode refused(const base::Error& error) const {
    print(error, console_);
    return exit_code_of(error);
  }

  base::Result<void> show_new() {
    for (;;) {
      const auto page = store::read_history(settings_.state_folder, query_);
      if (!page) {
        return page.error();
      }
      for (const auto& row : page->rows) {
        show(row.transition);
      }
      query_.after_id = page->last_id;
      console_.out.flush();
      if (!page->more) {
        return {};
      }
    }
  }

  void show(const incidents::Transition& transition) {
    ++rows_;
    if (common_.json) {
      console_.out << (rows_ > 1 ? ",\n" : "\n") << sinks::alert_json(transition, settings_.host);
    } else if (options_.jsonl) {
      console_.out << sinks::alert_json(transition, settings_.host) << '\n';
    } else {
      print_row(transition, console_);
    }
  }

  void look() {
    // A database that was put aside and begun anew counts from one again.
    if (const auto newest = store::newest_history(settings_.state_folder);
        newest && *newest < query_.after_id) {
      query_.after_id = 0;
    }
    const auto shown = show_new();
    if (!shown && !failing_) {
      print(shown.error(), console_);
      console_.err << "cmgmon: it is tried again twice a second; Ctrl-C ends\n";
    }
    failing_ = !shown;
  }

  void follow() {
    boost::asio::io_context io(1);
    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
    boost::asio::steady_timer timer(io);
    const std::function<void()> again = [&] {
      timer.expires_after(kLookEvery);
      timer.async_wait([&](boost::system::error_code) {
        look();
        if (console_.out.good()) {
          again();
        } else {
          io.stop();  // nobody reads it any more
        }
      });
    };
    again();
    io.run();
  }

  const settings::Settings& settings_;
  const CommonOptions& common_;
  const AlertsOptions& options_;
  const Console& console_;
  store::HistoryQuery query_;
  std::size_t rows_ = 0;
  bool failing_ = false;
};

}  // namespace

ExitCode alerts(const CommonOptions& common, const AlertsOptions& options, const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto settings = load_settings(common, console, failure);
  if (!settings) {
    return failure;
  }
  if (options.history || options.follow || options.jsonl || options.since) {
    return HistoryVerb(*settings, common, options, console).run();
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
