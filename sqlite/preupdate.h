#pragma once

#include "sqlite/api.h"

namespace xaodbc::sqlite {

/// SQLite's look at a row before it changes. These functions are not in the table that extensions
/// get, and not in every SQLite; they are looked up in the library that the table points into.
struct PreupdateApi {
  using Callback = void (*)(void* context, sqlite3* db, int operation, const char* database,
                            const char* table, sqlite3_int64 old_rowid, sqlite3_int64 new_rowid);
  void* (*hook)(sqlite3* db, Callback callback, void* context) = nullptr;
  int (*old_value)(sqlite3* db, int column, sqlite3_value** value) = nullptr;
  int (*new_value)(sqlite3* db, int column, sqlite3_value** value) = nullptr;

  [[nodiscard]] bool is_there() const {
    return hook != nullptr && old_value != nullptr && new_value != nullptr;
  }
};

PreupdateApi find_preupdate_api();

}  // namespace xaodbc::sqlite
