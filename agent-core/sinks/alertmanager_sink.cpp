#include "sinks/alertmanager_sink.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "sinks/incident_json.h"

namespace cmgmon::sinks {

namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

// A repetition may be half a minute late; four of them may be missed altogether.
constexpr std::chrono::seconds kRepeatAfter{45};
constexpr std::chrono::minutes kValidFor{4};
constexpr std::chrono::minutes kClearedFor{5};
constexpr std::chrono::minutes kTestValidFor{1};
constexpr std::chrono::milliseconds kAskAgain{3000};
constexpr std::size_t kBatch = 100;

Object::Ptr object_of(const Labels& labels) {
  Object::Ptr object = new Object;
  for (const auto& [name, value] : labels) {
    object->set(name, value);
  }
  return object;
}

}  // namespace

AlertmanagerSink::AlertmanagerSink(AlertmanagerOptions options, std::string host,
                                   std::string secrets_folder, const base::Clock& clock)
    : options_(std::move(options)),
      host_(std::move(host)),
      access_(options_.access, std::move(secrets_folder)),
      clock_(clock) {
  for (const auto& url : options_.urls) {
    peers_.push_back({url});
  }
}

LabelledAlert AlertmanagerSink::labelled(const incidents::Incident& incident) const {
  const auto raise = first_told(incident, options_.level);
  return sinks::labelled(incident, raise ? raise->level : incident.level, host_, options_.labels);
}

void AlertmanagerSink::raise(const incidents::Incident& incident, base::Time at) {
  // An alert that begins in the future would not be one.
  const base::Time starts = std::min(incident.first_seen.value_or(at), at);
  open_[incident.fingerprint] = {labelled(incident), starts, std::nullopt, {}};
  cleared_.erase(incident.fingerprint);
}

AlertmanagerSink::Alert& AlertmanagerSink::clear(const incidents::Transition& transition,
                                                 base::Time now) {
  const auto& incident = transition.incident;
  if (!open_.contains(incident.fingerprint)) {
    if (const auto again = cleared_.find(incident.fingerprint); again != cleared_.end()) {
      return again->second;  // tried before
    }
    raise(incident, transition.at);
  }
  // With the labels of the raise: they say which alert it is.
  Alert alert = std::move(open_.extract(incident.fingerprint).mapped());
  alert.what.annotations = labelled(incident).annotations;
  alert.ends = std::max(alert.starts, std::min(incident.cleared_at.value_or(transition.at), now));
  alert.drop_after = now + kClearedFor;
  return cleared_[incident.fingerprint] = std::move(alert);
}

void AlertmanagerSink::resume(const std::vector<incidents::Incident>& open) {
  for (const auto& incident : open) {
    raise(incident, clock_.now());
  }
}

std::string AlertmanagerSink::json_of(const Alerts& alerts, base::Time valid_until) const {
  Array::Ptr array = new Array;
  for (const Alert* alert : alerts) {
    Object::Ptr object = new Object(Poco::JSON_PRESERVE_KEY_ORDER);
    object->set("labels", object_of(alert->what.labels));
    object->set("annotations", object_of(alert->what.annotations));
    object->set("startsAt", base::to_rfc3339(alert->starts));
    object->set("endsAt", base::to_rfc3339(alert->ends.value_or(valid_until)));
    array->add(object);
  }
  std::ostringstream out;
  array->stringify(out);
  return out.str();
}

Delivered AlertmanagerSink::post(Peer& peer, const Alerts& alerts, base::Time now) {
  HttpAccess::Call call{peer.url};
  call.body = json_of(alerts, now + kValidFor);
  const auto answer = peer.answers ? access_.send(call) : access_.send(call, kAskAgain);
  auto delivered = judge(answer, peer.url);
  peer.answers = answer.has_value();
  peer.told = peer.told && delivered.has_value();
  last_answer_ = describe(peer.url, answer);
  return delivered;
}

Delivered AlertmanagerSink::post_to_all(const Alert& alert, base::Time now) {
  bool taken = false;
  std::optional<Refusal> refusal;
  // Those that did not answer last time are asked only when nobody else took it: they would delay the next transition.
  for (const bool answering : {true, false}) {
    for (auto& peer : peers_) {
      if (peer.answers != answering || (taken && !answering)) {
        continue;
      }
      const auto delivered = post(peer, {&alert}, now);
      taken = taken || delivered.has_value();
      // For good only when everybody says so.
      if (!delivered && (!refusal || !delivered.error().final)) {
        refusal = delivered.error();
      }
    }
  }
  if (taken || !refusal) {
    return {};
  }
  return *refusal;
}

Delivered AlertmanagerSink::deliver(const incidents::Transition& transition) {
  if (transition.kind == incidents::TransitionKind::kUpdated) {
    return {};
  }
  const base::Time now = clock_.now();
  const Alert* alert = nullptr;
  if (transition.kind == incidents::TransitionKind::kRaised) {
    raise(transition.incident, transition.at);
    alert = &open_[transition.incident.fingerprint];
  } else {
    alert = &clear(transition, now);
  }
  auto delivered = post_to_all(*alert, now);
  if (!delivered && delivered.error().final) {
    forget(alert);
  }
  return delivered;
}

void AlertmanagerSink::forget(const Alert* alert) {
  for (auto* alerts : {&open_, &cleared_}) {
    std::erase_if(*alerts, [alert](const auto& entry) { return &entry.second == alert; });
  }
}

base::Result<void> AlertmanagerSink::repeat(Peer& peer, base::Time now) {
  Alerts all;
  for (const auto* alerts : {&open_, &cleared_}) {
    for (const auto& [fingerprint, alert] : *alerts) {
      all.push_back(&alert);
    }
  }
  peer.refuses.reset();
  for (std::size_t at = 0; at < all.size(); at += kBatch) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
    const Alerts batch(begin,
                       begin + static_cast<std::ptrdiff_t>(std::min(kBatch, all.size() - at)));
    auto delivered = post(peer, batch, now);
    if (!delivered && delivered.error().final) {
      // One of them is bad, or the peer is: each by itself, so that a bad one costs no other its life. None is given up:
      // it was taken once, and what refuses it now may be a proxy.
      for (const Alert* alert : batch) {
        delivered = post(peer, {alert}, now);
        if (!delivered && delivered.error().final) {
          peer.refuses = delivered.error().error;
          delivered = Delivered();
        } else if (!delivered) {
          break;
        }
      }
    }
    if (!delivered) {
      return delivered.error().error;
    }
  }
  peer.told = true;
  peer.told_at = now;
  return peer.refuses ? base::Result<void>(*peer.refuses) : base::Result<void>();
}

base::Result<void> AlertmanagerSink::advance(base::Time now) {
  std::erase_if(cleared_, [now](const auto& entry) { return entry.second.drop_after <= now; });
  if (open_.empty() && cleared_.empty()) {
    return {};
  }
  base::Result<void> outcome;
  for (auto& peer : peers_) {
    const bool due = !peer.told || now < peer.told_at || now - peer.told_at >= kRepeatAfter;
    const auto repeated = due            ? repeat(peer, now)
                          : peer.refuses ? base::Result<void>(*peer.refuses)
                                         : base::Result<void>();
    if (!repeated) {
      outcome = repeated;
    }
  }
  return outcome;
}

base::Result<void> AlertmanagerSink::notify(const Notice& notice, base::Time at) {
  // What the service says of itself is no alert with an end.
  static_cast<void>(notice);
  static_cast<void>(at);
  return {};
}

Delivered AlertmanagerSink::test(const incidents::Transition& marked) {
  const base::Time now = clock_.now();
  const Alert alert{labelled(marked.incident), now, now + kTestValidFor, {}};
  std::string answers;
  Delivered outcome;
  for (auto& peer : peers_) {
    const auto delivered = post(peer, {&alert}, now);
    answers += (answers.empty() ? "" : "; ") + last_answer_;
    if (!delivered) {
      outcome = delivered;
    }
  }
  last_answer_ = answers;
  return outcome;
}

}  // namespace cmgmon::sinks
