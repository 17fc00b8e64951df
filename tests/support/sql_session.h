#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace xaodbc::support {

using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// What the driver said; what() holds SQLSTATE, native error and message.
class SqlError : public std::runtime_error {
 public:
  SqlError(std::string state, int native, const std::string& message)
      : std::runtime_error(state + "/" + std::to_string(native) + ": " + message),
        sqlstate(std::move(state)),
        native_error(native) {}
  std::string sqlstate;
  int native_error;
};

/// A plain ODBC connection for looking at a database from outside the code under test; it shares
/// nothing with odbc/. Autocommit is on.
class SqlSession {
 public:
  explicit SqlSession(const std::string& connection_string);
  SqlSession(SqlSession&& other) noexcept;
  SqlSession& operator=(SqlSession&& other) noexcept;
  ~SqlSession();

  /// Rows of the first result set that has columns; throws SqlError.
  Rows execute(std::string_view sql);
  /// The only column of the only row; "NULL" for a null. Throws when there is another number.
  std::string scalar(std::string_view sql);

  /// SQLHDBC.
  [[nodiscard]] void* handle() const { return dbc_; }

 private:
  void* env_ = nullptr;
  void* dbc_ = nullptr;
};

/// The same for a connection handle of somebody else, such as xaodbc_connection() returns.
Rows execute_on(void* dbc, std::string_view sql);

}  // namespace xaodbc::support
