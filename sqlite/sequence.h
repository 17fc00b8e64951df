#pragma once

#include <map>
#include <string>

#include "sqlite/schema.h"
#include "sqlite/status.h"
#include "sqlite/value.h"

namespace xaodbc::sqlite {

/// The last numbers that AUTOINCREMENT gave out, by table. They stay given out while the branch
/// that got them is in doubt, and after it, so that nobody else gets the same.
using Sequences = std::map<std::string, Value>;

Status read_sequence(sqlite3* db, const Schema& schema, const std::string& table,
                     Sequences& sequences);
Status keep_sequences(sqlite3* db, const Sequences& sequences);

}  // namespace xaodbc::sqlite
