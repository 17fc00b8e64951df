#include "tests/support/sql_session.h"

#include <sql.h>
#include <sqlext.h>

#include <array>
#include <utility>

namespace xaodbc::support {
namespace {

SqlError error_of(SQLSMALLINT type, SQLHANDLE handle) {
  std::array<SQLCHAR, 6> state{};
  std::array<SQLCHAR, 1024> text{};
  SQLINTEGER native = 0;
  SQLSMALLINT length = 0;
  if (!SQL_SUCCEEDED(SQLGetDiagRec(type, handle, 1, state.data(), &native, text.data(),
                                   static_cast<SQLSMALLINT>(text.size()), &length))) {
    return {"HY000", 0, "the driver gave no diagnostics"};
  }
  return {std::string(state.begin(), state.begin() + 5), native,
          std::string(reinterpret_cast<const char*>(text.data()))};
}

void check(SQLRETURN result, SQLSMALLINT type, SQLHANDLE handle) {
  if (!SQL_SUCCEEDED(result) && result != SQL_NO_DATA) {
    throw error_of(type, handle);
  }
}

SQLCHAR* sql_text(std::string& text) { return reinterpret_cast<SQLCHAR*>(text.data()); }

class Statement {
 public:
  explicit Statement(SQLHDBC dbc) {
    check(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &handle_), SQL_HANDLE_DBC, dbc);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { SQLFreeHandle(SQL_HANDLE_STMT, handle_); }

  Rows execute(std::string text) {
    Rows rows;
    bool found = false;
    check(SQLExecDirect(handle_, sql_text(text), SQL_NTS), SQL_HANDLE_STMT, handle_);
    SQLRETURN more = SQL_SUCCESS;
    do {
      SQLSMALLINT columns = 0;
      check(SQLNumResultCols(handle_, &columns), SQL_HANDLE_STMT, handle_);
      if (columns > 0 && !found) {
        found = true;
        read_rows(columns, rows);
      }
      more = SQLMoreResults(handle_);
      check(more, SQL_HANDLE_STMT, handle_);
    } while (more != SQL_NO_DATA);
    return rows;
  }

 private:
  void read_rows(SQLSMALLINT columns, Rows& rows) {
    while (true) {
      const SQLRETURN fetched = SQLFetch(handle_);
      check(fetched, SQL_HANDLE_STMT, handle_);
      if (fetched == SQL_NO_DATA) {
        return;
      }
      auto& row = rows.emplace_back();
      for (SQLSMALLINT column = 1; column <= columns; ++column) {
        row.push_back(read_value(static_cast<SQLUSMALLINT>(column)));
      }
    }
  }

  std::optional<std::string> read_value(SQLUSMALLINT column) {
    std::string value;
    std::array<char, 4096> piece{};
    while (true) {
      SQLLEN length = 0;
      const SQLRETURN result =
          SQLGetData(handle_, column, SQL_C_CHAR, piece.data(), piece.size(), &length);
      check(result, SQL_HANDLE_STMT, handle_);
      if (result == SQL_NO_DATA) {
        return value;
      }
      if (length == SQL_NULL_DATA) {
        return std::nullopt;
      }
      value += piece.data();
      if (result == SQL_SUCCESS) {
        return value;
      }
    }
  }

  SQLHSTMT handle_ = SQL_NULL_HSTMT;
};

}  // namespace

SqlSession::SqlSession(const std::string& connection_string) {
  SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env_);
  SQLSetEnvAttr(env_, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  SQLAllocHandle(SQL_HANDLE_DBC, env_, &dbc_);
  std::string text = connection_string;
  const SQLRETURN result =
      SQLDriverConnect(dbc_, nullptr, sql_text(text), static_cast<SQLSMALLINT>(text.size()),
                       nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
  if (!SQL_SUCCEEDED(result)) {
    // The destructor of an object that was never finished does not run.
    const SqlSession owner(std::move(*this));
    throw error_of(SQL_HANDLE_DBC, owner.dbc_);
  }
}

SqlSession::SqlSession(SqlSession&& other) noexcept
    : env_(std::exchange(other.env_, nullptr)), dbc_(std::exchange(other.dbc_, nullptr)) {}

SqlSession& SqlSession::operator=(SqlSession&& other) noexcept {
  std::swap(env_, other.env_);
  std::swap(dbc_, other.dbc_);
  return *this;
}

SqlSession::~SqlSession() {
  if (dbc_ != nullptr) {
    SQLDisconnect(dbc_);
    SQLFreeHandle(SQL_HANDLE_DBC, dbc_);
    SQLFreeHandle(SQL_HANDLE_ENV, env_);
  }
}

Rows SqlSession::execute(std::string_view sql) { return execute_on(dbc_, sql); }

std::string SqlSession::scalar(std::string_view sql) {
  const Rows rows = execute(sql);
  if (rows.size() != 1 || rows[0].size() != 1) {
    throw std::runtime_error("not one value: " + std::string(sql));
  }
  return rows[0][0].value_or("NULL");
}

Rows execute_on(void* dbc, std::string_view sql) {
  return Statement(dbc).execute(std::string(sql));
}

}  // namespace xaodbc::support
