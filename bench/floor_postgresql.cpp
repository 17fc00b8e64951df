#include "bench/floor_postgresql.h"

#include <utility>

namespace xaodbc::bench {

PostgresqlFloor::PostgresqlFloor(const std::string& connection_string, std::string name)
    : Floor(connection_string + ";Protocol=7.4-0", std::move(name)) {
  session().set_autocommit(false);
}

void PostgresqlFloor::start(std::uint64_t number) { gid_ = name(number); }

bool PostgresqlFloor::prepare() {
  session().execute("PREPARE TRANSACTION '" + gid_ + "'");
  return true;
}

/// With autocommit off the driver would put BEGIN in front, which the server refuses; the change
/// itself sends nothing.
void PostgresqlFloor::commit() {
  session().set_autocommit(true);
  session().execute("COMMIT PREPARED '" + gid_ + "'");
  session().set_autocommit(false);
}

}  // namespace xaodbc::bench
