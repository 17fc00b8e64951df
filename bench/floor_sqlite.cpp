#include "bench/floor_sqlite.h"

#include <utility>

namespace xaodbc::bench {

SqliteFloor::SqliteFloor(const std::string& connection_string, std::string name,
                         MariadbFloor::Phases phases)
    : session_(connection_string), name_(std::move(name)), phases_(phases) {
  // As the bridge does. A local transaction has what SQLite has by default.
  if (phases_ == MariadbFloor::Phases::kTwo) session_.query("PRAGMA journal_mode = TRUNCATE");
}

void SqliteFloor::start(std::uint64_t number) {
  if (phases_ == MariadbFloor::Phases::kOne) return;
  gid_ = name_ + "." + std::to_string(number);
  call("xaodbc_start");
}

bool SqliteFloor::prepare() {
  call("xaodbc_prepare");
  return true;
}

void SqliteFloor::call(const std::string& function) {
  session_.query("SELECT " + function + "('" + gid_ + "')");
}

}  // namespace xaodbc::bench
