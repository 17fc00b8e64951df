#include "odbc/dialects/sqlite_patience.h"

#include <algorithm>
#include <string>

namespace xaodbc::odbc {

using std::chrono::milliseconds;

Patience::Patience(Connection& connection, milliseconds usual, Deadline deadline,
                   milliseconds longest)
    : connection_(connection), usual_(usual), deadline_(deadline) {
  // Not all of it: SQLite needs a moment to say that there is another writer.
  const auto left = std::chrono::duration_cast<milliseconds>(deadline.remaining()) * 3 / 4;
  const auto patience = std::min(left, longest);
  if (patience >= usual) return;
  set(patience);
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
