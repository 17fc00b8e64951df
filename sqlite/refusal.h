#pragma once

#include "sqlite/schema.h"

namespace xaodbc::sqlite {

/// Looks for what makes it impossible to capture the table's rows exactly, beyond its structure,
/// and notes it as the table's refusal.
Status explain_refusal(sqlite3* db, Table& table);

/// A refusal for people: table, reason, next step.
Status refusal(const Table& table);

}  // namespace xaodbc::sqlite
