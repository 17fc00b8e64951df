#include "bench/floor_mariadb.h"

#include <utility>

namespace xaodbc::bench {

MariadbFloor::MariadbFloor(const std::string& connection_string, std::string name, Phases phases)
    : Floor(connection_string, std::move(name)), phases_(phases) {
  if (phases_ == Phases::kOne) session().set_autocommit(false);
}

void MariadbFloor::start(std::uint64_t number) {
  if (phases_ == Phases::kOne) return;
  xid_ = "'" + name(number) + "'";
  session().execute("XA START " + xid_);
}

bool MariadbFloor::prepare() {
  session().execute("BEGIN NOT ATOMIC XA END " + xid_ + "; XA PREPARE " + xid_ + "; END");
  return true;
}

}  // namespace xaodbc::bench
