#pragma once
// Incidents as alerts of Prometheus' Alertmanager (API v2), for every peer of a cluster.
//
// An Alertmanager holds alerts in memory only and forgets those that are not repeated. So what is open is sent again
// every minute, valid for four, and what was cleared for five minutes more. A transition counts as delivered when one
// peer has taken it; a peer that is down delays nobody and gets everything with the next repetition.
//
// Threads: as Sink.
// Source:  github.com/prometheus/alertmanager docs/alerts_api.md, docs/high_availability.md; docs/sinks.md.
// Tests:   tests/unit/sinks/alertmanager_sink_test.cpp, tests/system/delivery/alertmanager_test.py

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "sinks/alertmanager_labels.h"
#include "sinks/alertmanager_options.h"
#include "sinks/http_access.h"
#include "sinks/sink.h"

namespace cmgmon::sinks {

class AlertmanagerSink final : public Sink {
 public:
  // `clock` outlives the sink.
  AlertmanagerSink(AlertmanagerOptions options, std::string host, std::string secrets_folder,
                   const base::Clock& clock);

  std::string_view name() const override { return options_.name; }
  signatures::Level level() const override { return options_.level; }
  bool wants_updates() const override { return false; }
  void resume(const std::vector<incidents::Incident>& open) override;
  Delivered deliver(const incidents::Transition& transition) override;
  base::Result<void> notify(const Notice& notice, base::Time at) override;
  base::Result<void> advance(base::Time now) override;
  Delivered test(const incidents::Transition& marked) override;
  std::string last_answer() const override { return last_answer_; }

 private:
  struct Alert {
    LabelledAlert what;
    base::Time starts{};
    std::optional<base::Time> ends{};  // of a cleared one
    base::Time drop_after{};           // of a cleared one: it has been repeated often enough
  };
  struct Peer {
    net::Url url;
    bool answers = true;  // the last time
    bool told = false;    // everything, at `told_at`
    base::Time told_at{};
    std::optional<base::Error> refuses{};  // an alert of the last repetition
  };
  using Alerts = std::vector<const Alert*>;

  LabelledAlert labelled(const incidents::Incident& incident) const;
  void raise(const incidents::Incident& incident, base::Time at);
  Alert& clear(const incidents::Transition& transition, base::Time now);
  std::string json_of(const Alerts& alerts, base::Time valid_until) const;
  Delivered post(Peer& peer, const Alerts& alerts, base::Time now);
  Delivered post_to_all(const Alert& alert, base::Time now);
  base::Result<void> repeat(Peer& peer, base::Time now);
  void forget(const Alert* alert);

  AlertmanagerOptions options_;
  std::string host_;
  HttpAccess access_;
  const base::Clock& clock_;
  std::vector<Peer> peers_;
  std::map<std::string, Alert> open_;     // by fingerprint
  std::map<std::string, Alert> cleared_;  // for a while
  std::string last_answer_;
};

}  // namespace cmgmon::sinks
