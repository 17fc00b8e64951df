#pragma once

#include <string>
#include <string_view>

namespace xaodbc::odbc {

/// Where a library is that is installed together with this one: beside it or, for the tool, where
/// libraries are installed. Nowhere else: one that a search path leads to could be anybody's. ""
/// when it is not there.
std::string companion(std::string_view file);

}  // namespace xaodbc::odbc
