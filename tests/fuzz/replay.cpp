// Runs a fuzz target without a fuzzer: on every file of its corpus, on the file cut off, and on the file with one byte
// damaged. Long files are cut and damaged at some places only, so that a replay takes no more than seconds.
//
// What was running when a target ends the program is the last line of the output.

#include <cstdio>
#include <string>
#include <vector>

#include "base/path.h"
#include "fuzz/fuzz.h"
#include "platform/files.h"

namespace {

using namespace cmgmon;

constexpr std::size_t kMaxFile = 4U << 20U;
constexpr std::size_t kVariants = 100;  // of each kind

void run(const std::string& bytes) {
  // A block of its very size, so that a sanitizer sees a read behind its end.
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const std::vector<std::uint8_t> exact(data, data + bytes.size());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void replay(const std::string& name, const std::string& bytes) {
  const auto say = [&](const char* variant, std::size_t at) {
    std::printf("%s, %s %zu\n", name.c_str(), variant, at);
    std::fflush(stdout);
  };
  say("whole, bytes:", bytes.size());
  run(bytes);
  const std::size_t step = bytes.size() / kVariants + 1;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    say("cut off at", at);
    run(bytes.substr(0, at));
    say("damaged at", at);
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (at % 2 == 0 ? '\x80' : '\x01'));
    run(damaged);
  }
}

}  // namespace

int main() {
  const auto entries = platform::list_folder(CMGMON_CORPUS);
  std::size_t files = 0;
  if (entries) {
    for (const auto& entry : *entries) {
      const auto bytes =
          platform::read_small_file(base::join_path(CMGMON_CORPUS, entry.name), kMaxFile);
      if (!bytes) {
        std::fprintf(stderr, "cannot read %s\n", entry.name.c_str());
        return 1;
      }
      replay(entry.name, *bytes);
      ++files;
    }
  }
  std::printf("%zu files\n", files);
  return files == 0 ? 1 : 0;  // a corpus that cannot be found is a test that does not run
}
