#include "odbc/companion.h"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace xaodbc::odbc {
namespace {

namespace fs = std::filesystem;

/// Whether a line of /proc/self/maps, which begins with "from-to " in hexadecimal digits, is about
/// this address.
bool maps(std::string_view line, std::uintptr_t address) {
  std::uintptr_t from = 0, to = 0;
  const char* const end = line.data() + line.size();
  const auto first = std::from_chars(line.data(), end, from, 16);
  if (first.ec != std::errc() || first.ptr == end) return false;
  const auto second = std::from_chars(first.ptr + 1, end, to, 16);
  return second.ec == std::errc() && from <= address && address < to;
}

/// Of this library, or program, itself, with links followed; empty when it cannot be told. As the
/// kernel knows it: dladdr repeats the words by which it was loaded, which for a program that was
/// found in PATH are a bare name, and would be looked for where the process happens to work.
fs::path own_directory() {
  const auto self = reinterpret_cast<std::uintptr_t>(&own_directory);
  std::ifstream lines("/proc/self/maps");
  for (std::string line; std::getline(lines, line);) {
    const std::size_t path = line.find('/');
    if (maps(line, self) && path != std::string::npos) {
      return fs::path(line.substr(path)).parent_path();
    }
  }
  return {};
}

}  // namespace

std::string companion(std::string_view file) {
  const fs::path directory = own_directory();
  if (directory.empty()) return "";
  for (const fs::path& place : {directory, directory / XAODBC_LIBRARIES_FROM_PROGRAMS}) {
    std::error_code none;
    const fs::path found = fs::canonical(place / file, none);
    if (!found.empty()) return found.string();
  }
  return "";
}

}  // namespace xaodbc::odbc
