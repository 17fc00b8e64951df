#include "odbc/results.h"

#include <sql.h>
#include <sqlext.h>

#include <array>

namespace xaodbc::odbc {
namespace {

/// More columns or longer values than any question of ours has: a server that sends them is not
/// believed.
constexpr SQLSMALLINT kMostColumns = 64;
constexpr std::size_t kLongestValue = std::size_t{1} << 20;

void note_failure(Answer& answer, SQLHSTMT statement) {
  answer.ok = false;
  answer.diagnostics = Diagnostics::read(SQL_HANDLE_STMT, statement);
  answer.lost = answer.diagnostics.connection_lost();
}

void note_oddity(Answer& answer, const char* what) {
  answer.ok = false;
  answer.diagnostics = Diagnostics::make("HY000", what);
}

/// False when the driver failed; a NULL value leaves `value` empty.
bool read_value(SQLHSTMT statement, SQLUSMALLINT column, std::optional<std::string>& value) {
  std::array<char, 512> buffer{};
  for (;;) {
    SQLLEN length = 0;
    const SQLRETURN rc = SQLGetData(statement, column, SQL_C_CHAR, buffer.data(),
                                    static_cast<SQLLEN>(buffer.size()), &length);
    if (rc == SQL_NO_DATA) return true;
    if (!SQL_SUCCEEDED(rc)) return false;
    if (length == SQL_NULL_DATA) return true;
    if (!value) value.emplace();
    buffer.back() = 0;
    value->append(buffer.data());
    if (rc == SQL_SUCCESS) return true;
    if (value->size() > kLongestValue) return false;
  }
}

bool read_row(SQLHSTMT statement, SQLSMALLINT columns, Row& row) {
  row.resize(static_cast<std::size_t>(columns));
  for (SQLSMALLINT i = 0; i < columns; ++i) {
    auto& value = row[static_cast<std::size_t>(i)];
    if (!read_value(statement, static_cast<SQLUSMALLINT>(i + 1), value)) return false;
  }
  return true;
}

/// The rows of the current result set.
bool read_rows(SQLHSTMT statement, SQLSMALLINT columns, Answer& answer) {
  for (;;) {
    const SQLRETURN rc = SQLFetch(statement);
    if (rc == SQL_NO_DATA) return true;
    Row row;
    if (!SQL_SUCCEEDED(rc) || !read_row(statement, columns, row)) return false;
    answer.rows.push_back(std::move(row));
  }
}

/// Walks all result sets: an error of a later statement of the string may come from
/// SQLMoreResults only.
void read_results(SQLHSTMT statement, Answer& answer) {
  bool have_rows = false;
  for (;;) {
    SQLSMALLINT columns = 0;
    if (!SQL_SUCCEEDED(SQLNumResultCols(statement, &columns))) {
      return note_failure(answer, statement);
    }
    if (columns > kMostColumns) return note_oddity(answer, "the server sent too many columns");
    if (columns > 0 && !have_rows) {
      if (!read_rows(statement, columns, answer)) return note_failure(answer, statement);
      have_rows = true;
    }
    const SQLRETURN rc = SQLMoreResults(statement);
    if (rc == SQL_NO_DATA) return;
    if (!SQL_SUCCEEDED(rc)) return note_failure(answer, statement);
  }
}

}  // namespace

Answer execute_direct(void* statement, std::string_view sql) {
  Answer answer;
  // It takes no pointer to const, and changes nothing.
  auto* const text = reinterpret_cast<SQLCHAR*>(const_cast<char*>(sql.data()));
  const SQLRETURN rc = SQLExecDirect(statement, text, static_cast<SQLINTEGER>(sql.size()));
  if (rc != SQL_NO_DATA && !SQL_SUCCEEDED(rc)) {
    note_failure(answer, statement);
  } else {
    answer.ok = true;
    if (rc == SQL_SUCCESS_WITH_INFO) {
      answer.diagnostics = Diagnostics::read(SQL_HANDLE_STMT, statement);
    }
    read_results(statement, answer);
  }
  SQLFreeStmt(statement, SQL_CLOSE);
  return answer;
}

}  // namespace xaodbc::odbc
