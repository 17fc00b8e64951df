#include "sqlite/capture.h"

#include <cmath>
#include <exception>

namespace xaodbc::sqlite {
namespace {

using ReadColumn = int (*)(sqlite3* db, int column, sqlite3_value** value);

bool read_key(sqlite3* db, ReadColumn read, const Layout& layout, Row& key) {
  for (const KeyColumn& column : layout.key) {
    sqlite3_value* value = nullptr;
    if (read(db, column.number, &value) != SQLITE_OK) return false;
    key.push_back(read_value(value));
  }
  return true;
}

/// sqlite3_preupdate_old of SQLite 3.40.1 tells an integer of a key as a real where another column
/// has the affinity REAL (KeyColumn). From 2^53 on two integers are the same real.
bool is_exact(const Layout& layout, const Row& old_key) {
  constexpr double kFirstInexact = 9007199254740992.0;
  for (std::size_t i = 0; i < old_key.size(); ++i) {
    const auto* real = std::get_if<double>(&old_key[i]);
    const bool large = real != nullptr && std::abs(*real) >= kFirstInexact;
    if (layout.key[i].rounded && large) return false;
  }
  return true;
}

void add(TouchedRows& rows, Row key) {
  std::string encoded = encode(key);
  rows.keys.emplace(std::move(encoded), std::move(key));
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
  Row old_key, new_key;
  if (had && !read_key(db, api.old_value, *layout, old_key)) failed_ = true;
  if (has && !read_key(db, api.new_value, *layout, new_key)) failed_ = true;
  if (!is_exact(*layout, old_key)) inexact_table_ = change.table;
  if (had) add(rows, std::move(old_key));
  if (has) add(rows, std::move(new_key));
} catch (const std::exception&) {
  failed_ = true;
}

void Capture::clear() {
  tables_.clear();
  inexact_table_.clear();
  failed_ = false;
}

}  // namespace xaodbc::sqlite
