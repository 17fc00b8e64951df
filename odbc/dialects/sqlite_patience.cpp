#include "odbc/dialects/sqlite_patience.h"

#include <string>

namespace xaodbc::odbc {

using std::chrono::milliseconds;

Patience::Patience(Connection& connection, milliseconds usual, Deadline deadline)
    : connection_(connection), usual_(usual), deadline_(deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline.remaining());
  if (left >= usual) return;
  set(left);
  shortened_ = true;
}

Patience::~Patience() {
  if (shortened_ && connection_.fit()) set(usual_);
}

void Patience::set(milliseconds patience) {
  const std::string sql = "SELECT xaodbc_patience(" + std::to_string(patience.count()) + ")";
  if (!connection_.execute(sql, deadline_.at_most(std::chrono::seconds(1))).ok) {
    connection_.mark_unfit();
  }
}

}  // namespace xaodbc::odbc
