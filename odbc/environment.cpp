#include "odbc/environment.h"

#include <sql.h>
#include <sqlext.h>

#include <cstdint>
#include <mutex>

#include "base/process.h"

namespace xaodbc::odbc {

void* environment() {
  static std::mutex mutex;
  static SQLHENV current = SQL_NULL_HENV;
  static std::uint64_t generation = 0;
  const std::lock_guard lock(mutex);
  if (generation == process_generation()) return current;
  SQLHENV fresh = SQL_NULL_HENV;
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &fresh))) return nullptr;
  auto* const version = reinterpret_cast<SQLPOINTER>(std::uintptr_t{SQL_OV_ODBC3});
  if (!SQL_SUCCEEDED(SQLSetEnvAttr(fresh, SQL_ATTR_ODBC_VERSION, version, 0))) return nullptr;
  current = fresh;
  generation = process_generation();
  return current;
}

}  // namespace xaodbc::odbc
