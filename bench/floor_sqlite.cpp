#include "bench/floor_sqlite.h"

#include <utility>

namespace xaodbc::bench {

SqliteFloor::SqliteFloor(const std::string& connection_string, std::string name, Phases phases)
    : Floor(connection_string, std::move(name)), phases_(phases) {
  // As the bridge does. A local transaction has what SQLite has by default.
  if (phases_ == Phases::kTwo) session().query("PRAGMA journal_mode = PERSIST");
}

void SqliteFloor::start(std::uint64_t number) {
  if (phases_ == Phases::kOne) return;
  gid_ = name(number);
  call("xaodbc_start");
}

bool SqliteFloor::prepare() {
  call("xaodbc_prepare");
  return true;
}

void SqliteFloor::call(const std::string& function) {
  session().query("SELECT " + function + "('" + gid_ + "')");
}

}  // namespace xaodbc::bench
