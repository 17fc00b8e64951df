#include "odbc/dialect.h"

#include <array>

#include "base/text.h"
#include "odbc/connection_string.h"
#include "odbc/dialects/mariadb.h"
#include "odbc/dialects/postgresql.h"

namespace xaodbc::odbc {
namespace {

/// Protocol=7.4-1 rolls back the whole transaction behind our back, UseDeclareFetch=1 makes every
/// PREPARE fail (drivers.md 1.2, 1.5). A1, B6 and CX are psqlODBC's short spellings of them.
constexpr std::array<std::string_view, 5> kOurs = {"Protocol", "UseDeclareFetch", "A1", "B6", "CX"};

}  // namespace

std::string complete_connection_string(const config::ResourceSettings& settings) {
  ConnectionString text(settings.connection);
  if (!settings.dsn.empty()) text.add("DSN", settings.dsn);
  if (!settings.user.empty()) {
    text.remove("UID");
    text.add("UID", settings.user);
  }
  if (!settings.password.empty()) {
    text.remove("PWD");
    text.add("PWD", settings.password);
  }
  for (const auto key : kOurs) text.remove(key);
  const bool undo = settings.failed_statement == config::FailedStatement::kUndo;
  text.add("Protocol", undo ? "7.4-2" : "7.4-0");
  text.add("UseDeclareFetch", "0");
  return text.to_string();
}

Result<std::unique_ptr<Dialect>> make_dialect(const config::ResourceSettings& settings,
                                              const Connection& connection) {
  const std::string told = connection.dbms_name();
  const std::string kind = settings.dialect == "auto" ? to_lower(told) : settings.dialect;
  if (kind == "postgresql") return std::make_unique<PostgresqlDialect>(settings);
  if (kind == "mariadb" || kind == "mysql") return std::make_unique<MariadbDialect>(settings);
  return failure(StatusCode::kMisconfigured,
                 "no dialect for '" + (settings.dialect == "auto" ? told : settings.dialect) +
                     "'; set dialect = postgresql or dialect = mariadb");
}

}  // namespace xaodbc::odbc
