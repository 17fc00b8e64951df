#include "conformance/switch_library.h"

#include <dlfcn.h>

#include <string>

namespace xaodbc::conformance {
namespace {

Result<void*> find(void* library, const std::string& symbol) {
  dlerror();
  void* const found = dlsym(library, symbol.c_str());
  if (found == nullptr) {
    const char* const why = dlerror();
    return failure(StatusCode::kMisconfigured,
                   why != nullptr ? why : "the symbol " + symbol + " is null");
  }
  return found;
}

Result<xa_switch_t*> find_switch(void* library, const Options& options) {
  if (options.getter.empty()) {
    return find(library, options.switch_symbol).map([](void* found) {
      return static_cast<xa_switch_t*>(found);
    });
  }
  const auto getter = find(library, options.getter);
  if (!getter) return failure(getter.error());
  auto* const found = reinterpret_cast<xa_switch_t* (*)()>(*getter)();
  if (found == nullptr) {
    return failure(StatusCode::kMisconfigured, options.getter + "() answered no switch");
  }
  return found;
}

}  // namespace

Result<SwitchLibrary> load_switch(const Options& options) {
  void* const library = dlopen(options.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return failure(StatusCode::kMisconfigured, dlerror());
  SwitchLibrary loaded;
  const auto entries = find_switch(library, options);
  if (!entries) return failure(entries.error());
  loaded.entries = *entries;
  if (options.sql_connection.empty()) return loaded;
  const auto connection = find(library, options.sql_connection);
  if (!connection) return failure(connection.error());
  loaded.connection = reinterpret_cast<void* (*)(int)>(*connection);
  return loaded;
}

}  // namespace xaodbc::conformance
