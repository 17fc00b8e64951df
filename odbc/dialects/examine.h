#pragma once

#include <string>
#include <string_view>

#include "odbc/dialect.h"

namespace xaodbc::odbc {

/// The first value of the first row, or "" when the question was not answered.
std::string ask(Connection& connection, std::string_view sql, Deadline deadline);

Finding fine(std::string what);
Finding note(std::string what, std::string todo);
Finding problem(std::string what, std::string todo);

/// That the recovery query of the dialect answers with a list.
Finding examine_recovery(const Dialect& dialect, Connection& connection, Deadline deadline);
/// That the driver manager keeps SQLEndTran away from a branch (drivers.md 1.4).
Finding examine_latch(Connection& connection);

}  // namespace xaodbc::odbc
