#include "sqlite/preupdate.h"

#include <dlfcn.h>

namespace xaodbc::sqlite {
namespace {

// A driver is loaded with its own scope, so that the default one may have no SQLite, or another.
void* library_of_sqlite() {
  Dl_info info{};
  const auto address = reinterpret_cast<const void*>(sqlite3_api->open_v2);
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return nullptr;
  void* library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  // Compiled into the program, it goes by the program's name, which is not a library's.
  return library != nullptr ? library : dlopen(nullptr, RTLD_LAZY);
}

template <class Function>
void look_up(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
}

}  // namespace

PreupdateApi find_preupdate_api() {
  PreupdateApi api;
  void* library = library_of_sqlite();
  if (library == nullptr) return api;
  look_up(library, "sqlite3_preupdate_hook", api.hook);
  look_up(library, "sqlite3_preupdate_old", api.old_value);
  look_up(library, "sqlite3_preupdate_new", api.new_value);
  dlclose(library);
  return api;
}

}  // namespace xaodbc::sqlite
