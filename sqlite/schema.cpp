#include "sqlite/schema.h"

#include <algorithm>

#include "sqlite/refusal.h"
#include "sqlite/settings.h"
#include "sqlite/statement.h"
#include "sqlite/table_reader.h"

namespace xaodbc::sqlite {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         sqlite3_strnicmp(a.data(), b.data(), static_cast<int>(a.size())) == 0;
}

std::string compared(const std::string& column, const std::string& declared,
                     const std::string& collation) {
  if (same_name(declared, collation)) return column;
  return column + " COLLATE " + quoted(collation);
}

std::string collation_of(const Table& parent, const ForeignKey& key, std::size_t place) {
  const std::size_t column = parent.index_of(key.to.at(place));
  for (std::size_t i = 0; key.to_primary && i < parent.primary.columns.size(); ++i) {
    if (parent.primary.columns[i] == column) return parent.primary.collations.at(i);
  }
  return parent.columns.at(column).collation;
}

std::size_t Table::index_of(std::string_view column) const {
  std::size_t index = 0;
  while (index < columns.size() && !same_name(columns[index].name, column)) ++index;
  return index;
}

bool Table::has_column(std::string_view column) const {
  const auto is_it = [column](const std::string& known) { return same_name(known, column); };
  return index_of(column) < columns.size() || std::ranges::any_of(generated, is_it);
}

std::string Table::column_list() const {
  std::string list;
  for (const Column& column : columns) list += (list.empty() ? "" : ", ") + quoted(column.name);
  return list;
}

namespace {

Status read_version(sqlite3* db, const char* sql, std::int64_t& version) {
  Statement query(db, sql);
  version = query.next() ? query.integer(0) : -1;
  return query.status();
}

}  // namespace

Status Schema::refresh_temp() {
  std::int64_t version = -1;
  Status status = read_version(db_, "PRAGMA temp.schema_version", version);
  if (!status.is_ok() || version == temp_version_) return status;
  status = check_temp_triggers(db_);
  if (status.is_ok()) temp_version_ = version;
  return status;
}

Status Schema::refresh() {
  if (Status status = refresh_temp(); !status.is_ok()) return status;
  std::int64_t version = -1;
  Status read = read_version(db_, "PRAGMA main.schema_version", version);
  if (!read.is_ok() || version == version_) return read;
  forget();
  for (Status status : {check_encoding(db_), read_layouts(), look_for_checks()}) {
    if (!status.is_ok()) return status;
  }
  version_ = version;
  return Status::ok();
}

void Schema::forget() {
  version_ = -1;
  has_checks_ = true;
  layouts_.clear();
  tables_.clear();
  fenced_.clear();
}

namespace {

Status read_key_layout(sqlite3* db, const std::string& table, Layout& layout) {
  Statement columns(db, "SELECT type, pk FROM pragma_table_xinfo(?1, 'main') ORDER BY cid");
  columns.bind(table);
  std::vector<bool> reals;
  std::map<std::int64_t, int> key;
  while (columns.next()) {
    if (columns.integer(1) > 0) key.emplace(columns.integer(1), static_cast<int>(reals.size()));
    reals.push_back(affinity_of(columns.text(0), false) == "REAL");
  }
  // The columns of the key are the first that its rows store: SQLite 3.40.1 takes the affinity of
  // the column of the table that has the same place.
  for (const auto& [place, number] : key) {
    const bool is_real = reals[static_cast<std::size_t>(number)];
    const auto same_place = static_cast<std::size_t>(place - 1);
    const bool taken_for_real = same_place < reals.size() && reals[same_place];
    layout.key.push_back({number, taken_for_real && !is_real});
  }
  return columns.status();
}

}  // namespace

Status Schema::read_layouts() {
  Statement tables(db_,
                   "SELECT name, type, wr FROM pragma_table_list "
                   "WHERE schema = 'main' AND type <> 'view'");
  while (tables.next()) {
    Layout layout;
    layout.is_ordinary = tables.text(1) == "table";
    layout.without_rowid = tables.integer(2) != 0;
    if (layout.without_rowid) {
      Status status = read_key_layout(db_, tables.text(0), layout);
      if (!status.is_ok()) return status;
    }
    layouts_.emplace(tables.text(0), std::move(layout));
  }
  return tables.status();
}

Status Schema::look_for_checks() {
  Statement query(db_, "SELECT 1 FROM main.sqlite_schema WHERE instr(upper(sql), 'CHECK') LIMIT 1");
  has_checks_ = query.next();
  return query.status();
}

const Layout* Schema::layout(std::string_view table) const {
  const auto found = layouts_.find(table);
  return found == layouts_.end() ? nullptr : &found->second;
}

Status Schema::find(const std::string& name, const Table** table) {
  *table = nullptr;
  if (const auto found = tables_.find(name); found != tables_.end()) {
    *table = &found->second;
    return Status::ok();
  }
  for (const auto& [known, layout] : layouts_) {
    if (!same_name(known, name)) continue;
    Table read;
    if (Status status = read_table(db_, known, layout, read); !status.is_ok()) return status;
    if (Status status = explain_refusal(db_, read); !status.is_ok()) return status;
    *table = &tables_.insert_or_assign(name, std::move(read)).first->second;
  }
  return Status::ok();
}

}  // namespace xaodbc::sqlite
