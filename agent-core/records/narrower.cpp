#include "records/narrower.h"

#include <cstddef>

namespace cmgmon::records {

std::string Narrower::narrow(std::string_view bytes) {
  std::string whole = std::move(waiting_);
  whole += bytes;
  std::size_t end = whole.size() - whole.size() % 2;
  if (end >= 2) {
    const std::size_t high_byte = order_ == base::ByteOrder::kBig ? end - 2 : end - 1;
    if ((static_cast<unsigned char>(whole[high_byte]) & 0xFCU) == 0xD8U) {
      end -= 2;  // the first half of a pair
    }
  }
  waiting_ = whole.substr(end);
  whole.resize(end);
  return base::decode_utf16(whole, order_);
}

}  // namespace cmgmon::records
