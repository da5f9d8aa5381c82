#pragma once
// Incidents for the tests of sinks: one as it really looks, and one that is hostile in every string.

#include <string>

#include "base/time.h"
#include "incidents/incident.h"

namespace cmgmon::sinks {

inline base::Time at(const char* text) {
  return base::from_rfc3339(text).value();
}

inline incidents::Incident connector_incident() {
  incidents::Incident incident;
  incident.signature = "CMG-CONN-403-CLIENTCERT";
  incident.title = "The management point demands a client certificate from the connection point";
  incident.level = signatures::Level::kCritical;
  incident.event_id = 1002;
  incident.fingerprint = "0123456789abcdef0123456789abcdef";
  incident.episode = incident.fingerprint + "-1795341718000";
  incident.group = {{"endpoint", "SMS_MP"}, {"host", "CMGCP01.contoso.com"}};
  incident.count = 3;
  incident.first_seen = at("2026-11-22T10:41:58.123Z");
  incident.last_seen = at("2026-11-22T10:42:07Z");
  incident.fields = {{"host", "CMGCP01.contoso.com"}, {"url_host", "mp1.contoso.com"}};
  incident.cause =
      "mp1.contoso.com answered 403: it wants a client certificate\nand the connection point has "
      "none that it accepts.";
  incident.resolution = {
      "Open certlm.msc on CMGCP01.contoso.com and look for a certificate with the purpose Client "
      "Authentication "
      "(1.3.6.1.5.5.7.3.2).",
      "Restart SMS_EXECUTIVE."};
  incident.references = {
      "https://learn.microsoft.com/troubleshoot/mem/configmgr/cloud-services/"
      "cmg-communication-error"};
  incident.evidence.push_back(
      {"C:\\SMS\\Logs\\SMS_Cloud_ProxyConnector.log", 1200, 90000, at("2026-11-22T10:42:06Z"),
       records::TimeConfidence::kExact,
       "Forwarding proxy message 4f to URL: https://mp1.contoso.com/SMS_MP/.sms_aut?MPLIST2"});
  incident.evidence.push_back(
      {"C:\\SMS\\Logs\\SMS_Cloud_ProxyConnector.log", 1234, 98765, at("2026-11-22T10:42:07Z"),
       records::TimeConfidence::kExact,
       "Received response https://mp1.contoso.com/SMS_MP/.sms_aut?MPLIST2&CM1 for message "
       "4f: HTTP/1.1 403 CMGConnector_Clientcertificaterequired"});
  return incident;
}

inline incidents::Transition raised(incidents::Incident incident,
                                    const char* time = "2026-11-22T10:42:08Z") {
  incidents::Transition transition;
  transition.kind = incidents::TransitionKind::kRaised;
  transition.sequence = 1;
  transition.delivery_id = incident.episode + ":1";
  transition.at = at(time);
  transition.incident = std::move(incident);
  return transition;
}

inline incidents::Transition cleared(incidents::Incident incident,
                                     const char* time = "2026-11-22T10:58:13Z",
                                     incidents::ClearedBy by = incidents::ClearedBy::kRecovery) {
  incidents::Transition transition = raised(std::move(incident), time);
  transition.kind = incidents::TransitionKind::kCleared;
  transition.sequence = 2;
  transition.delivery_id = transition.incident.episode + ":2";
  transition.incident.state = incidents::State::kCleared;
  transition.incident.cleared_by = by;
  transition.incident.cleared_at = at(time);
  return transition;
}

// Everything that log text may try: line ends, terminal controls, insertion marks, direction marks, damaged UTF-8.
inline std::string hostile_text() {
  std::string text = "%1 %%1843 %n %0 %!s! %{S-1-5-18} 100%";
  text += std::string("\r\n\x1b[31m\x07 nul:") + '\0' + " del:\x7f c1:\xc2\x9b";
  text +=
      " rtl:\xe2\x80\xae ls:\xe2\x80\xa8 <b>&\"']}\\ bad:\xff\xc3 half:\xed\xa0\x80 "
      "\xf0\x9f\x98\x80";
  return text;
}

// Every string of the incident is `text`.
inline incidents::Incident incident_of(const std::string& text) {
  incidents::Incident incident = connector_incident();
  incident.signature = text;
  incident.title = text;
  incident.group = {{text, text}, {"endpoint", text}};
  incident.fields = {{text, text}, {"url", text}};
  incident.cause = text;
  incident.resolution = {text, text};
  incident.references = {text};
  incident.explained_by = text;
  for (int i = 0; i < 8; ++i) {
    incident.evidence.push_back({text, 1, 2, std::nullopt, records::TimeConfidence::kNone, text});
  }
  return incident;
}

// The same for a text of any size: a large one only where a log may put one.
inline incidents::Incident hostile_incident(const std::string& text) {
  if (text.size() < 10000) {
    return incident_of(text);
  }
  incidents::Incident incident = connector_incident();
  incident.title = text;
  incident.group["endpoint"] = text;
  incident.fields["url"] = text;
  incident.cause = text;
  incident.evidence.back().message = text;
  return incident;
}

}  // namespace cmgmon::sinks
