#include <windows.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"
#include "platform/native_path.h"
#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

constexpr std::string_view kVerbatim = R"(\\?\)";
constexpr std::string_view kVerbatimUnc = R"(\\?\UNC\)";

base::Error refused(const std::string& path, const std::string& why) {
  return refusal(base::ErrorKind::kInvalid, path + " " + why, "Correct the path");
}

bool is_reserved(std::string_view component) {
  // Win32 looks at what stands before the first dot, without trailing spaces.
  std::string_view stem = component.substr(0, component.find('.'));
  while (stem.ends_with(' ')) {
    stem.remove_suffix(1);
  }
  const std::string name = base::to_lower(stem);
  constexpr std::array<std::string_view, 6> kNames = {"con", "prn",    "aux",
                                                      "nul", "conin$", "conout$"};
  if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) {
    return true;
  }
  if (!name.starts_with("com") && !name.starts_with("lpt")) {
    return false;
  }
  const std::string number = name.substr(3);
  // The superscripts one to three count as digits.
  constexpr std::array<std::string_view, 3> kSuperscripts = {"\xC2\xB9", "\xC2\xB2", "\xC2\xB3"};
  return (number.size() == 1 && number[0] >= '0' && number[0] <= '9') ||
         std::find(kSuperscripts.begin(), kSuperscripts.end(), number) != kSuperscripts.end();
}

// Why Win32 would make something else of this name than a file, "" when it would not.
std::string trouble_with(std::string_view component) {
  if (component == "." || component == "..") {
    return {};
  }
  if (component.find(':') != std::string_view::npos) {
    return "names an alternate data stream";
  }
  if (component.ends_with('.') || component.ends_with(' ')) {
    return "has a name that ends in a dot or a space";
  }
  return is_reserved(component) ? "names a device" : "";
}

std::string trouble_with_components(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('\\'), path.size());
    if (std::string why = trouble_with(path.substr(0, end)); !why.empty()) {
      return why;
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return {};
}

bool has_drive(std::string_view path) {
  const char letter = path.empty() ? '\0' : base::to_lower(path[0]);
  return path.size() >= 2 && letter >= 'a' && letter <= 'z' && path[1] == ':';
}

// \\server\pipe and \\server\mailslot are no shares.
bool is_share(std::string_view server_and_rest) {
  const std::size_t after_server = server_and_rest.find('\\');
  if (after_server == 0 || after_server == std::string_view::npos) {
    return false;
  }
  std::string_view share = server_and_rest.substr(after_server + 1);
  share = share.substr(0, share.find('\\'));
  return !share.empty() && !base::equals_ignore_case(share, "pipe") &&
         !base::equals_ignore_case(share, "mailslot") && !base::equals_ignore_case(share, "ipc$");
}

base::Result<std::wstring> full_path(const std::string& path) {
  const std::wstring relative = to_wide(path);
  std::wstring full(MAX_PATH, L'\0');
  for (;;) {
    const DWORD length =
        ::GetFullPathNameW(relative.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
    if (length == 0) {
      return last_os_error("resolve", path);
    }
    const bool fits = length < full.size();
    full.resize(length);
    if (fits) {
      return full;
    }
  }
}

}  // namespace

std::wstring to_wide(std::string_view utf8) {
  const std::u16string units = base::to_utf16(utf8);
  return {units.begin(), units.end()};
}

std::string from_wide(std::wstring_view text) {
  return base::from_utf16(std::u16string(text.begin(), text.end()));
}

base::Result<std::wstring> native_path(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return refused(path.empty() ? "An empty text" : "A text with a NUL character", "is no path");
  }
  std::string text = path;
  std::replace(text.begin(), text.end(), '/', '\\');
  // What is already verbatim is held to the same rules as the rest.
  if (text.starts_with(kVerbatimUnc)) {
    text.replace(0, kVerbatimUnc.size(), R"(\\)");
  } else if (text.starts_with(kVerbatim)) {
    text.erase(0, kVerbatim.size());
    if (!has_drive(text)) {
      return refused(path, "is not a path on a drive or share");
    }
  }
  const bool unc = text.starts_with(R"(\\)");
  if (text.starts_with(R"(\\.\)") || text.starts_with(R"(\\?)") ||
      (unc && !is_share(text.substr(2)))) {
    return refused(path, "is not a path on a drive or share");
  }
  if (std::string why =
          trouble_with_components(std::string_view(text).substr(has_drive(text) ? 2 : 0));
      !why.empty()) {
    return refused(path, why);
  }
  auto full = full_path(text);
  if (!full) {
    return full;
  }
  // A root keeps its separator: without it a drive means its current folder.
  if (full->ends_with(L'\\') && full->size() > 3) {
    full->pop_back();
  }
  return full->starts_with(L"\\\\") ? LR"(\\?\UNC)" + full->substr(1) : LR"(\\?\)" + *full;
}

}  // namespace cmgmon::platform
