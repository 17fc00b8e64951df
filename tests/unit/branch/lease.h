#pragma once

#include <chrono>
#include <stdexcept>

#include "odbc/pool.h"

namespace xaodbc {

/// A connection as a branch holds one; of a database in memory, so that no server is needed.
inline odbc::Lease some_lease() {
  const auto soon = Deadline::after(std::chrono::seconds(30));
  const auto pool = odbc::ConnectionPool::create(1, [](Deadline deadline) {
    return odbc::Connection::connect(Secret("Driver=" XAODBC_SQLITE_DRIVER ";Database=:memory:"),
                                     deadline);
  });
  auto lease = pool->lease(soon);
  if (!lease) throw std::runtime_error(lease.error().message());
  return std::move(*lease);
}

}  // namespace xaodbc
