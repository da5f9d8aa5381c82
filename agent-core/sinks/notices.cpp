#include "sinks/notices.h"

#include "base/text.h"
#include "base/words.h"

namespace cmgmon::sinks {

namespace {

constexpr auto kInformation = Notice::Severity::kInformation;
constexpr auto kWarning = Notice::Severity::kWarning;
constexpr auto kError = Notice::Severity::kError;

}  // namespace

Notice service_started(const std::string& version, std::size_t sources, std::size_t signatures) {
  return {kInformation, 1,
          "CMG Health Monitor " + version + " started with " +
              base::counted(signatures, "signature") + " for " +
              base::counted(sources, "log source") + ".",
          ""};
}

Notice service_stopped(const std::string& reason) {
  return {kInformation, 2, "CMG Health Monitor stopped: " + reason + ".", ""};
}

Notice settings_reloaded(std::size_t sources, std::size_t signatures) {
  return {kInformation, 4,
          "Settings and signatures were read anew: " + base::counted(sources, "source") + ", " +
              base::counted(signatures, "signature") + ". Open incidents go on.",
          ""};
}

Notice service_failed(const std::string& reason, const std::string& remedy) {
  return {kError, 3, "CMG Health Monitor cannot run: " + reason + ".", remedy};
}

Notice input_problem(const std::string& path, const std::string& message,
                     const std::string& remedy) {
  // Messages of the operating system's kind name the file themselves.
  const bool named = message.find(path) != std::string::npos;
  return {kWarning, 100,
          (named ? message : "Cannot read " + path + ": " + message) +
              ". Failures logged there go unseen until it can be read.",
          remedy};
}

Notice input_recovered(const std::string& path) {
  return {kInformation, 101, "Reading " + path + " again.", ""};
}

Notice input_gap(const std::string& path, std::uint64_t bytes, const std::string& reason) {
  const std::string amount =
      bytes == 0 ? "An unknown amount of log text" : base::counted(bytes, "byte") + " of log text";
  return {kWarning, 102, amount + " in " + path + " could not be read: " + reason + ".",
          "Failures logged in that part were not seen. Raise the log's maximum size or its history "
          "count if this repeats."};
}

Notice delivery_failing(std::string_view sink, const base::Error& error) {
  return {kWarning, 200,
          "Alerts are not reaching the sink '" + std::string(sink) + "': " + error.message +
              ". They are kept and tried again.",
          error.remedy};
}

Notice delivery_recovered(std::string_view sink, std::uint64_t undelivered_count) {
  return {kInformation, 201,
          "The sink '" + std::string(sink) + "' works again; " +
              base::counted(undelivered_count, "alert") + " still to deliver.",
          ""};
}

Notice delivery_dropped(std::string_view sink, std::uint64_t count) {
  return {kWarning, 202,
          base::counted(count, "update") + " for the sink '" + std::string(sink) +
              "' dropped because its queue is full; raises and clears are kept.",
          "Repair the sink, or switch it off in cmgmon.yaml."};
}

Notice delivery_refused(std::string_view sink, const incidents::Transition& transition,
                        const base::Error& error) {
  const auto& incident = transition.incident;
  return {kError, 203,
          "The receiver of the sink '" + std::string(sink) +
              "' refuses an alert for good: " + base::printable(error.message) + ". It is event " +
              std::to_string(incident.event_id) + ", " + incident.signature + " " +
              std::string(incidents::name_of(transition.kind)) + ", delivery id " +
              transition.delivery_id + ", and will not be sent again.",
          error.remedy};
}

Notice deliveries_refused(std::string_view sink, std::uint64_t count) {
  return {kError, 203,
          "The receiver of the sink '" + std::string(sink) + "' refused " +
              base::counted(count, "more alert") + " for good; the alert journal has them.",
          "Repair the receiver or the sink's settings."};
}

Notice delivery_stuck(std::string_view sink, std::chrono::seconds since) {
  return {kWarning, 204,
          "The sink '" + std::string(sink) + "' has not come back from a delivery for " +
              base::counted(static_cast<std::uint64_t>(since.count()), "second") +
              ". Its alerts wait; everything else goes on.",
          "Look whether its receiver, network or disk stands still."};
}

Notice metrics_unavailable(const base::Error& error) {
  return {kWarning, 270,
          "The page for Prometheus is not served: " + error.message + ". It is tried again.",
          error.remedy};
}

Notice metrics_available(const std::string& address) {
  return {kInformation, 271, "The page for Prometheus is served on " + address + ".", ""};
}

Notice metrics_exposed(const std::string& address) {
  return {kWarning, 272,
          "The page for Prometheus is served on " + address +
              ", so other machines can read it: without encryption, and without asking who they "
              "are.",
          "It names rules, logs and counts, no log text. Let the firewall admit only your "
          "Prometheus server, or set metrics.listen to 127.0.0.1:9478."};
}

Notice metrics_file_not_written(const base::Error& error) {
  return {kWarning, 273,
          "The metrics file cannot be written: " + error.message + ". It is tried again.",
          error.remedy};
}

Notice metrics_file_written_again(const std::string& path) {
  return {kInformation, 274, "The metrics file " + path + " is being written again.", ""};
}

Notice verification_off(std::string_view sink) {
  return {kWarning, 250,
          "The sink '" + std::string(sink) +
              "' does not verify its server's certificate: whoever can reach the network between "
              "may read and change alerts.",
          "Remove insecure_skip_verify from cmgmon.yaml and name the server's authority with "
          "ca_file."};
}

Notice state_quarantined(const base::Error& error) {
  return {kWarning, 300, "The saved state was damaged: " + error.message + ".", error.remedy};
}

Notice state_not_saved(const base::Error& error) {
  return {
      kError, 301,
      "The state cannot be saved: " + error.message +
          ". Detection and delivery go on in memory; a restart now may report some alerts twice.",
      error.remedy};
}

Notice state_saved_again() {
  return {kInformation, 302, "The state is being saved again.", ""};
}

Notice events_summarised(const std::string& counts, std::uint64_t total) {
  return {kWarning, 303,
          "Event budget used up: " + base::counted(total, "event") + " not written one by one (" +
              counts + ").",
          "All of them are in the alert journal. Raise event_budget in cmgmon.yaml if this is not "
          "a storm."};
}

Notice configuration_rejected(const std::string& file, const std::string& error) {
  return {kError, kConfigurationRejected,
          "The configuration " + file + " is invalid (" + error +
              "); the service runs on the last configuration that was valid.",
          "Run 'cmgmon config validate' and correct the file; it is read again by itself."};
}

Notice pack_rejected(const std::string& error) {
  return {kError, 311,
          "The new signatures are invalid (" + error +
              "); those that were loaded before stay in force.",
          "Run 'cmgmon rules lint' and correct the pack; it is read again by itself."};
}

Notice rule_settings_ignored(const std::string& which) {
  return {kWarning, 312, "Settings for rules that do not exist are ignored (" + which + ").",
          "'cmgmon rules list' shows the rules; correct their names under 'rules' in cmgmon.yaml."};
}

Notice heartbeat(const std::string& how_it_is) {
  return {kInformation, kHeartbeat, how_it_is, ""};
}

}  // namespace cmgmon::sinks
