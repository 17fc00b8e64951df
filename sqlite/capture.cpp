#include "sqlite/capture.h"

#include <exception>

namespace xaodbc::sqlite {
namespace {

using ReadColumn = int (*)(sqlite3* db, int column, sqlite3_value** value);

bool note_key(sqlite3* db, ReadColumn read, const Layout& layout, TouchedRows& rows) {
  Row key;
  for (const int column : layout.key_columns) {
    sqlite3_value* value = nullptr;
    if (read(db, column, &value) != SQLITE_OK) return false;
    key.push_back(read_value(value));
  }
  std::string encoded = encode(key);
  rows.keys.emplace(std::move(encoded), std::move(key));
  return true;
}

}  // namespace

void Capture::note(sqlite3* db, const PreupdateApi& api, const Schema& schema,
                   const Change& change) try {
  const Layout* layout = schema.layout(change.table);
  if (layout == nullptr) {
    failed_ = true;
    return;
  }
  auto found = tables_.find(std::string_view(change.table));
  if (found == tables_.end()) found = tables_.try_emplace(change.table).first;
  TouchedRows& rows = found->second;
  const bool had = change.operation != SQLITE_INSERT;
  const bool has = change.operation != SQLITE_DELETE;
  if (!layout->without_rowid) {
    if (had) rows.rowids.insert(change.old_rowid);
    if (has) rows.rowids.insert(change.new_rowid);
    return;
  }
  if (had && !note_key(db, api.old_value, *layout, rows)) failed_ = true;
  if (has && !note_key(db, api.new_value, *layout, rows)) failed_ = true;
} catch (const std::exception&) {
  failed_ = true;
}

void Capture::clear() {
  tables_.clear();
  failed_ = false;
}

}  // namespace xaodbc::sqlite
