#pragma once
// Names of hosts become addresses, with a deadline; only for this room.
//
// The system's call has no deadline and cannot be ended, so each name is asked for on a thread of its own, by one at a time:
// who comes meanwhile waits for the same answer. A thread that hangs is left behind; what it brings late is for the next who
// asks, if that is soon. There are never more threads than names.
//
// Errors:  kBusy when the deadline has passed, kNotFound when nobody knows the name.
// Threads: any.
// Life:    the threads share what they use. The end of the process must not run destructors of statics under their feet: see
//          names_being_resolved() in line_connection.h.
// Tests:   tests/unit/net/name_resolution_test.cpp, tests/system/delivery/names_test.py

#include <Poco/Net/IPAddress.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/line_connection.h"

namespace cmgmon::net {

using Addresses = std::vector<Poco::Net::IPAddress>;

class NameResolution {
 public:
  using Ask = std::function<base::Result<Addresses>(const std::string& host)>;  // may hang

  explicit NameResolution(Ask ask) : ask_(std::move(ask)) {}
  // Of this system; never destroyed.
  static NameResolution& of_system();

  // Addresses are their own answer.
  base::Result<Addresses> addresses_of(const std::string& host, Deadline deadline);

 private:
  struct Question;

  base::Result<std::shared_ptr<Question>> ask(const std::string& host);

  Ask ask_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Question>> open_;  // guarded; also those answered too late
};

}  // namespace cmgmon::net
