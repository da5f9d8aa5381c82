#include "sinks/diary.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <array>
#include <atomic>
#include <exception>
#include <filesystem>
#include <utility>

#include "base/path.h"
#include "base/text.h"
#include "platform/files.h"

namespace cmgmon::sinks {

namespace {

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};

spdlog::level::level_enum spdlog_level(DiaryLevel level) {
  switch (level) {
    case DiaryLevel::kDebug:
      return spdlog::level::debug;
    case DiaryLevel::kInfo:
      return spdlog::level::info;
    case DiaryLevel::kWarning:
      return spdlog::level::warn;
    case DiaryLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// spdlog takes wide names on Windows (SPDLOG_WCHAR_FILENAMES) and bytes elsewhere, as does the native path.
spdlog::filename_t native_name(const std::string& utf8) {
  return std::filesystem::path(std::u8string(utf8.begin(), utf8.end())).native();
}

}  // namespace

std::optional<DiaryLevel> diary_level_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == name) {
      return static_cast<DiaryLevel>(i);
    }
  }
  return std::nullopt;
}

class Diary::Impl {
 public:
  explicit Impl(const DiaryOptions& options)
      : logger_("cmgmon", std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
                              native_name(options.path), options.max_size_bytes,
                              options.files > 0 ? options.files - 1 : 0)) {
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v", spdlog::pattern_time_type::utc));
    logger_.set_level(spdlog_level(options.level));
    logger_.flush_on(
        spdlog::level::trace);  // entries are few, and the last ones before a crash matter
    logger_.set_error_handler([this](const std::string&) { ++lost_; });
  }

  spdlog::logger logger_;
  std::atomic<std::uint64_t> lost_{0};
};

Diary::Diary(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Diary::~Diary() {
  flush();
}

base::Result<std::unique_ptr<Diary>> Diary::open(const DiaryOptions& options) {
  if (auto made = platform::create_folders(std::string(base::parent_path(options.path))); !made) {
    return made.error();
  }
  try {
    return std::unique_ptr<Diary>(new Diary(std::make_unique<Impl>(options)));
  } catch (const std::exception& problem) {
    return base::Error{
        base::ErrorKind::kIo, 0,
        "Cannot open the program's log " + options.path + ": " + base::printable(problem.what()),
        "Make the folder writable for the account the service runs as, or set log_folder"};
  }
}

void Diary::write(DiaryLevel level, std::string_view text) {
  const std::string line = base::printable(text);
  impl_->logger_.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

void Diary::flush() {
  impl_->logger_.flush();
}

std::uint64_t Diary::lost() const {
  return impl_->lost_;
}

}  // namespace cmgmon::sinks
