#pragma once

#include <string>

#include "sqlite/schema.h"

namespace xaodbc::sqlite {

/// Reads one table of the main database. What cannot be captured is noted as the table's refusal.
Status read_table(sqlite3* db, const std::string& name, const Layout& layout, Table& table);

}  // namespace xaodbc::sqlite
