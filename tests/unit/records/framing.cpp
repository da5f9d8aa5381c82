#include "framing.h"

#include <algorithm>
#include <sstream>

#include "base/text.h"

namespace cmgmon::records {

namespace {

using namespace std::string_literals;

const char* const kCcm =
    "<![LOG[one]LOG]!><time=\"19:35:04.986+240\" date=\"09-25-2026\" component=\"BgbAgent\" "
    "context=\"\" type=\"1\" "
    "thread=\"8540\" file=\"bgb.cpp:386\">\r\n";
const char* const kCcmShown = "|2026-09-25T23:35:04.986Z exact|BgbAgent|8540|1|bgb.cpp:386|one";

std::string ccm_shown(int line) {
  return "ccm|" + std::to_string(line) + kCcmShown;
}

// A CCM record with another time attribute.
std::string ccm_at(const std::string& time, const std::string& date = "09-25-2026",
                   const std::string& thread = "7") {
  return "<![LOG[m]LOG]!><time=\"" + time + "\" date=\"" + date +
         "\" component=\"C\" context=\"\" type=\"1\" thread=\"" + thread + "\" file=\"f\">\r\n";
}

const char* const kSite =
    "RequestUri: /CCM_PROXY_SERVERAUTH/72057594037937981/CCM_STS~~  $$<CMGService><06-24-2020 "
    "15:31:46.376+00>"
    "<thread=4992 (0x1380)>\r\n";
const char* const kSiteShown =
    "|2020-06-24T15:31:46.376Z exact|CMGService|4992|||RequestUri: "
    "/CCM_PROXY_SERVERAUTH/72057594037937981/CCM_STS";

std::string site_shown(int line) {
  return "site-server|" + std::to_string(line) + kSiteShown;
}

void add_ccm_samples(std::vector<Sample>& rows) {
  const std::string rest =
      "\" date=\"09-25-2026\" component=\"C\" context=\"\" type=\"1\" thread=\"7\" file=\"f\">\r\n";
  rows.push_back({"ccm", kCcm, {ccm_shown(1)}, "ccm utf-8 0"});
  rows.push_back(
      {"two on lines", std::string(kCcm) + kCcm, {ccm_shown(1), ccm_shown(2)}, "ccm utf-8 0"});
  rows.push_back({"no line end behind the last",
                  std::string(kCcm, std::string(kCcm).size() - 2),
                  {ccm_shown(1)},
                  "ccm utf-8 0"});
  rows.push_back({"two on one line",
                  std::string(kCcm, std::string(kCcm).size() - 2) + kCcm,
                  {ccm_shown(1), ccm_shown(1)},
                  "ccm utf-8 0"});
  rows.push_back(
      {"byte order mark", "\xEF\xBB\xBF" + std::string(kCcm), {ccm_shown(1)}, "ccm utf-8-bom 0"});
  rows.push_back({"byte order mark again in a joined file",
                  std::string(kCcm) + "\xEF\xBB\xBF" + kCcm,
                  {ccm_shown(1), ccm_shown(2)},
                  "ccm utf-8 0"});
  rows.push_back(
      {"bracket before the opener", "[" + std::string(kCcm), {ccm_shown(1)}, "ccm utf-8 0"});
  rows.push_back({"lines inside, ended by LF, CR and CRLF",
                  "\n<![LOG[a\nb\rc\r\nd]LOG]!><time=\"1:02:03.4+00" + rest + kCcm,
                  {"ccm|2|2026-09-25T01:02:03.400Z exact|C|7|1|f|a\\nb\\rc\\r\\nd", ccm_shown(6)},
                  "ccm utf-8 0"});
  rows.push_back({"blank message",
                  "<![LOG[]LOG]!><time=\"01:02:03.400+00" + rest,
                  {"ccm|1|2026-09-25T01:02:03.400Z exact|C|7|1|f|"},
                  "ccm utf-8 0"});
  rows.push_back({"brackets, XML and quotes inside",
                  "<![LOG[[CCMHTTP] \"x\" <a b=\"c\"> <![CDATA[ ]] ]> ]LOG] ]LOG]!> "
                  "]]LOG]!><time=\"01:02:03.400+00" +
                      rest,
                  {"ccm|1|2026-09-25T01:02:03.400Z exact|C|7|1|f|[CCMHTTP] \"x\" <a b=\"c\"> "
                   "<![CDATA[ ]] ]> ]LOG] ]LOG]!> ]"},
                  "ccm utf-8 0"});
  rows.push_back({"opener inside a line is text",
                  "<![LOG[say <![LOG[ twice]LOG]!><time=\"01:02:03.400+00" + rest,
                  {"ccm|1|2026-09-25T01:02:03.400Z exact|C|7|1|f|say <![LOG[ twice"},
                  "ccm utf-8 0"});
  rows.push_back({"opener at the start of a line ends what was open",
                  "<![LOG[torn\r\n" + std::string(kCcm),
                  {ccm_shown(2)},
                  "ccm utf-8 1"});
  rows.push_back({"so does one with a bracket",
                  "<![LOG[torn\n[" + std::string(kCcm),
                  {ccm_shown(2)},
                  "ccm utf-8 1"});
  rows.push_back(
      {"and one behind NULs", "<![LOG[torn\0\0\0"s + kCcm, {ccm_shown(1)}, "ccm utf-8 1"});
  rows.push_back({"openers without closers",
                  "<![LOG[a\n<![LOG[b\n<![LOG[c\n" + std::string(kCcm),
                  {ccm_shown(4)},
                  "ccm utf-8 3"});
  rows.push_back({"closing mark in the text",
                  "<![LOG[a ]LOG]!><b> ]LOG]!><time=1> ]LOG]!><time=\"01:02:03.400+00" + rest,
                  {"ccm|1|2026-09-25T01:02:03.400Z exact|C|7|1|f|a ]LOG]!><b> ]LOG]!><time=1> "},
                  "ccm utf-8 0"});
  rows.push_back({"torn in the attributes",
                  "<![LOG[a]LOG]!><time=\"01:02\r\n" + std::string(kCcm),
                  {ccm_shown(2)},
                  "ccm utf-8 1"});
  rows.push_back({"torn behind the first quote",
                  "<![LOG[a]LOG]!><time=\"\n\">\r\n" + std::string(kCcm),
                  {ccm_shown(3)},
                  "ccm utf-8 1"});
  rows.push_back({"file starts with the tail of a record",
                  "a tail]LOG]!><time=\"01:02:03.400+00" + rest + kCcm,
                  {ccm_shown(2)},
                  "ccm utf-8 1"});
  rows.push_back(
      {"file starts within the attributes",
       "5:33.198-60\" date=\"09-07-2022\" component=\"T\" file=\"winmain.cpp:498\">\r\n" +
           std::string(kCcm),
       {ccm_shown(2)},
       "ccm utf-8 1"});
  rows.push_back(
      {"torn record in the middle",
       std::string(kCcm) + "5:33.198-60\" date=\"09-07-2022\" component=\"T\">\r\n" + kCcm,
       {ccm_shown(1), ccm_shown(3)},
       "ccm utf-8 1"});
  rows.push_back({"two writers: a whole record inside the line of another",
                  std::string(kCcm) + "<![LOG[my " + kCcm + "record]LOG]!><time=\"01:02:03.400+00" +
                      rest + kCcm,
                  {ccm_shown(1),
                   "ccm|2|2026-09-25T23:35:04.986Z exact|BgbAgent|8540|1|bgb.cpp:386|my <![LOG[one",
                   ccm_shown(4)},
                  "ccm utf-8 1"});
  rows.push_back({"two writers: a whole record inside the attributes of another",
                  "<![LOG[my]LOG]!><time=\"01:02:" + std::string(kCcm) + "03.400+00" + rest + kCcm,
                  {"ccm|1|- none|BgbAgent|8540|1|bgb.cpp:386|my", ccm_shown(3)},
                  "ccm utf-8 1"});
  rows.push_back(
      {"color attribute",
       "<![LOG[m]LOG]!><time=\"01:02:03.400+00\" date=\"09-25-2026\" component=\"C\" context=\"\" "
       "type=\"1\" thread=\"7\" file=\"f\" color=\"#5b9aff\">\n",
       {"ccm|1|2026-09-25T01:02:03.400Z exact|C|7|1|f|m"},
       "ccm utf-8 0"});
  rows.push_back(
      {"unfinished at the end", std::string(kCcm) + "<![LOG[half", {ccm_shown(1)}, "ccm utf-8 1"});
  rows.push_back({"attributes unfinished at the end",
                  std::string(kCcm) + "<![LOG[half]LOG]!><time=\"1",
                  {ccm_shown(1)},
                  "ccm utf-8 1"});
  rows.push_back({"rollover marker",
                  std::string(kCcm) + "<MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>\r\n",
                  {ccm_shown(1)},
                  "ccm utf-8 0"});
  rows.push_back({"rollover marker without line end",
                  std::string(kCcm) + "<MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>",
                  {ccm_shown(1)},
                  "ccm utf-8 0"});
  rows.push_back({"attributes in another order, some missing, some unknown",
                  "<![LOG[m]LOG]!><file=\"a>b\" color=\"#5b9aff\" Type=\"\" thread=\"\" "
                  "date=\"9-5-2026\" time=\"1:02:03.400+00\" time=\"9:00:00\">\n",
                  {"ccm|1|2026-09-05T01:02:03.400Z exact||||a>b|m"},
                  "ccm utf-8 0"});
  rows.push_back(
      {"no attribute we know", "<![LOG[m]LOG]!><x=\"\">\n", {"ccm|1|- none|||||m"}, "ccm utf-8 0"});
  rows.push_back({"quotes inside a value",
                  "<![LOG[m]LOG]!><time=\"1:02:03.400+00\" date=\"9-5-2026\" context=\"a \"b\" c\" "
                  "thread=\"7\">\n",
                  {"ccm|1|2026-09-05T01:02:03.400Z exact||7|||m"},
                  "ccm utf-8 0"});
  rows.push_back({"a value without its end takes the next name",
                  "<![LOG[m]LOG]!><time=\"1:02:03.400+00\" date=\"9-5-2026\" context=\" type=\"1\" "
                  "thread=\"7\">\n",
                  {"ccm|1|2026-09-05T01:02:03.400Z exact||7|||m"},
                  "ccm utf-8 0"});
  rows.push_back({"blank lines between",
                  "\r\n \t\r\n" + std::string(kCcm) + "\r\n\n\r" + kCcm,
                  {ccm_shown(3), ccm_shown(7)},
                  "ccm utf-8 0"});
  rows.push_back({"block of NULs between",
                  std::string(kCcm) + std::string(300, '\0') + kCcm,
                  {ccm_shown(1), ccm_shown(2)},
                  "ccm utf-8 1"});
  rows.push_back(
      {"block of NULs in front", std::string(300, '\0') + kCcm, {ccm_shown(1)}, "ccm utf-8 1"});
  std::string deep = "<![LOG[at";
  for (int i = 0; i < 500; ++i) {
    deep += i % 3 == 0 ? "\r\n" : "\n";
    deep += "   at System.Net.HttpWebRequest.GetResponse()";
  }
  std::string deep_message = deep.substr(7);
  rows.push_back({"500 lines inside",
                  deep + "]LOG]!><time=\"01:02:03.400+00" + rest + kCcm,
                  {"ccm|1|2026-09-25T01:02:03.400Z exact|C|7|1|f|" + base::printable(deep_message),
                   ccm_shown(502)},
                  "ccm utf-8 0"});
}

void add_time_samples(std::vector<Sample>& rows) {
  struct Row {
    const char* name;
    std::string bytes;
    const char* shown;
  };
  const std::vector<Row> times = {
      {"bias +00", ccm_at("10:00:00.001+00"), "2026-09-25T10:00:00.001Z exact|C|7"},
      {"bias -60", ccm_at("10:00:00.001-60"), "2026-09-25T09:00:00.001Z exact|C|7"},
      {"bias +240", ccm_at("10:00:00.001+240"), "2026-09-25T14:00:00.001Z exact|C|7"},
      {"bias -330", ccm_at("02:00:00.001-330"), "2026-09-24T20:30:00.001Z exact|C|7"},
      {"bias +000 of scripts", ccm_at("10:00:00.001+000", "09-25-2026", ""),
       "2026-09-25T10:00:00.001Z assumed|C|"},
      {"bias +000 with a thread", ccm_at("10:00:00.001+000"),
       "2026-09-25T10:00:00.001Z assumed|C|7"},
      {"bias +-480 of scripts", ccm_at("10:00:00.001+-480"),
       "2026-09-25T18:00:00.001Z assumed|C|7"},
      {"no bias, seven digits, no zeros", ccm_at("1:02:03.8422964", "1-2-2015"),
       "2015-01-02T01:02:03.842296Z assumed|C|7"},
      {"bias glued to the milliseconds", ccm_at("11:29:41.125600"),
       "2026-09-25T11:29:41.125600Z assumed|C|7"},
      {"no fraction", ccm_at("11:29:41+60"), "2026-09-25T12:29:41.000Z exact|C|7"},
      {"bias of two days", ccm_at("11:29:41.000+2880"), "2026-09-25T11:29:41.000Z assumed|C|7"},
      {"hour 25", ccm_at("25:00:00.000+00"), "- none|C|7"},
      {"31 February", ccm_at("10:00:00.000+00", "02-31-2026"), "- none|C|7"},
      {"no time", ccm_at(""), "- none|C|7"},
      {"words", ccm_at("noon", "today"), "- none|C|7"},
      {"4 min ahead", ccm_at("00:04:59.000+00", "01-01-2027"),
       "2027-01-01T00:04:59.000Z exact|C|7"},
      {"6 min ahead", ccm_at("00:06:00.000+00", "01-01-2027"),
       "2027-01-01T00:00:00.000Z assumed|C|7"},
      {"year 9999", ccm_at("00:06:00.000+00", "12-31-9999"),
       "2027-01-01T00:00:00.000Z assumed|C|7"},
  };
  for (const Row& row : times) {
    rows.push_back(
        {row.name, row.bytes, {std::string("ccm|1|") + row.shown + "|1|f|m"}, "ccm utf-8 0"});
  }
  rows.push_back({"no bias takes that of the record before",
                  ccm_at("10:00:00.000+240") + ccm_at("10:00:01.000"),
                  {"ccm|1|2026-09-25T14:00:00.000Z exact|C|7|1|f|m",
                   "ccm|2|2026-09-25T14:00:01.000Z assumed|C|7|1|f|m"},
                  "ccm utf-8 0"});
  rows.push_back(
      {"summer begins: an hour of local time is missing",
       ccm_at("01:59:59.000+300", "03-08-2026") + ccm_at("03:00:00.000+240", "03-08-2026"),
       {"ccm|1|2026-03-08T06:59:59.000Z exact|C|7|1|f|m",
        "ccm|2|2026-03-08T07:00:00.000Z exact|C|7|1|f|m"},
       "ccm utf-8 0"});
  rows.push_back(
      {"the bias leads into another year, and 29 February",
       ccm_at("22:00:00.000+240", "12-31-2023") + ccm_at("22:00:00.000+240", "2-28-2024"),
       {"ccm|1|2024-01-01T02:00:00.000Z exact|C|7|1|f|m",
        "ccm|2|2024-02-29T02:00:00.000Z exact|C|7|1|f|m"},
       "ccm utf-8 0"});
  rows.push_back({"the repeated hour without bias is read with the last one",
                  ccm_at("01:30:00.000+240", "11-01-2026") +
                      ccm_at("01:10:00.000+300", "11-01-2026") +
                      ccm_at("01:20:00.000", "11-01-2026"),
                  {"ccm|1|2026-11-01T05:30:00.000Z exact|C|7|1|f|m",
                   "ccm|2|2026-11-01T06:10:00.000Z exact|C|7|1|f|m",
                   "ccm|3|2026-11-01T06:20:00.000Z assumed|C|7|1|f|m"},
                  "ccm utf-8 0"});
  rows.push_back({"winter begins: local time goes back",
                  ccm_at("01:59:59.000+240") + ccm_at("01:00:00.000+300"),
                  {"ccm|1|2026-09-25T05:59:59.000Z exact|C|7|1|f|m",
                   "ccm|2|2026-09-25T06:00:00.000Z exact|C|7|1|f|m"},
                  "ccm utf-8 0"});
}

void add_site_server_samples(std::vector<Sample>& rows) {
  const std::string trailer = "$$<X><06-24-2020 15:31:46.376+240><thread=552 (0x228)>";
  const std::string shown_as = "2020-06-24T19:31:46.376Z exact|X|552|||";
  rows.push_back({"site server", kSite, {site_shown(1)}, "site-server utf-8 0"});
  rows.push_back({"no tildes",
                  "Beginning main thread  " + trailer + "\r\n",
                  {"site-server|1|" + shown_as + "Beginning main thread"},
                  "site-server utf-8 0"});
  rows.push_back({"tildes of all kinds",
                  "~Moved C:\\PROGRA~1~~   at x~~~~ " + trailer + "\n",
                  {"site-server|1|" + shown_as + "~Moved C:\\PROGRA~1~~   at x"},
                  "site-server utf-8 0"});
  rows.push_back(
      {"no message", trailer + "\n", {"site-server|1|" + shown_as}, "site-server utf-8 0"});
  rows.push_back({"no line end behind the last",
                  "a " + trailer,
                  {"site-server|1|" + shown_as + "a"},
                  "site-server utf-8 0"});
  rows.push_back(
      {"starts of trailers in the text",
       "cost $$<5> $$$<X><1> $$<a><06-24-2020 15:31><thread=1> " + trailer + "\n",
       {"site-server|1|" + shown_as + "cost $$<5> $$$<X><1> $$<a><06-24-2020 15:31><thread=1>"},
       "site-server utf-8 0"});
  rows.push_back({"component too long for one",
                  "a $$<" + std::string(300, 'c') + trailer + "\n",
                  {"site-server|1|" + shown_as + "a $$<" + std::string(300, 'c')},
                  "site-server utf-8 0"});
  rows.push_back({"opener inside a line is text",
                  "say <![LOG[ once " + trailer + "\n",
                  {"site-server|1|" + shown_as + "say <![LOG[ once"},
                  "site-server utf-8 0"});
  rows.push_back({"two on one line",
                  "a " + trailer + "b " + trailer + "\r\n",
                  {"site-server|1|" + shown_as + "a", "site-server|1|" + shown_as + "b"},
                  "site-server utf-8 0"});
  rows.push_back({"line without trailer",
                  "\r\n" + std::string(kSite) + "torn\r\n" + kSite,
                  {site_shown(2), site_shown(4)},
                  "site-server utf-8 1"});
  rows.push_back({"line torn by NULs",
                  kSite + "torn\0\0"s + kSite,
                  {site_shown(1), site_shown(2)},
                  "site-server utf-8 2"});
  rows.push_back({"trailer unfinished at the end",
                  kSite + "a $$<X><06-24-2020 15:31:46.376+240><thr"s,
                  {site_shown(1)},
                  "site-server utf-8 1"});
  rows.push_back({"rollover marker",
                  std::string(kSite) + "<MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>\r\n",
                  {site_shown(1)},
                  "site-server utf-8 0"});
  rows.push_back({"rollover marker alone",
                  "<MAXIMUM LOG FILE SIZE REACHED - FILE RENAMED>\r\n",
                  {},
                  "unknown utf-8 0"});
  rows.push_back(
      {"the oldest dialect is not read",
       "a $$<X><Wed May 21 17:09:02 1997~><thread=DB>\r\n" + std::string(kSite),
       {"plain|1|- none|||||a $$<X><Wed May 21 17:09:02 1997~><thread=DB>", site_shown(2)},
       "site-server utf-8 0"});
  const std::string line = "a " + trailer;
  const std::string line_shown = shown_as + "a";
  const std::string ccm_end = "]LOG]!><time=\"01:02:03.400+00\" date=\"09-25-2026\">";
  const std::string ccm_end_shown = "2026-09-25T01:02:03.400Z exact|||||";
  rows.push_back({"an opener that nothing closes ends at the next record",
                  kSite + "<![LOG[torn\r\nin\r\n\r\nlines\r\n"s + line + "\r\n" + kSite,
                  {site_shown(1), "site-server|6|" + line_shown, site_shown(7)},
                  "site-server utf-8 1"});
  rows.push_back({"also when it is the first line",
                  "[<![LOG[torn\n" + line + "\n" + kSite,
                  {"site-server|2|" + line_shown, site_shown(3)},
                  "site-server utf-8 1"});
  rows.push_back({"also when the next record is the last and has no line end",
                  kSite + "<![LOG[torn\r\n"s + line,
                  {site_shown(1), "site-server|3|" + line_shown},
                  "site-server utf-8 1"});
  rows.push_back({"also when blanks stand behind the next record",
                  "<![LOG[torn\r\n" + line + "\t \r\n",
                  {"site-server|2|" + line_shown},
                  "site-server utf-8 1"});
  rows.push_back({"also when there are two records in the next line",
                  "<![LOG[torn\r" + line + line + "\r",
                  {"site-server|2|" + line_shown, "site-server|2|" + line_shown},
                  "site-server utf-8 1"});
  rows.push_back({"also when NULs or a mark come between",
                  "<![LOG[torn\0\0"s + line + "\0<![LOG[\n\xEF\xBB\xBF"s + line,
                  {"site-server|1|" + line_shown, "site-server|2|" + line_shown},
                  "site-server utf-8 3"});
  rows.push_back({"openers that nothing closes, one after the other",
                  "<![LOG[a\n" + line + "\n[<![LOG[b\n<![LOG[c\n" + line + "\n<![LOG[d\n",
                  {"site-server|2|" + line_shown, "site-server|5|" + line_shown},
                  "site-server utf-8 4"});
  rows.push_back({"a message may begin like an opener",
                  kSite + "<![LOG["s + line + "\r\n[<![LOG[" + line + line + "\r\n<![LOG[" + line,
                  {site_shown(1), "site-server|2|" + shown_as + "<![LOG[a",
                   "site-server|3|" + shown_as + "[<![LOG[a", "site-server|3|" + line_shown,
                   "site-server|4|" + shown_as + "<![LOG[a"},
                  "site-server utf-8 0"});
  rows.push_back({"attributes that are not closed do not hide a record",
                  kSite + "<![LOG[torn]LOG]!><time=\"0\r\n"s + line + "\r\n" +
                      "<![LOG[torn]LOG]!><time=\"0 " + line + "\n",
                  {site_shown(1), "site-server|3|" + line_shown,
                   "site-server|4|" + shown_as + "<![LOG[torn]LOG]!><time=\"0 a"},
                  "site-server utf-8 1"});
  rows.push_back({"a CCM record may quote a record in its line",
                  kSite + "<![LOG[first\r\nsays "s + line + ccm_end + "\r\n<![LOG[" + line +
                      " here" + ccm_end + line + "\r\n",
                  {site_shown(1), "ccm|2|" + ccm_end_shown + "first\\r\\nsays " + line,
                   "ccm|4|" + ccm_end_shown + line + " here", "site-server|4|" + line_shown},
                  "site-server utf-8 0"});
  rows.push_back({"a CCM record that quotes a record with its line end is read as torn",
                  kSite + "<![LOG[first\n"s + line + "\nlast" + ccm_end + "\n" + kSite,
                  {site_shown(1), "site-server|3|" + line_shown, site_shown(5)},
                  "site-server utf-8 2"});
  rows.push_back(
      {"in a file of CCM it is read whole",
       std::string(kCcm) + "<![LOG[first\n" + line + "\nlast" + ccm_end + "\n" + kSite,
       {ccm_shown(1), "ccm|2|" + ccm_end_shown + "first\\n" + line + "\\nlast", site_shown(5)},
       "ccm utf-8 0"});
  rows.push_back(
      {"what only looks like the trailer of a record ends nothing",
       kSite + "<![LOG[first $$<X><99-99-2020 15:31><thread=1>\n$$<X><thread=1>\n"s +
           "b $$<X><06-24-2020 15:31:46.376+240><thread=5>>\n" + ccm_end + "\n",
       {site_shown(1), "ccm|2|" + ccm_end_shown +
                           "first $$<X><99-99-2020 15:31><thread=1>\\n$$<X><thread=1>\\nb "
                           "$$<X><06-24-2020 15:31:46.376+240><thread=5>>\\n"},
       "site-server utf-8 0"});
  rows.push_back({"both envelopes in one file",
                  std::string(kCcm) + kSite + kCcm,
                  {ccm_shown(1), site_shown(2), ccm_shown(3)},
                  "ccm utf-8 0"});
}

void add_w3c_samples(std::vector<Sample>& rows) {
  const std::string head =
      "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: "
      "2026-11-22 00:00:05\r\n";
  rows.push_back({"w3c",
                  head + "#Fields: date time c-ip sc-status sc-substatus\r\n2026-11-22 00:00:06 "
                         "10.0.0.1 403 7\r\n",
                  {"w3c|5|2026-11-22T00:00:06.000Z exact|||||2026-11-22 00:00:06 10.0.0.1 403 "
                   "7|date=2026-11-22|time=00:00:06|c-ip=10.0.0.1|sc-status=403|sc-substatus=7"},
                  "w3c utf-8 0"});
  rows.push_back(
      {"header in another order and case",
       "#date: 2026-11-22 00:00:05\n#FIELDS:  sc-status   time\n403 00:00:06\n",
       {"w3c|3|2026-11-22T00:00:06.000Z exact|||||403 00:00:06|sc-status=403|time=00:00:06"},
       "w3c utf-8 0"});
  rows.push_back({"tabs in the header, none between values",
                  "#Date:\t2026-11-22\t00:00:05\n#Fields:\ttime\t c-ip \ta\t\n00:00:06 ::1 x\ty\n",
                  {"w3c|3|2026-11-22T00:00:06.000Z exact|||||00:00:06 ::1 "
                   "x\\ty|time=00:00:06|c-ip=::1|a=x\\ty"},
                  "w3c utf-8 0"});
  rows.push_back({"columns change",
                  head + "#Fields: time c-ip\r\n01:00:00 ::1\r\n#Remark: x\r\n#Fields: c-ip "
                         "time\r\n::1 02:00:00\r\n",
                  {"w3c|5|2026-11-22T01:00:00.000Z exact|||||01:00:00 ::1|time=01:00:00|c-ip=::1",
                   "w3c|8|2026-11-22T02:00:00.000Z exact|||||::1 02:00:00|c-ip=::1|time=02:00:00"},
                  "w3c utf-8 0"});
  rows.push_back(
      {"the whole header comes again, in another order",
       head + "#Fields: time c-ip\r\n01:00:00 ::1\r\n#Fields: time c-ip\r\n#Date: 2026-11-23 "
              "00:00:00\r\n#Software: x\r\n01:00:01 ::2\r\n",
       {"w3c|5|2026-11-22T01:00:00.000Z exact|||||01:00:00 ::1|time=01:00:00|c-ip=::1",
        "w3c|9|2026-11-23T01:00:01.000Z exact|||||01:00:01 ::2|time=01:00:01|c-ip=::2"},
       "w3c utf-8 0"});
  rows.push_back({"midnight without a date column",
                  head + "#Fields: time\r\n23:59:59\r\n00:00:01\r\n",
                  {"w3c|5|2026-11-22T23:59:59.000Z exact|||||23:59:59|time=23:59:59",
                   "w3c|6|2026-11-23T00:00:01.000Z exact|||||00:00:01|time=00:00:01"},
                  "w3c utf-8 0"});
  rows.push_back({"empty value is two blanks",
                  "#Fields: a b c\n1  3\n1 2 3 \n",
                  {"w3c|2|- none|||||1  3|a=1|b=|c=3", "w3c|3|- none|||||1 2 3 |a=1|b=2|c=3"},
                  "w3c utf-8 0"});
  rows.push_back({"too few and too many values",
                  "#Fields: a b\n1\n1 2 3\n1 2  \n1 2\n",
                  {"w3c|5|- none|||||1 2|a=1|b=2"},
                  "w3c utf-8 3"});
  rows.push_back({"one number too many behind time-taken",
                  "#Fields: a time-taken\n1 2 3\n1 x 3\n1 2 x\n1 2 3 4\n1 2 -\n1 2 3 \n",
                  {"w3c|2|- none|||||1 2 3|a=1|time-taken=2"},
                  "w3c utf-8 5"});
  rows.push_back({"a blank too many further left is not overlooked",
                  "#Fields: ua sc-status win32 time-taken\nx 200 0 5\nx 200 0 5 6\nx y 200 0 5\n",
                  {"w3c|2|- none|||||x 200 0 5|ua=x|sc-status=200|win32=0|time-taken=5",
                   "w3c|3|- none|||||x 200 0 5 6|ua=x|sc-status=200|win32=0|time-taken=5"},
                  "w3c utf-8 1"});
  rows.push_back({"values before the header",
                  "#Version: 1.0\n1 2\n#Fields: a b\n1 2\n",
                  {"w3c|4|- none|||||1 2|a=1|b=2"},
                  "w3c utf-8 1"});
  rows.push_back({"line unfinished at the end",
                  "#Fields: a b\n1 2\n1 3",
                  {"w3c|2|- none|||||1 2|a=1|b=2"},
                  "w3c utf-8 1"});
  rows.push_back(
      {"text of other formats is only text",
       "#Fields: a\n<![LOG[x]LOG]!><time=\"\">\n$$<X><06-24-2020~15:31:46.376+240><thread=5>\n",
       {"w3c|2|- none|||||<![LOG[x]LOG]!><time=\"\">|a=<![LOG[x]LOG]!><time=\"\">",
        "w3c|3|- "
        "none|||||$$<X><06-24-2020~15:31:46.376+240><thread=5>|a=$$<X><06-24-2020~15:31:46.376+240>"
        "<thread=5>"},
       "w3c utf-8 0"});
}

void add_other_samples(std::vector<Sample>& rows) {
  rows.push_back({"empty", "", {}, "unknown utf-8 0"});
  rows.push_back(
      {"plain",
       "first\r\nsecond\nthird\rfourth",
       {"plain|1|- none|||||first", "plain|2|- none|||||second", "plain|3|- none|||||third"},
       "plain utf-8 1"});
  rows.push_back({"plain with a mark",
                  "\xEF\xBB\xBFtext\n",
                  {"plain|1|- none|||||text"},
                  "plain utf-8-bom 0"});
  rows.push_back({"only a part of a mark", "\xEF\xBB", {}, "unknown utf-8 1"});
  rows.push_back({"one byte", "\xFF", {}, "unknown utf-8 1"});
  rows.push_back({"plain, then framed after all",
                  "banner\n" + std::string(kCcm) + "rest\n",
                  {"plain|1|- none|||||banner", ccm_shown(2)},
                  "ccm utf-8 1"});
  rows.push_back({"UTF-8 text",
                  "gr\u00FC\u00DF \U0001F525\n",
                  {"plain|1|- none|||||gr\u00FC\u00DF \U0001F525"},
                  "plain utf-8 0"});
  rows.push_back({"Windows-1252, record by record",
                  "gr\xFC\xDF\r\ngr\u00FC\u00DF\r\n",
                  {"plain|1|- none|||||gr\u00FC\u00DF", "plain|2|- none|||||gr\u00FC\u00DF"},
                  "plain windows-1252 0"});
  rows.push_back({"Windows-1252 in a CCM record",
                  "<![LOG[gr\xFC\xDF]LOG]!><component=\"\x80\" thread=\"1\">\n",
                  {"ccm|1|- none|\u20AC|1|||gr\u00FC\u00DF"},
                  "ccm windows-1252 0"});
  rows.push_back({"damage in a file with a mark",
                  "\xEF\xBB\xBFgr\xFC\xDF\r\n",
                  {"plain|1|- none|||||gr\u00FC\u00DF"},
                  "plain utf-8-bom 0"});
  rows.push_back({"a character cut in UTF-8 text",
                  "gr\u00FC\u00DF \xC3\r\n",
                  {"plain|1|- none|||||gr\u00FC\u00DF \uFFFD"},
                  "plain utf-8 0"});
  rows.push_back({"overlong forms",
                  "a\xC0\xAF"
                  "b\xE0\x80\xAF"
                  "c\n",
                  {"plain|1|- none|||||a\uFFFD\uFFFDb\uFFFD\uFFFD\uFFFDc"},
                  "plain utf-8 0"});
  rows.push_back({"surrogates and more than Unicode has, in UTF-8",
                  "a\xED\xA0\x80"
                  "b\xF4\x90\x80\x80"
                  "c\n",
                  {"plain|1|- none|||||a\uFFFD\uFFFD\uFFFDb\uFFFD\uFFFD\uFFFD\uFFFDc"},
                  "plain utf-8 0"});
  rows.push_back({"overlong forms in a file with a mark",
                  "\xEF\xBB\xBF\xC0\xAF\n",
                  {"plain|1|- none|||||\uFFFD\uFFFD"},
                  "plain utf-8-bom 0"});
  rows.push_back({"NUL, ESC and other controls",
                  "<![LOG[a\0\x1B[31m\x07\x7F]LOG]!><thread=\"1\">\n"s,
                  {"ccm|1|- none||1|||a\\u0000\\u001B[31m\\u0007\\u007F"},
                  "ccm utf-8 0"});
  rows.push_back({"one NUL and a character are not UTF-16",
                  "\0a\n"s,
                  {"plain|1|- none|||||a"},
                  "plain utf-8 1"});
  rows.push_back({"only blank lines", "\r\n\n \n", {}, "unknown utf-8 0"});
  rows.push_back({"only NULs", std::string(200, '\0'), {}, "unknown utf-8 1"});
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
}

// The samples so far, as the other encodings would write them.
void add_wide_samples(std::vector<Sample>& rows) {
  const std::size_t count = rows.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Sample sample = rows[i];  // rows grow below
    const std::size_t words = sample.summary.find(" utf-8 ");
    if (words == std::string::npos || sample.name.find("mark again") != std::string::npos ||
        !base::is_valid_utf8(sample.bytes)) {
      continue;
    }
    for (const bool big : {false, true}) {
      Sample wide = sample;
      const bool starts_with_ascii =
          sample.bytes.size() >= 2 && is_ascii(sample.bytes.substr(0, 2));
      if (starts_with_ascii) {
        wide.name += big ? ", UTF-16BE without mark" : ", UTF-16LE without mark";
        wide.bytes = to_utf16_bytes(sample.bytes, big);
        wide.summary.replace(words, 7, big ? " utf-16be " : " utf-16le ");
        rows.push_back(wide);
        wide = sample;
      }
      wide.name += big ? ", UTF-16BE" : ", UTF-16LE";
      wide.bytes = (big ? "\xFE\xFF" : "\xFF\xFE") + to_utf16_bytes(sample.bytes, big);
      wide.summary.replace(words, 7, big ? " utf-16be " : " utf-16le ");
      rows.push_back(std::move(wide));
    }
  }
  rows.push_back({"lone surrogates",
                  "\xFF\xFE"
                  "a\0\x3D\xD8"
                  "b\0\x25\xDD\n\0"s,
                  {"plain|1|- none|||||a\uFFFDb\uFFFD"},
                  "plain utf-16le 0"});
  rows.push_back({"odd byte at the end",
                  "\xFF\xFE"
                  "a\0\n\0b"s,
                  {"plain|1|- none|||||a"},
                  "plain utf-16le 0"});
}

}  // namespace

std::vector<Sample> samples() {
  std::vector<Sample> rows;
  add_ccm_samples(rows);
  add_time_samples(rows);
  add_site_server_samples(rows);
  add_w3c_samples(rows);
  add_other_samples(rows);
  add_wide_samples(rows);
  return rows;
}

std::string shown(const support::LogEntry& entry) {
  std::ostringstream out;
  out << entry;
  const std::string text = out.str();
  return base::printable(text.substr(0, text.rfind(" @")));
}

std::string summary(const support::LogFile& file) {
  return std::string(name_of(file.format)) + " " + std::string(name_of(file.encoding)) + " " +
         std::to_string(file.malformed);
}

std::string to_utf16_bytes(std::string_view utf8, bool big) {
  std::string bytes;
  for (const char16_t unit : base::to_utf16(utf8)) {
    const char high = static_cast<char>(static_cast<unsigned char>(unit >> 8U));
    const char low = static_cast<char>(static_cast<unsigned char>(unit & 0xFFU));
    bytes += big ? high : low;
    bytes += big ? low : high;
  }
  return bytes;
}

}  // namespace cmgmon::records
