#include "base/hash.h"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>

namespace cmgmon::base {

std::string stable_id(std::string_view name) {
  // The namespace of our names. Changing one digit of it would rename every incident there ever
  // was.
  static constexpr boost::uuids::uuid kNamespace = {{0x8f, 0x3a, 0x51, 0xd2, 0x0c, 0x67, 0x4e, 0x1b,
                                                     0x9a, 0x44, 0x27, 0xe0, 0xb5, 0x9c, 0x6d,
                                                     0x18}};
  const boost::uuids::uuid id =
      boost::uuids::name_generator_sha1(kNamespace)(name.data(), name.size());
  std::string text;
  text.reserve(2 * id.size());
  for (const std::uint8_t byte : id) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

std::uint64_t content_hash(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

}  // namespace cmgmon::base
