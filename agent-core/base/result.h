#pragma once
// How a failure travels between rooms: as a value that says what happened, where, and what to do.
//
// Errors:  nothing here throws, but Result::value() on an error does; ask has_value() first.

#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace cmgmon::base {

enum class ErrorKind {
  kNotFound,
  kAccessDenied,
  kBusy,  // sharing or lock violation, delete pending: try again, nothing is lost
  kFull,  // no space, or over a quota
  kExists,
  kInvalid,      // input that a person wrote and must correct
  kCorrupt,      // our own data came back damaged
  kUnsupported,  // not on this platform, or not this version
  kIo,           // everything else the operating system says
};

// One sentence for a person, with the path or value it is about, and what to do about it.
struct Error {
  ErrorKind kind = ErrorKind::kIo;
  int os_code = 0;  // errno or GetLastError(), 0 when the operating system had no part in it
  std::string message;
  std::string remedy{};  // may be empty
};

// "message. remedy" for logs and terminals.
std::string describe(const Error& error);

template <typename T>
using Result = boost::system::result<T, Error>;

// Marks an outcome that is dropped on purpose; `why` is for the reader.
template <typename T>
void ignore(const Result<T>& outcome, const char* why) {
  static_cast<void>(outcome);
  static_cast<void>(why);
}

// Called by Result::value() on an error: a bug of ours, never a way to report one.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

}  // namespace cmgmon::base
