#pragma once

namespace xaodbc::xa {

/// The ODBC connection (SQLHDBC) on which the calling thread works at that rmid, or nullptr with
/// the reason in last_error. With the dynamic switch a thread that is not associated registers
/// first (table 6.3): the transaction manager's ax_reg names the branch to begin, to join or to
/// resume, or says that there is no global transaction; then the connection is one for local work,
/// in autocommit mode, and ax_unreg is called at once (3.1.9).
void* connection_for(int rmid);

}  // namespace xaodbc::xa
