#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "odbc/dialect.h"

namespace xaodbc::odbc {

/// For databases that name branches by text (branch/gid.h).

/// A quoted literal behind `sql`. gids are our own alphabet and transaction ids are digits, but
/// what came from a server, a file or a log is quoted all the same.
std::string& append_literal(std::string& sql, std::string_view text);

/// The branches of the resource with that tag among `rows` of gid, time of the prepare and, where
/// the database knows it, owner. kInternal, naming `source`, when a row has no gid.
Result<std::vector<ListedBranch>> listed_by_gid(const std::vector<Row>& rows, std::string_view tag,
                                                const std::string& source);

}  // namespace xaodbc::odbc
