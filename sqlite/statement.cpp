#include "sqlite/statement.h"

namespace xaodbc::sqlite {
namespace {

std::string enclose(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char letter : text) {
    if (letter == quote) out.push_back(quote);
    out.push_back(letter);
  }
  out.push_back(quote);
  return out;
}

int bind_text(sqlite3_stmt* statement, int index, const char* data, std::size_t size) {
  return sqlite3_bind_text64(statement, index, data, size, SQLITE_TRANSIENT, SQLITE_UTF8);
}

int bind_value(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *integer);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, index, *real);
  }
  if (const auto* text = std::get_if<Text>(&value)) {
    return bind_text(statement, index, text->bytes.data(), text->bytes.size());
  }
  if (const auto* blob = std::get_if<Blob>(&value)) {
    if (blob->bytes.empty()) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(),
                               SQLITE_TRANSIENT);
  }
  return sqlite3_bind_null(statement, index);
}

}  // namespace

Status last_failure(sqlite3* db, int code) { return {code, sqlite3_errmsg(db)}; }

Statement::Statement(sqlite3* db, std::string_view sql) : db_(db) {
  note(sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::note(int code) {
  if (code == SQLITE_OK || !status_.is_ok()) return;
  status_ = last_failure(db_, sqlite3_extended_errcode(db_));
  if (status_.is_ok()) status_ = Status(code, sqlite3_errstr(code));
}

Statement& Statement::bind(const Value& value) {
  if (status_.is_ok()) note(bind_value(statement_, ++bound_, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  if (status_.is_ok()) note(bind_text(statement_, ++bound_, text.data(), text.size()));
  return *this;
}

Statement& Statement::bind(const Row& row) {
  for (const Value& value : row) bind(value);
  return *this;
}

bool Statement::next() {
  if (!status_.is_ok()) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) note(code);
  return false;
}

Status Statement::run() {
  while (next()) {
  }
  const Status result = status_;
  reset();
  return result;
}

void Statement::reset() {
  // The failure was noted by the step; reset only repeats it.
  sqlite3_reset(statement_);
  bound_ = 0;
}

Value Statement::value(int column) const {
  return read_value(sqlite3_column_value(statement_, column));
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
  const Value found = read_value(sqlite3_column_value(statement_, column));
  const auto* as_text = std::get_if<Text>(&found);
  return as_text == nullptr ? std::string() : as_text->bytes;
}

Row Statement::row(int first) const {
  Row row;
  for (int i = first; i < sqlite3_column_count(statement_); ++i) row.push_back(value(i));
  return row;
}

std::vector<std::string> Statement::names() const {
  std::vector<std::string> names;
  for (int i = 0; i < sqlite3_column_count(statement_); ++i) {
    names.emplace_back(sqlite3_column_name(statement_, i));
  }
  return names;
}

Status run(sqlite3* db, const std::string& sql) { return Statement(db, sql).run(); }

std::string quoted(std::string_view name) { return enclose(name, '"'); }
std::string literal(std::string_view text) { return enclose(text, '\''); }

}  // namespace xaodbc::sqlite
