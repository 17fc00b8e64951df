#include "odbc/environment.h"

#include <sql.h>
#include <sqlext.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/process.h"

namespace xaodbc::odbc {

namespace {

struct Environment {
  SQLHENV handle = SQL_NULL_HENV;
  std::uint64_t generation = 0;
};

SQLHENV allocate() {
  SQLHENV fresh = SQL_NULL_HENV;
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &fresh))) return nullptr;
  auto* const version = reinterpret_cast<SQLPOINTER>(std::uintptr_t{SQL_OV_ODBC3});
  if (SQL_SUCCEEDED(SQLSetEnvAttr(fresh, SQL_ATTR_ODBC_VERSION, version, 0))) return fresh;
  SQLFreeHandle(SQL_HANDLE_ENV, fresh);
  return nullptr;
}

}  // namespace

void* environment() {
  // No mutex: another thread might hold it at the moment of a fork.
  static std::atomic<const Environment*> current{nullptr};
  const Environment* known = current.load();
  while (known == nullptr || known->generation != process_generation()) {
    auto fresh = std::make_unique<Environment>(Environment{allocate(), process_generation()});
    if (fresh->handle == nullptr) return nullptr;
    if (current.compare_exchange_strong(known, fresh.get())) return fresh.release()->handle;
    SQLFreeHandle(SQL_HANDLE_ENV, fresh->handle);
  }
  return known->handle;
}

}  // namespace xaodbc::odbc
