#pragma once

#include <string>

#include "sqlite/foreign_keys.h"

namespace xaodbc::sqlite {

/// Commits a stored branch within the open transaction, compares what is then in the tables with
/// what the branch had in them, checks references, and undoes it all: a promise is only given for
/// what was seen to work. Finds the parents to be pinned.
Status try_branch(sqlite3* db, Schema& schema, const std::string& gid, const Changes& changes,
                  PinnedRows& pins);

}  // namespace xaodbc::sqlite
