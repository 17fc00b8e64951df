#pragma once

#include "branch/branch.h"
#include "odbc/database.h"

namespace xaodbc::xa {

/// What is known of a branch that may be prepared, for questions about it.
inline odbc::Claim claim_of(const Branch& branch) {
  return {branch.name, branch.identity->session, branch.transaction_id, branch.identity->server};
}

}  // namespace xaodbc::xa
