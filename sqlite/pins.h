#pragma once

#include <set>
#include <string>

#include "sqlite/schema.h"

namespace xaodbc::sqlite {

/// A pin holds a parent by the keys that it had when the branch that refers to it was prepared. A
/// branch that was prepared before may give the parent other keys when it commits, or move the key
/// that is referred to: REPLACE could then take away what bears it now, unseen by every fence. So a
/// commit, once its changes are applied, pins its own rows for whoever has pinned one of their
/// keys.
Status renew_pins(sqlite3* db, Schema& schema, const std::string& gid,
                  const std::set<std::string>& tables);

}  // namespace xaodbc::sqlite
