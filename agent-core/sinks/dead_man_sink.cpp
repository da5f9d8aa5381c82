#include "sinks/dead_man_sink.h"

#include <utility>

#include "sinks/notices.h"

namespace cmgmon::sinks {

DeadManSink::DeadManSink(DeadManOptions options, std::string secrets_folder)
    : options_(std::move(options)), access_(options_.access, std::move(secrets_folder)) {}

Delivered DeadManSink::deliver(const incidents::Transition& transition) {
  static_cast<void>(transition);  // alerts go elsewhere
  return {};
}

base::Result<void> DeadManSink::notify(const Notice& notice, base::Time at) {
  if (notice.event_id != kHeartbeat) {
    return {};
  }
  owed_ = true;
  return advance(at);
}

base::Result<void> DeadManSink::advance(base::Time now) {
  static_cast<void>(now);
  if (!owed_) {
    return {};
  }
  const auto called = call();
  if (!called) {
    return called.error().error;
  }
  owed_ = false;
  return {};
}

Delivered DeadManSink::test(const incidents::Transition& marked) {
  static_cast<void>(marked);
  return call();
}

Delivered DeadManSink::call() {
  const auto url = access_.address(*options_.url);
  if (!url) {
    return Refusal(url.error());
  }
  HttpAccess::Call request{*url, true, options_.method, "text/plain", {}};
  const auto answer = access_.send(request);
  last_answer_ = describe(*url, answer);
  return judge(answer, *url);
}

}  // namespace cmgmon::sinks
