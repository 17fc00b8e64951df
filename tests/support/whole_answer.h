#pragma once

#include <string>

#include "tests/support/private_server.h"

namespace xaodbc::support {

/// Whether these bytes, all that has come since, are the server's whole answer to a request.
using WholeAnswer = bool (*)(const std::string& request, const std::string& answer);

/// PostgreSQL, and whoever writes an answer in one piece.
bool any_answer(const std::string& request, const std::string& answer);

/// Connector/ODBC 3.1.15 sends COM_STMT_PREPARE and COM_STMT_EXECUTE in one message, and MariaDB
/// answers each as soon as it can: in two pieces, or in one where the network is slow. Only the
/// second says that the statement was carried out. A packet is a length of three bytes, its number
/// and so many bytes; commands begin at number 0, answers at 1.
bool each_command_answered(const std::string& request, const std::string& answer);

WholeAnswer whole_answer_of(ServerKind kind);

}  // namespace xaodbc::support
