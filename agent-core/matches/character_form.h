#pragma once
// How an ASCII character stands in the bytes of a file.

#include <cstddef>

#include "records/record.h"

namespace cmgmon::matches {

enum class CharacterForm { kOneByte, kLowHigh, kHighLow };
inline constexpr std::size_t kCharacterForms = 3;

inline CharacterForm form_in(records::Encoding encoding) {
  switch (encoding) {
    case records::Encoding::kUtf16Le:
      return CharacterForm::kLowHigh;
    case records::Encoding::kUtf16Be:
      return CharacterForm::kHighLow;
    default:
      return CharacterForm::kOneByte;
  }
}

// Bytes of a character.
inline std::size_t unit_of(CharacterForm form) {
  return form == CharacterForm::kOneByte ? 1 : 2;
}

}  // namespace cmgmon::matches
