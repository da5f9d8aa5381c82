#include "base/result.h"

#include <stdexcept>

namespace cmgmon::base {

std::string describe(const Error& error) {
  return error.remedy.empty() ? error.message : error.message + ". " + error.remedy;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                         ": unchecked error: " + describe(error));
}

}  // namespace cmgmon::base
