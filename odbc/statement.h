#pragma once

#include <string_view>

#include "odbc/connection.h"

namespace xaodbc::odbc {

/// Runs `sql` on a connection handle that somebody else owns, as an application does with what
/// xaodbc_connection() gives it: a statement handle of its own, SQLExecDirect, all results read.
Answer execute_on(void* hdbc, std::string_view sql);

}  // namespace xaodbc::odbc
