#include "bench/session.h"

#include <sql.h>
#include <sqlext.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace xaodbc::bench {
namespace {

void check(SQLRETURN result, SQLSMALLINT type, SQLHANDLE handle, const std::string& what) {
  if (SQL_SUCCEEDED(result) || result == SQL_NO_DATA) return;
  std::array<SQLCHAR, 6> state{};
  std::array<SQLCHAR, 512> text{};
  SQLINTEGER native = 0;
  SQLSMALLINT length = 0;
  SQLGetDiagRec(type, handle, 1, state.data(), &native, text.data(),
                static_cast<SQLSMALLINT>(text.size()), &length);
  throw std::runtime_error(what + ": " + reinterpret_cast<const char*>(state.data()) + " " +
                           reinterpret_cast<const char*>(text.data()));
}

SQLCHAR* sql_text(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.data()));
}

SQLPOINTER as_pointer(std::uintptr_t value) { return reinterpret_cast<SQLPOINTER>(value); }

}  // namespace

Cursor::Cursor(void* dbc) {
  check(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &statement_), SQL_HANDLE_DBC, dbc, "statement handle");
}

void Cursor::send(const std::string& sql) {
  check(SQLExecDirect(statement_, sql_text(sql), static_cast<SQLINTEGER>(sql.size())),
        SQL_HANDLE_STMT, statement_, sql);
}

void Cursor::close() { SQLFreeStmt(statement_, SQL_CLOSE); }

void Cursor::execute(const std::string& sql) {
  send(sql);
  close();
}

void Cursor::query(const std::string& sql) {
  send(sql);
  check(SQLFetch(statement_), SQL_HANDLE_STMT, statement_, sql);
  std::array<char, 64> value{};
  SQLLEN length = 0;
  check(SQLGetData(statement_, 1, SQL_C_CHAR, value.data(), value.size(), &length), SQL_HANDLE_STMT,
        statement_, sql);
  close();
}

Session::Session(const std::string& connection_string) {
  SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env_);
  SQLSetEnvAttr(env_, SQL_ATTR_ODBC_VERSION, as_pointer(SQL_OV_ODBC3), 0);
  SQLAllocHandle(SQL_HANDLE_DBC, env_, &dbc_);
  check(SQLDriverConnect(dbc_, nullptr, sql_text(connection_string),
                         static_cast<SQLSMALLINT>(connection_string.size()), nullptr, 0, nullptr,
                         SQL_DRIVER_NOPROMPT),
        SQL_HANDLE_DBC, dbc_, "connecting by hand");
  cursor_ = std::make_unique<Cursor>(dbc_);
}

Session::~Session() {
  SQLDisconnect(dbc_);
  SQLFreeHandle(SQL_HANDLE_DBC, dbc_);
  SQLFreeHandle(SQL_HANDLE_ENV, env_);
}

void Session::set_autocommit(bool on) {
  const auto value = on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF;
  check(SQLSetConnectAttr(dbc_, SQL_ATTR_AUTOCOMMIT, as_pointer(static_cast<std::uintptr_t>(value)),
                          SQL_IS_UINTEGER),
        SQL_HANDLE_DBC, dbc_, "autocommit");
}

void Session::commit() {
  check(SQLEndTran(SQL_HANDLE_DBC, dbc_, SQL_COMMIT), SQL_HANDLE_DBC, dbc_, "SQLEndTran");
}

}  // namespace xaodbc::bench
