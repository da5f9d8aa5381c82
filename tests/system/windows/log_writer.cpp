// Writes a connector log the way a Windows program does, holding it open, and rolls it over; told by its standard input
// what to do, one letter a line:
//
//   w    write a healthy record and then a failure with a status phrase of its own (CMGConnector_Numbered1, 2, ...)
//   r    roll over: close, rename to .lo_, make a new file
//   t    roll over: copy to .lo_, cut the file to nothing, go on in it
//
//   log_writer FILE
//
// Prints how often Windows refused it something, because somebody else had the file open in the wrong way or for any
// other reason: "refused 0".

#include <windows.h>

#include <filesystem>
#include <iostream>
#include <string>

namespace {

class Log {
 public:
  explicit Log(const std::filesystem::path& path)
      : path_(path), history_(std::filesystem::path(path).replace_extension(L".lo_")) {
    open(OPEN_ALWAYS);
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() { close(); }

  void write() {
    ++number_;
    append("Maintaining connections...");
    append("Received response https://mp1.corp.contoso.com/CCM_STS for message m-" +
           std::to_string(number_) + ": HTTP/1.1 599 CMGConnector_Numbered" +
           std::to_string(number_));
  }

  void rename() {
    close();
    expect(MoveFileExW(path_.c_str(), history_.c_str(), MOVEFILE_REPLACE_EXISTING) != 0, "rename");
    open(CREATE_NEW);
  }

  void copy_and_truncate() {
    expect(CopyFileW(path_.c_str(), history_.c_str(), FALSE) != 0, "copy");
    expect(SetFilePointer(file_, 0, nullptr, FILE_BEGIN) == 0 && SetEndOfFile(file_) != 0,
           "truncate");
  }

  int refused() const { return refused_; }

 private:
  // As strict as a writer can be that lets others read: a reader that locks out anything is found out.
  void open(DWORD how) {
    file_ = CreateFileW(path_.c_str(), GENERIC_WRITE, FILE_SHARE_READ, nullptr, how,
                        FILE_ATTRIBUTE_NORMAL, nullptr);
    expect(file_ != INVALID_HANDLE_VALUE, "open");
    SetFilePointer(file_, 0, nullptr, FILE_END);
  }

  void close() { CloseHandle(file_); }

  void append(const std::string& message) {
    const std::string record =
        message +
        "~~  $$<SMS_CLOUD_PROXYCONNECTOR><03-01-2026 10:00:00.000+000><thread=6124 (0x17EC)>\r\n";
    DWORD written = 0;
    expect(WriteFile(file_, record.data(), static_cast<DWORD>(record.size()), &written, nullptr) !=
                   0 &&
               written == record.size(),
           "write");
  }

  void expect(bool done, const char* what) {
    if (!done) {
      const DWORD error = GetLastError();  // before the stream changes it
      std::cerr << "cannot " << what << ": error " << error << '\n';
      ++refused_;
    }
  }

  std::filesystem::path path_;
  std::filesystem::path history_;
  HANDLE file_ = INVALID_HANDLE_VALUE;
  int number_ = 0;
  int refused_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: log_writer FILE\n";
    return 2;
  }
  Log log(argv[1]);
  for (std::string line; std::getline(std::cin, line);) {
    switch (line.empty() ? ' ' : line.front()) {
      case 'w':
        log.write();
        break;
      case 'r':
        log.rename();
        break;
      case 't':
        log.copy_and_truncate();
        break;
      default:
        break;
    }
  }
  std::cout << "refused " << log.refused() << '\n';
  return log.refused() == 0 ? 0 : 1;
}
