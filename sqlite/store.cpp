#include "sqlite/store.h"

#include <array>
#include <cmath>
#include <ctime>

#include "sqlite/mutant.h"
#include "sqlite/side_table.h"
#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

Row lossy(Row row) {
  for (Value& value : row) {
    const auto* real = std::get_if<double>(&value);
    if (real != nullptr && std::abs(*real) < 1e6 && std::floor(*real) == *real) {
      value = static_cast<std::int64_t>(*real);
    }
  }
  return row;
}

/// The list of a branch's tables is taken apart by functions that are no tables: in place of
/// json_each SQLite takes a table of that name, if somebody makes one.
constexpr const char* kFind =
    "SELECT format, json_array_length(tables), json_extract(tables, '$[0]'), tables "
    "FROM main.xaodbc_branch WHERE gid = ?";
constexpr const char* kFurtherTable = "SELECT json_extract(?1, '$[' || ?2 || ']')";

/// SQLite has a function for it that takes longer to compile than the rest of the statement.
std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  std::array<char, 32> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &parts));
  return {text.data(), size};
}

/// Many are rows and no arguments, of which a function may have a hundred or so.
std::string array_of(const std::set<std::string>& tables) {
  if (tables.empty()) return "'[]'";
  if (tables.size() == 1) return "json_array(" + literal(*tables.begin()) + ")";
  std::string rows;
  for (const std::string& table : tables) {
    rows += (rows.empty() ? "VALUES(" : ", (") + literal(table) + ")";
  }
  return "(SELECT json_group_array(column1) FROM (" + rows + "))";
}

}  // namespace

Status store_rows(sqlite3* db, const std::string& gid, const Table& table,
                  std::initializer_list<std::pair<const char*, const Rows*>> images) {
  std::string columns = "xa_gid, xa_kind", marks = "?, ?";
  for (const Column& column : table.columns) {
    columns += ", " + side_column(column.name);
    marks += ", ?";
  }
  Statement insert(
      db, "INSERT INTO main." + side_table(table.name) + "(" + columns + ") VALUES(" + marks + ")");
  for (const auto& [kind, rows] : images) {
    for (const auto& [key, row] : *rows) {
      insert.bind(gid).bind(kind).bind(is_mutant(Mutant::kLossyImages) ? lossy(row) : row);
      if (Status status = insert.run(); !status.is_ok()) return status;
    }
  }
  return insert.status();
}

Status store_branch(sqlite3* db, const std::string& gid, const std::set<std::string>& tables) {
  Statement insert(db,
                   "INSERT INTO main.xaodbc_branch(gid, format, prepared_at, tables) "
                   "VALUES(?, ?, ?, " +
                       array_of(tables) + ")");
  return insert.bind(gid).bind(Value(std::int64_t{kFormat})).bind(now()).run();
}

Status is_listed(sqlite3* db, const Schema& schema, const std::string& gid, bool& listed) {
  listed = false;
  if (schema.layout("xaodbc_branch") == nullptr) return Status::ok();
  Statement query(db, "SELECT 1 FROM main.xaodbc_branch WHERE gid = ?");
  listed = query.bind(gid).next();
  return query.status();
}

Status find_branch(sqlite3* db, const Schema& schema, const std::string& gid, bool& known,
                   std::set<std::string>& tables) {
  known = false;
  if (schema.layout("xaodbc_branch") == nullptr) return Status::ok();
  Statement query(db, kFind);
  known = query.bind(gid).next();
  if (!known) return query.status();
  if (query.integer(0) != kFormat) {
    return {SQLITE_ERROR, "branch " + gid + " was prepared by a version of xaodbc with format " +
                              std::to_string(query.integer(0)) + "; use that to decide it"};
  }
  const std::int64_t count = query.integer(1);
  if (count > 0) tables.insert(query.text(2));
  if (count < 2) return Status::ok();
  Statement further(db, kFurtherTable);
  for (std::int64_t place = 1; place < count; ++place) {
    if (!further.bind(query.text(3)).bind(Value(place)).next()) return further.status();
    tables.insert(further.text(0));
    further.reset();
  }
  return further.status();
}

Status forget_branch(sqlite3* db, const std::string& gid, const std::set<std::string>& tables) {
  for (const std::string& table : tables) {
    Statement forget(db, "DELETE FROM main." + side_table(table) + " WHERE xa_gid = ?");
    if (Status status = forget.bind(gid).run(); !status.is_ok()) return status;
  }
  if (is_mutant(Mutant::kCommitTwice)) return Status::ok();
  return Statement(db, "DELETE FROM main.xaodbc_branch WHERE gid = ?").bind(gid).run();
}

}  // namespace xaodbc::sqlite
