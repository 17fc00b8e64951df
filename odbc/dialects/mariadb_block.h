#pragma once

#include <string>
#include <string_view>

namespace xaodbc::odbc {

/// Statements for MariaDB as one compound statement: one round trip, and the error of whichever
/// failed. Also every question of ours is asked so: Connector/ODBC 3.1.15 takes a bare XA RECOVER
/// for a statement without result, and crashes when the connection is lost amid the column
/// definitions of the answer to a bare SELECT.
inline std::string in_block(std::string_view statements) {
  return "BEGIN NOT ATOMIC " + std::string(statements) + "; END";
}

}  // namespace xaodbc::odbc
