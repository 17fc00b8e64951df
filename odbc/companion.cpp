#include "odbc/companion.h"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>

namespace xaodbc::odbc {
namespace {

namespace fs = std::filesystem;

/// Of this library, or program, itself, with links followed; empty when it cannot be told.
fs::path own_directory() {
  Dl_info self{};
  if (dladdr(reinterpret_cast<void*>(&own_directory), &self) == 0) return {};
  std::error_code none;
  return fs::canonical(self.dli_fname, none).parent_path();
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
