#include "sinks/syslog_options.h"

#include <algorithm>

#include "sinks/syslog_format.h"

namespace cmgmon::sinks {

namespace {

constexpr std::uint16_t kTlsPort = 6514;
constexpr std::uint16_t kPlainPort = 514;
constexpr std::size_t kMaxDatagram = 2048;  // what RFC 5426 asks receivers to take
constexpr std::int64_t kLeastBytes = 2048;
constexpr std::int64_t kMostBytes = 65536;

}  // namespace

SyslogOptions read_syslog_options(base::Mapping& mapping, const std::string& name) {
  SyslogOptions options;
  read_common(mapping, name, options);
  const std::string transport =
      read_word(mapping, "transport", {"tls", "tcp", "udp"}).value_or("tls");
  options.transport = transport == "tls"   ? SyslogTransport::kTls
                      : transport == "tcp" ? SyslogTransport::kTcp
                                           : SyslogTransport::kUdp;
  const bool tls = options.transport == SyslogTransport::kTls;
  options.server = read_server(mapping, tls ? kTlsPort : kPlainPort);
  if (!tls && names_tls_files(mapping)) {
    mapping.complain("certificates are of use with 'transport: tls' only");
  }
  if (const auto facility = mapping.text("facility")) {
    if (const auto known = syslog_facility_named(*facility)) {
      options.facility = *known;
    } else {
      mapping.complain(*mapping.child("facility"),
                       "'facility' must be user, daemon, local0 to local7 or another facility of "
                       "RFC 5424");
    }
  }
  if (const auto id = mapping.text("enterprise_id")) {
    const bool number = !id->empty() && id->size() <= 20 &&
                        id->find_first_not_of("0123456789.") == std::string::npos;
    if (number) {
      options.enterprise_id = *id;
    } else {
      mapping.complain(*mapping.child("enterprise_id"),
                       "'enterprise_id' must be a private enterprise number, such as 32473");
    }
  }
  if (options.transport == SyslogTransport::kUdp) {
    options.max_message_bytes = kMaxDatagram;
  }
  if (const auto bytes = mapping.integer("max_message_bytes", kLeastBytes, kMostBytes)) {
    options.max_message_bytes = static_cast<std::size_t>(*bytes);
  }
  if (const auto after = mapping.duration("confirm_after")) {
    options.confirm_after = std::min<std::chrono::milliseconds>(*after, std::chrono::minutes(10));
  }
  options.notices = mapping.boolean("notices").value_or(options.notices);
  return options;
}

}  // namespace cmgmon::sinks
