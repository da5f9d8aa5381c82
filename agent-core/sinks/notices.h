#pragma once
// Everything the service says about itself, with its event id: the one list of ids that are no detections.
//
// Ids are for ever (docs/events.md): 1-99 service, 100-199 input, 200-299 delivery, 300-399 self-protection,
// 9000 heartbeat.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sinks/sink.h"

namespace cmgmon::sinks {

Notice service_started(const std::string& version, std::size_t sources,
                       std::size_t signatures);                               // 1
Notice service_stopped(const std::string& reason);                            // 2
Notice service_failed(const std::string& reason, const std::string& remedy);  // 3

Notice settings_reloaded(std::size_t sources, std::size_t signatures);  // 4

Notice input_problem(const std::string& path, const std::string& message,
                     const std::string& remedy);                                            // 100
Notice input_recovered(const std::string& path);                                            // 101
Notice input_gap(const std::string& path, std::uint64_t bytes, const std::string& reason);  // 102

Notice delivery_failing(std::string_view sink, const base::Error& error);           // 200
Notice delivery_recovered(std::string_view sink, std::uint64_t undelivered_count);  // 201
Notice delivery_dropped(std::string_view sink, std::uint64_t count);                // 202
// 203: the receiver will never take it, and it has left the outbox; or more of them than are told one by one.
Notice delivery_refused(std::string_view sink, const incidents::Transition& transition,
                        const base::Error& error);
Notice deliveries_refused(std::string_view sink, std::uint64_t count);
Notice delivery_stuck(std::string_view sink, std::chrono::seconds since);  // 204
Notice verification_off(std::string_view sink);                            // 250, at each start
// Not a notice: the alert of 'cmgmon test-sink', in the form of a detection.
inline constexpr int kTestEvent = 259;

Notice metrics_unavailable(const base::Error& error);        // 270
Notice metrics_available(const std::string& address);        // 271
Notice metrics_exposed(const std::string& address);          // 272
Notice metrics_file_not_written(const base::Error& error);   // 273
Notice metrics_file_written_again(const std::string& path);  // 274

Notice state_quarantined(const base::Error& error);                        // 300
Notice state_not_saved(const base::Error& error);                          // 301
Notice state_saved_again();                                                // 302
Notice events_summarised(const std::string& counts, std::uint64_t total);  // 303
inline constexpr int kConfigurationRejected = 310;
Notice configuration_rejected(const std::string& file,
                              const std::string& error);  // 310: running on the last valid one
Notice pack_rejected(const std::string& error);           // 311: the signatures stay as they were
Notice rule_settings_ignored(const std::string& which);   // 312: no pack has such a rule

inline constexpr int kHeartbeat = 9000;
Notice heartbeat(const std::string& how_it_is);  // 9000

}  // namespace cmgmon::sinks
