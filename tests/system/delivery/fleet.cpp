// Plays many agents in one process: each with an Alertmanager sink and a syslog sink of its own, as the agent has them, told
// of the same fault on its own server. fleet_test.py starts the servers, gives the commands, counts what arrived and measures.
//
//   fleet AGENTS ALERTMANAGER-URL SYSLOG-PORT
//
// Says that it is there, then reads commands from standard input: make (the agents), raise, repeat (a minute later), clear,
// end. Answers are the number of deliveries that failed so far and the seconds that the command took.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "sinks/alertmanager_sink.h"
#include "sinks/syslog_sink.h"
#include "unit/sinks/incident_samples.h"

namespace cmgmon::sinks {
namespace {

constexpr std::size_t kThreads = 8;

class ShiftedClock final : public base::Clock {
 public:
  base::Time now() const override { return base::SystemClock().now() + base::Duration(shift_); }
  void forward(base::Duration by) { shift_ += by.count(); }

 private:
  std::atomic<base::Duration::rep> shift_{0};
};

struct Agent {
  std::unique_ptr<AlertmanagerSink> alertmanager;
  std::unique_ptr<SyslogSink> syslog;
  incidents::Incident incident;
};

class Fleet {
 public:
  Fleet(std::size_t size, const std::string& url, std::uint16_t syslog_port) {
    AlertmanagerOptions alertmanager;
    alertmanager.name = "alertmanager";
    auto parsed = net::parse_url(url);
    if (!parsed) {
      std::cerr << parsed.error().message << "\n";
      std::exit(2);
    }
    parsed->target = "/api/v2/alerts";
    alertmanager.urls = {*parsed};
    SyslogOptions syslog;
    syslog.name = "syslog";
    syslog.transport = SyslogTransport::kTcp;
    syslog.server.endpoint.host = "127.0.0.1";
    syslog.server.endpoint.port = syslog_port;
    for (std::size_t i = 0; i < size; ++i) {
      const std::string host = "CP" + std::to_string(i) + ".contoso.com";
      Agent agent;
      agent.alertmanager = std::make_unique<AlertmanagerSink>(alertmanager, host, "", clock_);
      agent.syslog = std::make_unique<SyslogSink>(syslog, host);
      agent.incident = connector_incident();
      agent.incident.group = {{"endpoint", "SMS_MP"}};
      agent.incident.fields["host"] = host;
      agent.incident.fingerprint = base::stable_id(host);
      agent.incident.first_seen = clock_.now();
      agent.incident.last_seen = clock_.now();
      agent.incident.episode = agent.incident.fingerprint + "-1";
      agents_.push_back(std::move(agent));
    }
  }

  void raise() {
    for_each([this](Agent& agent) { return tell(agent, raised(agent.incident)); });
  }

  void repeat() {
    clock_.forward(std::chrono::minutes(1));
    for_each([this](Agent& agent) {
      return agent.alertmanager->advance(clock_.now()).has_value() &&
             agent.syslog->advance(clock_.now()).has_value();
    });
  }

  void clear() {
    for_each([this](Agent& agent) { return tell(agent, cleared(agent.incident)); });
    for_each([](Agent& agent) {
      agent.syslog->finish();
      return agent.syslog->unconfirmed() == 0;
    });
  }

  std::uint64_t failures() const { return failures_; }

 private:
  bool tell(Agent& agent, incidents::Transition transition) {
    transition.at = base::SystemClock().now();  // as the receivers have it
    if (transition.incident.cleared_at) {
      transition.incident.cleared_at = transition.at;
    }
    const bool first = agent.alertmanager->deliver(transition).has_value();
    return agent.syslog->deliver(transition).has_value() && first;
  }

  void for_each(const std::function<bool(Agent&)>& act) {
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t i = thread; i < agents_.size(); i += kThreads) {
          failures_ += act(agents_[i]) ? 0 : 1;
        }
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
  }

  ShiftedClock clock_;
  std::vector<Agent> agents_;
  std::atomic<std::uint64_t> failures_{0};
};

int play(std::size_t size, const std::string& url, std::uint16_t syslog_port) {
  std::optional<Fleet> fleet;
  std::cout << "0 0" << std::endl;
  for (std::string command; std::getline(std::cin, command) && command != "end";) {
    const auto began = std::chrono::steady_clock::now();
    if (command == "make") {
      fleet.emplace(size, url, syslog_port);
    } else if (command == "raise") {
      fleet->raise();
    } else if (command == "repeat") {
      fleet->repeat();
    } else if (command == "clear") {
      fleet->clear();
    } else {
      std::cerr << "unknown command " << command << "\n";
      return 2;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << fleet->failures() << " " << took.count() << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace cmgmon::sinks

int main(int count, char** arguments) {
  if (count != 4) {
    std::cerr << "fleet AGENTS ALERTMANAGER-URL SYSLOG-PORT\n";
    return 2;
  }
  return cmgmon::sinks::play(std::stoul(arguments[1]), arguments[2],
                             static_cast<std::uint16_t>(std::stoul(arguments[3])));
}
