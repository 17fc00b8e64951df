#include "odbc/own_directory.h"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>

namespace xaodbc::odbc {

std::string own_directory() {
  Dl_info self{};
  if (dladdr(reinterpret_cast<void*>(&own_directory), &self) == 0) return "";
  std::error_code none;
  return std::filesystem::canonical(self.dli_fname, none).parent_path().string();
}

}  // namespace xaodbc::odbc
