#pragma once

#include <map>
#include <string>

#include "sqlite/capture.h"
#include "sqlite/schema.h"
#include "sqlite/statement.h"
#include "sqlite/value.h"

namespace xaodbc::sqlite {

/// Stored rows by the encoding of their primary key as it is stored, so that each row is here once.
using Rows = std::map<std::string, Row>;

struct TableChanges {
  const Table* table = nullptr;
  Rows before;
  Rows after;
};

/// What a branch changes, table by table: the rows that go and the rows that come.
using Changes = std::map<std::string, TableChanges>;

/// Reads touched rows as they are at the time.
class RowReader {
 public:
  RowReader(sqlite3* db, const Table& table);
  Status read(const TouchedRows& touched, Rows& rows);

 private:
  const Table& table_;
  Statement query_;
};

/// Leaves only rows that differ.
void keep_differences(TableChanges& changes);

/// A row's values in the columns of a key.
Row key_of(const Row& row, const Key& key);

/// `"a" = ? AND "b" = ?` as the key compares, for columns of the table.
std::string key_condition(const Table& table, const Key& key);

}  // namespace xaodbc::sqlite
