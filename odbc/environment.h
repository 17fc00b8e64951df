#pragma once

namespace xaodbc::odbc {

/// The process's SQLHENV for ODBC 3, or nullptr when the driver manager gives none. A forked child
/// gets one of its own; the parent's stays untouched (I9). Never freed: a guest library knows no
/// moment at which nobody needs it any more.
void* environment();

}  // namespace xaodbc::odbc
