#pragma once

#include <string>

#include "sqlite/schema.h"

namespace xaodbc::sqlite {

/// A column's affinity, as the type of a column that has it. In a STRICT table ANY is no NUMERIC.
std::string affinity_of(std::string type, bool strict);

/// Reads one table of the main database. What cannot be captured is noted as the table's refusal.
Status read_table(sqlite3* db, const std::string& name, const Layout& layout, Table& table);

}  // namespace xaodbc::sqlite
