#pragma once
// Posts each raise and clear to an address: Teams, Slack, PagerDuty, ServiceNow, or a form of your own.
//
// At least once. PagerDuty and ServiceNow recognise a repetition by the fingerprint; a chat may show one twice.
//
// Threads: as Sink.   Source: docs/sinks.md.   Tests: tests/unit/sinks/webhook_sink_test.cpp

#include <string>

#include "sinks/http_access.h"
#include "sinks/sink.h"
#include "sinks/webhook_options.h"

namespace cmgmon::sinks {

class WebhookSink final : public Sink {
 public:
  WebhookSink(WebhookOptions options, std::string host, std::string secrets_folder);

  std::string_view name() const override { return options_.name; }
  signatures::Level level() const override { return options_.level; }
  bool wants_updates() const override { return false; }
  Delivered deliver(const incidents::Transition& transition) override;
  base::Result<void> notify(const Notice& notice, base::Time at) override;
  std::string last_answer() const override { return last_answer_; }

 private:
  base::Result<net::Url> address() const;

  WebhookOptions options_;
  std::string host_;
  HttpAccess access_;
  std::string last_answer_;
};

}  // namespace cmgmon::sinks
