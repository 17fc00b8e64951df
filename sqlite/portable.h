#pragma once

#include "sqlite/schema.h"

namespace xaodbc::sqlite {

/// A branch is finished by other processes, which do not have the functions and collations that
/// this application gave its connection. Builds the table in a connection that has nothing, and
/// notes what is missing there as the table's refusal.
Status look_for_strangers(sqlite3* db, Table& table);

}  // namespace xaodbc::sqlite
