#include <windows.h>

#include <utility>

#include "platform/event_log.h"
#include "platform/native_path.h"
#include "platform/os_error.h"

namespace cmgmon::platform {
namespace {

WORD native_type(EventType type) {
  switch (type) {
    case EventType::kError:
      return EVENTLOG_ERROR_TYPE;
    case EventType::kWarning:
      return EVENTLOG_WARNING_TYPE;
    case EventType::kInformation:
      break;
  }
  return EVENTLOG_INFORMATION_TYPE;
}

class WindowsEventLog final : public EventLog {
 public:
  explicit WindowsEventLog(std::string source) : source_(std::move(source)) {}
  WindowsEventLog(const WindowsEventLog&) = delete;
  WindowsEventLog& operator=(const WindowsEventLog&) = delete;
  ~WindowsEventLog() override { close(); }

  base::Result<void> open() {
    handle_ = ::RegisterEventSourceW(nullptr, to_wide(source_).c_str());
    if (handle_ == nullptr) {
      return error("open the Event Log source");
    }
    return {};
  }

  base::Result<void> report(const EventRecord& record) override {
    if (handle_ != nullptr && write(record)) {
      return {};
    }
    // The handle does not survive a restart of the Event Log service.
    close();
    if (auto opened = open(); !opened) {
      return opened;
    }
    if (!write(record)) {
      return error("write to the Event Log as");
    }
    return {};
  }

 private:
  bool write(const EventRecord& record) const {
    std::vector<std::wstring> strings;
    strings.reserve(record.strings.size());
    for (const std::string& text : record.strings) {
      strings.push_back(to_wide(text));
    }
    std::vector<const wchar_t*> pointers;
    pointers.reserve(strings.size());
    for (const std::wstring& text : strings) {
      pointers.push_back(text.c_str());
    }
    return ::ReportEventW(handle_, native_type(record.type), record.category,
                          event_identifier(record), nullptr, static_cast<WORD>(pointers.size()), 0,
                          pointers.empty() ? nullptr : pointers.data(), nullptr) != 0;
  }

  base::Error error(const char* action) const {
    base::Error failed = last_os_error(action, source_);
    failed.remedy = failed.kind == base::ErrorKind::kFull
                        ? "Raise the size of the Application log or let it overwrite old events"
                        : "Check that the Windows Event Log service is running";
    return failed;
  }

  void close() {
    if (handle_ != nullptr) {
      ::DeregisterEventSource(std::exchange(handle_, nullptr));
    }
  }

  std::string source_;
  HANDLE handle_ = nullptr;
};

}  // namespace

base::Result<std::unique_ptr<EventLog>> open_event_log(const std::string& source) {
  auto log = std::make_unique<WindowsEventLog>(source);
  // The Event Log service may come up after ours; what waits for it must not be given up meanwhile.
  base::ignore(log->open(), "report() opens it again, and says why it cannot");
  return base::Result<std::unique_ptr<EventLog>>(std::move(log));
}

}  // namespace cmgmon::platform
