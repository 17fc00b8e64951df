#include "bench/floor_postgresql.h"

#include <utility>

namespace xaodbc::bench {

PostgresqlFloor::PostgresqlFloor(const std::string& connection_string, std::string name)
    : session_(connection_string + ";Protocol=7.4-0"), name_(std::move(name)) {
  session_.set_autocommit(false);
}

void PostgresqlFloor::start(std::uint64_t number) { gid_ = name_ + "." + std::to_string(number); }

bool PostgresqlFloor::prepare() {
  session_.execute("PREPARE TRANSACTION '" + gid_ + "'");
  return true;
}

/// With autocommit off the driver would put BEGIN in front, which the server refuses; the change
/// itself sends nothing.
void PostgresqlFloor::commit() {
  session_.set_autocommit(true);
  session_.execute("COMMIT PREPARED '" + gid_ + "'");
  session_.set_autocommit(false);
}

}  // namespace xaodbc::bench
