#pragma once

#include <string>
#include <vector>

#include "sqlite/schema.h"
#include "sqlite/side_table.h"

namespace xaodbc::sqlite {

/// Fences keep rows and keys of prepared branches from everybody, with or without this extension:
/// they are triggers in plain SQL. They fire after a change and undo its statement, because only
/// then all of it is known: what a default put in place of NULL, which number a row was given.
/// INSERT OR REPLACE does not get past them: the new row shares a key with the one it replaced, or
/// its hidden rowid, which is looked at before.
std::vector<Definition> fence_definitions(const Table& table);

/// A child must not refer to a key of `parent` that will be gone. `key` is one of its children.
std::vector<Definition> reference_fences(const Table& parent, const ForeignKey& key);

/// Side table and fences of `table`, and with `children` those of what refers to it, as they must
/// be for the table as it is now. What is there already stays; an open transaction is needed.
Status install_fences(sqlite3* db, Schema& schema, const Table& table, bool children);

/// A condition in SQL on the text of a trigger. Its name does not tell: an application may call its
/// own as it pleases.
std::string is_fence(const std::string& text);

/// The list of branches.
Status install_list(sqlite3* db, const Schema& schema);

}  // namespace xaodbc::sqlite
