#pragma once

#include <string>

#include "sqlite/schema.h"

namespace xaodbc::sqlite {

enum class Decision { kCommit, kRollBack };

/// Decides a prepared branch. `known` is false if no such branch is prepared in this database:
/// nothing was done. After a failure it is still prepared, unless the text says otherwise.
Status decide(sqlite3* db, Schema& schema, const std::string& gid, Decision decision, bool& known);

/// Ends the open transaction and whatever is left of it.
void roll_back(sqlite3* db);

}  // namespace xaodbc::sqlite
