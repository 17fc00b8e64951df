#pragma once

#include "branch/branch.h"
#include "odbc/database.h"

namespace xaodbc::xa {

/// What is known of a branch that may be prepared, for questions about it.
inline odbc::Claim claim_of(const Branch& branch) {
  return {.branch = branch.name,
          .session = branch.identity->session,
          .transaction_id = branch.transaction_id,
          .server = branch.identity->server,
          .answered = branch.answered};
}

}  // namespace xaodbc::xa
