#include "recovery/demo_library.h"

#include <dlfcn.h>

#include <string>
#include <system_error>
#include <vector>

namespace xaodbc::recovery {
namespace {

constexpr const char* kName = "libxaodbc.so";

std::vector<std::filesystem::path> candidates(const std::filesystem::path& path) {
  if (!path.empty()) return {std::filesystem::absolute(path)};
  std::error_code error;
  const auto tool = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<std::filesystem::path> paths;
  for (const auto& directory : {tool, tool.parent_path() / "lib"}) {
    if (std::filesystem::exists(directory / kName, error)) paths.push_back(directory / kName);
  }
  paths.emplace_back(kName);
  return paths;
}

Result<void*> open_library(const std::filesystem::path& path) {
  std::string why;
  for (const auto& candidate : candidates(path)) {
    if (void* const handle = ::dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
    why = ::dlerror();
  }
  return failure(StatusCode::kMisconfigured, why + "; name it with --library");
}

}  // namespace

Result<DemoLibrary> DemoLibrary::load(const std::filesystem::path& path) {
  const auto handle = open_library(path);
  if (!handle) return failure(handle.error());
  DemoLibrary library;
  library.entries = static_cast<xa_switch_t*>(::dlsym(*handle, "xaodbc_switch"));
  library.connection =
      reinterpret_cast<decltype(library.connection)>(::dlsym(*handle, "xaodbc_connection"));
  library.last_error =
      reinterpret_cast<decltype(library.last_error)>(::dlsym(*handle, "xaodbc_last_error"));
  if (library.entries == nullptr || library.connection == nullptr ||
      library.last_error == nullptr) {
    return failure(StatusCode::kMisconfigured, "the library is no libxaodbc.so");
  }
  return library;
}

}  // namespace xaodbc::recovery
