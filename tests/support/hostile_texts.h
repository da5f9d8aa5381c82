#pragma once
// What a log line may try on whoever reads an alert: one table for every sink.

#include <algorithm>
#include <string>
#include <vector>

namespace cmgmon::support {

struct HostileText {
  const char* name;
  std::string text;
};

inline const std::vector<HostileText>& hostile_texts() {
  static const std::vector<HostileText> texts = {
      {"line ends", "first\r\nsecond\nthird\rlast\xE2\x80\xA8separator"},
      {"a forged message", "x\n<0>1 2026-01-01T00:00:00Z root su - - - \xEF\xBB\xBFpanic"},
      {"a forged mail header", "Disk\r\nBcc: everybody@example.org\r\n\r\nBody"},
      {"the end of a mail", "x\r\n.\r\nMAIL FROM:<a@b>\r\n"},
      {"terminal controls",
       "\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b"
       "31m \x08\x7f"},
      {"C1 controls",
       "\xC2\x9B"
       "31m \xC2\x85"},
      {"NUL", std::string("before\0after", 12)},
      {"event insertions", "%1 %%1843 %n %0 %!s! %{S-1-5-18} 100%"},
      {"templates", "{{ 7*7 }} {% raw %} ${jndi:ldap://x} #{x} {0}"},
      {"HTML", "<script>alert('x')</script><!-- --> &amp; \"'"},
      {"structured data", "a\"]b\\]c\"] [fake@1 x=\"y\"]"},
      {"JSON", "\"},{\"delivery_id\":\"forged\"},{\"x\":\""},
      {"direction marks", "invoice\xE2\x80\xAEgpj.exe\xE2\x81\xA6 \xE2\x80\x8F"},
      {"damaged UTF-8", "\xff\xfe half:\xed\xa0\x80 cut:\xe2\x80"},
      {"characters beyond the first plane", "\xF0\x9F\x98\x80\xF0\x9F\x92\xA9"},
      {"spaces", "   \t  \v  "},
      {"a megabyte", std::string(1U << 20U, 'A')},
      {"many quotes", std::string(100000U, '"')},
      {"many controls", std::string(100000U, '\x01')},
      {"many wide characters",
       [] {
         std::string text;
         for (int i = 0; i < 25000; ++i) {
           text += "\xF0\x9F\x98\x80";
         }
         return text;
       }()},
  };
  return texts;
}

// Nothing in it is acted upon by a terminal or viewer: no C0 or C1 controls, no direction marks, no separators of lines.
// "\n" is named by `allowed` where lines are wanted.
inline bool is_inert(const std::string& text, const std::string& allowed = "") {
  static const std::vector<std::string> kMarks = {
      "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xAA",
      "\xE2\x80\xAB", "\xE2\x80\xAC", "\xE2\x80\xAD", "\xE2\x80\xAE", "\xE2\x81\xA6",
      "\xE2\x81\xA7", "\xE2\x81\xA8", "\xE2\x81\xA9"};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 || byte == 0x7f) && allowed.find(text[i]) == std::string::npos) {
      return false;
    }
    if (byte == 0xE2 &&
        std::find(kMarks.begin(), kMarks.end(), text.substr(i, 3)) != kMarks.end()) {
      return false;
    }
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return false;
    }
  }
  return true;
}

}  // namespace cmgmon::support
