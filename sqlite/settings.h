#pragma once

#include "sqlite/status.h"

namespace xaodbc::sqlite {

/// What branches need of a connection and nobody else notices. To be called before a transaction.
Status adjust_settings(sqlite3* db);

/// Whether what is committed through this connection outlives a loss of power, and whether nothing
/// on it stands in the way of branches. To be called in an open transaction.
Status check_settings(sqlite3* db);
/// The rest of it, which cannot change while the schema of TEMP, and that of the file, does not.
Status check_temp_triggers(sqlite3* db);
Status check_encoding(sqlite3* db);

}  // namespace xaodbc::sqlite
