#pragma once

#include <xaodbc/xa.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/sim/board.h"
#include "tests/support/private_server.h"

namespace xaodbc::sim {

/// Branch 0 of every transaction is on PostgreSQL, branch 1 on the partner; each database is a
/// resource twice, the second time with prepare = at_end.
struct SimResource {
  const char* name;
  bool is_partner;
  bool at_end;
};
constexpr std::array<SimResource, 4> kResources = {{
    {"pg", false, false},
    {"partner", true, false},
    {"pg-end", false, true},
    {"partner-end", true, true},
}};

/// The same in all processes of a run: MariaDB or SQLite.
support::ServerKind& partner();
inline support::ServerKind kind_of(std::size_t branch) {
  return branch == 0 ? support::ServerKind::kPostgresql : partner();
}

/// The index of a resource is the rmid.
constexpr int resource_of(std::size_t branch, bool at_end) {
  return static_cast<int>(branch) + (at_end ? 2 : 0);
}

/// gtrid `sim-<transaction>`, bqual the rmid.
XID xid_of(std::uint32_t transaction, int rmid);

/// The transaction of an XID that a scan of the rmid returned; nothing for another rmid's (MariaDB
/// lists all of a server).
std::optional<std::uint32_t> transaction_of(const XID& xid, int rmid);

/// Keys of a transaction's rows in the table `ledger`, which has a column id.
constexpr std::uint32_t kMostRows = 8;
constexpr std::uint32_t row_of(std::uint32_t transaction, int half, int row) {
  return (transaction * kMostRows) + (static_cast<std::uint32_t>(half) * kMostRows / 2) +
         static_cast<std::uint32_t>(row);
}
constexpr std::uint32_t transaction_of_row(std::uint32_t row) { return row / kMostRows; }

}  // namespace xaodbc::sim
