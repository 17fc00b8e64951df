#pragma once

#include <sql.h>
#include <sqlext.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace xaodbc::odbc {

inline SQLCHAR* chars(std::string& text) { return reinterpret_cast<SQLCHAR*>(text.data()); }

inline std::vector<SQLWCHAR> wide(const std::string& text) { return {text.begin(), text.end()}; }

/// A program on one statement handle that writes down everything it gets to see.
class Program {
 public:
  explicit Program(SQLHDBC dbc) { SQLAllocHandle(SQL_HANDLE_STMT, dbc, &statement_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { SQLFreeHandle(SQL_HANDLE_STMT, statement_); }

  [[nodiscard]] SQLHSTMT handle() const { return statement_; }
  [[nodiscard]] const std::vector<std::string>& seen() const { return seen_; }

  void direct(std::string sql) {
    note_all("direct", SQLExecDirect(statement_, chars(sql), SQL_NTS));
  }
  void direct_wide(const std::string& sql) {
    auto text = wide(sql);
    note_all("direct",
             SQLExecDirectW(statement_, text.data(), static_cast<SQLINTEGER>(sql.size())));
  }
  void prepare(std::string sql) { note("prepare", SQLPrepare(statement_, chars(sql), SQL_NTS)); }
  void prepare_wide(const std::string& sql) {
    auto text = wide(sql);
    note("prepare", SQLPrepareW(statement_, text.data(), static_cast<SQLINTEGER>(sql.size())));
  }
  void execute() { note_all("execute", SQLExecute(statement_)); }
  void bind(SQLUSMALLINT number, std::string& value, SQLSMALLINT type = SQL_VARCHAR) {
    SQLBindParameter(statement_, number, SQL_PARAM_INPUT, SQL_C_CHAR, type, 20, 0, value.data(), 0,
                     nullptr);
  }
  void set(SQLINTEGER attribute, std::uintptr_t value) {
    note("set", SQLSetStmtAttr(statement_, attribute, reinterpret_cast<SQLPOINTER>(value), 0));
  }

  void note(const std::string& what, SQLRETURN rc) {
    seen_.push_back(what + " " + std::to_string(rc));
    if (rc != SQL_SUCCESS) note_diagnostics();
  }
  /// The answer and all its results.
  void note_all(const std::string& what, SQLRETURN rc) {
    note(what, rc);
    if (!SQL_SUCCEEDED(rc) && rc != SQL_NO_DATA) return;
    for (rc = SQL_SUCCESS; SQL_SUCCEEDED(rc);) {
      note_result();
      rc = SQLMoreResults(statement_);
      note("more", rc);
    }
    SQLFreeStmt(statement_, SQL_CLOSE);
  }
  void note_columns() {
    SQLSMALLINT columns = 0;
    note("columns", SQLNumResultCols(statement_, &columns));
    for (SQLSMALLINT i = 1; i <= columns; ++i) note_column(static_cast<SQLUSMALLINT>(i));
  }

 private:
  void note_diagnostics() {
    for (SQLSMALLINT i = 1; i < 10; ++i) {
      std::array<SQLCHAR, 6> state{};
      std::array<SQLCHAR, 1024> text{};
      SQLINTEGER native = 0;
      SQLSMALLINT length = 0;
      const SQLRETURN rc = SQLGetDiagRec(SQL_HANDLE_STMT, statement_, i, state.data(), &native,
                                         text.data(), SQLSMALLINT{1024}, &length);
      if (!SQL_SUCCEEDED(rc)) return;
      SQLLEN count = -9;
      SQLGetDiagField(SQL_HANDLE_STMT, statement_, i, SQL_DIAG_ROW_NUMBER, &count, 0, nullptr);
      seen_.push_back(std::string(reinterpret_cast<char*>(state.data())) + "/" +
                      std::to_string(native) + "/" + std::to_string(count) + " " +
                      reinterpret_cast<char*>(text.data()));
    }
  }
  void note_result() {
    SQLLEN rows = -9;
    SQLRowCount(statement_, &rows);
    seen_.push_back("rows " + std::to_string(rows));
    note_columns();
    SQLSMALLINT columns = 0;
    SQLNumResultCols(statement_, &columns);
    if (columns == 0) return;
    SQLRETURN rc = SQLFetch(statement_);
    for (; SQL_SUCCEEDED(rc); rc = SQLFetch(statement_)) note_row(columns);
    note("end", rc);
  }
  void note_column(SQLUSMALLINT column) {
    std::array<SQLCHAR, 64> name{};
    SQLSMALLINT length = 0;
    SQLSMALLINT type = 0;
    SQLULEN size = 0;
    SQLSMALLINT digits = 0;
    SQLSMALLINT nullable = 0;
    SQLDescribeCol(statement_, column, name.data(), SQLSMALLINT{64}, &length, &type, &size, &digits,
                   &nullable);
    std::string text = reinterpret_cast<char*>(name.data());
    for (const auto number :
         {SQLLEN{type}, static_cast<SQLLEN>(size), SQLLEN{digits}, SQLLEN{nullable},
          attribute(column, SQL_DESC_UPDATABLE), attribute(column, SQL_DESC_AUTO_UNIQUE_VALUE),
          attribute(column, SQL_DESC_DISPLAY_SIZE)}) {
      text += "," + std::to_string(number);
    }
    for (const auto field : {SQL_DESC_BASE_TABLE_NAME, SQL_DESC_BASE_COLUMN_NAME,
                             SQL_DESC_TYPE_NAME, SQL_DESC_LABEL, SQL_DESC_SCHEMA_NAME}) {
      std::array<char, 64> value{};
      SQLColAttribute(statement_, column, static_cast<SQLUSMALLINT>(field), value.data(),
                      SQLSMALLINT{64}, &length, nullptr);
      text += std::string(",") + value.data();
    }
    seen_.push_back(text);
  }
  SQLLEN attribute(SQLUSMALLINT column, SQLUSMALLINT field) {
    SQLLEN value = -9;
    SQLColAttribute(statement_, column, field, nullptr, 0, nullptr, &value);
    return value;
  }
  void note_row(SQLSMALLINT columns) {
    std::string row;
    for (SQLSMALLINT i = 1; i <= columns; ++i) {
      std::array<char, 256> value{};
      SQLLEN length = 0;
      SQLGetData(statement_, static_cast<SQLUSMALLINT>(i), SQL_C_CHAR, value.data(), 256, &length);
      row += (length == SQL_NULL_DATA ? "NULL" : value.data()) + std::string("|");
    }
    seen_.push_back(row);
  }

  SQLHSTMT statement_ = nullptr;
  std::vector<std::string> seen_;
};

}  // namespace xaodbc::odbc
