#include "odbc/dialect.h"

#include <array>
#include <charconv>
#include <span>

#include "base/text.h"
#include "config/password_keys.h"
#include "odbc/companion.h"
#include "odbc/connection_string.h"
#include "odbc/dialects/mariadb.h"
#include "odbc/dialects/postgresql.h"
#include "odbc/dialects/sqlite.h"
#include "odbc/dialects/sqlite_patience.h"

namespace xaodbc::odbc {
namespace {

/// Protocol=7.4-1 rolls back the whole transaction behind our back, UseDeclareFetch=1 makes every
/// PREPARE fail (drivers.md 1.2, 1.5). A1, B6 and CX are psqlODBC's short spellings of them. With
/// AUTO_RECONNECT Connector/ODBC goes on in a new session, outside the branch, when the branch's
/// own was lost.
constexpr std::array<std::string_view, 6> kOurs = {"Protocol", "UseDeclareFetch", "A1", "B6",
                                                   "CX",       "AUTO_RECONNECT"};
/// Where a driver takes several spellings, the one that is left could win.
constexpr std::array<std::string_view, 3> kUserKeys = {"UID", "USER", "USERNAME"};

void replace(ConnectionString& text, std::span<const std::string_view> keys,
             std::string_view value) {
  if (value.empty()) return;
  for (const auto key : keys) text.remove(key);
  text.add(std::string(keys.front()), value);
}

/// Connector/ODBC's bit mask says the same as AUTO_RECONNECT.
void clear_reconnect_bit(ConnectionString& text) {
  constexpr unsigned long kAutoReconnect = 1UL << 22;
  const std::string given(text.get("OPTION"));
  unsigned long options = 0;
  const auto* end = given.data() + given.size();
  if (std::from_chars(given.data(), end, options).ptr != end) return;
  text.remove("OPTION");
  text.add("OPTION", std::to_string(options & ~kAutoReconnect));
}

/// Each connection is told where our extension is, that a commit must outlive a loss of power, how
/// long the application's statements wait for another writer, which libsqliteodbc 0.9998 does
/// twice, to keep no cursor open that was read to its end (docs/sqlite.md, Limits), and to make no
/// file where there is none, which would be taken for one that lists no branch (I5): whatever
/// odbc.ini says.
void add_sqlite(ConnectionString& text, const config::ResourceSettings& settings) {
  std::string extensions(text.get("LoadExt"));
  if (!extensions.empty()) extensions += ',';
  extensions += companion(kSqliteExtension);
  for (const auto* key : {"LoadExt", "SyncPragma", "Timeout", "StepAPI", "NoCreat"})
    text.remove(key);
  text.add("LoadExt", extensions);
  text.add("SyncPragma", "EXTRA");
  text.add("StepAPI", "0");
  text.add("NoCreat", "1");
  text.add("Timeout", std::to_string(usual_patience(settings).count() / 2));
}

}  // namespace

Secret complete_connection_string(const config::ResourceSettings& settings) {
  ConnectionString text(settings.connection);
  if (!settings.dsn.empty()) text.add("DSN", settings.dsn);
  replace(text, kUserKeys, settings.user);
  replace(text, config::kPasswordKeys, settings.password.reveal());
  for (const auto key : kOurs) text.remove(key);
  const bool undo = settings.failed_statement == config::FailedStatement::kUndo;
  text.add("Protocol", undo ? "7.4-2" : "7.4-0");
  text.add("UseDeclareFetch", "0");
  text.add("AUTO_RECONNECT", "0");
  if (settings.dialect == "sqlite") add_sqlite(text, settings);
  if (!text.get("OPTION").empty()) clear_reconnect_bit(text);
  return text.text();
}

Result<std::unique_ptr<Dialect>> make_dialect(const config::ResourceSettings& settings,
                                              const Connection& connection) {
  const std::string told = connection.dbms_name();
  const std::string kind = settings.dialect == "auto" ? to_lower(told) : settings.dialect;
  if (kind == "postgresql") return std::make_unique<PostgresqlDialect>(settings);
  if (kind == "mariadb" || kind == "mysql") return std::make_unique<MariadbDialect>(settings);
  if (settings.dialect == "sqlite") return std::make_unique<SqliteDialect>(settings);
  if (kind == "sqlite") {
    return failure(StatusCode::kMisconfigured,
                   "SQLite must be told at connect; set dialect = sqlite");
  }
  return failure(StatusCode::kMisconfigured,
                 "no dialect for '" + (settings.dialect == "auto" ? told : settings.dialect) +
                     "'; set dialect = postgresql, mariadb or sqlite");
}

}  // namespace xaodbc::odbc
