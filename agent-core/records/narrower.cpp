#include "records/narrower.h"

namespace cmgmon::records {

void Narrower::restart(base::ByteOrder order) {
  order_ = order;
  waiting_.clear();
}

std::string_view Narrower::narrow(std::string_view bytes) {
  waiting_ += bytes;
  const std::string_view whole = waiting_;
  const std::size_t high = order_ == base::ByteOrder::kBig ? 0 : 1;
  std::size_t end = whole.size() - whole.size() % 2;
  if (end >= 2 && (static_cast<unsigned char>(whole[end - 2 + high]) & 0xFCU) == 0xD8U) {
    end -= 2;  // the first half of a pair
  }
  const auto is_ascii = [&](std::size_t at) {
    return whole[at + high] == '\0' && static_cast<unsigned char>(whole[at + 1 - high]) < 0x80;
  };
  text_.clear();
  for (std::size_t at = 0; at < end;) {
    const std::size_t start = at;
    while (at < end && is_ascii(at)) {
      at += 2;
    }
    const std::size_t before = text_.size();
    text_.resize(before + (at - start) / 2);
    for (std::size_t i = 0; i < (at - start) / 2; ++i) {
      text_[before + i] = whole[start + 2 * i + 1 - high];
    }
    const std::size_t others = at;
    while (at < end && !is_ascii(at)) {
      at += 2;
    }
    if (at > others) {
      text_ += base::decode_utf16(whole.substr(others, at - others), order_);
    }
  }
  waiting_.erase(0, end);
  return text_;
}

void Narrower::release_spare(std::size_t most_bytes) {
  for (std::string* text : {&waiting_, &text_}) {
    if (text->capacity() > most_bytes) {
      text->resize(text == &text_ ? 0 : text->size());
      text->shrink_to_fit();
    }
  }
}

}  // namespace cmgmon::records
