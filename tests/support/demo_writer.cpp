// Writes the logs of a small Configuration Manager site into a folder, live: healthy at first, then its cloud
// management gateway fails in four places, then it recovers. ./run lets cmgmon watch it.
//
//   demo_writer FOLDER [--follow]      about 24 seconds once, or again and again until interrupted

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

using std::chrono::milliseconds;

struct Stamp {
  std::tm utc{};
  int ms = 0;
};

Stamp stamp_now() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(now)};
  const std::chrono::hh_mm_ss clock{seconds - std::chrono::floor<std::chrono::days>(now)};
  Stamp stamp;
  stamp.utc.tm_year = static_cast<int>(day.year());
  stamp.utc.tm_mon = static_cast<int>(static_cast<unsigned>(day.month()));
  stamp.utc.tm_mday = static_cast<int>(static_cast<unsigned>(day.day()));
  stamp.utc.tm_hour = static_cast<int>(clock.hours().count());
  stamp.utc.tm_min = static_cast<int>(clock.minutes().count());
  stamp.utc.tm_sec = static_cast<int>(clock.seconds().count());
  stamp.ms = static_cast<int>(std::chrono::duration_cast<milliseconds>(now - seconds).count());
  return stamp;
}

std::string text(const char* format, const Stamp& s, int order) {
  char buffer[64];
  const auto& t = s.utc;
  if (order == 0) {  // M-D-Y h:m:s.ms
    std::snprintf(buffer, sizeof buffer, format, t.tm_mon, t.tm_mday, t.tm_year, t.tm_hour,
                  t.tm_min, t.tm_sec, s.ms);
  } else if (order == 1) {  // h:m:s.ms M-D-Y
    std::snprintf(buffer, sizeof buffer, format, t.tm_hour, t.tm_min, t.tm_sec, s.ms, t.tm_mon,
                  t.tm_mday, t.tm_year);
  } else {  // Y-M-D h:m:s
    std::snprintf(buffer, sizeof buffer, format, t.tm_year, t.tm_mon, t.tm_mday, t.tm_hour,
                  t.tm_min, t.tm_sec);
  }
  return buffer;
}

class Site {
 public:
  explicit Site(const std::string& folder)
      : connector_(folder + "/SMS_Cloud_ProxyConnector.log", std::ios::app | std::ios::binary),
        client_(folder + "/LocationServices.log", std::ios::app | std::ios::binary),
        sts_(folder + "/CCM_STS.log", std::ios::app | std::ios::binary),
        iis_(folder + "/u_ex260301.log", std::ios::app | std::ios::binary) {
    iis_ << "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
            "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
            "cs(User-Agent) "
            "cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n"
         << std::flush;
  }

  bool ready() const { return connector_.good() && client_.good() && sts_.good() && iis_.good(); }

  void connector(const std::string& message) {
    connector_ << message << "~~  $$<SMS_CLOUD_PROXYCONNECTOR><"
               << text("%02d-%02d-%04d %02d:%02d:%02d.%03d+00", stamp_now(), 0)
               << "><thread=6124 (0x17EC)>\r\n"
               << std::flush;
  }
  void client(const std::string& message) {
    ccm(client_, message, "LocationServices", "ccmhttperror.cpp:297");
  }
  void sts(const std::string& message) { ccm(sts_, message, "CCM_STS", ""); }
  void iis(const std::string& stem, const std::string& address, const std::string& status) {
    iis_ << text("%04d-%02d-%02d %02d:%02d:%02d", stamp_now(), 2) << " 10.0.0.20 GET " << stem
         << " SITESIGNCERT 443 - " << address << " SMS+CCM+5.0 - " << status << "\r\n"
         << std::flush;
  }

 private:
  void ccm(std::ofstream& log, const std::string& message, const std::string& component,
           const std::string& source) {
    log << "<![LOG[" << message << "]LOG]!><"
        << text("time=\"%02d:%02d:%02d.%03d+00\" date=\"%02d-%02d-%04d\"", stamp_now(), 1)
        << " component=\"" << component << "\" context=\"\" type=\"1\" thread=\"4711\" file=\""
        << source << "\">\r\n"
        << std::flush;
  }

  std::ofstream connector_;
  std::ofstream client_;
  std::ofstream sts_;
  std::ofstream iis_;
};

std::string message_id() {
  static unsigned next = 0x3087bd34;
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%08x-b82c-4950-b972-e82bb0fb8385", next++);
  return buffer;
}

void healthy(Site& site) {
  site.connector("MessageID: " + message_id() +
                 " RequestURI: https://MP.CONTOSO.COM/CCM_STS EndpointName: CCM_STS "
                 "ResponseHeader: HTTP/1.1 200 OK ~~ "
                 "ResponseBodySize: 0 ElapsedTime: 2 ms");
  site.connector(
      "ReportTrafficData - state message to send: ~~<ProxyTrafficStateDetails "
      "ServerName=\"CP.CONTOSO.COM\"><EndPoints>~~<EndPoint Name=\"SMS_MP\" TotalRequests=\"12\" "
      "FailedRequests=\"0\"/>~~</EndPoints></ProxyTrafficStateDetails>");
  site.client("Current AD site of machine is Default-First-Site-Name");
  site.sts("Return token to client");
  site.iis("/ccm_system/request", "10.0.0.62", "200 0 0 31");
}

void connector_fails(Site& site) {
  const auto id = message_id();
  const std::string url = "https://MP.CONTOSO.COM/SMS_MP/.sms_aut?SITESIGNCERT";
  site.connector("Forwarding proxy message " + id + " to URL: " + url);
  site.connector(
      "Web exception for message " + id +
      ": System.Net.WebException: The remote server returned an error: (403) Forbidden.~~   at "
      "System.Net.HttpWebRequest.EndGetResponse(IAsyncResult asyncResult)");
  site.connector("Received response " + url + " for message " + id +
                 ": HTTP/1.1 403 CMGConnector_Clientcertificaterequired");
  site.connector("Filtered cert count with digital signature: 7");
  site.connector("Filtered cert count with allowed root CA: 3");
  site.connector("Filtered cert count with private key: 3");
  site.connector("Filtered cert count with client auth: 0");
}

void clients_fail(Site& site) {
  site.client(
      "[CCMHTTP] ERROR: URL=https://cmg.contoso.com/CCM_Proxy_MutualAuth/72057594037928017/SMS_MP/"
      ".sms_aut?SITESIGNCERT, Port=443, Options=31, Code=0, Text=CCM_E_BAD_HTTP_STATUS_CODE");
  site.client(
      "[CCMHTTP] ERROR INFO: StatusCode=403 StatusText=CMGConnector_Clientcertificaterequired");
  site.client("[CCMHTTP] AsyncCallback(): WINHTTP_CALLBACK_STATUS_SECURE_FAILURE Encountered");
  site.client("[CCMHTTP]                : lpvStatusInformation is 0x9");
  site.client(
      "[CCMHTTP] ERROR: "
      "URL=https://cmg.contoso.com/CCM_Proxy_ServerAuth/72057594037928017/CCM_STS, Port=443, "
      "Options=63, Code=12175, Text=ERROR_WINHTTP_SECURE_FAILURE");
}

void management_point_fails(Site& site) {
  site.sts(
      "Return code: 401, Description: PreAuth token validation failed, "
      "System.IdentityModel.Tokens.SecurityTokenExpiredException:\r\nIDX10223: Lifetime validation "
      "failed. The token "
      "is expired.\r\nValidTo: '10/01/2026 22:03:24'\r\nCurrent time: '11/10/2026 13:05:05'.");
  site.iis("/SMS_MP/.sms_aut", "127.0.0.1", "403 7 5 11");
}

void recovery(Site& site) {
  site.connector("Filtered cert count with client auth: 1");
  site.connector("Received response https://MP.CONTOSO.COM/SMS_MP/.sms_aut?MPLIST for message " +
                 message_id() + ": HTTP/1.1 200 OK");
  site.iis("/SMS_MP/.sms_aut", "127.0.0.1", "200 0 0 11");
}

void episode(Site& site) {
  struct Step {
    int ticks;
    const char* what;
    std::function<void(Site&)> act;
  };
  const std::vector<Step> steps = {
      {4, "healthy", [](Site&) {}},
      {2, "the connection point's certificate is gone", connector_fails},
      {3, "clients on the Internet notice", clients_fail},
      {3, "the management point refuses tokens and certificates", management_point_fails},
      {3, "it goes on", connector_fails},
      {6, "the certificate is back", recovery},
  };
  for (const auto& step : steps) {
    std::cerr << "[writer] " << step.what << '\n';
    step.act(site);
    for (int i = 0; i < step.ticks; ++i) {
      healthy(site);
      std::this_thread::sleep_for(
          milliseconds(1000));  // a demonstration goes at the pace of its audience
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: demo_writer FOLDER [--follow]\n";
    return 2;
  }
  Site site(argv[1]);
  if (!site.ready()) {
    std::cerr << "demo_writer: cannot write into " << argv[1] << '\n';
    return 1;
  }
  const bool follow = argc > 2 && std::string(argv[2]) == "--follow";
  do {
    episode(site);
  } while (follow);
  return 0;
}
