// Two texts, in two lines, that stand where date and time belong: every format reads from them what the slow reader does.

#include <string>

#include "fuzz/fuzz.h"
#include "support/record_feeding.h"

using namespace cmgmon;

namespace {

void compare(const std::string& file) {
  fuzz::promise(support::frame(file, 0) == support::read_slowly(file, support::kReadingTime),
                "the slow reader finds the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size).substr(0, 256);
  const std::size_t end = bytes.find('\n');
  const std::string date(bytes.substr(0, end));
  const std::string time(end == std::string_view::npos ? "" : bytes.substr(end + 1));
  // The second record has no bias of its own.
  compare("<![LOG[a]LOG]!><time=\"" + time + "\" date=\"" + date + "\" thread=\"1\">\n" +
          "<![LOG[b]LOG]!><time=\"1:02:03\" date=\"9-5-2026\">\n");
  compare("a  $$<X><" + date + " " + time + "><thread=1>\nb  $$<X><9-5-2026 1:02:03><thread=1>\n");
  compare("#Date: " + date + " " + time + "\n#Fields: time\n" + time + "\n00:00:01\n23:59:59\n");
  compare("#Fields: date time\n" + date + " " + time + "\n");

  if (const auto point = base::from_rfc3339(date)) {
    fuzz::promise(base::from_rfc3339(base::to_rfc3339(*point)) == point, "to RFC 3339 and back");
  }
  return 0;
}
