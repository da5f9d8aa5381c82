#include "bench_log.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "dice.h"
#include "literal_sets.h"

namespace cmgmon::bench {

namespace {

constexpr std::size_t kBufferBytes = 1U << 20U;
constexpr std::uint64_t kFailures = 360;
constexpr std::uint64_t kUsualLineBytes = 300;
constexpr std::uint64_t kLearnedBytes = 8U << 20U;  // more than a sample that one would train on
constexpr std::uint64_t kDayMs = 24U * 3600U * 1000U;

class File {
 public:
  explicit File(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) {
      fail();
    }
    buffer_.reserve(2 * kBufferBytes);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    flush();
    if (std::fclose(file_) != 0) {
      fail();
    }
  }

  std::string& buffer() { return buffer_; }
  void flush_when_full() {
    if (buffer_.size() >= kBufferBytes) {
      flush();
    }
  }

 private:
  void flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size()) {
      fail();
    }
    buffer_.clear();
  }
  [[noreturn]] void fail() const {
    std::perror(path_.c_str());
    std::exit(1);
  }

  std::string path_;
  std::FILE* file_;
  std::string buffer_;
};

// Appends one line after the other; time goes on by itself.
class Author {
 public:
  Author(LogKind kind, std::uint64_t bytes, BenchLog& log) : kind_(kind), log_(log) {
    const std::uint64_t lines = bytes / kUsualLineBytes;
    learned_ = std::min(bytes / 4, kLearnedBytes);
    failure_every_ = lines / kFailures + 1;
    ms_per_line_ = 10 * kDayMs / (lines + 1) + 1;  // ten days, whatever the size
  }

  void head(std::string& out) const {
    if (kind_ == LogKind::kW3c) {
      out +=
          "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
          "#Date: 2026-03-01 00:00:00\r\n"
          "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
          "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n";
    }
  }

  // One line; sometimes a failure, which may be two.
  void next(std::string& out, std::uint64_t written) {
    const bool fails = kind_ == LogKind::kStorm ? true : (++since_failure_ >= failure_every_);
    if (fails) {
      since_failure_ = 0;
      failure(out);
    } else if (kind_ == LogKind::kAdversarial && written > learned_) {
      near_misses(out);
    } else if (kind_ == LogKind::kSiteServer) {
      healthy_connector(out);
    } else if (kind_ == LogKind::kW3c) {
      healthy_request(out);
    } else {
      healthy_client(out);
    }
  }

 private:
  void number(std::string& out, std::uint64_t value, int digits) const {
    std::array<char, 20> text;
    int count = 0;
    do {
      text[static_cast<std::size_t>(count++)] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0 || count < digits);
    while (count > 0) {
      out += text[static_cast<std::size_t>(--count)];
    }
  }
  std::uint64_t any(std::uint64_t below) { return dice_.below(below); }
  void hex(std::string& out, int digits) {
    std::uint64_t bits = dice_.next();
    for (int i = 0; i < digits; ++i, bits >>= 4U) {
      out += "0123456789ABCDEF"[bits & 15U];
    }
  }
  void guid(std::string& out) {
    hex(out, 8);
    for (int i = 0; i < 3; ++i) {
      out += '-';
      hex(out, 4);
    }
    out += '-';
    hex(out, 12);
  }
  void clock(std::string& out) const {
    number(out, clock_ms_ / 3600000 % 24, 2);
    out += ':';
    number(out, clock_ms_ / 60000 % 60, 2);
    out += ':';
    number(out, clock_ms_ / 1000 % 60, 2);
  }
  void milliseconds(std::string& out) const {
    out += '.';
    number(out, clock_ms_ % 1000, 3);
  }
  std::uint64_t day() const { return 1 + clock_ms_ / kDayMs; }

  // Whatever stands in the envelope of this kind of log.
  void record(std::string& out, std::string_view message, std::string_view component, int type) {
    clock_ms_ += ms_per_line_;
    if (kind_ == LogKind::kSiteServer) {
      out += message;
      out += "~~  $$<SMS_CLOUD_PROXYCONNECTOR><03-";
      number(out, day(), 2);
      out += "-2026 ";
      clock(out);
      milliseconds(out);
      out += "+060><thread=";
      number(out, 4000 + any(16), 4);
      out += " (0x1018)>\r\n";
    } else {
      out += "<![LOG[";
      out += message;
      out += "]LOG]!><time=\"";
      clock(out);
      milliseconds(out);
      out += "+060\" date=\"03-";
      number(out, day(), 2);
      out += "-2026\" component=\"";
      out += component;
      out += "\" context=\"\" type=\"";
      number(out, static_cast<std::uint64_t>(type), 1);
      out += "\" thread=\"";
      number(out, thread_, 4);
      out += "\" file=\"ccmhttperror.cpp:";
      number(out, 100 + any(700), 3);
      out += "\">\r\n";
    }
    ++log_.lines;
  }

  void healthy_client(std::string& out) {
    thread_ = 5200 + any(12);
    std::string& m = message_;
    m.clear();
    switch (any(14)) {
      case 0:
        m = "Sending remote sync message '{";
        guid(m);
        m += "}' to host 'CMG.CONTOSO.COM/CCM_Proxy_MutualAuth/72186325152220500' endpoint "
             "'MP_PolicyManager'. Flags 0x280, sender account "
             "S-1-5-21-1721254763-462695806-1538882281-3289177";
        break;
      case 1:
        m = "Getting CCM Token from "
            "https://CMG.CONTOSO.COM/CCM_Proxy_ServerAuth/72186325152220500/CCM_STS";
        break;
      case 2:
        m = "ccmhttp: Host=CMG.CONTOSO.COM, "
            "Path=/CCM_Proxy_ServerAuth/72186325152220500/ccm_system_tokenauth/request, Port=443, "
            "Protocol=https, CcmTokenAuth=1, Flags=0x4200, Options=0x1e0";
        break;
      case 3:
        m = "Target URL scheme is HTTPS: "
            "https://CMG.CONTOSO.COM/CCM_Proxy_ServerAuth/72186325152220500/ccm_system_tokenauth/"
            "request";
        break;
      case 4:
        m = "Message '{";
        guid(m);
        m += "}' got reply message '{";
        guid(m);
        m += "}' to endpoint 'direct:PolicyAgent_PolicyDownload'";
        break;
      case 5:
        m = "OutgoingMessage(Queue='mp_mp_relayendpoint', ID={";
        guid(m);
        m += "}): Delivered successfully to host "
             "'CMG.CONTOSO.COM/CCM_Proxy_MutualAuth/72186325152220500'.";
        break;
      case 6:
        m = "Raising event:\r\n\r\ninstance of CCM_ServiceHost_CertRetrieval_Status\r\n{\r\n"
            "\tClientID = \"GUID:";
        guid(m);
        m += "\";\r\n\tDateTime = \"20260301100000.000000+000\";\r\n\tHRESULT = "
             "\"0x00000000\";\r\n\tProcessID = 4496;\r\n\tThreadID = 5204;\r\n};\r\n";
        log_.lines += 10;
        break;
      case 7:
        m = "Callback status WINHTTP_CALLBACK_STATUS_REQUEST_SENT for request ";
        hex(m, 8);
        m += ", flags WINHTTP_FLAG_SECURE, context 0x0000021";
        hex(m, 8);
        break;
      case 8:
        m = "The reply from location manager contains 3 certificates; the registration key of the "
            "client is current, certificate chain verified, error 0x00000000";
        break;
      case 9:
        m = "Begin searching client certificates based on Certificate Issuers; the certificate "
            "[Thumbprint ";
        hex(m, 16);
        hex(m, 16);
        hex(m, 8);
        m += "] issued to 'PC";
        number(m, any(100000), 5);
        m += ".corp.contoso.com' has a chain that is valid";
        break;
      case 10:
        m = "Updating portal info: StatusCode = 0, CMG role CMGProxy is online, next refresh in ";
        number(m, any(86400), 1);
        m += " seconds";
        break;
      case 11:
        m = "Policy state for [CcmPolicy.PolicyID=\"{";
        guid(m);
        m += "}\",PolicyVersion=\"3.00\",PolicySource=\"SMS:CM1\"] is currently [Active]";
        break;
      case 12:
        m = "Current Assigned Management Point is CMG.CONTOSO.COM with Version 9128 and "
            "Capabilities: <Capabilities SchemaVersion=\"1.0\"><Property Name=\"SSLState\" "
            "Value=\"63\"/></Capabilities>";
        break;
      default:
        m = "Successfully queued event on HTTP/HTTPS failure path 0 for server "
            "'mp1.corp.contoso.com', request timed 0x";
        hex(m, 8);
    }
    record(out, m, "CcmMessaging", 1);
  }

  void healthy_connector(std::string& out) {
    std::string& m = message_;
    m.clear();
    switch (any(9)) {
      case 0:
        m = "Maintaining connections...";
        break;
      case 1:
      case 2:
        m = "Forwarding proxy message ";
        guid(m);
        m += " to URL: https://mp1.corp.contoso.com/ccm_system/request";
        break;
      case 3:
      case 4:
        m = "Received response https://mp1.corp.contoso.com/ccm_system/request for message ";
        guid(m);
        m += ": HTTP/1.1 200 OK";
        break;
      case 5:
      case 6:
        m = "MessageID: ";
        guid(m);
        m += " RequestURI: https://mp1.corp.contoso.com/SMS_MP/.sms_aut?MPLIST2&CM1 EndpointName: "
             "SMS_MP ResponseHeader: HTTP/1.1 200 OK ~~ ResponseBodySize: ";
        number(m, any(9000), 1);
        m += " ElapsedTime: ";
        number(m, any(90), 1);
        m += " ms";
        break;
      case 7:
        m = "Switched to internal URL. Replaced "
            "'https://CMG.CONTOSO.COM/CCM_Proxy_MutualAuth/72057594037928017/ccm_system/request' "
            "in 'https://CMG.CONTOSO.COM/CCM_Proxy_MutualAuth/72057594037928017/ccm_system/request'"
            " with 'https://mp1.corp.contoso.com/ccm_system/request'";
        break;
      default:
        m = "ReportTrafficData - state message to send: ~~<ProxyTrafficStateDetails "
            "ServerName=\"CP1.CORP.CONTOSO.COM\"><Requests>";
        number(m, any(9000), 1);
        m += "</Requests></ProxyTrafficStateDetails>";
    }
    record(out, m, "", 1);
  }

  void request(std::string& out, std::string_view method, std::string_view stem, bool refused) {
    clock_ms_ += ms_per_line_;
    out += "2026-03-";
    number(out, day(), 2);
    out += ' ';
    clock(out);
    out += " 10.0.0.4 ";
    out += method;
    out += ' ';
    out += stem;
    out += " - 443 - 10.0.";
    if (refused) {
      out += "9.9 SMS+CCM+5.0+TS - 403 7 0 ";
    } else {
      number(out, any(8), 1);
      out += '.';
      number(out, 10 + any(240), 1);
      out += any(5) == 0 ? " ccmhttp - 401 2 5 " : " SMS+CCM+5.0+TS - 200 0 0 ";
    }
    number(out, any(4000), 1);
    out += "\r\n";
    ++log_.lines;
  }

  void healthy_request(std::string& out) {
    static constexpr std::array kStems = {"/ccm_system/request",
                                          "/SMS_MP/.sms_aut",
                                          "/CCM_STS",
                                          "/bgb/handler.ashx",
                                          "/ccm_system_windowsauth/request",
                                          "/SMS_DP_SMSPKG$/PS100012"};
    request(out, any(2) == 0 ? "CCM_POST" : "GET", kStems[any(kStems.size())], false);
  }

  void failure(std::string& out) {
    std::string& m = message_;
    if (kind_ == LogKind::kSiteServer) {
      m = "MessageID: ";
      guid(m);
      m += " RequestURI: https://mp1.corp.contoso.com/CCM_Client/request EndpointName: CCM_Client "
           "ResponseHeader: HTTP/1.1 403 CMGConnector_Clientcertificaterequired~~ "
           "ResponseBodySize: 5274 ElapsedTime: 44 ms";
      record(out, m, "", 1);
      ++log_.planted["CMGConnector_Clientcertificaterequired"];
      ++log_.incidents["CMG-CONN-403-CLIENTCERT"];
    } else if (kind_ == LogKind::kW3c) {
      request(out, "GET", "/CCM_STS", true);
      ++log_.incidents["IIS-MP-403-7"];
    } else if (kind_ == LogKind::kStorm || failures_++ % 3 == 0) {
      // The first half of the two says where to, the second what went wrong.
      const std::uint64_t turn = kind_ == LogKind::kStorm ? 0 : 72;
      thread_ = 6000 + any(4);
      clock_ms_ -= ms_per_line_;
      record(out,
             "[CCMHTTP] ERROR: URL=https://cmg2.contoso.com/CCM_Proxy_MutualAuth/" +
                 std::to_string(72186325152220500U + turn) +
                 "/ccm_system/request, Port=443, Options=31, Code=0, Text=CCM_E_BAD_HTTP_STATUS_"
                 "CODE",
             "CcmMessaging", 1);
      record(out,
             "[CCMHTTP] ERROR INFO: StatusCode=403 "
             "StatusText=CMGConnector_Clientcertificaterequired",
             "CcmMessaging", 1);
      ++log_.planted["CMGConnector_Clientcertificaterequired"];
      ++log_.incidents["CMG-CLIENT-403-CLIENTCERT"];
    } else {
      thread_ = 5200 + any(12);
      const auto& set = literal_set(failures_ % 3 == 1 ? "500-shared" : "1000-diverse").literals;
      // Those of the smaller sets are worth more than chance would give them. None that the shipped packs know: their
      // incidents are counted apart.
      const std::size_t limit = any(2) == 0 ? 100 : set.size();
      const std::string& literal = set[kDocumented + any(limit - kDocumented)];
      record(out, "Step 7 of the sequence ended with: " + literal + " (item 4711).", "CcmMessaging",
             2);
      ++log_.planted[literal];
    }
  }

  // Whatever a filter looks for inside a literal is here, and the literal is not.
  void near_misses(std::string& out) {
    const auto& set = literal_set("500-diverse").literals;
    thread_ = 5200 + any(12);
    message_.clear();
    while (message_.size() < 200) {
      const std::string& literal = set[any(set.size())];
      message_.append(literal, any(2), literal.size() - 2);
      message_ += '#';
    }
    record(out, message_, "CcmMessaging", 1);
  }

  LogKind kind_;
  BenchLog& log_;
  Dice dice_{1};
  std::uint64_t learned_ = 0;
  std::uint64_t failure_every_ = 0;
  std::uint64_t since_failure_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t ms_per_line_ = 0;
  std::uint64_t clock_ms_ = 0;  // since the first of March 2026
  std::uint64_t thread_ = 5204;
  std::string message_;
};

std::string widened(std::string_view text) {
  std::string wide;
  wide.reserve(2 * text.size());
  for (const char c : text) {
    wide += c;
    wide += '\0';
  }
  return wide;
}

const char* name_of(LogKind kind) {
  switch (kind) {
    case LogKind::kSiteServer:
      return "SMS_Cloud_ProxyConnector.log";
    case LogKind::kW3c:
      return "u_ex260301.log";
    default:
      return "CcmMessaging.log";
  }
}

}  // namespace

BenchLog write_log(LogKind kind, const std::string& folder, std::uint64_t bytes) {
  BenchLog log;
  log.path = folder + '/' + name_of(kind);
  File file(log.path);
  const bool wide = kind == LogKind::kClientUtf16;
  Author author(wide ? LogKind::kClient : kind, bytes, log);
  std::uint64_t characters = 0;
  std::string text;
  if (wide) {
    file.buffer() += "\xFF\xFE";
    log.bytes = 2;
  }
  author.head(text);
  while (characters < bytes) {
    author.next(text, characters);
    characters += text.size();
    if (wide) {
      file.buffer() += widened(text);
    } else {
      file.buffer() += text;
    }
    text.clear();
    file.flush_when_full();
  }
  log.bytes += wide ? 2 * characters : characters;
  return log;
}

}  // namespace cmgmon::bench
