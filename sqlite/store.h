#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <utility>

#include "sqlite/changes.h"

namespace xaodbc::sqlite {

/// What prepared branches have in the file: rows in side tables and a line in the list.
constexpr int kFormat = 1;

/// Rows beside their table, each image by its kind.
Status store_rows(sqlite3* db, const std::string& gid, const Table& table,
                  std::initializer_list<std::pair<const char*, const Rows*>> images);
Status store_branch(sqlite3* db, const std::string& gid, const std::set<std::string>& tables);

/// Whether a branch is in the list. The schema is as of this transaction.
Status is_listed(sqlite3* db, const Schema& schema, const std::string& gid, bool& listed);

/// The tables in whose side tables a branch has rows. `known` is false if it is not in the list.
Status find_branch(sqlite3* db, const Schema& schema, const std::string& gid, bool& known,
                   std::set<std::string>& tables);

/// Takes everything of a branch out of the file.
Status forget_branch(sqlite3* db, const std::string& gid, const std::set<std::string>& tables);

}  // namespace xaodbc::sqlite
