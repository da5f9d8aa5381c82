#include "sinks/smtp_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cmgmon::sinks {

namespace {

// Enough of RFC 5321 that nothing but an address can stand there.
bool is_address(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= 254 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c <= '~' &&
                  std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
         });
}

void check_address(base::Mapping& mapping, const std::string& key, const std::string& address) {
  if (!is_address(address)) {
    const auto* written = mapping.child(key);
    mapping.complain(
        written != nullptr ? *written : mapping.node(),
        fmt::format("'{}' is no mail address; write it without a name, as alerts@contoso.com",
                    base::printable(base::prefix_of_bytes(address, 60))));
  }
}

}  // namespace

SmtpOptions read_smtp_options(base::Mapping& mapping, const std::string& name) {
  SmtpOptions options;
  read_common(mapping, name, options);
  const std::string security =
      read_word(mapping, "security", {"starttls", "tls", "none"}).value_or("starttls");
  options.security = security == "starttls" ? SmtpSecurity::kStartTls
                     : security == "tls"    ? SmtpSecurity::kTls
                                            : SmtpSecurity::kNone;
  options.server = read_server(mapping, security == "starttls" ? 587
                                        : security == "tls"    ? 465
                                                               : 25);
  if (!mapping.has("timeout")) {
    options.server.timeout = std::chrono::seconds(45);  // servers look for viruses meanwhile
  }
  if (options.security == SmtpSecurity::kNone && names_tls_files(mapping)) {
    mapping.complain("certificates are of use with 'security: starttls' or 'tls' only");
  }
  options.credentials = read_credentials(mapping);
  options.from = base::trim(mapping.required_text("from"));
  if (mapping.has("from")) {
    check_address(mapping, "from", options.from);
  }
  options.to = mapping.texts("to");
  if (options.to.empty()) {
    mapping.complain("'to' is missing: an address, or a list of them");
  }
  if (options.to.size() > 100) {
    mapping.complain("'to' has more than 100 addresses; use a distribution list");
  }
  for (const auto& address : options.to) {
    check_address(mapping, "to", address);
  }
  if (const auto digest = mapping.duration("digest")) {
    if (*digest > std::chrono::hours(24 * 7)) {
      mapping.complain(*mapping.child("digest"), "'digest' must be 7d or less");
    }
    options.digest = *digest;
  }
  if (const auto most = mapping.integer("max_per_hour", 1, 10000)) {
    options.max_per_hour = static_cast<int>(*most);
  }
  return options;
}

}  // namespace cmgmon::sinks
