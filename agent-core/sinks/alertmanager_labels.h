#pragma once
// An incident as labels and annotations of an alert: labels say which alert it is, annotations what is to be known.
//
// Labels never change while an incident lasts, nor after a restart: counts, times and texts are annotations. Values of the group whose names
// are no label names get one ("a-b" becomes a_b); what collides or is too much is left out and named in the annotation
// labels_left_out.
//
// Source:  github.com/prometheus/alertmanager, api/v2/openapi.yaml.   Tests: tests/unit/sinks/alertmanager_sink_test.cpp

#include <map>
#include <string>
#include <string_view>

#include "incidents/incident.h"

namespace cmgmon::sinks {

using Labels = std::map<std::string, std::string>;

bool is_label_name(std::string_view name);
bool is_own_label(std::string_view name);  // alertname, instance, ...

struct LabelledAlert {
  Labels labels;
  Labels annotations;
};

// `raised_as`: the level when it was raised. `host`: of this machine, for incidents that do not say theirs. `extra`: valid
// already.
LabelledAlert labelled(const incidents::Incident& incident, signatures::Level raised_as,
                       std::string_view host, const Labels& extra);

}  // namespace cmgmon::sinks
