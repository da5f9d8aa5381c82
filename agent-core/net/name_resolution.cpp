#include "net/name_resolution.h"

#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/text.h"

namespace cmgmon::net {

namespace {

using std::chrono::steady_clock;

// Longer than any sink waits between two tries, so that a slow system is of use to the next one. It is used once.
constexpr std::chrono::minutes kLateAnswerIsGoodFor{10};

std::atomic<int> threads{0};

base::Error unknown(const std::string& host) {
  return {base::ErrorKind::kNotFound, 0,
          fmt::format("the name {} is not known to the system's name resolution",
                      base::printable(host)),
          "Check the spelling and the DNS servers of this computer"};
}

base::Error too_late(const std::string& host, steady_clock::duration waited) {
  return {base::ErrorKind::kBusy, 0,
          fmt::format(
              "the name {} was not resolved within {} s", base::printable(host),
              std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(waited).count(), 0)),
          "Check that the DNS servers of this computer answer"};
}

base::Result<Addresses> ask_the_system(const std::string& host) {
  Addresses found;
  try {
    const Poco::Net::HostEntry entry = Poco::Net::DNS::hostByName(host);
    for (const auto& each : entry.addresses()) {
      if (std::find(found.begin(), found.end(), each) == found.end()) {
        found.push_back(each);
      }
    }
  } catch (const std::exception&) {
    found.clear();  // what follows says it better
  }
  if (found.empty()) {
    return unknown(host);
  }
  return found;
}

}  // namespace

struct NameResolution::Question {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<base::Result<Addresses>> answer;  // guarded
  steady_clock::time_point at;                    // of the answer

  bool is_stale() {
    const std::lock_guard lock(mutex);
    return answer && steady_clock::now() - at > kLateAnswerIsGoodFor;
  }
  void take(base::Result<Addresses> brought) {
    const std::lock_guard lock(mutex);
    answer = std::move(brought);
    at = steady_clock::now();
    answered.notify_all();
  }
};

NameResolution& NameResolution::of_system() {
  static auto* const system = new NameResolution(&ask_the_system);
  return *system;
}

base::Result<std::shared_ptr<NameResolution::Question>> NameResolution::ask(
    const std::string& host) {
  const std::lock_guard lock(mutex_);
  auto& question = open_[host];
  if (question && !question->is_stale()) {
    return question;
  }
  question = std::make_shared<Question>();
  ++threads;
  try {
    std::thread([ask = ask_, host, question = question]() mutable {
      question->take(ask(host));
      question.reset();
      ask = nullptr;
      --threads;
    }).detach();
  } catch (const std::system_error& error) {
    --threads;
    open_.erase(host);
    return base::Error{base::ErrorKind::kBusy, error.code().value(),
                       "the system has no thread left to resolve a name",
                       "Check the memory and the limits of this computer"};
  }
  return question;
}

base::Result<Addresses> NameResolution::addresses_of(const std::string& host, Deadline deadline) {
  Poco::Net::IPAddress address;
  if (Poco::Net::IPAddress::tryParse(host, address)) {
    return Addresses{address};
  }
  const auto began = steady_clock::now();
  const auto asked = ask(host);
  if (!asked) {
    return asked.error();
  }
  Question& question = **asked;
  std::unique_lock lock(question.mutex);
  if (!question.answered.wait_until(lock, deadline, [&] { return question.answer.has_value(); })) {
    return too_late(host, deadline - began);
  }
  auto answer = *question.answer;
  lock.unlock();
  const std::lock_guard all(mutex_);
  // Whoever asks next wants to know anew.
  if (const auto mine = open_.find(host); mine != open_.end() && mine->second == *asked) {
    open_.erase(mine);
  }
  return answer;
}

int names_being_resolved() {
  return threads;
}

}  // namespace cmgmon::net
