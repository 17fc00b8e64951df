#pragma once

#include <string>

#include "sqlite/schema.h"

namespace xaodbc::sqlite {

enum class Decision { kCommit, kRollBack };
/// Whether it was prepared on this connection a moment ago, so that asking for it first is in vain.
enum class Expected { kNo, kYes };

/// Decides a prepared branch. `known` is false if no such branch is prepared in this database:
/// nothing was done. After a failure the list tells whether it is still prepared; the transaction
/// may be open if it could not be rolled back.
Status decide(sqlite3* db, Schema& schema, const std::string& gid, Decision decision,
              Expected expected, bool& known);

/// Ends the open transaction and whatever is left of it. After a failure it is still open.
Status roll_back(sqlite3* db);

}  // namespace xaodbc::sqlite
