#pragma once

#include <string>

#include "base/status.h"
#include "conformance/trial.h"

namespace xaodbc::conformance {

/// A statement of the command line, {n} replaced, on the connection that --sql-connection names, in
/// a thread that works on a branch at the rmid. True: it returned a row.
Result<bool> run_sql(Trial& trial, Who who, const std::string& sql, long number, int rmid = 0);

/// --read in a branch of its own: is the work there?
bool is_visible(Trial& trial, long number);

/// The command of --heuristic, {xid} replaced.
Status run_shell(const std::string& command, const std::string& xid);

}  // namespace xaodbc::conformance
