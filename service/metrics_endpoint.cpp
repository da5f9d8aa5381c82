#include "service/metrics_endpoint.h"

#include "sinks/notices.h"

namespace cmgmon::service {

void MetricsEndpoint::follow(const settings::Settings& settings,
                             std::vector<sinks::Notice>& notices) {
  const auto& wanted = settings.metrics;
  if (server_ && wanted.address == wanted_.address && wanted.port == wanted_.port &&
      settings.host == host_) {
    return;
  }
  server_.reset();
  failing_ = false;
  wanted_ = wanted;
  host_ = settings.host;
  try_again(notices);
}

void MetricsEndpoint::try_again(std::vector<sinks::Notice>& notices) {
  if (server_ || wanted_.address.empty()) {
    return;
  }
  auto server =
      status::MetricsServer::start({wanted_.address, wanted_.port, host_}, *board_, clock_);
  if (!server) {
    if (!failing_) {
      notices.push_back(sinks::metrics_unavailable(server.error()));
    }
    failing_ = true;
    return;
  }
  server_ = std::move(*server);
  if (failing_) {
    notices.push_back(sinks::metrics_available(wanted_.listen()));
    failing_ = false;
  }
  if (!status::is_loopback(wanted_.address)) {
    notices.push_back(sinks::metrics_exposed(wanted_.listen()));
  }
}

}  // namespace cmgmon::service
