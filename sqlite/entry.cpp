// What SQLite calls when it loads the extension.

#include <exception>

#include "sqlite/functions.h"
#include "sqlite/statement.h"

SQLITE_EXTENSION_INIT1

namespace xaodbc::sqlite {
namespace {

/// pragma_table_list with its strict column, and JSON in every build.
constexpr int kOldestVersion = 3'038'000;

/// Connections are made in many threads, and each is handed the same table. False: it is another
/// one's, of a second SQLite in this process.
bool keep_api(const sqlite3_api_routines* api) {
  static const sqlite3_api_routines* const first = sqlite3_api = api;
  return api == first;
}

int complain(char** error, const char* text) {
  if (error != nullptr) *error = sqlite3_mprintf("xaodbc: %s", text);
  return SQLITE_ERROR;
}

int load(sqlite3* db, char** error) {
  if (sqlite3_libversion_number() < kOldestVersion) {
    return complain(error, "SQLite 3.38.0 or newer is needed");
  }
  const PreupdateApi api = find_preupdate_api();
  if (!api.is_there()) {
    return complain(error, "this SQLite was compiled without SQLITE_ENABLE_PREUPDATE_HOOK");
  }
  // Loaded once more on the same connection, which may have a branch at work.
  if (Statement(db, "SELECT xaodbc_version()").status().is_ok()) return SQLITE_OK;
  return register_functions(db, new Branch(db, api));
}

}  // namespace
}  // namespace xaodbc::sqlite

extern "C" {

__attribute__((visibility("default"))) int sqlite3_xaodbcsqlite_init(
    sqlite3* db, char** error, const sqlite3_api_routines* api) {
  if (!xaodbc::sqlite::keep_api(api)) {
    if (error != nullptr) *error = api->mprintf("xaodbc: another SQLite has loaded it already");
    return SQLITE_ERROR;
  }
  try {
    return xaodbc::sqlite::load(db, error);
  } catch (const std::exception&) {
    return SQLITE_NOMEM;
  }
}

/// For those who name the file and let SQLite guess the rest.
__attribute__((visibility("default"))) int sqlite3_extension_init(sqlite3* db, char** error,
                                                                  const sqlite3_api_routines* api) {
  return sqlite3_xaodbcsqlite_init(db, error, api);
}
}
