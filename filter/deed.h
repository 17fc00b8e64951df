#pragma once

#include <string_view>

namespace xaodbc::filter {

/// What a statement did, as far as it matters to a branch.
enum class Deed {
  kCommit,    ///< ended a transaction, and what it did was not rolled back
  kRollback,  ///< ended a transaction, or went back to a savepoint
  kWrite,     ///< changed at least one row
  kSet,       ///< changed a setting of the session, which the role is as well
  kQuery,     ///< SELECT, or a change of no row
  kOther,
};

/// By the server's tag for a command: "COMMIT", "UPDATE 3", "INSERT 0 1".
Deed deed_of(std::string_view tag);

}  // namespace xaodbc::filter
