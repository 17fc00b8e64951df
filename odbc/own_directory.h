#pragma once

#include <string>

namespace xaodbc::odbc {

/// The directory of this library, or program, itself, with links followed: what is installed with
/// it is looked for there only. One that a search path leads to could be anybody's. "" when it
/// cannot be told.
std::string own_directory();

}  // namespace xaodbc::odbc
