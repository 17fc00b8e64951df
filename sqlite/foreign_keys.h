#pragma once

#include <map>
#include <string>

#include "sqlite/changes.h"

namespace xaodbc::sqlite {

/// Rows that must stay as long as a branch is in doubt, table by table: a row that comes refers to
/// them.
struct Pins {
  const Table* table = nullptr;
  Rows rows;
};
using PinnedRows = std::map<std::string, Pins>;

/// With the changes applied: where `enforced`, that every new reference has its parent and every
/// key that went has no child; and which parents are to be pinned, being no part of the branch.
Status check_references(sqlite3* db, Schema& schema, const Changes& changes, bool enforced,
                        PinnedRows& pins);

}  // namespace xaodbc::sqlite
