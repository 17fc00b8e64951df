#pragma once

#include <string_view>

#include "odbc/connection.h"

namespace xaodbc::odbc {

/// SQLExecDirect of `sql` on a statement handle, all results read, the statement closed again.
Answer execute_direct(void* statement, std::string_view sql);

}  // namespace xaodbc::odbc
