#include "odbc/statement.h"

#include <sql.h>

#include <memory>

#include "odbc/results.h"

namespace xaodbc::odbc {

Answer execute_on(void* hdbc, std::string_view sql) {
  SQLHSTMT statement = SQL_NULL_HSTMT;
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, hdbc, &statement))) {
    Answer answer;
    answer.diagnostics = Diagnostics::read(SQL_HANDLE_DBC, hdbc);
    answer.lost = answer.diagnostics.connection_lost();
    return answer;
  }
  const std::unique_ptr<void, SQLRETURN (*)(SQLHSTMT)> freed(
      statement, [](SQLHSTMT each) { return SQLFreeHandle(SQL_HANDLE_STMT, each); });
  return execute_direct(statement, sql);
}

}  // namespace xaodbc::odbc
