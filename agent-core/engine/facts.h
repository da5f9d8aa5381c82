#pragma once
// What signatures may ask about the machine: its name, its addresses, configured connection points, registry values.
//
// Threads: the pipeline thread. Answers are at most a few seconds old.

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "incidents/incident_book.h"
#include "signatures/service_state.h"
#include "signatures/signature.h"

namespace cmgmon::engine {

class MachineFacts {
 public:
  MachineFacts(const signatures::SignatureSet& set, std::vector<std::string> connection_points,
               std::string host, const base::Clock& clock);
  incidents::Facts operator()();
  // What is known about the services that signatures ask for.
  void set_services(const signatures::ServiceStates& states);

 private:
  const signatures::SignatureSet& set_;
  incidents::Facts fixed_;
  incidents::Facts facts_;
  const base::Clock& clock_;
  base::Time read_at_{};
};

// For logs that may come from another machine: nothing is asked of this machine's registry.
incidents::Facts offline_facts(std::vector<std::string> connection_points);

}  // namespace cmgmon::engine
