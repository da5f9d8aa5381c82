#include "support/temp_folder.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>

namespace cmgmon::support {
namespace {

std::filesystem::path to_path(std::string_view utf8) {
  return std::filesystem::path(std::u8string(utf8.begin(), utf8.end()));
}

std::string to_utf8(const std::filesystem::path& path) {
  const std::u8string text = path.u8string();
  return std::string(text.begin(), text.end());
}

void write_bytes(const std::filesystem::path& path, std::string_view bytes,
                 std::ios::openmode mode) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | mode);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    throw std::runtime_error("cannot write " + to_utf8(path));
  }
}

}  // namespace

TempFolder::TempFolder() {
  std::random_device random;
  // Tests run beside each other in processes of their own: the name is drawn, and drawn again when
  // it is taken.
  for (int attempt = 0; attempt < 100; ++attempt) {
    const std::uint64_t drawn = (std::uint64_t{random()} << 32U) | random();
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("cmgmon-test-" + std::to_string(drawn));
    if (std::filesystem::create_directory(folder)) {
      path_ = to_utf8(folder);
      return;
    }
  }
  throw std::runtime_error("no name left for a temporary folder");
}

TempFolder::~TempFolder() {
  // A file that another process still holds on Windows stays behind: not this test's failure.
  std::error_code ignored;
  std::filesystem::remove_all(to_path(path_), ignored);
}

std::string TempFolder::file(std::string_view name) const {
  return to_utf8(to_path(path_) / to_path(name));
}

std::string TempFolder::write(std::string_view name, std::string_view bytes) const {
  write_bytes(to_path(file(name)), bytes, std::ios::trunc);
  return file(name);
}

void TempFolder::append(std::string_view name, std::string_view bytes) const {
  write_bytes(to_path(file(name)), bytes, std::ios::app);
}

std::string TempFolder::read(std::string_view name) const {
  std::ifstream in(to_path(file(name)), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace cmgmon::support
