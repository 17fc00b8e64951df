// An ODBC driver without a database: it answers what a PostgreSQL would answer to the bridge, at
// once and from constants, so that what is measured is the bridge and the driver manager. It calls
// no function by an ODBC name: in a program that links the driver manager that would be its own.
#include <sql.h>
#include <sqlext.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#define SCRIPTED_API extern "C" __attribute__((visibility("default")))

namespace {

constexpr std::size_t kMostResults = 8;
constexpr std::size_t kMostColumns = 6;

struct Result {
  SQLSMALLINT columns = 0;
  bool one_row = false;
  std::array<const char*, kMostColumns> values{};
};

struct Statement {
  std::array<Result, kMostResults> results{};
  std::size_t count = 0;
  std::size_t current = 0;
  bool fetched = false;
  std::array<char, 4> descriptors{};  ///< something for the driver manager to point at
};

Statement& statement_of(SQLHSTMT handle) { return *static_cast<Statement*>(handle); }

/// Of the bridge's questions; a PREPARE with a SELECT in it has no result of its own.
Result answer_to(std::string_view sql) {
  if (sql.starts_with("SELECT current_database"))
    return {6, true, {"app", "7", "1", "1", "100", ""}};
  if (sql.starts_with("SELECT gid")) return {3, false, {}};
  if (sql.starts_with("SELECT") || sql.starts_with("EXECUTE")) return {1, true, {"1234567"}};
  return {};
}

void answer(Statement& statement, std::string_view sql) {
  statement.count = 0;
  statement.current = 0;
  statement.fetched = false;
  while (!sql.empty() && statement.count < kMostResults) {
    const auto end = sql.find(';');
    statement.results[statement.count++] = answer_to(sql.substr(0, end));
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 1);
  }
}

const Result& current(const Statement& statement) { return statement.results[statement.current]; }

SQLRETURN give_text(const char* text, SQLPOINTER to, SQLLEN room, SQLLEN& length) {
  length = static_cast<SQLLEN>(std::strlen(text));
  if (to != nullptr && room > length) std::memcpy(to, text, static_cast<std::size_t>(length) + 1);
  return SQL_SUCCESS;
}

}  // namespace

SCRIPTED_API SQLRETURN SQLAllocHandle(SQLSMALLINT type, SQLHANDLE /*parent*/, SQLHANDLE* out) {
  *out = type == SQL_HANDLE_STMT ? std::calloc(1, sizeof(Statement)) : std::calloc(1, 16);
  return *out == nullptr ? SQL_ERROR : SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLFreeHandle(SQLSMALLINT /*type*/, SQLHANDLE handle) {
  std::free(handle);
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLSetEnvAttr(SQLHENV, SQLINTEGER, SQLPOINTER, SQLINTEGER) {
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLDriverConnect(SQLHDBC, SQLHWND, SQLCHAR*, SQLSMALLINT, SQLCHAR*,
                                        SQLSMALLINT, SQLSMALLINT*, SQLUSMALLINT) {
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLDisconnect(SQLHDBC) { return SQL_SUCCESS; }

SCRIPTED_API SQLRETURN SQLSetConnectAttr(SQLHDBC, SQLINTEGER, SQLPOINTER, SQLINTEGER) {
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLGetConnectAttr(SQLHDBC, SQLINTEGER, SQLPOINTER value, SQLINTEGER,
                                         SQLINTEGER*) {
  if (value != nullptr) *static_cast<SQLUINTEGER*>(value) = SQL_AUTOCOMMIT_ON;
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLGetInfo(SQLHDBC, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT buffer,
                                  SQLSMALLINT* length) {
  SQLLEN size = 0;
  const char* const text = type == SQL_DRIVER_ODBC_VER ? "03.51" : "PostgreSQL";
  give_text(text, value, buffer, size);
  if (length != nullptr) *length = static_cast<SQLSMALLINT>(size);
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLSetStmtAttr(SQLHSTMT, SQLINTEGER, SQLPOINTER, SQLINTEGER) {
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLGetStmtAttr(SQLHSTMT handle, SQLINTEGER attribute, SQLPOINTER value,
                                      SQLINTEGER, SQLINTEGER*) {
  const bool descriptor =
      attribute >= SQL_ATTR_APP_ROW_DESC && attribute <= SQL_ATTR_IMP_PARAM_DESC;
  if (!descriptor) return SQL_ERROR;
  const auto which = static_cast<std::size_t>(attribute - SQL_ATTR_APP_ROW_DESC);
  *static_cast<void**>(value) = &statement_of(handle).descriptors.at(which);
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLBindParameter(SQLHSTMT, SQLUSMALLINT, SQLSMALLINT, SQLSMALLINT,
                                        SQLSMALLINT, SQLULEN, SQLSMALLINT, SQLPOINTER, SQLLEN,
                                        SQLLEN*) {
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLPrepare(SQLHSTMT, SQLCHAR*, SQLINTEGER) { return SQL_SUCCESS; }

/// Only the latch is prepared: its parameter is never given.
SCRIPTED_API SQLRETURN SQLExecute(SQLHSTMT) { return SQL_NEED_DATA; }

SCRIPTED_API SQLRETURN SQLCancel(SQLHSTMT) { return SQL_SUCCESS; }

SCRIPTED_API SQLRETURN SQLExecDirect(SQLHSTMT handle, SQLCHAR* text, SQLINTEGER length) {
  const auto* const sql = reinterpret_cast<const char*>(text);
  answer(statement_of(handle),
         {sql, length == SQL_NTS ? std::strlen(sql) : static_cast<std::size_t>(length)});
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLNumResultCols(SQLHSTMT handle, SQLSMALLINT* count) {
  *count = current(statement_of(handle)).columns;
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLFetch(SQLHSTMT handle) {
  Statement& statement = statement_of(handle);
  if (statement.fetched || !current(statement).one_row) return SQL_NO_DATA;
  statement.fetched = true;
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLGetData(SQLHSTMT handle, SQLUSMALLINT column, SQLSMALLINT,
                                  SQLPOINTER value, SQLLEN length, SQLLEN* ind) {
  const Result& result = current(statement_of(handle));
  SQLLEN size = 0;
  give_text(result.values.at(static_cast<std::size_t>(column) - 1), value, length, size);
  if (ind != nullptr) *ind = size;
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLMoreResults(SQLHSTMT hstmt) {
  Statement& statement = statement_of(hstmt);
  if (statement.current + 1 >= statement.count) return SQL_NO_DATA;
  ++statement.current;
  statement.fetched = false;
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLRowCount(SQLHSTMT, SQLLEN* count) {
  *count = 0;
  return SQL_SUCCESS;
}

SCRIPTED_API SQLRETURN SQLFreeStmt(SQLHSTMT, SQLUSMALLINT) { return SQL_SUCCESS; }

SCRIPTED_API SQLRETURN SQLEndTran(SQLSMALLINT, SQLHANDLE, SQLSMALLINT) { return SQL_SUCCESS; }

SCRIPTED_API SQLRETURN SQLGetDiagRec(SQLSMALLINT, SQLHANDLE, SQLSMALLINT, SQLCHAR*, SQLINTEGER*,
                                     SQLCHAR*, SQLSMALLINT, SQLSMALLINT*) {
  return SQL_NO_DATA;
}
