#pragma once
// Absence the slow and obvious way: every second of watched time is gone through one by one, for every rule and log.
// It shares nothing with agent-core but the value types. Times are whole seconds.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "signatures/signature.h"

namespace cmgmon::test {

struct AbsenceEvent {
  enum class Kind {
    kOpened,
    kBacklogEnded,
    kRolledOver,
    kWrote,
    kHeard,
    kUnreadable,
    kReadable,
    kLooked,
    kService,   // `name` is `state` from now on
    kIncident,  // `name` is open from now on, or not
    kRestart
  } kind = Kind::kLooked;
  std::string log;
  std::string name;      // signature or Windows service
  std::string state;     // "stopped", "running" or "unknown"
  bool flag = false;     // kOpened: remote; kIncident: open
  std::int64_t now = 0;  // seconds, by the clock on the wall
  std::optional<std::int64_t> log_time;
};

struct Told {
  std::string signature;
  std::string log;
  std::string what;  // "overdue", "heard_again", "no_longer_expected"
  std::int64_t time = 0;
  bool operator==(const Told&) const = default;
};

class SlowAbsence {
 public:
  SlowAbsence(const signatures::SignatureSet& set, std::int64_t longest_step,
              std::int64_t arming_horizon);
  std::vector<Told> handle(const AbsenceEvent& event);

 private:
  struct Log {
    bool open = false, backlog = true, remote = false, unreadable = false;
  };
  struct Watch {
    bool armed = false, told = false, wanted = false, was_stopped = false, rolled = false,
         fresh = false;
    std::int64_t silent = 0, grace = 0, stopped = 0;
  };
  using WatchKey = std::pair<std::string, std::string>;  // signature, log ("": service)

  void hear(const signatures::Signature& signature, const AbsenceEvent& event,
            std::vector<Told>& told);
  void look(const AbsenceEvent& event, std::vector<Told>& told);
  void open(const AbsenceEvent& event);

  const signatures::SignatureSet& set_;
  std::int64_t longest_step_, arming_horizon_;
  std::map<std::string, Log> logs_;
  std::map<WatchKey, Watch> watches_;
  std::map<std::string, std::string> services_;
  std::set<std::string> incidents_;
  std::optional<std::int64_t> last_look_;
};

}  // namespace cmgmon::test
