#pragma once

#include <optional>
#include <string>

#include "branch/xid.h"
#include "odbc/connection.h"

namespace xaodbc::odbc {

/// `X'gtrid',X'bqual',formatID` as the XA statements take it.
std::string to_mariadb(const Xid& xid);

/// The XID of one row of XA RECOVER FORMAT='SQL': formatID, gtrid_length, bqual_length, and text
/// like `X'00ff',X'0a',7` or, where all bytes are printable, `'abc','d',7`. The server leaves out
/// what XA START would assume: `,1`, and with it an empty bqual. Nothing when the row is not of
/// that form.
std::optional<Xid> from_mariadb(const Row& row);

}  // namespace xaodbc::odbc
