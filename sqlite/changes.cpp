#include "sqlite/changes.h"

#include "sqlite/mutant.h"

namespace xaodbc::sqlite {
namespace {

Status add_found(const Table& table, Statement& query, Rows& rows) {
  while (query.next()) {
    Row row = query.row();
    const Row key = key_of(row, table.primary);
    for (const Value& value : key) {
      if (is_null(value)) {
        return Status::refused("table " + table.name +
                               " has a row with NULL in its primary key; such a row cannot be part "
                               "of a two-phase branch");
      }
    }
    std::string place = encode(key);
    if (is_mutant(Mutant::kTwinImages)) place += std::to_string(rows.size());
    rows.insert_or_assign(std::move(place), std::move(row));
  }
  const Status status = query.status();
  query.reset();
  return status;
}

}  // namespace

Row key_of(const Row& row, const Key& key) {
  Row values;
  for (const std::size_t column : key.columns) values.push_back(row.at(column));
  return values;
}

std::string key_condition(const Table& table, const Key& key) {
  std::string condition;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const Column& column = table.columns.at(key.columns[i]);
    condition += (i == 0 ? "" : " AND ") +
                 compared(quoted(column.name), column.collation, key.collations.at(i)) + " = ?";
  }
  return condition;
}

RowReader::RowReader(sqlite3* db, const Table& table)
    : table_(table),
      query_(db, "SELECT " + table.column_list() + " FROM main." + quoted(table.name) + " WHERE " +
                     (table.without_rowid ? key_condition(table, table.primary)
                                          : table.rowid + " = ?")) {}

Status RowReader::read(const TouchedRows& touched, Rows& rows) {
  for (const std::int64_t rowid : touched.rowids) {
    query_.bind(Value(rowid));
    if (Status status = add_found(table_, query_, rows); !status.is_ok()) return status;
  }
  for (const auto& [encoded, key] : touched.keys) {
    query_.bind(key);
    if (Status status = add_found(table_, query_, rows); !status.is_ok()) return status;
  }
  return query_.status();
}

void keep_differences(TableChanges& changes) {
  for (auto row = changes.before.begin(); row != changes.before.end();) {
    const auto after = changes.after.find(row->first);
    if (after == changes.after.end() || encode(after->second) != encode(row->second)) {
      ++row;
      continue;
    }
    changes.after.erase(after);
    row = changes.before.erase(row);
  }
}

}  // namespace xaodbc::sqlite
