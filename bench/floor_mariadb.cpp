#include "bench/floor_mariadb.h"

#include <utility>

namespace xaodbc::bench {

MariadbFloor::MariadbFloor(const std::string& connection_string, std::string name, Phases phases)
    : session_(connection_string), name_(std::move(name)), phases_(phases) {
  if (phases_ == Phases::kOne) session_.set_autocommit(false);
}

void MariadbFloor::start(std::uint64_t number) {
  if (phases_ == Phases::kOne) return;
  xid_ = "'" + name_ + "." + std::to_string(number) + "'";
  session_.execute("XA START " + xid_);
}

bool MariadbFloor::prepare() {
  session_.execute("BEGIN NOT ATOMIC XA END " + xid_ + "; XA PREPARE " + xid_ + "; END");
  return true;
}

}  // namespace xaodbc::bench
