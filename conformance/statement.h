#pragma once

#include <string>

#include "base/status.h"

namespace xaodbc::conformance {

/// Runs one statement on an ODBC connection handle (SQLHDBC) through libodbc.so.2, the driver
/// manager that the switch under test has loaded already. True: the statement returned a row.
Result<bool> run_statement(void* connection, const std::string& sql);

}  // namespace xaodbc::conformance
