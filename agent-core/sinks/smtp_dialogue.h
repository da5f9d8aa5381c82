#pragma once
// Hands one mail to a server: greeting, STARTTLS, authentication, recipients, text.
//
// Nothing of ours is said in the clear unless `security: none` was written: not even the sender's address.
//
// Errors:  a Refusal. Final only when the server refuses this very mail (5xx to its text): what is wrong with the server,
//          sender, recipients, credentials or the way can be repaired, and the mail waits. A mail that some of the
//          recipients were refused for counts as taken; the answer says so. Never holds the password.
// Source:  RFC 5321, 3207, 4954, 4616.   Tests: tests/unit/sinks/smtp_sink_test.cpp

#include <memory>
#include <string>
#include <string_view>

#include "net/tls.h"
#include "sinks/sink.h"
#include "sinks/smtp_options.h"

namespace cmgmon::sinks {

struct SmtpLogin {
  std::string username;  // empty: none is wanted
  std::string password;
};

using SmtpAnswer = boost::system::result<std::string, Refusal>;  // what the server said at the end

// `our_name`: for EHLO. `tls` may be empty with security none.
SmtpAnswer send_mail(const SmtpOptions& options, const SmtpLogin& login,
                     const std::shared_ptr<const net::TlsContext>& tls, std::string_view our_name,
                     std::string_view mail);

}  // namespace cmgmon::sinks
