#pragma once

#include <sqlite3ext.h>

// SQLite's functions, as the SQLite that loaded the extension has them: the names of sqlite3.h are
// macros that go through this table. Set in entry.cpp.
extern const sqlite3_api_routines* sqlite3_api;
