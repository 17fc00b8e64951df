#include "conformance/switch_library.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <string>

namespace xaodbc::conformance {
namespace {

/// A symbol of a shared library has no type that C++ would check: what is called and is data, or is
/// read and is code, ends the program without a word.
enum class Kind { kFunction, kData, kUnknown };

Kind kind_of(const void* found) {
  Dl_info info{};
  void* entry = nullptr;
  if (::dladdr1(found, &info, &entry, RTLD_DL_SYMENT) == 0 || entry == nullptr) {
    return Kind::kUnknown;
  }
  if (info.dli_saddr != found) return Kind::kUnknown;
  switch (ELF64_ST_TYPE(static_cast<const ElfW(Sym)*>(entry)->st_info)) {
    case STT_FUNC:
    case STT_GNU_IFUNC:
      return Kind::kFunction;
    case STT_OBJECT:
      return Kind::kData;
    default:
      return Kind::kUnknown;
  }
}

/// Where the library does not tell what the symbol is, the command line is believed.
Result<void*> find(void* library, const std::string& symbol, Kind wanted,
                   const std::string& advice) {
  dlerror();
  void* const found = dlsym(library, symbol.c_str());
  if (found == nullptr) {
    const char* const why = dlerror();
    return failure(StatusCode::kMisconfigured,
                   why != nullptr ? why : "the symbol " + symbol + " is null");
  }
  const Kind kind = kind_of(found);
  if (kind == Kind::kUnknown || kind == wanted) return found;
  const auto* const is =
      kind == Kind::kData ? " is data, not a function; " : " is a function, not data; ";
  return failure(StatusCode::kMisconfigured, symbol + is + advice);
}

Result<xa_switch_t*> find_switch(void* library, const Options& options) {
  if (options.getter.empty()) {
    const auto& symbol = options.switch_symbol;
    return find(library, symbol, Kind::kData, "if it returns the switch, give --getter " + symbol)
        .map([](void* found) { return static_cast<xa_switch_t*>(found); });
  }
  const auto getter = find(library, options.getter, Kind::kFunction,
                           "if it is the switch, give --switch " + options.getter);
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
  const auto connection =
      find(library, options.sql_connection, Kind::kFunction, "--sql-connection needs a function");
  if (!connection) return failure(connection.error());
  loaded.connection = reinterpret_cast<void* (*)(int)>(*connection);
  return loaded;
}

}  // namespace xaodbc::conformance
