#pragma once

#include "sqlite/branch.h"

namespace xaodbc::sqlite {

/// Gives a connection the SQL functions of PROTOCOL.md, which work on `branch` and own it. A result
/// code of SQLite; after a failure `branch` is gone.
int register_functions(sqlite3* db, Branch* branch);

}  // namespace xaodbc::sqlite
